"""Our own way from a record to a signed certificate, stage by stage, each with its time.

The stages are the issuing server's own functions in its own order; what it does between them with its database and its
network is not here (that is `bench chain`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from unittest.mock import patch

import msgspec

from madoguchi import __version__
from madoguchi.bench.certificate.moment import Moment
from madoguchi.bench.certificate.subjects import Subject
from madoguchi.bench.certificate.ward import Ward
from madoguchi.certificate import compose
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, SheetFacts, page_description
from madoguchi.certificate.problems import GLYPH_MISSING, TEXT_TOO_LONG, TEXT_UNPRINTABLE
from madoguchi.errors import MadoguchiError
from madoguchi.issuer.clerk import Clerk, Reading, Wanted
from madoguchi.issuer.clerk.record import ClerksRecord
from madoguchi.paper.qr import Modules, draw_code
from madoguchi.runtime.clock import epoch
from madoguchi.statement.kinds import ISSUANCE
from madoguchi.wire.transaction import Issuance, Sheet, Versions

_RECORD_VERSION = 1
_FEE_YEN = 300
_REFUSALS = (GLYPH_MISSING, TEXT_UNPRINTABLE, TEXT_TOO_LONG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One certificate, and the milliseconds of every stage that was timed."""

    facts: Facts = field(repr=False)
    sheets: tuple[SheetFacts, ...] = field(repr=False)
    modules: dict[bytes, Modules] = field(repr=False)
    """The square of each front code, for engines that only have to place it."""
    pdf: bytes = field(repr=False)
    milliseconds: dict[str, float]
    """Of the processor: `facts`, `page` (without its square), `square`, and the others where they were asked for."""
    wall: dict[str, float]
    """The same by the clock on the wall."""

    @property
    def compose(self) -> float:
        """From the record to the PDF, without drawing the front code's square."""
        return self.milliseconds["facts"] + self.milliseconds["page"]

    @property
    def compose_wall(self) -> float:
        """The same by the clock on the wall."""
        return self.wall["facts"] + self.wall["page"]


class OwnWay:
    """The ward's stages, ready to be timed."""

    def __init__(self, ward: Ward, composer: Composer, *, at: datetime) -> None:
        self.at = at
        self._ward = ward
        self._composer = composer
        self._clerk = Clerk(pool=cast("Any", None), columns=cast("Any", None), config=ward.config)

    def next_made(self, queue: Iterator[Subject], *, all_stages: bool = False) -> Made | None:
        """The next one that can be made: some names hold characters that no font draws, and are refused by design.

        None when the queue is empty.
        """
        for subject in queue:
            try:
                return self.make(subject, all_stages=all_stages)
            except MadoguchiError as refused:
                if refused.problem not in _REFUSALS:
                    raise
        return None

    def make(self, subject: Subject, *, all_stages: bool) -> Made:
        """Compose; with `all_stages` also sign, and let the clerk read."""
        watch = _Watch()
        facts = subject.facts(self._ward, at=self.at)
        watch.lap("facts")
        pages = self._composer.page_count(facts)
        watch.restart()
        sheets = self._ward.sheets(facts, pages=pages)
        watch.lap("front codes signed")
        modules = {sheet.front_code: draw_code(sheet.front_code) for sheet in sheets}
        watch.lap("square")
        # The composer finds the square drawn, as every peer does: its time is a row of its own.
        with patch.object(compose, "draw_code", modules.__getitem__):
            watch.restart()
            pdf = self._composer.compose(facts, sheets, issued_at=self.at)
            watch.lap("page")
        if all_stages:
            self._read_and_sign(subject, facts, sheets, pdf, watch)
        return Made(facts=facts, sheets=sheets, modules=modules, pdf=pdf, milliseconds=watch.laps, wall=watch.wall)

    def _read_and_sign(
        self, subject: Subject, facts: Facts, sheets: tuple[SheetFacts, ...], pdf: bytes, watch: _Watch
    ) -> None:
        record, transaction = _clerks_record(subject), secrets.token_bytes(16)
        wanted = Wanted(
            kind=subject.kind,
            fiscal_year=subject.tax.fiscal_year,
            copies=1,
            certificate_number=subject.certificate_number,
            paper_numbers=tuple(sheet.paper_number for sheet in sheets),
            composed_from=_RECORD_VERSION,
            page_description=page_description(facts),
            at=self.at,
            secret=secrets.token_bytes(32),
        )
        watch.restart()
        release = self._clerk._read(pdf, record, transaction=transaction, wanted=wanted, keys=self._ward.keys)
        watch.lap("clerk")
        reading = release.redeem(transaction=transaction, pdf=pdf).take()
        watch.restart()
        self._ward.signer.sign(ISSUANCE, self._issuance(reading))
        watch.lap("issuance signed")

    def _issuance(self, reading: Reading) -> Issuance:
        """As `issuer.statement.issuance_of`, with random digests where an application would be."""
        sheets = tuple(
            Sheet(
                copy=each.copy,
                page=each.page,
                pages=each.pages,
                paper_number=each.paper_number,
                page_digest=each.page_digest,
            )
            for each in reading.sheets
        )
        return Issuance(
            transaction=reading.transaction,
            application_digest=secrets.token_bytes(32),
            ward=self._ward.config.ward.code,
            card_commitment=secrets.token_bytes(32),
            kiosk_key_digest=secrets.token_bytes(32),
            kind=reading.kind,
            fiscal_year=reading.fiscal_year,
            copies=reading.copies,
            fee_yen=_FEE_YEN,
            certificate_number=reading.certificate_number,
            sheets=sheets,
            pdf_digest=reading.pdf_digest,
            page_description_digest=reading.page_description_digest,
            versions=Versions(record=reading.record_version, layout=reading.layout, menu=1, program=__version__),
            at=epoch(self.at),
        )


class _Watch:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self.wall: dict[str, float] = {}
        self.restart()

    def restart(self) -> None:
        """What happened since the last lap is nobody's time."""
        self._since = Moment.now()

    def lap(self, stage: str) -> None:
        """The time since the last lap is this stage's."""
        self.laps[stage], self.wall[stage] = self._since.until_now()
        self.restart()


def _clerks_record(subject: Subject) -> ClerksRecord:
    """The record as the clerk's own query gives it: plain columns, through the encoding that the database keeps."""

    def plain(row: object) -> Any:
        return msgspec.msgpack.decode(msgspec.msgpack.encode(row))

    return ClerksRecord(
        addressee_number=subject.resident.addressee_number,
        version=_RECORD_VERSION,
        person=plain(subject.resident),
        tax=plain(subject.tax),
        terms=tuple(plain(term) for term in subject.instalments),
    )
