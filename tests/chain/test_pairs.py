"""Two residents at two kiosks within the same millisecond, on two issuers and two centers: no crossed paper.

Kawasaki 2023: two applications within one second, the later overwrote the earlier. Here all kiosks let their
application go at one moment, again and again, with whatever replica happens to answer; afterwards the independent
reader reads every sheet (`ledger.py`, in the fixture).
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from itertools import pairwise

import pytest

from madoguchi.demo.cast import Holder
from tests.chain.town import KIOSKS, Town

CARDS_EACH = 5
ROUNDS = 30
LONG_ROUNDS = 2_500
"""Four pairs each: ten thousand."""
_MILLISECOND = 0.001


async def at_one_moment(town: Town, *, rounds: int) -> None:
    """Every kiosk's application leaves when the last resident has reached for the card."""
    kiosks = town.names("kiosk")
    people = {kiosk: [town.someone() for _ in range(CARDS_EACH)] for kiosk in kiosks}
    barrier = asyncio.Barrier(len(kiosks))
    await asyncio.gather(*(_visits(town, kiosk, people[kiosk], barrier, rounds=rounds) for kiosk in kiosks))


async def _visits(town: Town, kiosk: str, people: list[Holder], barrier: asyncio.Barrier, *, rounds: int) -> None:
    async def together(_shown: object) -> None:
        async with asyncio.timeout(60):
            await barrier.wait()

    for number in range(rounds):
        # Everybody comes again: what the visit before left anywhere would show.
        await town.visit_well(kiosk, people[number % len(people)], instead={"card_back": together})


def within_a_millisecond(town: Town, *, known: set[str]) -> int:
    """Pairs of neighbours whose applications left two kiosks less than a millisecond apart, by the kiosks' own logs."""
    left = sorted(
        (datetime.fromisoformat(line["at"]).timestamp(), kiosk)
        for kiosk in town.names("kiosk")
        for line in map(json.loads, (town.home(kiosk) / "log.jsonl").read_text(encoding="utf-8").splitlines())
        if line.get("stage") == "Applying" and line["transaction"] not in known
    )
    return sum(1 for one, two in pairwise(left) if two[0] - one[0] < _MILLISECOND and one[1] != two[1])


async def test_pairs_at_one_moment(town: Town) -> None:
    before = len(town.visits)
    await at_one_moment(town, rounds=ROUNDS)

    assert len(town.visits) - before == ROUNDS * KIOSKS
    (town.base / "t" / "pairs").write_text(str(within_a_millisecond(town, known=set())))
    print((town.base / "t" / "pairs").read_text())  # noqa: T201


@pytest.mark.long
async def test_ten_thousand_pairs_at_one_moment(town: Town) -> None:
    before = len(town.visits)
    await at_one_moment(town, rounds=LONG_ROUNDS)

    assert len(town.visits) - before == LONG_ROUNDS * KIOSKS
    assert within_a_millisecond(town, known=set()) > LONG_ROUNDS
