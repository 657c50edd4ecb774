"""A process that only composes: `python -m madoguchi.bench.certificate.alone FILE`, and its parent's side.

The file holds one errand per line: what is printed, and its sheets. The process says when it could take the first one
(the machine's monotonic clock, which parent and child share) and how much memory it has held at most. It reads one line
at a time, so that its memory is that of composing.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from madoguchi.bench.usage import usage_of
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, SheetFacts
from madoguchi.certificate.fonts import FontSet
from madoguchi.runtime.fonts import find_fonts


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate to be composed."""

    kind: str
    layout: str
    fiscal_year: int
    values: Mapping[str, str]
    remarks: tuple[str, ...]
    sheets: tuple[SheetFacts, ...]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What the process says of itself."""

    ready_at: float
    """Monotonic seconds at which the composer was ready."""
    start_up_processor: float
    """Seconds of the processor until then."""
    composed: int
    peak_mib: float


def errand(facts: Facts, sheets: tuple[SheetFacts, ...]) -> bytes:
    """One line of the file."""
    line = Errand(
        kind=facts.kind,
        layout=facts.layout,
        fiscal_year=facts.fiscal_year,
        values=dict(facts.values),
        remarks=facts.remarks,
        sheets=sheets,
    )
    return msgspec.json.encode(line) + b"\n"


def run(errands: Iterable[bytes], *, work: Path) -> tuple[float, Account]:
    """Start the process for these errands; gives its start-up time in seconds, and its account."""
    file = work / "errands.jsonl"
    with file.open("wb") as out:
        out.writelines(errands)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "madoguchi.bench.certificate.alone", str(file)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    account = msgspec.json.decode(done.stdout, type=Account)
    return account.ready_at - began, account


def forget_files(files: Iterable[Path]) -> None:
    """Ask the system to drop its cached copies: the next process reads them from the disk again."""
    for file in files:
        with file.open("rb") as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _main(file: Path) -> None:
    with file.open("rb") as lines:
        first = msgspec.json.decode(next(lines), type=Errand)
        # Who certifies stands on every paper of a ward: constant, as in `issuer.serve`.
        composer = Composer(FontSet(find_fonts()), constants=first.values["authority"] + first.values["seal_text"])
        ready, processor = time.monotonic(), time.process_time()
        at, composed = datetime.now(UTC), 0
        for one in itertools.chain([first], (msgspec.json.decode(line, type=Errand) for line in lines)):
            facts = Facts(
                kind=one.kind, layout=one.layout, fiscal_year=one.fiscal_year, values=one.values, remarks=one.remarks
            )
            composer.compose(facts, one.sheets, issued_at=at)
            composed += 1
    usage = usage_of(os.getpid())
    account = Account(
        ready_at=ready,
        start_up_processor=processor,
        composed=composed,
        peak_mib=usage.peak_mib if usage else 0.0,
    )
    sys.stdout.write(msgspec.json.encode(account).decode())


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
