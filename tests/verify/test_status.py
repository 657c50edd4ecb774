"""Asking the ward over real mutual TLS: whatever goes wrong is `not asked`, within the time that a visitor waits."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from madoguchi.deployment.configs import Site
from madoguchi.deployment.identities import Identities
from madoguchi.runtime.caller import Caller
from madoguchi.runtime.endpoint import Call, Endpoint
from madoguchi.runtime.problems import INTERNAL
from madoguchi.verify.config import VerifyConfig
from madoguchi.verify.page.contract import PaperStatus
from madoguchi.verify.status import StatusDesk
from madoguchi.wire.paper import PaperStatus as StatusOnWire
from tests.sites import answering, config_of, small_site
from tests.verify.papers import PAPER


def issuer(answer: Callable[[bytes], StatusOnWire], *, delay: float = 0) -> tuple[Endpoint, ...]:
    async def handle(call: Call[None]) -> StatusOnWire:
        await asyncio.sleep(delay)
        return answer(bytes.fromhex(call.path["number"]))

    return (
        Endpoint(
            method="GET",
            path="/v1/papers/{number}",
            handler=handle,
            callers=frozenset({"verify"}),
            answer=StatusOnWire,
            summary="status",
        ),
    )


@pytest.fixture
def site(site_identities: Identities, tmp_path: Path, lines: io.StringIO) -> Iterator[Site]:
    with small_site(site_identities, tmp_path) as made:
        yield made


async def ask(site: Site, *, seconds: float = 3.0) -> PaperStatus:
    config = msgspec.structs.replace(config_of(site, "verify-1", VerifyConfig), status_seconds=seconds)
    async with Caller(config) as caller:
        desk = StatusDesk(config, caller=caller, loop=asyncio.get_running_loop())
        return await asyncio.to_thread(desk.ask, config.wards[0], PAPER)


@pytest.mark.parametrize("status", ["issued", "superseded", "revoked", "unknown"])
async def test_the_ward_answers(site: Site, status: str) -> None:
    endpoints = issuer(lambda number: StatusOnWire(paper_number=number, status=status))  # type: ignore[arg-type]
    async with answering(site, {"issuer-1": endpoints}):
        assert await ask(site) is PaperStatus(status)


async def test_that_a_later_paper_says_it_rightly_is_told_without_its_number(site: Site) -> None:
    def answer(number: bytes) -> StatusOnWire:
        return StatusOnWire(paper_number=number, status="superseded", later_certificate=True)

    async with answering(site, {"issuer-1": issuer(answer)}):
        assert await ask(site) is PaperStatus.REPLACED


async def test_the_other_replica_is_asked(site: Site) -> None:
    endpoints = issuer(lambda number: StatusOnWire(paper_number=number, status="issued"))
    async with answering(site, {"issuer-2": endpoints}):
        assert await ask(site) is PaperStatus.ISSUED


async def test_nobody_answers(site: Site) -> None:
    assert await ask(site) is PaperStatus.NOT_ASKED


async def test_an_answer_about_another_paper_is_none(site: Site) -> None:
    endpoints = issuer(lambda _: StatusOnWire(paper_number=bytes(16), status="issued"))
    async with answering(site, {"issuer-1": endpoints}):
        assert await ask(site) is PaperStatus.NOT_ASKED


async def test_a_refusal_is_no_answer(site: Site) -> None:
    def refuse(_: bytes) -> StatusOnWire:
        raise INTERNAL.error()

    async with answering(site, {"issuer-1": issuer(refuse)}):
        assert await ask(site) is PaperStatus.NOT_ASKED


async def test_a_replica_that_hangs_leaves_time_for_the_other(site: Site) -> None:
    def answer(number: bytes) -> StatusOnWire:
        return StatusOnWire(paper_number=number, status="issued")

    async with answering(site, {"issuer-1": issuer(answer, delay=4), "issuer-2": issuer(answer)}):
        assert await ask(site, seconds=3.0) is PaperStatus.ISSUED
    async with answering(site, {"issuer-1": issuer(answer, delay=4), "issuer-2": issuer(answer, delay=4)}):
        assert await ask(site, seconds=0.2) is PaperStatus.NOT_ASKED
