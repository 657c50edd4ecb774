"""One visit under a case: what the resident saw, and what the party that refused knows."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from madoguchi.demo.cases.case import Case
from madoguchi.demo.cases.stage import FISCAL_YEAR, Stage, for_cases
from madoguchi.demo.cast import Holder
from madoguchi.demo.logs import Logs
from madoguchi.demo.problems import OTHERWISE
from madoguchi.demo.site import Report, RunningSite, running_site
from madoguchi.demo.visitor import Visit, Visitor, Wish
from madoguchi.deployment.plan import Plan
from madoguchi.records import RecordSet
from madoguchi.runtime.config import PartyConfig

_VISIT_SECONDS: Final = 150.0
_SERVED_SECONDS: Final = 60.0
_JAM: Final = "jam"
"""As the panel names it."""
_LOOK_SECONDS: Final = 0.05
_PEER: Final = re.compile(r"\bcode ([a-z]+\.[a-z_]+)")
"""How a caller's log names the code with which its peer answered."""


Watch = Callable[[dict[str, Any]], Awaitable[None]]
"""Is shown every screen before the resident acts on it."""


async def _nobody(_shown: dict[str, Any]) -> None:
    """Nobody looks on."""


class Resident(Visitor):
    """A visitor who holds the card in the hand while a case goes on behind the scenes."""

    def __init__(self, page_url: str, *, case: Case, stage: Stage, watch: Watch) -> None:
        super().__init__(page_url)
        self._watch = watch
        self._case = case
        self._stage = stage
        self._waited = False
        self._instead = dict(case.instead)

    async def _act(self, shown: dict[str, Any], wish: Wish) -> None:
        await self._watch(shown)
        if shown["name"] == "card" and not self._waited:
            self._waited = True
            await self._case.meanwhile(self._stage)
        act = self._instead.pop(shown["name"], None)
        if act is None:
            await super()._act(shown, wish)
        else:
            await self._tolerant(act(self, shown))

    async def _leave(self, name: str) -> None:
        await self._watch({"name": name})
        await super()._leave(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a case."""

    case: Case
    visit: Visit = field(repr=False)
    code: str
    """The true code."""
    party: str
    """Who knows it."""
    log: dict[str, Any] = field(repr=False)
    """The line of that party's log, as far as there is one."""

    @property
    def screen(self) -> dict[str, Any]:
        """The last screen's data."""
        last: dict[str, Any] = self.visit.end
        return last

    @property
    def seconds(self) -> float:
        """How long the resident waited for the answer; 0 when the application was never sent."""
        at: dict[str, float] = dict(self.visit.screens)
        return at["refusal"] - at["waiting"] if "waiting" in at and "refusal" in at else 0.0


@contextmanager
def case_site(cases: Sequence[Case], *, records_dir: Path, papers: Path, report: Report) -> Iterator[RunningSite]:
    """A deployment in which these cases can be played, one after another.

    Several cases share one deployment unless a case needs settings of its own: then it stands alone.
    """
    own = cases[0].adjust if len(cases) == 1 else None
    if own is None and not all(each.shares for each in cases):
        msg = "a case with settings of its own is played alone"
        raise ValueError(msg)

    def adjust(config: PartyConfig) -> PartyConfig:
        return own(for_cases(config)) if own is not None else for_cases(config)

    def holders(records: RecordSet, named: dict[str, str]) -> tuple[Holder, ...]:
        names = {each.addressee_number: each.name for each in records.residents}
        wanted = dict.fromkeys(("plain", "pension", *(each.who for each in cases)))
        return tuple(
            Holder(card=who, addressee_number=named[who], label=f"{names[named[who]]}（{who}）") for who in wanted
        )

    with running_site(
        Plan(), records_dir=records_dir, papers=papers, choose_holders=holders, report=report, adjust=adjust
    ) as site:
        yield site


async def play(site: RunningSite, case: Case, *, watch: Watch = _nobody) -> Played:
    """Play one case and take back what it did; `watch` sees every screen before anybody acts.

    Raises `demo.otherwise` when the kiosk ends another way.
    """
    stage, logs = Stage(site), Logs(site.site.directory)
    try:
        async with Visitor(site.page_url(case.kiosk)) as passer_by:
            await _until_served(passer_by)  # the kiosk has its menu before anything is done to the others
        card = await case.before(stage) or case.who
        list(logs.lines())  # what went before is not this case
        wish = Wish(
            card=card,
            pin=case.pin,
            ward=site.site.plan.ward.code,
            kind=case.kind,
            fiscal_year=FISCAL_YEAR,
            copies=case.copies,
            emoney=case.emoney,
        )
        async with Resident(site.page_url(case.kiosk), case=case, stage=stage, watch=watch) as resident:
            visit = await resident.take_certificate(wish, timeout=_VISIT_SECONDS)
            await _until_served(resident)
        if visit.ended_on != "refusal":
            raise OTHERWISE.error(f"{case.code}: the kiosk ended on {visit.ended_on}")
        return await _found(stage, case, visit, list(logs.lines()))
    finally:
        await case.after(stage)


async def _until_served(visitor: Visitor) -> None:
    """Wait for the first screen; a card that the machine still has is taken, and the staff clear a jam."""
    async with asyncio.timeout(_SERVED_SECONDS):
        while (panel := await visitor.panel())["card"] or (await visitor.screen())["name"] != "start":
            if panel["card"]:
                await visitor._tolerant(visitor.operate("take_card"))
            if _JAM in panel["faults"]:
                await visitor._tolerant(visitor.operate("repair", _JAM))
            await asyncio.sleep(_LOOK_SECONDS)


async def _found(stage: Stage, case: Case, visit: Visit, lines: list[dict[str, Any]]) -> Played:
    """Who refused, by the books of the parties: the ward's table, the center's log, the kiosk's own."""
    name = visit.end.get("transaction")
    if name is not None:
        query = "SELECT refusal FROM issuances WHERE transaction = decode(%s, 'hex') AND refusal IS NOT NULL"
        rows = await stage.ask("issuer", query, name)
        if rows:
            line = _line(lines, "issuer", transaction=name)
            return Played(case=case, visit=visit, code=rows[0]["refusal"], party="issuer", log=line)
    for party in ("center", "kiosk"):
        line = _line(lines, party, transaction=name)
        if line:
            asked = _PEER.search(line.get("cause", ""))
            code = asked[1] if asked and party == "kiosk" else line["code"]
            owner = code.partition(".")[0] if code.startswith("ec.") else party
            return Played(case=case, visit=visit, code=code, party=owner, log=line)
    return Played(case=case, visit=visit, code=visit.end["code"], party="kiosk", log={})


_TELL: Final = {
    "issuer": {"issuer.refused"},
    "center": {"center.apply_refused", "center.open_refused"},
    "kiosk": {"kiosk.work_failed", "kiosk.printing_stopped", "kiosk.payment_unknown"},
}
_SIGNED: Final = "kiosk.refused_by_signature"


def _line(lines: list[dict[str, Any]], party: str, *, transaction: str | None) -> dict[str, Any]:
    """The line in which a party says why it refused this transaction; empty when there is none."""
    for line in reversed(lines):
        ours = line.get("transaction") in {None, "", transaction}
        if line["event"] in _TELL[party] and ours and line["code"] != _SIGNED:
            return dict(line)
    return {}
