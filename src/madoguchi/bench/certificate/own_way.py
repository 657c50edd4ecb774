"""Our own way from a record to a signed certificate, stage by stage, each with its time.

The stages are the issuing server's own functions in its own order; what it does between them with its database and its
network is not here (that is `bench chain`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import msgspec

from madoguchi import __version__
from madoguchi.bench.certificate.codes import Codes
from madoguchi.bench.certificate.moment import Moment
from madoguchi.bench.certificate.subjects import Subject
from madoguchi.bench.certificate.ward import Ward
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, Heading, SheetFacts, page_description
from madoguchi.certificate.problems import GLYPH_MISSING, TEXT_TOO_LONG, TEXT_UNPRINTABLE
from madoguchi.errors import MadoguchiError
from madoguchi.issuer.clerk import Clerk, Reading, Wanted
from madoguchi.issuer.clerk.record import ClerksRecord
from madoguchi.paper.qr import Modules, draw_code
from madoguchi.runtime.clock import JST, epoch
from madoguchi.statement.kinds import ISSUANCE
from madoguchi.wire.transaction import Issuance, Sheet, Versions

_RECORD_VERSION = 1
_FEE_YEN = 300
_REFUSALS = (GLYPH_MISSING, TEXT_UNPRINTABLE, TEXT_TOO_LONG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One certificate, and the milliseconds of every stage that was timed."""

    subject: Subject = field(repr=False)
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


@dataclass(frozen=True, slots=True)
class _Stated:
    subject: Subject
    facts: Facts
    watch: _Watch


@dataclass(frozen=True, slots=True)
class _Prepared:
    subject: Subject
    facts: Facts
    sheets: tuple[SheetFacts, ...]
    modules: dict[bytes, Modules]
    watch: _Watch


def _made(prepared: _Prepared, pdf: bytes) -> Made:
    watch = prepared.watch
    return Made(
        subject=prepared.subject,
        facts=prepared.facts,
        sheets=prepared.sheets,
        modules=prepared.modules,
        pdf=pdf,
        milliseconds=dict(watch.laps),
        wall=dict(watch.wall),
    )


@contextmanager
def suppress_refusals() -> Iterator[None]:
    """Pass over what the ward refuses to print."""
    try:
        yield
    except MadoguchiError as refused:
        if refused.problem not in _REFUSALS:
            raise


class OwnWay:
    """The ward's stages, ready to be timed.

    The page is timed without its square where the composer takes that from `codes`.
    """

    def __init__(self, ward: Ward, composer: Composer, codes: Codes | None = None, *, at: datetime) -> None:
        self._codes = codes or Codes()
        self.at = at
        self._ward = ward
        self._composer = composer
        self._clerk = Clerk(pool=cast("Any", None), keys=cast("Any", None), index=cast("Any", None), config=ward.config)

    def row(self, queue: Iterator[Subject], count: int, *, through: int = 0) -> list[Made]:
        """The next so many that can be made, stage by stage: as a server is that does nothing else at the moment.

        The last `through` of them go through every stage.

        Some names hold characters that no font draws; they are refused by design and left out. Fewer when the queue
        ends.
        """
        stated: list[_Stated] = []
        while len(stated) < count and (subject := next(queue, None)) is not None:
            with suppress_refusals():
                stated.append(self._state(subject))
        prepared = [self._prepare(each) for each in stated]
        made = [self._page(each) for each in prepared]
        for at in range(max(0, len(made) - through), len(made)):
            made[at] = self._through(prepared[at], made[at])
        return made

    def next_made(self, queue: Iterator[Subject], *, all_stages: bool = False) -> Made | None:
        """The next one that can be made. None when the queue is empty."""
        return next(iter(self.row(queue, 1, through=int(all_stages))), None)

    def heading_of(self, subject: Subject) -> Heading:
        """What the certificate of this record is told besides its rows."""
        return self._ward.heading(subject.certificate_number, day=self.at.astimezone(JST).date())

    def make(self, subject: Subject, *, all_stages: bool) -> Made:
        """Compose one; with `all_stages` also sign, and let the clerk read."""
        prepared = self._prepare(self._state(subject))
        made = self._page(prepared)
        return self._through(prepared, made) if all_stages else made

    def _state(self, subject: Subject) -> _Stated:
        """The facts; what the composer would refuse is refused here."""
        watch = _Watch()
        facts = subject.facts(self.heading_of(subject))
        watch.lap("facts")
        self._composer.check(facts)
        return _Stated(subject, facts, watch)

    def _prepare(self, stated: _Stated) -> _Prepared:
        """The sheets with their signed front codes, and the drawn squares."""
        watch, facts = stated.watch, stated.facts
        pages = self._composer.page_count(facts)
        watch.restart()
        sheets = self._ward.sheets(facts, pages=pages)
        watch.lap("front codes signed")
        modules = {sheet.front_code: draw_code(sheet.front_code) for sheet in sheets}
        watch.lap("square")
        return _Prepared(stated.subject, facts, sheets, modules, watch)

    def _page(self, prepared: _Prepared) -> Made:
        """The composer finds the square drawn, as every peer does: its time is a row of its own."""
        self._codes.drawn = prepared.modules
        watch = prepared.watch
        watch.restart()
        pdf = self._composer.compose(prepared.facts, prepared.sheets, issued_at=self.at)
        watch.lap("page")
        return _made(prepared, pdf)

    def _through(self, prepared: _Prepared, made: Made) -> Made:
        self._read_and_sign(prepared.subject, prepared.facts, prepared.sheets, made.pdf, prepared.watch)
        return _made(prepared, made.pdf)

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
    """The record as the clerk's own query gives it: plain columns by name, of the types that a cell holds."""

    def plain(row: object) -> Any:
        return msgspec.msgpack.decode(msgspec.msgpack.encode(row))

    return ClerksRecord(
        whose=b"",
        addressee_number=subject.resident.addressee_number,
        version=_RECORD_VERSION,
        person=plain(subject.resident),
        tax=plain(subject.tax),
        terms=tuple(plain(term) for term in subject.instalments),
    )
