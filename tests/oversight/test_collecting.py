"""Collecting accounts over real mutual TLS: any replica will do, and who says something else says nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from madoguchi.deployment.configs import Site
from madoguchi.deployment.identities import Identities
from madoguchi.oversight.accounts import Collector, DayAccounts
from madoguchi.oversight.config import OversightConfig
from madoguchi.runtime.caller import Caller
from madoguchi.runtime.endpoint import Call, Endpoint
from madoguchi.wire.account import Account
from tests.oversight.test_desk import account
from tests.sites import answering, config_of, small_site

DAY = date(2026, 11, 23)


class Party:
    """An issuer or a center that answers with one account."""

    def __init__(self, answer: Account) -> None:
        self.answer = answer
        self.asked: list[dict[str, str]] = []

    async def account(self, call: Call[None]) -> Account:
        self.asked.append(call.query)
        return self.answer

    def endpoints(self) -> tuple[Endpoint, ...]:
        callers = frozenset({"oversight"})
        return (
            Endpoint(
                method="GET", path="/v1/account", handler=self.account, callers=callers, answer=Account, summary="-"
            ),
        )


@pytest.fixture
def site(site_identities: Identities, tmp_path: Path, lines: io.StringIO) -> Iterator[Site]:
    with small_site(site_identities, tmp_path) as made:
        yield made


async def collect(site: Site) -> DayAccounts:
    config = config_of(site, "oversight-1", OversightConfig)
    async with Caller(config) as caller:
        return await Collector(config, caller=caller).collect(DAY)


async def test_both_are_asked_for_the_day_and_the_center_for_this_ward(site: Site) -> None:
    issuer, center = Party(account("issuer")), Party(account("center"))
    async with answering(site, {"issuer-1": issuer.endpoints(), "center-1": center.endpoints()}):
        assert await collect(site) == DayAccounts(issuer=issuer.answer, center=center.answer)
    assert issuer.asked == [{"day": "2026-11-23"}]
    assert center.asked == [{"day": "2026-11-23", "ward": site.plan.ward.code}]


async def test_the_second_replica_answers_for_the_first(site: Site) -> None:
    issuer = Party(account("issuer"))
    async with answering(site, {"issuer-2": issuer.endpoints()}):
        assert await collect(site) == DayAccounts(issuer=issuer.answer, center=None)


@pytest.mark.parametrize("wrong", [{"party": "center"}, {"day": "2026-11-22"}])
async def test_an_account_of_something_else_is_none(site: Site, wrong: dict[str, str]) -> None:
    issuer = Party(msgspec.structs.replace(account("issuer"), **wrong))
    async with answering(site, {"issuer-1": issuer.endpoints()}):
        assert (await collect(site)).issuer is None


async def test_nobody_is_there(site: Site) -> None:
    assert await collect(site) == DayAccounts(issuer=None, center=None)
