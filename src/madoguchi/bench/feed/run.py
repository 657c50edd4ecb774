"""The whole measurement: a package of a large ward taken in by a real intake, beside an issuer that issues.

1. The package is written, and a ward made: keys, database, one card for each resident.
2. It is taken in while nobody issues. Every row is counted.
3. The issuer issues at a steady rate, and people are looked up by serial and compared.
4. The whole package is taken in once more, as every night, while the issuer issues; counted and looked up again.
5. Deltas are taken in while the issuer issues, and looked up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from madoguchi.bench.feed.checking import Expected, chosen, expect_all, find_cards, look_up, tables_in_force
from madoguchi.bench.feed.generate import RESIDENTS_OF_A_COPY, LargePackage, write_large_package
from madoguchi.bench.feed.issuing import Load, issuer
from madoguchi.bench.feed.loading import Intake, intake
from madoguchi.bench.feed.report import Figures
from madoguchi.bench.feed.sending import Sender, make_delta
from madoguchi.bench.feed.street import FISCAL_YEAR, Applicant, Street, applicants
from madoguchi.bench.feed.ward import BenchWard, list_cards, make_ward
from madoguchi.deployment.plan import Plan
from madoguchi.issuer.parts import Parts
from madoguchi.records import RESIDENTS, TAXES, TaxStatus
from madoguchi.runtime import log
from madoguchi.runtime.clock import epoch
from madoguchi.runtime.cluster import cluster

_LEAST_AGE: Final = 20
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured."""

    records: int
    """Tax records of the whole package, at least."""
    workers: int = 2
    delta_records: int = 5_000
    deltas: int = 3
    applicants: int = 40
    lookups: int = 2_000
    seconds: float = 30.0
    """How long the issuer is measured while nothing is taken in."""
    residents_of_a_copy: int = RESIDENTS_OF_A_COPY


def run(size: Size, *, work: Path, report: Report) -> Figures:
    """Measure. Raises `bench.feed_wrong` when a single row or answer is not what it must be."""
    report("writing the package")
    (work / "package").mkdir()
    now = datetime.now(UTC)
    package = write_large_package(
        work / "package",
        records=size.records,
        ward=Plan().ward.code,
        created_at=epoch(now),
        residents_of_a_copy=size.residents_of_a_copy,
    )
    log.configure(party="issuer", name="issuer-1", strict=True, file=work / "issuer.jsonl")
    with cluster(work / "pg") as running:
        ward = make_ward(running, work / "ward")
        street = Street(ward)
        cards = applicants(street, candidates(package, number=size.applicants, today=now.date()))
        held = [(each.pair, each.number) for each in cards]
        list_cards(ward, (f"{number:010}" for number in package.numbers), held)
        with intake(ward.intake_config(workers=size.workers), log_file=work / "intake.jsonl") as process:
            measuring = _Measuring(size, package, ward, process, report)
            return asyncio.run(measuring.run(street, cards))


def candidates(package: LargePackage, *, number: int, today: date) -> list[str]:
    """Adults who may be issued to, from all over the ward."""
    levied = {
        int(row.addressee_number)
        for row in package.rows[TAXES.name]
        if row.fiscal_year == FISCAL_YEAR and row.levied_here and row.status is TaxStatus.DECLARED
    }
    able = [
        int(row.addressee_number)
        for row in package.rows[RESIDENTS.name]
        if not row.suppression and row.removal is None and today.year - row.birth_date.year > _LEAST_AGE
    ]
    firsts = [each for each in able if each in levied]
    copies = package.rows_of(RESIDENTS.name) // package.people
    return [
        f"{firsts[at * len(firsts) // number] + at * copies // number * package.people:010}" for at in range(number)
    ]


class _Measuring:
    def __init__(self, size: Size, package: LargePackage, ward: BenchWard, process: Intake, report: Report) -> None:
        self._size = size
        self._package = package
        self._ward = ward
        self._intake = process
        self._report = report
        self._sender = Sender(ward)
        self._expected = Expected(package)
        self._figures = Figures(
            rows={each.name: each.rows for each in package.manifest.files},
            package_octets=package.octets,
            workers=size.workers,
        )

    async def run(self, street: Street, cards: list[Applicant]) -> Figures:
        figures = self._figures
        self._report("taking it in while nobody issues")
        figures.alone_seconds = await self._whole()
        async with AsyncExitStack() as stack:
            parts = await stack.enter_async_context(issuer(self._ward))
            load = Load(parts, street)
            able = await load.who_can(cards)
            self._report(f"issuing to {len(able)} people")
            figures.issue_before = await load.run(able, lambda passed: passed > self._size.seconds)
            figures.lookups = await self._looked_up(parts)
            figures.cards = await find_cards(parts, chosen(self._package, times=self._size.lookups))
            self._report("taking it in once more while the issuer issues")
            figures.beside_seconds, figures.issue_during = await self._while_issuing(load, able)
            await self._looked_up(parts)
            self._report("deltas")
            await self._deltas(parts, load, able)
            figures.issue_after = await load.run(able, lambda passed: passed > self._size.seconds)
        figures.peak_mib = dict(self._intake.peak_mib)
        return figures

    async def _whole(self) -> float:
        seconds = await self._intake.take(*self._sender.whole(self._package))
        self._figures.tables = await tables_in_force(self._ward)
        expect_all(self._package, self._figures.tables)
        return seconds

    async def _while_issuing(self, load: Load, able: list[Applicant]) -> tuple[float, list[float]]:
        taking = asyncio.create_task(self._intake.take(*self._sender.whole(self._package)))
        during = await load.run(able, _ended(taking))
        seconds = await taking
        expect_all(self._package, await tables_in_force(self._ward))
        return seconds, during

    async def _deltas(self, parts: Parts, load: Load, able: list[Applicant]) -> None:
        for number in range(self._size.deltas):
            delta = make_delta(self._package, records=self._size.delta_records, remark=f"更正 {number + 1}")
            taking = asyncio.create_task(self._intake.take(*self._sender.delta(delta)))
            self._figures.issue_during_deltas += await load.run(able, _ended(taking))
            self._figures.delta_seconds.append(await taking)
            self._figures.delta_rows = delta.rows
            self._figures.delta_records = len(delta.records.taxes)
            self._expected.remarks.update(delta.remarks)
            changed = list(delta.remarks)[: self._size.lookups]
            await look_up(parts, self._expected, changed)

    async def _looked_up(self, parts: Parts) -> list[float]:
        return await look_up(parts, self._expected, chosen(self._package, times=self._size.lookups))


def _ended(task: asyncio.Task[float]) -> Callable[[float], bool]:
    return lambda _passed: task.done()
