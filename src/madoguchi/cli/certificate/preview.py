"""A layout with one record's data, as a picture and as a PDF, marked 見本. Nothing is written but where told."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import pikepdf
from PIL import Image

from madoguchi.certificate.builders import build_facts
from madoguchi.certificate.checking import check_layout
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, Heading, PrintSettings
from madoguchi.certificate.fonts import FontSet
from madoguchi.certificate.layout import Layouts
from madoguchi.certificate.sample import SAMPLE_AUTHORITY, SAMPLE_NUMBER, compose_sample
from madoguchi.certificate.setting import Setter
from madoguchi.dummy.generate import CASES_FILE, LEAST_RESIDENTS, write_ward
from madoguchi.paper.picture import page_png
from madoguchi.records import INSTALMENTS, RESIDENTS, TAXES, Instalment, Resident, TaxRecord
from madoguchi.records.directory import read_stream
from madoguchi.records.files import RecordFile
from madoguchi.records.reader import Faults
from madoguchi.runtime.clock import JST

Row = TypeVar("Row", bound=msgspec.Struct)
_EVERYTHING: Final = PrintSettings(show_current_address=True, show_sex=True)
"""A layout is looked at with all its boxes filled, whatever the ward's settings leave out later."""


class NoSuchRecordError(Exception):
    """The records hold no such person, or not that year of the person. The message says which, and never the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One person's rows of one year."""

    resident: Resident
    tax: TaxRecord
    instalments: tuple[Instalment, ...]


@contextmanager
def dummy_ward(*, seed: int) -> Iterator[Path]:
    """The records directory of a ward that does not exist, while the block runs."""
    with tempfile.TemporaryDirectory(prefix="madoguchi-preview-") as made:
        write_ward(Path(made), residents=LEAST_RESIDENTS, seed=seed)
        yield Path(made)


def find_record(directory: Path, record: str, *, fiscal_year: int) -> Record:
    """A person by addressee number; in a dummy ward also by the case of the cast (`plain`, `hashigo_taka`).

    Raises `NoSuchRecordError`, OSError, or `records.refused` for a fault in the person's rows.
    """
    cases_file = directory / CASES_FILE
    cases: dict[str, str] = json.loads(cases_file.read_text("utf-8")) if cases_file.is_file() else {}
    number = cases.get(record, record)
    residents = _rows(directory, RESIDENTS, {"addressee_number": number})
    if not residents:
        raise NoSuchRecordError("no resident has this addressee number")
    wanted: dict[str, str | int] = {"addressee_number": number, "fiscal_year": fiscal_year}
    taxes = _rows(directory, TAXES, wanted)
    if not taxes:
        raise NoSuchRecordError(f"the resident has no tax record of {fiscal_year}")
    instalments = _rows(directory, INSTALMENTS, wanted)
    return Record(resident=residents[0], tax=taxes[0], instalments=tuple(instalments))


def _rows(directory: Path, file: RecordFile[Row], wanted: dict[str, str | int]) -> list[Row]:
    """The person's rows of one file, read as strictly as ever; other people's lines are passed over unread.

    Reading all of a ward's years would take minutes. Every file begins with the addressee number.
    """
    start = f"{wanted['addressee_number']},".encode()
    with (directory / file.name).open("rb") as lines:
        kept = [(number, line) for number, line in enumerate(lines, 1) if number == 1 or line.startswith(start)]
    faults = Faults()
    rows = list(read_stream(io.BytesIO(b"".join(line for _, line in kept)), file, faults=faults))
    faults.found = [replace(fault, line=kept[fault.line - 1][0]) for fault in faults.found]
    faults.refuse()
    return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]


def sample_pdf(record: Record, *, kind: str, fonts: FontSet, layouts: Layouts, at: datetime) -> bytes:
    """The marked PDF. Raises `certificate.*`."""
    setter = Setter(fonts)
    for layout in layouts:
        check_layout(layout, setter)
    return compose_sample(Composer(fonts, layouts), _facts(record, kind=kind, layouts=layouts, at=at), at=at)


def _facts(record: Record, *, kind: str, layouts: Layouts, at: datetime) -> Facts:
    day = at.astimezone(JST).date()
    heading = Heading(
        certificate_number=SAMPLE_NUMBER,
        issued_on=day,
        authority=SAMPLE_AUTHORITY,
        settings=_EVERYTHING,
        layouts=layouts,
    )
    return build_facts(kind, record.resident, record.tax, record.instalments, heading, as_of=day)


def picture(pdf: bytes, *, dpi: int) -> bytes:
    """All pages as one PNG, one below the other."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        pages = len(document.pages)
    drawn = [Image.open(io.BytesIO(page_png(pdf, page=page, dpi=dpi))) for page in range(1, pages + 1)]
    whole = Image.new("RGB", (drawn[0].width, sum(each.height for each in drawn)), "white")
    top = 0
    for each in drawn:
        whole.paste(each, (0, top))
        top += each.height
    made = io.BytesIO()
    whole.save(made, format="PNG", dpi=(dpi, dpi))
    return made.getvalue()
