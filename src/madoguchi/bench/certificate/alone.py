"""A process that only composes: `python -m madoguchi.bench.certificate.alone FILE`, and its parent's side.

The file holds one errand per line: a record, who certifies and when, and its sheets with their squares. The process
says when it could take the first one (the machine's monotonic clock, which parent and child share), what each took from
the record's facts to the file, and how much memory it has held at most. It reads a few lines at a time, so that its
memory is that of composing, and composes them in a row, as a server under load does.
"""

from __future__ import annotations

import gc
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from madoguchi.bench.certificate.codes import Codes
from madoguchi.bench.certificate.moment import Moment, one_core
from madoguchi.bench.certificate.subjects import Subject
from madoguchi.bench.usage import usage_of
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Authority, Heading, PrintSettings, SheetFacts
from madoguchi.certificate.fonts import FontSet
from madoguchi.paper.qr import Modules
from madoguchi.runtime.fonts import find_fonts

_IN_A_ROW = 100


class Square(msgspec.Struct, frozen=True, kw_only=True):
    """The drawn square of one sheet."""

    side: int
    pixels: bytes
    bits: bytes


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate to be composed."""

    subject: Subject
    issued_on: date
    authority: Authority
    settings: PrintSettings
    sheets: tuple[SheetFacts, ...]
    squares: tuple[Square, ...]
    """Of each sheet."""

    def heading(self) -> Heading:
        """With this process's own layouts: those of a heading, sent with every errand, would be most of its memory."""
        return Heading(
            certificate_number=self.subject.certificate_number,
            issued_on=self.issued_on,
            authority=self.authority,
            settings=self.settings,
        )


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What the process says of itself."""

    ready_at: float
    """Monotonic seconds at which the composer was ready."""
    start_up_processor: float
    """Seconds of the processor until then."""
    milliseconds: tuple[float, ...]
    """Of the processor, for each certificate: from the record's facts to the file."""
    pinned: bool
    peak_mib: float


def errand(
    subject: Subject, heading: Heading, sheets: tuple[SheetFacts, ...], modules: Mapping[bytes, Modules]
) -> bytes:
    """One line of the file; `modules` has the square of each front code."""
    squares = tuple(_square(modules[sheet.front_code]) for sheet in sheets)
    line = Errand(
        subject=subject,
        issued_on=heading.issued_on,
        authority=heading.authority,
        settings=heading.settings,
        sheets=sheets,
        squares=squares,
    )
    return msgspec.json.encode(line) + b"\n"


def _square(drawn: Modules) -> Square:
    return Square(side=drawn.side, pixels=drawn.pixels, bits=drawn.bits)


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
    with file.open("rb") as lines, one_core() as pinned:
        first = msgspec.json.decode(next(lines), type=Errand)
        # Who certifies stands on every paper of a ward: constant, as in `issuer.serve`.
        authority = first.authority
        constants = f"{authority.title}　{authority.name}{authority.seal_text}"
        codes = Codes()
        composer = Composer(FontSet(find_fonts()), constants=constants, draw=codes)
        ready, processor = time.monotonic(), time.process_time()
        gc.collect()
        gc.freeze()  # as a serving process does (`runtime.server`)
        rest = (msgspec.json.decode(line, type=Errand) for line in lines)
        errands = itertools.chain([first], rest)
        milliseconds: list[float] = []
        while row := list(itertools.islice(errands, _IN_A_ROW)):
            milliseconds += [_composed(each, composer, codes) for each in row]
    usage = usage_of(os.getpid())
    account = Account(
        ready_at=ready,
        start_up_processor=processor,
        milliseconds=tuple(milliseconds),
        pinned=pinned,
        peak_mib=usage.peak_mib if usage else 0.0,
    )
    sys.stdout.write(msgspec.json.encode(account).decode())


def _composed(one: Errand, composer: Composer, codes: Codes) -> float:
    """Milliseconds of the processor for one certificate."""
    squares = zip(one.sheets, one.squares, strict=True)
    codes.drawn = {sheet.front_code: Modules(each.side, each.pixels, each.bits) for sheet, each in squares}
    at = datetime.now(UTC)
    heading = one.heading()
    since = Moment.now()
    composer.compose(one.subject.facts(heading), one.sheets, issued_at=at)
    return since.until_now()[0]


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
