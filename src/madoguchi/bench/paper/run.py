"""Sheets of a dummy ward, each marked, laid, checked, and marked the naive way, in turn."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from madoguchi.bench.certificate.moment import Moment, one_core
from madoguchi.bench.certificate.own_way import Made, OwnWay
from madoguchi.bench.certificate.preparing import prepare
from madoguchi.bench.certificate.subjects import Subject
from madoguchi.bench.paper.naive import NaiveWay
from madoguchi.bench.paper.report import Report, Times
from madoguchi.bench.problems import WRONG_SHEET
from madoguchi.center.marks import SheetMaker, check_back
from madoguchi.certificate.facts import page_description
from madoguchi.paper.copywarning import CopyWarning
from madoguchi.paper.lay import lay_out
from madoguchi.paper.redrawn import redrawn_cells
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.paper.scramble.raster import RasterFront, raster_digest
from madoguchi.paper.scramble.reading import read_cells
from madoguchi.paper.scramble.rendering import render_pages
from madoguchi.statement import FileKey, Signer
from madoguchi.statement.kinds import RENDERING
from madoguchi.wire.identifiers import CENTER_CODE
from madoguchi.wire.transaction import Rendering, SheetMarks

RESIDENTS: Final = 300
IN_A_ROW: Final = 10
"""Certificates that are marked and laid one after the other; then one sheet is checked, and one marked naively."""


@dataclass(slots=True)
class _Measured:
    marks: Times = field(default_factory=Times)
    laying: Times = field(default_factory=Times)
    check: Times = field(default_factory=Times)
    raster: Times = field(default_factory=Times)
    naive: Times = field(default_factory=Times)
    seconds: float = 0.0


def run(*, seconds: float, work: Path, report: Callable[[str], None]) -> Report:
    """Measure for so many seconds; some ten more go into preparing.

    Raises `bench.wrong_sheet`, `center.marks_failed`.
    """
    with one_core() as pinned:
        ready = prepare(residents=RESIDENTS, work=work, report=report)
        font = ready.composer.fonts.faces[0].path
        began = time.perf_counter()
        maker = SheetMaker(font, CopyWarning())
        start_up = time.perf_counter() - began
        naive = NaiveWay(font)
        report(f"measuring for {seconds:.0f} s")
        measured = _measure(_certificates(ready.own, ready.subjects()), maker, naive, seconds=seconds)
    return Report(
        marks=measured.marks,
        laying=measured.laying,
        check=measured.check,
        raster=measured.raster,
        naive=measured.naive,
        start_up=start_up,
        seconds=measured.seconds,
        pinned=pinned,
    )


def _certificates(own: OwnWay, queue: Iterator[Subject]) -> Iterator[list[Made]]:
    while row := own.row(queue, IN_A_ROW):
        yield row


def _measure(rows: Iterator[list[Made]], maker: SheetMaker, naive: NaiveWay, *, seconds: float) -> _Measured:
    result = _Measured()
    center = Signer(key=FileKey.generate(), party="center", code=CENTER_CODE, name="center-1", environment="demo")
    gc.collect()
    gc.freeze()  # as a serving process does when it has loaded everything (`runtime.server`)
    began = time.perf_counter()
    for row in rows:
        marked = [(made, _mark(made, maker, result)) for made in row]
        for made, marks in marked:
            _lay(made, marks, result)
        _check(*marked[-1], result)
        _as_raster(row[-1], maker, center, result)
        _naively(row[-1], naive, result)
        result.seconds = time.perf_counter() - began
        if result.seconds > seconds:
            break
    return result


def _fronts(made: Made) -> list[SealedFront]:
    description = page_description(made.facts)
    return [SealedFront(front_code=each.front_code, page_description=description) for each in made.sheets]


def _mark(made: Made, maker: SheetMaker, result: _Measured) -> tuple[SheetMarks, ...]:
    marks = []
    for sheet, front in zip(made.sheets, _fronts(made), strict=True):
        since = Moment.now()
        one = maker.marks(sheet.paper_number, front)
        result.marks.took(since, octets=len(one.back) + len(one.front or b""))
        marks.append(one)
    return tuple(marks)


def _lay(made: Made, marks: tuple[SheetMarks, ...], result: _Measured) -> None:
    since = Moment.now()
    job = lay_out(made.pdf, marks)
    result.laying.took(since, octets=len(job), sheets=len(marks))


def _check(made: Made, marks: tuple[SheetMarks, ...], result: _Measured) -> None:
    since = Moment.now()
    check_back(marks[0].back, paper_number=made.sheets[0].paper_number, front=_fronts(made)[0])
    result.check.took(since, octets=len(marks[0].back))


def _as_raster(made: Made, maker: SheetMaker, center: Signer, result: _Measured) -> None:
    """As for a ward that gives no page description: rendered, packed, signed for, sealed, coded, drawn."""
    since = Moment.now()
    marks, fronts = [], []
    for sheet, raster in zip(made.sheets, render_pages(made.pdf), strict=True):
        said = Rendering(
            issuance_digest=bytes(32),
            ward="131041",
            kind=made.facts.kind,
            fiscal_year=made.facts.fiscal_year,
            certificate_number="R8-0000000001",
            paper_number=sheet.paper_number,
            page=1,
            pages=len(made.sheets),
            raster_digest=raster_digest(raster),
            at=0,
        )
        signed = center.sign(RENDERING, said)
        fronts.append(RasterFront(rendering=signed, front_code=sheet.front_code, raster=raster))
        marks.append(maker.marks(sheet.paper_number, fronts[-1]))
    octets = sum(len(one.back) + len(one.front or b"") for one in marks)
    result.raster.took(since, octets=octets, sheets=len(marks))
    for sheet, front, one in zip(made.sheets, fronts, marks, strict=True):
        check_back(one.back, paper_number=sheet.paper_number, front=front)


def _naively(made: Made, naive: NaiveWay, result: _Measured) -> None:
    sheet, front = made.sheets[0], _fronts(made)[0]
    since = Moment.now()
    job = naive.sheet(made.pdf, page=0, paper_number=sheet.paper_number, front=front)
    result.naive.took(since, octets=len(job))
    _, restored = read_cells(redrawn_cells(job, page=1))
    if restored != front:
        raise WRONG_SHEET.error("the naive back restores another front")
