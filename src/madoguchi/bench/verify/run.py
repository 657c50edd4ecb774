"""Sheets of a dummy ward, printed and scanned, and looked at: the front, the back, both."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from madoguchi.bench.certificate.moment import Moment, one_core
from madoguchi.bench.certificate.own_way import Made, OwnWay
from madoguchi.bench.certificate.preparing import prepare
from madoguchi.bench.certificate.subjects import Subject
from madoguchi.bench.problems import WRONG_SHEET
from madoguchi.bench.verify.report import Report, Times
from madoguchi.bench.verify.scanner import scan
from madoguchi.center.marks import SheetMaker
from madoguchi.certificate.facts import page_description
from madoguchi.paper.copywarning import CopyWarning
from madoguchi.paper.lay import lay_out
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.verify.scans.looking import look
from madoguchi.verify.scans.seen import PlaceKind, Seen

RESIDENTS: Final = 100


def run(*, seconds: float, work: Path, report: Callable[[str], None]) -> Report:
    """Look for so many seconds at sheets, one after the other; half a minute more goes into preparing.

    Raises `bench.wrong_sheet` when a genuine sheet is not restored, not compared, or called changed.
    """
    with one_core() as pinned:
        ready = prepare(residents=RESIDENTS, work=work, report=report)
        maker = SheetMaker(ready.composer.fonts.faces[0].path, CopyWarning())
        made = _sheets(ready.own, ready.subjects())
        scans = _scans(made, maker, np.random.default_rng(ready.seed))
        look(next(scans))  # what is compiled and cached at the first look is not a visitor's time
        report(f"measuring for {seconds:.0f} s")
        gc.collect()
        gc.freeze()
        figures = Report(pinned=pinned)
        began = time.perf_counter()
        for front, back in scans:
            _timed((front,), figures.front)
            _timed((back,), figures.back)
            _expect_genuine(_timed((front, back), figures.both))
            if time.perf_counter() - began > seconds:
                break
    return figures


def _sheets(own: OwnWay, queue: Iterator[Subject]) -> Iterator[Made]:
    while row := own.row(queue, 1):
        yield from row


def _scans(made: Iterator[Made], maker: SheetMaker, noise: np.random.Generator) -> Iterator[tuple[bytes, bytes]]:
    """Front and back of each certificate's first sheet."""
    for each in made:
        description = page_description(each.facts)
        marks = tuple(
            maker.marks(sheet.paper_number, SealedFront(front_code=sheet.front_code, page_description=description))
            for sheet in each.sheets
        )
        job = lay_out(each.pdf, marks)
        yield scan(job, page=0, noise=noise), scan(job, page=1, noise=noise)


def _timed(documents: tuple[bytes, ...], times: Times) -> Seen:
    since = Moment.now()
    seen = look(documents)
    times.took(since)
    return seen


def _expect_genuine(seen: Seen) -> None:
    """A look that is quick because it saw nothing is not counted."""
    for sheet in seen.sheets:
        if sheet.compared and all(place.kind is PlaceKind.MARKED for place in sheet.places):
            return
    problems = [sheet.comparison_problem or sheet.back_problem for sheet in seen.sheets]
    raise WRONG_SHEET.error(f"{len(seen.sheets)} sheets: {problems}")
