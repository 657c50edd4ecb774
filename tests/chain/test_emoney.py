"""Paid by e-money before the whole chain. What the company's books say is counted the same by every party.

Whatever nobody knows when the kiosk dies is found out, or owed, by its next life: nothing is printed, nothing is
charged twice. That paid = printed + refunded + owed, and that the books agree, the ledger checks after each test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from madoguchi.kiosk.devices.emoney import Entry
from tests.chain.ledger import Money, books_of, counted_at_center, journal_of, papers_of, settled
from tests.chain.machines import killed_and_faulty
from tests.chain.resident import Resident
from tests.chain.town import Town

KIOSK = "kiosk-6"
COPIES = 2
PRICE = 300 * COPIES
_ASK_SECONDS = 1.0


async def test_paid_by_emoney(town: Town) -> None:
    before = books_of(town, KIOSK).entries

    recorded = await town.visit_well(KIOSK, copies=COPIES, emoney=True)

    assert recorded.visit.end["paid_yen"] == PRICE
    assert [each.yen - each.reversed_yen for each in _since(town, before)] == [PRICE]
    async with Resident(town.running.page_url(KIOSK)) as resident:
        assert (await resident.panel())["returned_yen"] == 0


@pytest.mark.parametrize("medium", ["enough", "early"])
async def test_killed_while_nobody_knows_whether_it_was_charged(town: Town, medium: str) -> None:
    """The next life has a line again: what was taken is given back, and what was not is not."""
    holder, before, papers = town.someone(), books_of(town, KIOSK).entries, papers_of(town)
    async with _unknown_at(town, medium) as transaction:
        town.kill(KIOSK)
        await town.start(KIOSK)
    await settled(town)

    taken = PRICE if medium == "enough" else 0
    assert _counted(town, transaction) == Money(sheets_printed=0, paid=taken, refunded=taken, owed=0)
    assert [(each.yen, each.reversed_yen) for each in _since(town, before)] == [(PRICE, PRICE)] * (taken > 0)
    assert papers_of(town) == papers, "a restart never prints"
    await town.visit_well(KIOSK, holder, emoney=True)


async def test_killed_and_the_line_stays_cut(town: Town) -> None:
    """The next life cannot find out either: all is owed on a slip. That stays so when the line is back."""
    before, papers = books_of(town, KIOSK).entries, papers_of(town)
    slips = town.papers(KIOSK) / "slips"
    known = set(slips.glob("*.txt"))
    async with (
        _unknown_at(town, "enough") as transaction,
        killed_and_faulty(town, KIOSK, emoney_cut=True, ask_seconds=_ASK_SECONDS),
    ):
        await settled(town)
    await settled(town)

    assert _counted(town, transaction) == Money(sheets_printed=0, paid=PRICE, refunded=0, owed=PRICE)
    assert [(each.yen, each.reversed_yen) for each in _since(town, before)] == [(PRICE, 0)]
    (slip,) = set(slips.glob("*.txt")) - known
    assert journal_of(town, KIOSK)[transaction]["claim"] in slip.read_text(encoding="utf-8")
    told = [each for each in town.lines(KIOSK) if each["event"] == "kiosk.payment_unknown"]
    assert told[-1]["transaction"] == transaction.hex()
    assert papers_of(town) == papers, "a restart never prints"
    await town.visit_well(KIOSK, emoney=True)


@asynccontextmanager
async def _unknown_at(town: Town, medium: str) -> AsyncIterator[bytes]:
    """Somebody holds a medium over the pad while its line is cut; the transaction whose payment nobody knows."""
    earlier = set(journal_of(town, KIOSK))
    async with Resident(town.running.page_url(KIOSK)) as hand:

        async def pay(_shown: object) -> None:
            await hand.operate("provoke", "emoney")
            await hand.touch("payment", "emoney")
            while not (await hand.panel())["accepts_emoney"]:  # noqa: ASYNC110 - the pad tells no event
                await asyncio.sleep(0.02)
            await hand.operate("touch_emoney", medium)
            await asyncio.Event().wait()

        visit = town.visit(KIOSK, town.someone(), instead={"payment": pay}, copies=COPIES, emoney=True)
        visiting = asyncio.create_task(visit)
        try:
            await _until_unknown(hand, visiting)
            (transaction,) = set(journal_of(town, KIOSK)) - earlier
            yield transaction
        finally:
            visiting.cancel()
            await asyncio.wait({visiting})


async def _until_unknown(hand: Resident, visiting: asyncio.Task[object]) -> None:
    async with asyncio.timeout(60):
        async for shown in hand.screens():
            assert not visiting.done(), visiting
            if shown["name"] == "payment" and shown["data"]["emoney"] == "wait":
                return


def _since(town: Town, before: dict[str, Entry]) -> list[Entry]:
    """What the company has booked since."""
    return [entry for name, entry in books_of(town, KIOSK).entries.items() if name not in before]


def _counted(town: Town, transaction: bytes) -> Money:
    return counted_at_center(town)[transaction]
