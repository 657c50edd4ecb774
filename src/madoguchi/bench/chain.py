"""`bench chain`: complete transactions at several kiosks at once, real processes, every paper read again."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from madoguchi.bench.applicants import FISCAL_YEAR
from madoguchi.bench.reader import read_paper
from madoguchi.bench.usage import Usage, family, usage_by_party
from madoguchi.demo.cast import Holder
from madoguchi.demo.logs import Logs
from madoguchi.demo.papers import PAPER_FILE
from madoguchi.demo.site import RunningSite
from madoguchi.demo.visitor import Visitor, Wish
from madoguchi.deployment.cards import DEMO_PIN

_DATABASE = "postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRecord:
    """One finished visit: at which kiosk, with whose card, how long, and which papers lay there afterwards."""

    kiosk: str
    holder: Holder
    milliseconds: float
    ended_on: str
    code: str
    papers: tuple[Path, ...]


@dataclass(slots=True, kw_only=True)
class ChainResult:
    """What `bench chain` measured."""

    seconds: float
    visits: list[VisitRecord]
    sheets: int = 0
    crossed: int = 0
    missing: int = 0
    """Visits that ended in paper without exactly one paper lying there."""
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    peak_mib: dict[str, float] = field(default_factory=dict)
    step_milliseconds: dict[tuple[int, str], list[float]] = field(default_factory=dict)

    @property
    def done(self) -> list[VisitRecord]:
        """Visits that ended with paper."""
        return [visit for visit in self.visits if visit.ended_on == "done"]


def measure_chain(site: RunningSite, *, seconds: float, visits_each: int | None = None) -> ChainResult:
    """Let every kiosk be used without pause for so many seconds (or so many visits each), then read every paper.

    Cards are dealt out so that no card is at two kiosks: the center allows one live transaction per card.
    """
    kiosks = [process.name for process in site.site.plan.of("kiosk")]
    logs = Logs(site.site.directory)
    list(logs.steps())
    pids = _pids(site)
    before = usage_by_party(pids)
    began = time.perf_counter()
    visits = asyncio.run(_all_visits(site, kiosks, until=began + seconds, visits_each=visits_each))
    elapsed = time.perf_counter() - began
    result = ChainResult(seconds=elapsed, visits=visits)
    _count_usage(result, before, usage_by_party(_pids(site)))
    _count_steps(result, logs)
    _read_papers(result, site)
    return result


async def _all_visits(
    site: RunningSite, kiosks: list[str], *, until: float, visits_each: int | None
) -> list[VisitRecord]:
    per_kiosk = [site.holders[number :: len(kiosks)] for number in range(len(kiosks))]
    made = await asyncio.gather(
        *(
            _visits(site, kiosk, own, until=until, visits_each=visits_each)
            for kiosk, own in zip(kiosks, per_kiosk, strict=True)
        )
    )
    return [visit for each in made for visit in each]


async def _visits(
    site: RunningSite, kiosk: str, holders: tuple[Holder, ...], *, until: float, visits_each: int | None
) -> list[VisitRecord]:
    made: list[VisitRecord] = []
    taken = site.site.papers / kiosk / "taken"
    async with Visitor(site.page_url(kiosk)) as visitor:
        while (len(made) < visits_each) if visits_each is not None else (time.perf_counter() < until):
            holder = holders[len(made) % len(holders)]
            seen = set(taken.iterdir())
            began = time.perf_counter()
            visit = await visitor.take_certificate(_wish(site, holder))
            made.append(
                VisitRecord(
                    kiosk=kiosk,
                    holder=holder,
                    milliseconds=(time.perf_counter() - began) * 1000,
                    ended_on=visit.ended_on,
                    code=str(visit.end.get("code", "")),
                    papers=tuple(sorted(set(taken.iterdir()) - seen)),
                )
            )
    return made


def _wish(site: RunningSite, holder: Holder) -> Wish:
    return Wish(
        card=holder.card,
        pin=DEMO_PIN,
        ward=site.site.plan.ward.code,
        kind="taxation",
        fiscal_year=FISCAL_YEAR,
    )


def _pids(site: RunningSite) -> dict[int, str]:
    pids = {running.child.pid: running.process.party for running in site.processes.running.values()}
    return pids | dict.fromkeys(family(site.database_pid), _DATABASE)


def _count_usage(result: ChainResult, before: dict[str, Usage], after: dict[str, Usage]) -> None:
    for party, usage in after.items():
        earlier = before.get(party)
        result.cpu_seconds[party] = usage.cpu_seconds - (earlier.cpu_seconds if earlier else 0.0)
        result.peak_mib[party] = usage.peak_mib


def _count_steps(result: ChainResult, logs: Logs) -> None:
    found: dict[tuple[int, str], list[float]] = defaultdict(list)
    for step in logs.steps():
        found[step.number, step.step].append(step.milliseconds)
    result.step_milliseconds = dict(found)


def _read_papers(result: ChainResult, site: RunningSite) -> None:
    names = {each.addressee_number: each.name for each in site.records.residents}
    everybody = {each.addressee_number: names[each.addressee_number] for each in site.holders}
    for visit in result.visits:
        if visit.ended_on == "done" and len(visit.papers) != 1:
            result.missing += 1
        for paper in _pdfs(visit.papers):
            found = read_paper(paper, expected=visit.holder.addressee_number, everybody=everybody)
            result.sheets += found.sheets
            result.crossed += found.crossed


def _pdfs(places: Iterable[Path]) -> list[Path]:
    return [place / PAPER_FILE for place in places]
