"""The clerk's desk without a database: papers as the ward composes them, and what the clerk says of changed ones."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import date

import msgspec

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, PrintSettings, SheetFacts
from madoguchi.certificate.fronting import front_code_body
from madoguchi.certificate.layout import Layout
from madoguchi.certificate.payment import payment_facts
from madoguchi.certificate.reading import Reader
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.issuer.clerk import Finding, Gravity
from madoguchi.issuer.clerk.compare import Sought
from madoguchi.issuer.clerk.examine import examine
from madoguchi.issuer.clerk.expected import Expected, expected_taxation
from madoguchi.issuer.clerk.expected_payment import expected_payment
from madoguchi.paper.frontcode import FRONT_CODE
from madoguchi.runtime.fonts import find_fonts
from madoguchi.statement import Signer
from madoguchi.statement.keys import FileKey
from tests.certificate import people
from tests.issuer.test_clerk_agrees import clerks, heading, says
from tests.issuer.world import NOW, Kit

NUMBER = "K7Q2"
ON = date(2026, 11, 23)
SETTINGS = PrintSettings(show_current_address=True, show_sex=True)
LONG = ("備考が続きます。" * 60,)
NAME, OTHER_NAME = "辻\U000e0102　花子", "髙橋　一郎"


@dataclass(frozen=True, slots=True)
class Paper:
    """A finished PDF, and what the clerk knows that it must be."""

    pdf: bytes
    facts: Facts
    sheets: tuple[SheetFacts, ...]
    expected: Expected
    sought: Sought


@dataclass(slots=True)
class Desk:
    """Composer and clerk's reader, each with its own fonts."""

    kit: Kit
    reader: Reader = field(default_factory=lambda: Reader(find_fonts()))

    @property
    def composer(self) -> Composer:
        return self.kit.typesetter

    @property
    def signer(self) -> Signer:
        key = FileKey.load(self.kit.directory / "pki" / "issuer-1" / "front-code.key")
        environment = self.kit.plan.environment
        return Signer(key=key, party="issuer", code=self.kit.ward, name="issuer-1", environment=environment)

    def order(self, layout: Layout, *, name: str = NAME, remarks: tuple[str, ...] = ()) -> tuple[Facts, Expected]:
        """What is composed and what is expected, of a made-up person in the layout's last year that may be asked."""
        year = min(layout.last_year, 2026)
        person, record = people.resident(name=name), people.tax(year)
        terms = tuple(msgspec.structs.replace(term, fiscal_year=year) for term in people.four_terms())
        known, top = clerks(person, record, terms), heading(SETTINGS)
        if layout.kind == "payment":
            facts = payment_facts(person, record, terms, top, as_of=ON)
            expected = expected_payment(known, says(SETTINGS), number=NUMBER, on=ON)
        else:
            facts = taxation_facts(person, record, top)
            expected = expected_taxation(known, says(SETTINGS), number=NUMBER, on=ON)
        if remarks:
            return replace(facts, remarks=remarks), replace(expected, remarks=remarks)
        return facts, expected

    def sheets(self, facts: Facts, *, copies: int = 1) -> tuple[SheetFacts, ...]:
        """Fresh numbers and signed front codes."""
        pages = self.composer.page_count(facts)
        return tuple(
            self.sheet(facts, copy=copy, page=page, pages=pages)
            for copy in range(1, copies + 1)
            for page in range(1, pages + 1)
        )

    def sheet(self, facts: Facts, *, copy: int = 1, page: int = 1, pages: int = 1) -> SheetFacts:
        number = secrets.token_bytes(16)
        body = front_code_body(facts, paper_number=number, page=page, pages=pages)
        return SheetFacts(copy=copy, page=page, paper_number=number, front_code=self.signer.sign(FRONT_CODE, body))

    def compose(self, facts: Facts, sheets: tuple[SheetFacts, ...]) -> bytes:
        return self.composer.compose(facts, sheets, issued_at=NOW)

    def paper(self, layout: Layout, *, copies: int = 1, remarks: tuple[str, ...] = ()) -> Paper:
        """A paper that is right."""
        facts, expected = self.order(layout, remarks=remarks)
        sheets = self.sheets(facts, copies=copies)
        sought = Sought(
            kind=layout.kind,
            fiscal_year=facts.fiscal_year,
            copies=copies,
            certificate_number=NUMBER,
            paper_numbers=tuple(sheet.paper_number for sheet in sheets),
            ward=self.kit.ward,
            keys=self.kit.keys,
            at=NOW,
        )
        return Paper(self.compose(facts, sheets), facts, sheets, expected, sought)

    def findings(self, paper: Paper, pdf: bytes | None = None) -> list[Finding]:
        """What the clerk finds in a file that should have been this paper."""
        _, found = examine(pdf or paper.pdf, reader=self.reader, expected=paper.expected, sought=paper.sought)
        return found

    def gravity(self, paper: Paper, pdf: bytes) -> Gravity | None:
        """The worst of what it finds; None when it finds nothing."""
        found = {finding.gravity for finding in self.findings(paper, pdf)}
        return Gravity.PERSON if Gravity.PERSON in found else Gravity.VALUE if found else None
