"""From a judged case to a PDF in memory: the composer, and nothing that decides.

`held` is committed before this runs (`issuer.issuing`), it runs off the event loop, and it writes no file. What it
makes is believed by nobody: the clerk reads every page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Protocol

from madoguchi.certificate.builders import build_facts
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Authority, Facts, Heading, PrintSettings, SheetFacts, page_description
from madoguchi.certificate.fronting import front_code_body
from madoguchi.certificate.layout import Layouts
from madoguchi.issuer.case import Asked, Case, PersonRow
from madoguchi.issuer.config import AuthorityTerm, PaperSection, WardSection
from madoguchi.issuer.issuances import new_certificate_number
from madoguchi.paper.frontcode import FRONT_CODE
from madoguchi.paper.number import new_paper_number
from madoguchi.paper.qr import draw_code
from madoguchi.records import Instalment, Resident, Sex, TaxRecord
from madoguchi.runtime.clock import JST
from madoguchi.statement import Signer

_NOT_KEPT: Final = "0000000000"
"""Stands where the export has a household number: the issuing server does not keep it."""


class PaperNumbers:
    """Fresh paper numbers of one attempt, drawn as the pages are counted, and remembered for the clerk."""

    def __init__(self) -> None:
        self.drawn: list[bytes] = []

    def draw(self) -> bytes:
        """A random number of 128 bits for the next sheet."""
        number = new_paper_number()
        self.drawn.append(number)
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be set: whose rows, for which year and how many copies, under which numbers, at which moment."""

    person: PersonRow = field(repr=False)
    record: TaxRecord = field(repr=False)
    instalments: tuple[Instalment, ...] = field(repr=False)
    asked: Asked
    certificate_number: str
    numbers: PaperNumbers
    at: datetime

    @classmethod
    def of(cls, case: Case) -> Order:
        """What a case that no rule refuses asks for, under a fresh certificate number."""
        return cls(
            person=case.someone,
            record=case.levied,
            instalments=case.instalments,
            asked=case.asked,
            certificate_number=new_certificate_number(),
            numbers=PaperNumbers(),
            at=case.now,
        )

    @property
    def day(self) -> date:
        """The printed date, in Japanese time."""
        return self.at.astimezone(JST).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A PDF of all copies and pages, and the compact description that the center seals into the scramble image."""

    pdf: bytes = field(repr=False)
    page_description: bytes = field(repr=False)
    front_codes: tuple[bytes, ...] = field(repr=False)
    """One per sheet, in order, as drawn on the pages: the center seals each into the back of its sheet."""


class MakesCertificates(Protocol):
    """Whatever sets certificates. Blocking; called off the event loop."""

    def compose(self, order: Order) -> Composed:
        """Raises the problems of `madoguchi.certificate`."""
        ...


class WardFacts:
    """What the papers of this ward say: the person's rows, and what the ward has decided about its paper."""

    def __init__(self, *, ward: WardSection, paper: PaperSection, layouts: Layouts) -> None:
        self._ward = ward
        self._paper = paper
        self._layouts = layouts

    def of(self, order: Order) -> Facts:
        """Everything that is printed, as final text. Raises the problems of `madoguchi.certificate`."""
        resident, heading = _resident(order.person), self._heading(order)
        return build_facts(order.asked.kind, resident, order.record, order.instalments, heading, as_of=order.day)

    def _heading(self, order: Order) -> Heading:
        term = authority_on(self._paper.authorities, order.day)
        return Heading(
            certificate_number=order.certificate_number,
            issued_on=order.day,
            authority=Authority(ward=self._ward.name.ja, title=term.title, name=term.name, seal_text=term.seal_text),
            settings=PrintSettings(
                show_current_address=self._paper.show_current_address,
                show_sex=self._paper.show_sex,
                show_fixed_sum_reduction=self._paper.show_fixed_sum_reduction,
            ),
            layouts=self._layouts,
        )


class WardComposer:
    """Sets the ward's certificates with the shared composer, and signs each sheet's front code."""

    def __init__(self, composer: Composer, *, facts: WardFacts, signer: Signer) -> None:
        self._composer = composer
        self._facts = facts
        self._signer = signer

    def compose(self, order: Order) -> Composed:
        """Facts, then pages counted, then one front code and paper number per sheet, then the PDF."""
        facts = self._facts.of(order)
        pages = self._composer.page_count(facts)
        sheets = tuple(
            self._sheet(facts, order, copy=copy, page=page, pages=pages)
            for copy in range(1, order.asked.copies + 1)
            for page in range(1, pages + 1)
        )
        pdf = self._composer.compose(facts, sheets, issued_at=order.at)
        return Composed(
            pdf=pdf,
            page_description=page_description(facts),
            front_codes=tuple(sheet.front_code for sheet in sheets),
        )

    def check(self, order: Order) -> None:
        """Raise what `compose` would raise about this order, also of a too large front code; no page is set."""
        facts = self._facts.of(order)
        self._composer.check(facts)
        pages = self._composer.page_count(facts)
        draw_code(self._sheet(facts, order, copy=1, page=pages, pages=pages).front_code)

    def _sheet(self, facts: Facts, order: Order, *, copy: int, page: int, pages: int) -> SheetFacts:
        number = order.numbers.draw()
        code = front_code_body(facts, paper_number=number, page=page, pages=pages)
        return SheetFacts(copy=copy, page=page, paper_number=number, front_code=self._signer.sign(FRONT_CODE, code))


def authority_on(terms: Sequence[AuthorityTerm], day: date) -> AuthorityTerm:
    """Who certifies on a day: the term that began last. ValueError when none has begun."""
    begun = [term for term in terms if term.begins <= day]
    if not begun:
        msg = "nobody certifies on this day"
        raise ValueError(msg)
    return max(begun, key=lambda term: term.begins)


def _resident(person: PersonRow) -> Resident:
    """The person as the facts take one; what the issuing server does not keep stands empty and is never printed."""
    kept = person.columns
    return Resident(
        addressee_number=person.addressee_number,
        name=kept.name,
        name_kana="",
        alias=kept.alias,
        birth_date=kept.birth_date,
        sex=Sex(kept.sex),
        address=kept.address,
        foreign=kept.foreign,
        household_number=_NOT_KEPT,
        suppression=False,
        removal=None,
        removal_date=None,
    )
