"""The ward's server and the card authority, as a center's lines reach them."""

from __future__ import annotations

import io
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
import pikepdf

from madoguchi.cardproof import PinnedCas
from madoguchi.cardproof.proof import card_commitment, verify_card_proof
from madoguchi.center.config import Lifetimes
from madoguchi.center.parts import Parts
from madoguchi.center.serve import make_parts
from madoguchi.certificate.pages import document_digest, page_digests
from madoguchi.jpki.ocsp import Responder
from madoguchi.jpki.status import Reason, State, Status
from madoguchi.paper.frontcode import FRONT_CODE, FrontCode, description_digest
from madoguchi.runtime.caller import CallError
from madoguchi.runtime.clock import Clock, SystemClock, epoch
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool
from madoguchi.runtime.problems import UNREACHABLE
from madoguchi.statement import Signer, verify
from madoguchi.statement.kinds import (
    ISSUANCE,
    ISSUE_REQUEST,
    MENU,
    REFUSAL,
)
from madoguchi.wire.identifiers import CENTER_CODE
from madoguchi.wire.menu import Menu
from madoguchi.wire.outcome import WardOutcome
from madoguchi.wire.transaction import (
    Issuance,
    IssueAnswer,
    Issued,
    Refusal,
    Refused,
    Sheet,
    Versions,
)
from tests.center.world import HOLDER, WORDS, World


def make_pdf(pages: int) -> bytes:
    """A4 pages that name somebody."""
    made = io.BytesIO()
    with pikepdf.new() as pdf:
        for number in range(pages):
            page = pdf.add_blank_page(page_size=(595.276, 841.89))
            page.obj["/Contents"] = pdf.make_stream(f"% {HOLDER} {number}".encode())
        pdf.save(made)
    return made.getvalue()


@dataclass(slots=True)
class StubLines:
    """The ward's server and the card authority, as the center's lines reach them. Each answer can be bent."""

    world: World
    clock: Clock = field(default_factory=SystemClock)
    pages: int = 1
    menu_body: Menu | None = None
    status: State = State.GOOD
    ocsp_down: bool = False
    ward_down: bool = False
    bend: Callable[[Issued, Issuance, StubLines], IssueAnswer] | None = None
    on_issue: Callable[[], Awaitable[None]] | None = None
    issued: list[bytes] = field(default_factory=list)
    told: list[WardOutcome] = field(default_factory=list)
    outcomes_down: bool = False
    responder: Responder = field(init=False)

    def __post_init__(self) -> None:
        self.responder = Responder(self.world.identities.authority, clock=self.clock)

    @property
    def issuer(self) -> Signer:
        return self.world.signer("issuer-1", party="issuer", code=self.world.ward)

    @property
    def front_signer(self) -> Signer:
        return self.world.signer("issuer-1", party="issuer", code=self.world.ward, key_file="front-code.key")

    async def menu(self, ward: str) -> bytes:
        if self.ward_down:
            raise CallError(UNREACHABLE, cause="stub", sent=False)
        return self.issuer.sign(MENU, self.menu_body or self.world.menu())

    async def ocsp(self, request: bytes) -> bytes:
        if self.ocsp_down:
            raise CallError(UNREACHABLE, cause="stub", sent=True)
        revoked = self.status is State.REVOKED
        status = Status(
            state=self.status,
            revoked_at=self.clock.now() - timedelta(days=1) if revoked else None,
            reason=next(iter(Reason)) if revoked else None,
        )
        return self.responder.answer(self.responder.read(request), status)

    async def outcome(self, ward: str, outcome: WardOutcome) -> None:
        if self.outcomes_down:
            raise CallError(UNREACHABLE, cause="stub", sent=True)
        self.told.append(outcome)

    async def issue(self, ward: str, request: bytes) -> IssueAnswer:
        if self.ward_down:
            raise CallError(UNREACHABLE, cause="stub", sent=True)
        at = self.clock.now()
        asked = verify(request, ISSUE_REQUEST, keys=self.world.keys, code=CENTER_CODE, at=at).body
        proven = verify_card_proof(
            asked.proof, keys=self.world.keys, pinned=_pinned(self.world), ward=self.world.ward, at=at
        )
        self.issued.append(asked.transaction)
        if self.on_issue is not None:
            await self.on_issue()
        transcript, secret = proven.transcript, proven.secret
        pdf, description = make_pdf(self.pages * transcript.copies), b"layout and values"
        sheets = tuple(
            Sheet(
                copy=1 + number // self.pages,
                page=1 + number % self.pages,
                pages=self.pages,
                paper_number=secrets.token_bytes(16),
                page_digest=digest,
            )
            for number, digest in enumerate(page_digests(pdf, secret=secret))
        )
        issuance = Issuance(
            transaction=asked.transaction,
            application_digest=proven.application.digest,
            ward=self.world.ward,
            card_commitment=card_commitment(proven.holder, secret=secret),
            kiosk_key_digest=transcript.kiosk_key_digest,
            kind=transcript.kind,
            fiscal_year=transcript.fiscal_year,
            copies=transcript.copies,
            fee_yen=transcript.fee_yen,
            certificate_number="令和8年第1号",
            sheets=sheets,
            pdf_digest=document_digest(pdf, secret=secret),
            page_description_digest=document_digest(description, secret=secret),
            versions=Versions(record=1, layout="plain", menu=3, program="stub"),
            at=epoch(at),
        )
        answer = Issued(
            pdf=pdf,
            page_description=description,
            front_codes=tuple(self.front_code(issuance, sheet, description) for sheet in sheets),
            issuance=self.issuer.sign(ISSUANCE, issuance),
        )
        return answer if self.bend is None else self.bend(answer, issuance, self)

    def front_code(self, issuance: Issuance, sheet: Sheet, description: bytes | None, **changes: Any) -> bytes:
        body = FrontCode(
            kind=issuance.kind,
            fiscal_year=issuance.fiscal_year,
            certificate_number=issuance.certificate_number,
            paper_number=sheet.paper_number,
            page=sheet.page,
            pages=sheet.pages,
            issued_on="令和8年11月23日",
            title="課税証明書",
            name=HOLDER,
            birth_date="昭和60年3月4日",
            amounts=(),
            description_digest=None if description is None else description_digest(description),
        )
        return self.front_signer.sign(FRONT_CODE, msgspec.structs.replace(body, **changes))

    def refusal(self, *, answers: bytes, transaction: bytes | None) -> Refused:
        body = Refusal(
            answers=answers,
            transaction=transaction,
            reason="ask_your_ward",
            text=WORDS,
            contact=WORDS,
            at=epoch(self.clock.now()),
        )
        return Refused(refusal=self.issuer.sign(REFUSAL, body))


def _pinned(world: World) -> PinnedCas:
    certificates = [authority.certificate for authority in world.keys.body.card_authorities]
    return PinnedCas.load(certificates, environment=world.plan.environment)


def center(
    world: World,
    name: str,
    *,
    pool: Pool,
    database: Database,
    lines: StubLines,
    lifetimes: Lifetimes | None = None,
    **changes: Any,
) -> Parts:
    """One replica, without its listener."""
    config = world.center_config(name, database=database, lifetimes=lifetimes)
    return make_parts(config, pool=pool, lines=lines, clock=SystemClock(), process=secrets.token_bytes(16), **changes)
