"""Comparing a finished PDF with what it must say, page by page and copy by copy, and saying how bad a difference is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from madoguchi.certificate.reading import ReadPage
from madoguchi.errors import MadoguchiError
from madoguchi.issuer.clerk.expected import Expected
from madoguchi.paper.frontcode import FRONT_CODE, FrontCode, description_digest
from madoguchi.statement import KeySource, verify
from madoguchi.wire.codec import encode_plain

_WHO: Final = frozenset({"name", "alias", "birth_date", "certificate_number"})
"""Boxes that say whose paper it is: a difference here may be another person's data."""
_EVERY_PAGE: Final = frozenset(
    {"certificate_number", "title", "year_title", "issued_on", "authority", "name", "seal_text"}
)


class Gravity(StrEnum):
    """What a finding means."""

    VALUE = "value"
    """A wrong value, a page that cannot be read: this record is suspended."""
    PERSON = "person"
    """Another person's data or page: everything stops."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. `where` names sheet and box, never a value."""

    gravity: Gravity
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What was ordered, besides what the record says."""

    kind: str
    fiscal_year: int
    copies: int
    certificate_number: str
    paper_numbers: tuple[bytes, ...]
    """Those drawn for this attempt, in the order of the sheets."""
    ward: str
    keys: KeySource
    at: datetime


def compare(pages: Sequence[ReadPage], expected: Expected, sought: Sought) -> list[Finding]:
    """Every difference between the pages read and what they must say; empty when there is none."""
    found: list[Finding] = []
    if tuple(page.paper_number for page in pages) != sought.paper_numbers:
        found.append(Finding(Gravity.PERSON, "paper numbers"))
    for at, page in enumerate(pages):
        found += _page(page, expected, sought, f"sheet {at + 1}")
    per_copy = pages[0].pages if pages else 0
    if not pages or len(pages) != sought.copies * per_copy:
        return [*found, Finding(Gravity.VALUE, f"{len(pages)} pages for {sought.copies} copies of {per_copy}")]
    for at, page in enumerate(pages):
        if (page.page, page.pages) != (at % per_copy + 1, per_copy):
            found.append(Finding(Gravity.PERSON, f"sheet {at + 1} order of pages"))
    for copy in range(sought.copies):
        read = "".join(page.remarks for page in pages[copy * per_copy : (copy + 1) * per_copy])
        if read != expected.remarks_text:
            found.append(Finding(Gravity.VALUE, f"copy {copy + 1} remarks"))
    return found


def description(expected: Expected, sought: Sought, layout: str) -> bytes:
    """The page description that must go with the PDF, made by the clerk from what it expects."""
    return encode_plain(
        {
            "v": 1,
            "layout": layout,
            "kind": sought.kind,
            "year": sought.fiscal_year,
            "values": expected.fields,
            "remarks": list(expected.remarks),
        }
    )


def _page(page: ReadPage, expected: Expected, sought: Sought, where: str) -> list[Finding]:
    found: list[Finding] = []
    if page.kind != sought.kind or page.layout.partition("/")[0] != expected.layout:
        found.append(Finding(Gravity.VALUE, f"{where} layout"))
    must = set(expected.fields) if page.page == 1 else _EVERY_PAGE
    found += [Finding(Gravity.VALUE, f"{where} {name} missing") for name in sorted(must - set(page.fields))]
    for name, text in page.fields.items():
        if expected.fields.get(name) != text:
            found.append(Finding(Gravity.PERSON if name in _WHO else Gravity.VALUE, f"{where} {name}"))
    return found + _front_code(page, expected, sought, where)


def _front_code(page: ReadPage, expected: Expected, sought: Sought, where: str) -> list[Finding]:
    """The square is signed by this ward, for this very sheet, and repeats what the sheet must say."""
    try:
        read = verify(page.front_code, FRONT_CODE, keys=sought.keys, code=sought.ward, at=sought.at).body
    except MadoguchiError as error:
        return [Finding(Gravity.VALUE, f"{where} front code {error.code}")]
    fields = expected.fields
    right = FrontCode(
        kind=sought.kind,
        fiscal_year=sought.fiscal_year,
        certificate_number=sought.certificate_number,
        paper_number=page.paper_number,
        page=page.page,
        pages=page.pages,
        issued_on=fields["issued_on"],
        title=fields["title"],
        name=fields["name"],
        birth_date=fields["birth_date"],
        amounts=expected.amounts,
        description_digest=description_digest(description(expected, sought, page.layout)),
    )
    if read == right:
        return []
    whose = ("certificate_number", "paper_number", "name", "birth_date")
    other = any(getattr(read, name) != getattr(right, name) for name in whose)
    return [Finding(Gravity.PERSON if other else Gravity.VALUE, f"{where} front code")]
