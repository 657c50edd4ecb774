"""Two residents at two kiosks within the same millisecond, on two issuers and two centers: no crossed paper.

Kawasaki 2023: two applications within one second, the later overwrote the earlier. Here all kiosks let their
application go at one moment, again and again, with whatever replica happens to answer; afterwards the independent
reader reads every sheet (`ledger.py`, in the fixture).
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from madoguchi.demo.cast import Holder
from tests.chain.town import KIOSKS, Town

CARDS_EACH = 5
ROUNDS = 30
LONG_PARTS, LONG_ROUNDS = 50, 50
"""Four pairs in each round: ten thousand. In parts, so that a part of them can be run (`-k "part7 or part8"`)."""
_MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture(scope="module")
def regulars(the_town: Town) -> dict[str, list[Holder]]:
    """Who comes to which kiosk, again and again: what the visit before left anywhere would show."""
    return {kiosk: [the_town.someone() for _ in range(CARDS_EACH)] for kiosk in the_town.names("kiosk")}


async def at_one_moment(town: Town, people: dict[str, list[Holder]], *, rounds: int) -> int:
    """Every kiosk's application leaves when the last resident has reached for the card.

    How many left within a millisecond of one at another kiosk.
    """
    visits, begun = len(town.visits), datetime.now(UTC)
    barrier = asyncio.Barrier(len(people))
    await asyncio.gather(*(_visits(town, kiosk, people[kiosk], barrier, rounds=rounds) for kiosk in people))
    assert len(town.visits) - visits == rounds * KIOSKS
    return within_a_millisecond(town, since=begun)


async def _visits(town: Town, kiosk: str, people: list[Holder], barrier: asyncio.Barrier, *, rounds: int) -> None:
    async def together(_shown: object) -> None:
        async with asyncio.timeout(60):
            await barrier.wait()

    for number in range(rounds):
        await town.visit_well(kiosk, people[number % len(people)], instead={"card_back": together})


def within_a_millisecond(town: Town, *, since: datetime) -> int:
    """Pairs of neighbours whose applications left two kiosks less than a millisecond apart, by the kiosks' own logs."""
    left = sorted(
        (at, kiosk)
        for kiosk in town.names("kiosk")
        for line in town.lines(kiosk)
        if line.get("stage") == "Applying" and (at := datetime.fromisoformat(line["at"])) >= since
    )
    return sum(1 for one, two in pairwise(left) if two[0] - one[0] < _MILLISECOND and one[1] != two[1])


async def test_pairs_at_one_moment(town: Town, regulars: dict[str, list[Holder]]) -> None:
    assert await at_one_moment(town, regulars, rounds=ROUNDS) > ROUNDS


@pytest.mark.long
@pytest.mark.parametrize("part", range(LONG_PARTS), ids=lambda part: f"part{part}")
async def test_ten_thousand_pairs_at_one_moment(town: Town, regulars: dict[str, list[Holder]], part: int) -> None:
    assert await at_one_moment(town, regulars, rounds=LONG_ROUNDS) > LONG_ROUNDS, part
