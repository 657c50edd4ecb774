"""Whatever happens in whatever order, the register is what its history says, and a reader of pages has the same."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from psycopg.rows import dict_row

from madoguchi.errors import MadoguchiError
from madoguchi.jukinet import certificates, registry
from madoguchi.jukinet.certificates import Certificate
from tests.conftest import MakeDatabase

PEOPLE = ("0000000018", "0000000025")
GENERATIONS = (b"1" * 32, b"2" * 32)
Pair = tuple[bytes, str]

people, media = st.sampled_from(PEOPLE), st.sampled_from(("card", "phone"))
pairs = st.tuples(st.sampled_from(GENERATIONS), st.sampled_from(("A1", "A2", "A3", "A4")))


class Register(RuleBasedStateMachine):
    """The register beside a model: pair → (whose, medium, status), and every change in its order."""

    url = owner_url = ""

    def __init__(self) -> None:
        super().__init__()
        with psycopg.connect(self.owner_url) as owner:
            owner.execute("TRUNCATE serials, history")
        self.loop = asyncio.Runner()
        self.database = self.loop.run(self._connected())
        self.model: dict[Pair, tuple[str, str, str]] = {}
        self.told: list[tuple[Pair, str, str, str]] = []
        self.read: dict[Pair, tuple[str, str, str]] = {}
        self.position = 0

    async def _connected(self) -> Any:
        connection = await psycopg.AsyncConnection.connect(self.url, row_factory=dict_row)
        self.position = (await registry.page(connection, after=0))[1]
        return connection

    def teardown(self) -> None:
        self.loop.run(self.database.close())
        self.loop.close()

    # -- what happens

    @rule(who=people, medium=media, pair=pairs)
    def issue(self, who: str, medium: Any, pair: Pair) -> None:
        fails = "serial_taken" if pair in self.model else ""
        self.happen(certificates.issue(self.database, who, _new(pair, medium)), fails)
        if not fails:
            self.change(pair, who, medium, "valid")

    @rule(who=people, medium=media, pair=pairs)
    def renew(self, who: str, medium: Any, pair: Pair) -> None:
        live = self.live(who, medium)
        fails = "no_certificate" if not live else "serial_taken" if pair in self.model else ""
        self.happen(certificates.renew(self.database, who, _new(pair, medium)), fails)
        if not fails:
            self.all_become(live, "superseded")
            self.change(pair, who, medium, "valid")

    @rule(who=people, medium=media, event=st.sampled_from(("lost", "returned")))
    def end(self, who: str, medium: Any, event: Any) -> None:
        live = self.live(who, medium)
        self.happen(certificates.end(self.database, who, medium=medium, event=event), "" if live else "no_certificate")
        self.all_become(live, "revoked")

    @rule(who=people)
    def die(self, who: str) -> None:
        self.happen(certificates.die(self.database, who), "")
        self.all_become(
            [each for each, (whose, _, how) in self.model.items() if whose == who and how != "revoked"], "revoked"
        )

    @rule()
    def pull(self) -> None:
        """An issuing server takes what changed since its last look."""

        async def work() -> None:
            entries, self.position, complete = await registry.page(self.database, after=self.position)
            assert complete
            for each in entries:
                self.read[each.ca_key_digest, each.serial] = (each.addressee_number, each.medium, each.status)

        self.loop.run(work())
        assert self.read == self.model

    # -- what must hold

    @invariant()
    def the_register_is_what_the_model_is(self) -> None:
        async def work() -> dict[Pair, tuple[str, str, str]]:
            found = [each for who in PEOPLE for each in await certificates.held_by(self.database, who)]
            return {
                (each.ca_key_digest, each.serial): (each.addressee_number, each.medium, each.status) for each in found
            }

        assert self.loop.run(work()) == self.model

    @invariant()
    def nothing_is_forgotten(self) -> None:
        async def work() -> list[Any]:
            return sorted(
                [each for who in PEOPLE for each in await certificates.history_of(self.database, who)],
                key=lambda each: each.position,
            )

        found = [((one.entry.ca_key_digest, one.entry.serial), one.entry.status) for one in self.loop.run(work())]
        assert sorted(found) == sorted((pair, status) for pair, _, _, status in self.told)
        latest = dict(found)
        assert latest == {pair: status for pair, (_, _, status) in self.model.items()}

    # -- the model

    def live(self, who: str, medium: str) -> list[Pair]:
        return [each for each, state in self.model.items() if state == (who, medium, "valid")]

    def change(self, pair: Pair, who: str, medium: str, status: str) -> None:
        self.model[pair] = (who, medium, status)
        self.told.append((pair, who, medium, status))

    def all_become(self, pairs: list[Pair], status: str) -> None:
        for pair in pairs:
            who, medium, _ = self.model[pair]
            self.change(pair, who, medium, status)

    def happen(self, work: Any, fails: str) -> None:
        """One transaction; `fails`: the code with which it must fail, and then nothing has happened."""

        async def transacted() -> None:
            async with self.database.transaction():
                await work

        if not fails:
            self.loop.run(transacted())
            return
        with pytest.raises(MadoguchiError, match=rf"jukinet\.{fails}"):
            self.loop.run(transacted())


def _new(pair: Pair, medium: Any) -> Certificate:
    ca, serial = pair
    days = {"valid_from": date(2026, 11, 1), "valid_until": date(2031, 6, 15)}
    return Certificate(ca_key_digest=ca, serial=serial, medium=medium, **days)


def test_the_register_follows_its_model(make_database: MakeDatabase) -> None:
    made = make_database("jukinet")
    Register.url, Register.owner_url = made.url, made.owner_url
    run_state_machine_as_test(Register, settings=settings(max_examples=20, stateful_step_count=15))
