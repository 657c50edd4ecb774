"""Who speaks to the ward: kiosk and center, tax system and registry, each by hand.

They do what a kiosk and a center do before the ward is asked.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from madoguchi.card import JpkiCard, VirtualCard
from madoguchi.cardproof import PinnedCas, ocsp_request, verify_card_certificate
from madoguchi.jpki.ocsp import Responder
from madoguchi.jpki.status import Reason, State, Status
from madoguchi.records import Instalment, Resident, TaxRecord
from madoguchi.records.package import PackageRecords, write_package
from madoguchi.runtime.caller import CallError
from madoguchi.runtime.clock import FrozenClock, epoch
from madoguchi.runtime.problems import UNREACHABLE
from madoguchi.statement import Signer, verify
from madoguchi.statement.kinds import (
    APPLICATION,
    DELIVERY,
    FEED_MANIFEST,
    ISSUANCE,
    ISSUE_REQUEST,
    OPENED,
    OUTCOME,
    REFUSAL,
    RELAY_ENTRY,
    SERIAL_ANSWER,
    SERIAL_PAGE,
    STOP_NOTICE,
)
from madoguchi.wire.codec import encode
from madoguchi.wire.feed import (
    FORMAT_VERSION,
    FeedManifest,
    FeedPackage,
    SerialAnswer,
    SerialEntry,
    SerialPage,
    SerialQuestion,
    StopNotice,
)
from madoguchi.wire.identifiers import CENTER_CODE, sha256
from madoguchi.wire.outcome import KioskCustody, Outcome, RelayEntry, SheetState, WardOutcome
from madoguchi.wire.transaction import (
    Application,
    CardProof,
    Delivery,
    Issuance,
    IssueAnswer,
    Issued,
    IssueRequest,
    MarksDigest,
    Opened,
    Refused,
    Transcript,
)
from tests.issuer.kit import Kit
from tests.issuer.people import OPERATOR, PIN


@dataclass(slots=True)
class Jukinet:
    """The registry by hand: a list, and what it answers on the spot."""

    kit: Kit
    clock: FrozenClock
    listed: list[SerialEntry] = field(default_factory=list)
    on_the_spot: list[SerialEntry] = field(default_factory=list)
    asked: list[SerialQuestion] = field(default_factory=list)
    down: bool = False
    delay: float = 0
    bend_page: Callable[[SerialPage], SerialPage] = lambda page: page
    bend_answer: Callable[[SerialAnswer], SerialAnswer] = lambda answer: answer

    @property
    def signer(self) -> Signer:
        return self.kit.signer("jukinet-1", party="jukinet", code=self.kit.ward)

    async def page(self, *, after: int) -> bytes:
        if self.down:
            raise CallError(UNREACHABLE, cause="by hand", sent=False)
        page = SerialPage(
            ward=self.kit.ward,
            entries=tuple(self.listed[after : after + 2]),
            position=min(len(self.listed), after + 2),
            complete=after + 2 >= len(self.listed),
            at=epoch(self.clock.now()),
        )
        return self.signer.sign(SERIAL_PAGE, self.bend_page(page))

    async def question(self, question: SerialQuestion) -> bytes:
        if self.down:
            raise CallError(UNREACHABLE, cause="by hand", sent=False)
        self.asked.append(question)
        await asyncio.sleep(self.delay)
        wanted = (question.ca_key_digest, question.serial)
        found = [entry for entry in self.on_the_spot if (entry.ca_key_digest, entry.serial) == wanted]
        answer = SerialAnswer(
            ward=self.kit.ward,
            question_digest=sha256(encode(question)),
            entry=found[0] if found else None,
            at=epoch(self.clock.now()),
        )
        return self.signer.sign(SERIAL_ANSWER, self.bend_answer(answer))


@dataclass(slots=True)
class Visit:
    """One application as kiosk and center made it."""

    transaction: bytes
    transcript: Transcript
    application: bytes
    secret: bytes
    request: bytes
    proof: CardProof


@dataclass(slots=True)
class Street:
    """Kiosk and center by hand."""

    kit: Kit
    clock: FrozenClock
    kiosk: str = "kiosk-1"

    @property
    def kiosk_id(self) -> bytes:
        return self.kit.identities.kiosk_ids[self.kiosk]

    @property
    def kiosk_signer(self) -> Signer:
        return self.kit.signer(self.kiosk, party="kiosk", code=self.kiosk_id.hex(), shown=OPERATOR)

    @property
    def center(self) -> Signer:
        return self.kit.signer("center-1", party="center", code=CENTER_CODE)

    @property
    def enrolment(self) -> bytes:
        return (self.kit.directory / "pki" / self.kiosk / "enrolment.cose").read_bytes()

    def visit(self, card: VirtualCard, *, kind: str = "taxation", copies: int = 1, **changes: Any) -> Visit:
        """Open, sign with the card, apply, forward."""
        name, key = secrets.token_bytes(16), secrets.token_bytes(1216)
        opened = self.center.sign(OPENED, self._opened(name))
        transcript = msgspec.structs.replace(
            Transcript(
                label="madoguchi card transcript",
                version=1,
                environment=self.kit.plan.environment,
                suite="MLKEM768_X25519+HKDF_SHA256+AES_256_GCM",
                transaction=name,
                challenge=_CHALLENGE,
                ward=self.kit.ward,
                kind=kind,
                fiscal_year=2026,
                copies=copies,
                fee_yen=300 * copies,
                operator=OPERATOR,
                kiosk=self.kiosk_id,
                kiosk_key_digest=sha256(key),
            ),
            **changes,
        )
        raw, secret = encode(transcript), secrets.token_bytes(32)
        dialect = JpkiCard(card)
        dialect.verify_pin(bytearray(PIN.encode()))
        body = Application(
            transcript=raw,
            card_certificate=dialect.read_certificate(),
            card_signature=dialect.sign(sha256(raw)),
            secret=secret,
            kiosk_key=key,
        )
        application = self.kiosk_signer.sign(APPLICATION, body)
        proof = CardProof(
            opened=opened, enrolment=self.enrolment, application=application, ocsp=self.ocsp(card.certificate)
        )
        return Visit(name, transcript, application, secret, self.forward(name, proof), proof)

    def forward(self, name: bytes, proof: CardProof, **changes: Any) -> bytes:
        body = IssueRequest(transaction=name, proof=proof, at=epoch(self.clock.now()))
        return self.center.sign(ISSUE_REQUEST, msgspec.structs.replace(body, **changes))

    def ocsp(self, certificate: bytes, state: State = State.GOOD) -> bytes:
        certificates = [each.certificate for each in self.kit.keys.body.card_authorities]
        pinned = PinnedCas.load(certificates, environment=self.kit.plan.environment)
        holder = verify_card_certificate(certificate, pinned=pinned, at=self.clock.now())
        responder = Responder(self.kit.identities.authority, clock=self.clock)
        yesterday = self.clock.now() - timedelta(days=1)
        revoked = Status(state=State.REVOKED, revoked_at=yesterday, reason=Reason.KEY_COMPROMISE)
        status = revoked if state is State.REVOKED else Status(state=state)
        return responder.answer(responder.read(ocsp_request(holder)), status)

    def outcome(self, visit: Visit, issued: Issued | None, **changes: Any) -> WardOutcome:
        """What kiosk, operator and center report; everything printed and paid unless changed."""
        delivery = self.delivery(visit, issued) if issued else None
        printed: SheetState = "printed"
        sheets = tuple(printed for _ in self.issuance(issued).sheets) if issued else ()
        paid = visit.transcript.fee_yen if issued else 0
        body = Outcome(
            transaction=visit.transaction,
            ward=self.kit.ward,
            application_digest=sha256(visit.application),
            issuance_digest=sha256(issued.issuance) if issued else None,
            delivery_digest=sha256(delivery) if delivery else None,
            result="printed" if issued else "refused",
            sheets=sheets,
            paid_yen=paid,
            printed_yen=paid,
            refunded_yen=0,
            owed_yen=0,
            claim=None,
            custody=KioskCustody(held=issued is not None, erased="wiped"),
            at=epoch(self.clock.now()),
        )
        body = msgspec.structs.replace(body, **changes)
        raw = self.kiosk_signer.sign(OUTCOME, body)
        relay = RelayEntry(
            transaction=visit.transaction,
            outcome_digest=sha256(raw),
            sheets_printed=sum(sheet == "printed" for sheet in body.sheets),
            paid_yen=body.paid_yen,
            refunded_yen=body.refunded_yen,
            owed_yen=body.owed_yen,
            at=epoch(self.clock.now()),
        )
        operator = self.kit.signer(f"ec-{OPERATOR}", party="ec", code=OPERATOR)
        return WardOutcome(
            enrolment=self.enrolment, outcome=raw, relay=operator.sign(RELAY_ENTRY, relay), delivery=delivery
        )

    def delivery(self, visit: Visit, issued: Issued) -> bytes:
        marks = tuple(
            MarksDigest(paper_number=sheet.paper_number, front=None, back=bytes(32))
            for sheet in self.issuance(issued).sheets
        )
        body = Delivery(
            transaction=visit.transaction,
            application_digest=sha256(visit.application),
            issuance_digest=sha256(issued.issuance),
            marks=marks,
            at=epoch(self.clock.now()),
        )
        return self.center.sign(DELIVERY, body)

    def issuance(self, answer: IssueAnswer) -> Issuance:
        assert isinstance(answer, Issued), "refused"
        return verify(answer.issuance, ISSUANCE, keys=self.kit.keys, code=self.kit.ward, at=self.clock.now()).body

    def reason(self, answer: IssueAnswer) -> str:
        assert isinstance(answer, Refused), "issued"
        refusal = verify(answer.refusal, REFUSAL, keys=self.kit.keys, code=self.kit.ward, at=self.clock.now())
        return refusal.body.reason

    def _opened(self, name: bytes) -> Opened:
        return Opened(
            request_digest=bytes(32),
            transaction=name,
            challenge=_CHALLENGE,
            ward=self.kit.ward,
            operator=OPERATOR,
            kiosk=self.kiosk_id,
            lifetime_seconds=180,
            sealing_key_id=bytes(16),
            sealing_key=bytes(1216),
            at=epoch(self.clock.now()),
        )


_CHALLENGE = bytes(range(32))


class Tax:
    """The ward's tax system by hand."""

    def __init__(self, kit: Kit, clock: FrozenClock) -> None:
        self.kit = kit
        self.clock = clock
        self.signer = kit.signer("tax-1", party="tax", code=kit.ward)

    def package(
        self,
        *,
        residents: Sequence[Resident] = (),
        taxes: Sequence[TaxRecord] = (),
        instalments: Sequence[Instalment] = (),
        **changes: Any,
    ) -> FeedPackage:
        """A snapshot numbered 1 unless changed."""
        rows = PackageRecords(residents=tuple(residents), taxes=tuple(taxes), instalments=tuple(instalments))
        files, about = write_package(rows)
        manifest = FeedManifest(
            format_version=FORMAT_VERSION,
            ward=self.kit.ward,
            sequence=1,
            content="snapshot",
            every_year=True,
            fiscal_years=rows.years,
            created_at=epoch(self.clock.now()),
            files=about,
        )
        return self.signed(msgspec.structs.replace(manifest, **changes), files)

    def signed(self, manifest: FeedManifest, files: Mapping[str, bytes]) -> FeedPackage:
        return FeedPackage(manifest=self.signer.sign(FEED_MANIFEST, manifest), files=dict(files))

    def stop(self, person: Resident, stop: Any = "suppression", *, stopped: bool = True, **changes: Any) -> bytes:
        notice = StopNotice(
            ward=self.kit.ward,
            addressee_number=person.addressee_number,
            stop=stop,
            stopped=stopped,
            at=epoch(self.clock.now()),
        )
        return self.signer.sign(STOP_NOTICE, msgspec.structs.replace(notice, **changes))
