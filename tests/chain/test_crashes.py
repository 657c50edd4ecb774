"""Each party killed with SIGKILL in each of the nine steps, and started again.

A row is a moment: a point of a party (`liars/points.py`) at which a visit stands still, or a screen at which the
resident waits. At this moment one process is killed and started again, then everything goes on. However it ends:
nothing is crossed, nothing of the resident is on a disk, the same resident gets the paper next time, and the ledger
agrees.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from _pytest.mark import ParameterSet

from madoguchi.demo.cast import Holder
from tests.chain.ledger import settled
from tests.chain.liars.points import POINTS
from tests.chain.machines import take_what_lies_there
from tests.chain.resident import LINE_BROKE, Act
from tests.chain.stage import Stage
from tests.chain.town import Town
from tests.chain.traces import needles_of, search_files, search_pdf

KIOSK = "kiosk-1"
STANDING_SECONDS = 30.0
ENDS = {"done", "refusal", "out_of_service"}
VICTIMS = ("kiosk", "ec", "center", "issuer", "intake", "jpki", "jukinet", "tax", "verify", "oversight")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Where a visit stands."""

    step: int
    at: str
    """A screen's name, or an order to halt."""

    @property
    def party(self) -> str:
        """Who stands still; the resident at a screen."""
        return self.at.partition("-")[0] if ":" in self.at else ""

    def __str__(self) -> str:
        """For the test's name."""
        return f"step{self.step}-{self.at}"


SCREENS = (
    Moment(step=1, at="check"),
    Moment(step=3, at="card"),
    Moment(step=3, at="pin"),
    Moment(step=4, at="card_back"),
    Moment(step=7, at="amount"),
    Moment(step=8, at="payment"),
    Moment(step=9, at="take_paper"),
)
HALTS = tuple(Moment(step=point.step, at=order) for point in POINTS.values() for order in (point.before, point.after))
MOMENTS = SCREENS + HALTS

_CI = {
    "kiosk": (
        "check",
        "kiosk-open:after",
        "kiosk-sign:after",
        "kiosk-apply:before",
        "ec-apply:after",  # step 5 and 6 lie behind it: the answer is on its way
        "kiosk-check:after",
        "payment",
        "kiosk-paid:after",
        "kiosk-take:after",
        "kiosk-print:before",
        "kiosk-print:after",
        "kiosk-concluded:before",
        "kiosk-deliver:after",
    ),
    "ec": ("check", "ec-open:after", "card", "ec-apply:before", "ec-apply:after", "ec-keep:after", "ec-relay:after"),
    "center": (
        "check",
        "center-open:after",
        "center-challenge:after",
        "center-ask:after",
        "center-protect:after",
        "center-deliver:after",
        "amount",
        "payment",
        "center-outcome:after",
        "center-tell:after",
    ),
    "issuer": (
        "issuer-claim:before",
        "issuer-claim:after",
        "issuer-compose:after",
        "issuer-commit:after",
        "issuer-state:after",
        "payment",
        "issuer-outcome:after",
    ),
    "jpki": ("jpki-ocsp:before", "issuer-compose:before"),
    "jukinet": ("issuer-compose:before",),
    "tax": ("issuer-compose:after",),
    "intake": ("issuer-compose:before", "issuer-compose:after"),
    "verify": ("payment",),
    "oversight": ("center-outcome:before",),
}
"""Whom to kill first: whoever acts, at the moments where a crash could leave something half done."""


def _cells(*, ci: bool) -> list[ParameterSet]:
    return [
        pytest.param(moment, victim, id=f"{moment}-{victim}")
        for moment in MOMENTS
        for victim in VICTIMS
        if (moment.at in _CI[victim]) is ci
    ]


@pytest.mark.parametrize(("moment", "victim"), _cells(ci=True))
async def test_killed(stage: Stage, moment: Moment, victim: str) -> None:
    await kill_at(stage, moment, victim)


@pytest.mark.long
@pytest.mark.parametrize("repetition", range(2))
@pytest.mark.parametrize(("moment", "victim"), _cells(ci=False))
async def test_killed_anywhere(stage: Stage, moment: Moment, victim: str, repetition: int) -> None:
    await kill_at(stage, moment, victim)


async def kill_at(stage: Stage, moment: Moment, victim: str) -> None:
    """One cell of the matrix."""
    town, holder = stage.town, stage.town.someone()
    there = asyncio.Event()
    on = asyncio.Event()

    async def stand(_shown: object) -> None:
        there.set()
        await on.wait()

    if moment.party:
        stage.tell(moment.party, halt=moment.at)
    instead: dict[str, Act] = {} if moment.party else {moment.at: stand}
    visiting = asyncio.create_task(town.visit(KIOSK, holder, instead=instead))
    standing = asyncio.create_task(stage.until_reached(moment.party) if moment.party else _nowhere(there))
    try:
        # The last moments lie behind the resident's last screen: the visit may be over when somebody stands there.
        await asyncio.wait({standing}, timeout=STANDING_SECONDS)
        assert standing.done(), f"never came to {moment}: {visiting}, {town.seen_at(KIOSK)}"
        await _kill_and_look(stage, _named(stage, victim, standing.result()), holder)
        stage.all_honest()
        on.set()
        end = await _end_of(visiting)
    finally:
        visiting.cancel()
        standing.cancel()
        await asyncio.wait({visiting, standing})
    assert end in ENDS or (end == "the line broke" and victim == "kiosk"), end
    if victim == "kiosk":
        await take_what_lies_there(stage.town, KIOSK, holder)
    await settled(town)
    await town.visit_well(KIOSK, holder)


async def _nowhere(there: asyncio.Event) -> str:
    await there.wait()
    return ""


def _named(stage: Stage, victim: str, where: str) -> str:
    """The process to kill: the one that stands still, if it is of that party, else the one on this kiosk's way."""
    if where and stage.town.process(where).party == victim:
        return where
    if victim == "kiosk":
        return KIOSK
    return stage.town.ec_of(KIOSK) if victim == "ec" else stage.town.names(victim)[0]


async def _kill_and_look(stage: Stage, name: str, holder: Holder) -> None:
    """SIGKILL, a look at what is on the disk, and a new life."""
    stage.town.kill(name)
    try:
        left = await asyncio.to_thread(_left_behind, stage.town, holder)
    finally:
        stage.play(name).done()
        await stage.town.start(name)
    assert left == ({}, [])


def _left_behind(town: Town, holder: Holder) -> tuple[dict[str, set[str]], list[str]]:
    """Traces of the resident outside the ward, and paper anywhere."""
    needles = needles_of(town.running.records, [holder.addressee_number])
    homes = [town.home(each) for party in ("center", "ec", "kiosk") for each in town.names(party)]
    return search_files(homes, needles), search_pdf([*homes, *(town.home(each) for each in town.names("issuer"))])


async def _end_of(visiting: asyncio.Task[object]) -> str:
    try:
        recorded = await visiting
    except LINE_BROKE:
        return "the line broke"
    return str(recorded.visit.ended_on)  # type: ignore[attr-defined]
