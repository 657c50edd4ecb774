"""`bench certificate`, from generating the ward to the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from madoguchi.bench.certificate.alone import Account, errand, forget_files
from madoguchi.bench.certificate.alone import run as run_alone
from madoguchi.bench.certificate.checking import Looked, check_own, look_at
from madoguchi.bench.certificate.codes import Codes
from madoguchi.bench.certificate.engines import Engine, peers
from madoguchi.bench.certificate.measuring import measure
from madoguchi.bench.certificate.moment import one_core
from madoguchi.bench.certificate.own_way import OwnWay
from madoguchi.bench.certificate.placing import Placer
from madoguchi.bench.certificate.preparing import prepare
from madoguchi.bench.certificate.report import Report
from madoguchi.bench.certificate.subjects import Subject

RESIDENTS: Final = 2_000
ALONE: Final = 2_000
"""Certificates that the process that only composes makes."""
_VARIANTS: Final = "辻\U000e0102　葛\U000e0102子𠮷"
"""A name that tells engines apart: two variants by selector, and a character beyond the first plane."""


def run(*, seconds: float, work: Path, report: Callable[[str], None]) -> Report:
    """Measure for so many seconds; some 20 more go into preparing and checking. Raises `bench.wrong_page`."""
    with one_core() as pinned:
        ready = prepare(residents=RESIDENTS, work=work, report=report)
        own, codes, queue = ready.own, ready.codes, ready.subjects()
        report("preparing the engines")
        present, absent = peers(Placer(ready.composer.fonts, codes=codes))
        looked = _look(present, own, codes, next(queue))
        report(f"measuring {', '.join(['Madoguchi', *(peer.name for peer in present)])} for {seconds:.0f} s")
        measured = measure(own, present, codes, queue, seconds=seconds)
    report("checking what was measured, and a process that only composes")
    fonts = [face.path for face in ready.composer.fonts.faces]
    start_up, account = _alone(own, ready.subjects(), fonts, work)
    return Report(
        measured=measured,
        peers=present,
        looked=looked,
        absent=absent,
        pinned=pinned,
        people=len(ready.records.residents),
        compared=check_own(measured.kept),
        alone=account,
        start_up=start_up,
    )


def _look(present: Sequence[Engine], own: OwnWay, codes: Codes, subject: Subject) -> dict[str, Looked]:
    """Every peer's page of one person whose name is hard. Warms every engine as well."""
    hard = replace(subject, resident=msgspec.structs.replace(subject.resident, name=_VARIANTS))
    made = own.make(hard, all_stages=True)
    codes.drawn = made.modules
    return {peer.name: look_at(peer, made, at=own.at) for peer in present}


def _alone(own: OwnWay, found: Iterator[Subject], fonts: Sequence[Path], work: Path) -> tuple[list[float], Account]:
    made = iter(lambda: own.next_made(found), None)
    errands = [
        errand(each.subject, own.heading_of(each.subject), each.sheets, each.modules) for each in islice(made, ALONE)
    ]
    forget_files(fonts)
    cold, _ = run_alone(errands[:1], work=work)
    warm, account = run_alone(errands, work=work)
    return [cold, warm, account.start_up_processor], account
