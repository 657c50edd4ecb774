"""The clerk at work, in numbered steps.

1. look up the record, starting from the card's serial (own query, own decoding);
2. it is the version that was composed from, or there is nothing to compare yet (`RecordMoved`);
3. work out what each box must say;
4. read every page of the finished PDF, ink and text, with the fonts of the ward's own configuration, and compare every
   page of every copy, front codes and remarks;
5. compare the page description;
6. take the digests of what was read, and make the release.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from madoguchi.certificate.pages import document_digest, page_digest
from madoguchi.certificate.reading import Reader, ReadPage
from madoguchi.issuer.case import Pair
from madoguchi.issuer.clerk.compare import Finding, Gravity, Sought, description
from madoguchi.issuer.clerk.examine import examine
from madoguchi.issuer.clerk.expected import Expected, WardSays
from madoguchi.issuer.clerk.expecting import expectation_of
from madoguchi.issuer.clerk.record import ClerksRecord, look_up
from madoguchi.issuer.clerk.release import Reading, ReadSheet, Release, release
from madoguchi.issuer.clerk.stopped import ClerkStopped, RecordMoved
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.issuer.store.keys import KeyRing
from madoguchi.runtime.clock import JST
from madoguchi.runtime.database import Pool
from madoguchi.runtime.fonts import find_fonts
from madoguchi.statement import KeySource
from madoguchi.wire.identifiers import sha256

_pdfium: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="clerk")
"""pdfium must not be entered by two threads of a process at once; replicas read side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the application asked for, and under which numbers it was composed."""

    kind: str
    fiscal_year: int
    copies: int
    certificate_number: str
    paper_numbers: tuple[bytes, ...]
    composed_from: int
    """Record version that the composer says it used."""
    page_description: bytes = field(repr=False)
    at: datetime
    """The moment whose date stands on the paper."""
    secret: bytes = field(repr=False)
    """The transaction's 32 random octets, under which the digests are keyed."""


class Clerk:
    """The independent reader. `read` returns a release or raises; it never returns False."""

    def __init__(self, *, pool: Pool, keys: KeyRing, index: BlindIndex, config: IssuerConfig) -> None:
        """Opens the ward's fonts and layouts for itself; some 50 ms.

        Raises `certificate.font_unusable`, `certificate.layout_invalid` and `runtime.no_font`.
        """
        self._pool = pool
        self._keys = keys
        self._index = index
        self._config = config
        self._reader = Reader(config.paper.fonts or find_fonts(), config.own_layouts())

    async def read(self, pdf: bytes, *, pair: Pair, transaction: bytes, wanted: Wanted, keys: KeySource) -> Release:
        """Read a finished PDF against the record of the card's holder.

        Raises `ClerkStopped` (with its findings), `RecordMoved`, or what looking up and reading raise.
        """
        record = await look_up(  # 1
            self._pool, keys=self._keys, index=self._index, pair=pair, fiscal_year=wanted.fiscal_year
        )
        if record.version != wanted.composed_from:  # 2
            raise RecordMoved
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            _pdfium, lambda: self._read(pdf, record, transaction=transaction, wanted=wanted, keys=keys)
        )

    def _read(
        self, pdf: bytes, record: ClerksRecord, *, transaction: bytes, wanted: Wanted, keys: KeySource
    ) -> Release:
        expected = self._expected(record, wanted)  # 3
        sought = Sought(
            kind=wanted.kind,
            fiscal_year=wanted.fiscal_year,
            copies=wanted.copies,
            certificate_number=wanted.certificate_number,
            paper_numbers=wanted.paper_numbers,
            ward=self._config.ward.code,
            keys=keys,
            at=wanted.at,
        )
        pages, findings = examine(pdf, reader=self._reader, expected=expected, sought=sought)  # 4
        if not findings and not hmac.compare_digest(  # 5
            description(expected, sought, pages[0].layout), wanted.page_description
        ):
            findings = [Finding(Gravity.VALUE, "page description")]
        if findings:
            raise ClerkStopped(findings, whose=record.whose)
        return release(_reading(pdf, pages, record, transaction=transaction, wanted=wanted))  # 6

    def _expected(self, record: ClerksRecord, wanted: Wanted) -> Expected:
        paper, day = self._config.paper, wanted.at.astimezone(JST).date()
        term = _term(self._config, day)
        says = WardSays(
            ward=self._config.ward.name.ja,
            title=term[0],
            name=term[1],
            seal_text=term[2],
            show_current_address=paper.show_current_address,
            show_sex=paper.show_sex,
            show_fixed_sum_reduction=paper.show_fixed_sum_reduction,
        )
        return expectation_of(wanted.kind)(record, says, number=wanted.certificate_number, on=day)


def _term(config: IssuerConfig, day: date) -> tuple[str, str, str]:
    """Who certifies on the day, looked up by the clerk itself."""
    found = ("", "", "")
    for term in sorted(config.paper.authorities, key=lambda each: each.begins):
        if term.begins <= day:
            found = (term.title, term.name, term.seal_text)
    return found


def _reading(
    pdf: bytes, pages: Sequence[ReadPage], record: ClerksRecord, *, transaction: bytes, wanted: Wanted
) -> Reading:
    per_copy = len(pages) // wanted.copies
    sheets = tuple(
        ReadSheet(
            copy=at // per_copy + 1,
            page=page.page,
            pages=page.pages,
            paper_number=page.paper_number,
            page_digest=page_digest(page.fingerprint, secret=wanted.secret),
        )
        for at, page in enumerate(pages)
    )
    return Reading(
        transaction=transaction,
        pdf_sha256=sha256(pdf),
        addressee_number=record.addressee_number,
        record_version=record.version,
        kind=pages[0].kind,
        fiscal_year=record.tax["fiscal_year"],
        copies=len(pages) // per_copy,
        certificate_number=pages[0].certificate_number,
        layout=pages[0].layout,
        sheets=sheets,
        pdf_digest=document_digest(pdf, secret=wanted.secret),
        page_description_digest=document_digest(wanted.page_description, secret=wanted.secret),
    )
