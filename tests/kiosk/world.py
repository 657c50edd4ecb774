"""What everybody but the kiosk does, so that a kiosk can be told the truth, or lied to."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from madoguchi import __version__
from madoguchi.card import save_card
from madoguchi.cardproof.proof import ProvenApplication, verify_application
from madoguchi.certificate.pages import document_digest, page_digests
from madoguchi.kiosk.checking import marks_digest
from madoguchi.kiosk.config import Devices, Faults, KioskConfig, Timeouts
from madoguchi.runtime.clock import epoch
from madoguchi.runtime.config import Listen, TlsFiles, Topology, TrustFiles
from madoguchi.runtime.problems import NO_ANSWER
from madoguchi.seal import Purpose, seal
from madoguchi.seal.hpke import sealing_key_id
from madoguchi.statement import Signer, verify, verify_by_kiosk, verify_enrolment
from madoguchi.statement.kinds import (
    ACKNOWLEDGEMENT,
    DELIVERY,
    ISSUANCE,
    LOST_KEPT,
    LOST_PROPERTY,
    MENU,
    OPEN_REQUEST,
    OPENED,
    OUTCOME,
    REFUSAL,
)
from madoguchi.wire.codec import decode, encode
from madoguchi.wire.identifiers import CENTER_CODE, sha256
from madoguchi.wire.lost import KioskLostProperty, LostNoted, LostProperty
from madoguchi.wire.menu import Menu
from madoguchi.wire.outcome import Acknowledgement, KioskOutcome, Outcome
from madoguchi.wire.transaction import (
    Application,
    Delivered,
    Delivery,
    Issuance,
    Opened,
    OpenedAnswer,
    Refusal,
    Refused,
    SealedMessage,
    Sheet,
    SheetMarks,
    SignedByKiosk,
    Transcript,
    Versions,
)
from tests.jpki.authorities import card
from tests.kiosk.documents import pdf_of
from tests.kiosk.offer import a_menu, words
from tests.kiosk.parties import ENVIRONMENT, KIOSK, OPERATOR, WARD, Parties

PIN = "1234"
CARD = "resident"
NAME_ON_PAPER = "見本 花子 MIHON HANAKO"
LIFETIME = 240


@dataclass(kw_only=True)
class Lies:
    """Where the chain may be made to lie. Each takes the truth and gives what is said instead."""

    opened: Callable[[Opened], Opened] = lambda body: body
    issuance: Callable[[Issuance], Issuance] = lambda body: body
    delivery: Callable[[Delivery], Delivery] = lambda body: body
    pdf: Callable[[bytes], bytes] = lambda pdf: pdf
    marks: Callable[[tuple[SheetMarks, ...]], tuple[SheetMarks, ...]] = lambda marks: marks
    delivered: Callable[[Delivered], Delivered] = lambda answer: answer
    purpose: Callable[[Purpose], Purpose] = lambda purpose: purpose
    sealed: Callable[[SealedMessage], SealedMessage] = lambda message: message


@dataclass(kw_only=True)
class World(Parties):
    """Everybody but the kiosk. Implements `Line`."""

    pages: int = 1
    lies: Lies = field(default_factory=Lies)
    menu_body: Menu = field(default_factory=a_menu)
    refuse_with: Callable[[bytes, bytes], Refused] | None = None
    """(application digest, transaction) to a refusal inside the seal."""
    hold_answer: asyncio.Event | None = None
    cut: bool = False
    deaf_to_outcomes: bool = False
    ask_seconds: float = 15.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.applications: list[bytes] = []
        self.serials: list[str] = []
        self.answers: list[SealedMessage] = []
        self.outcomes: list[Outcome] = []
        self.outcome_deliveries = 0
        self.lost: list[LostProperty] = []
        self.answered = asyncio.Event()
        self.asked: list[str] = []

    # -- the line

    def raw_menu(self) -> bytes:
        return self.ward.sign(MENU, self.menu_body)

    def _reached(self, what: str) -> None:
        self.asked.append(what)
        if self.cut:
            raise NO_ANSWER.error("cut")

    async def trust_list(self) -> bytes:
        self._reached("trust-list")
        return self.raw_trust_list()

    async def menu(self, ward: str) -> bytes:
        self._reached(f"menu {ward}")
        return self.raw_menu()

    async def open(self, request: SignedByKiosk) -> OpenedAnswer | Refused:
        self._reached("open")
        kiosk = verify_enrolment(request.enrolment, keys=self.trust(), operator=OPERATOR, at=self.clock.now())
        asked = verify_by_kiosk(request.statement, OPEN_REQUEST, kiosk=kiosk, at=self.clock.now())
        body = Opened(
            request_digest=asked.digest,
            transaction=secrets.token_bytes(16),
            challenge=secrets.token_bytes(32),
            ward=asked.body.ward,
            operator=OPERATOR,
            kiosk=asked.body.kiosk,
            lifetime_seconds=LIFETIME,
            sealing_key_id=self.sealing_key.key_id,
            sealing_key=self.sealing_key.public,
            at=epoch(self.clock.now()),
        )
        self.opened = self.center.sign(OPENED, self.lies.opened(body))
        return OpenedAnswer(opened=self.opened)

    async def apply(self, message: SealedMessage) -> SealedMessage | Refused:
        self._reached("apply")
        proven = self.prove(message)
        self.applications.append(proven.application.raw)
        self.serials.append(proven.holder.serial)
        answer = self.answer_to(proven)
        self.answers.append(answer)
        self.answered.set()
        if self.hold_answer is not None:
            await self.hold_answer.wait()
        return self.lies.sealed(answer)

    async def outcome(self, outcome: KioskOutcome) -> bytes:
        self._reached("outcome")
        self.outcome_deliveries += 1
        kiosk = verify_enrolment(outcome.enrolment, keys=self.trust(), operator=OPERATOR, at=self.clock.now())
        said = verify_by_kiosk(outcome.outcome, OUTCOME, kiosk=kiosk, at=self.clock.now())
        if self.deaf_to_outcomes:
            raise NO_ANSWER.error("deaf")
        if said.body not in self.outcomes:
            self.outcomes.append(said.body)
        return self.acknowledge(said.body.transaction, said.digest)

    async def lost_property(self, notice: KioskLostProperty) -> bytes:
        self._reached("lost property")
        kiosk = verify_enrolment(notice.enrolment, keys=self.trust(), operator=OPERATOR, at=self.clock.now())
        said = verify_by_kiosk(notice.lost, LOST_PROPERTY, kiosk=kiosk, at=self.clock.now())
        if self.deaf_to_outcomes:
            raise NO_ANSWER.error("deaf")
        if said.body not in self.lost:
            self.lost.append(said.body)
        body = LostNoted(id=said.body.id, statement_digest=said.digest, at=epoch(self.clock.now()))
        return self.ec.sign(LOST_KEPT, body)

    def acknowledge(self, transaction: bytes, digest: bytes) -> bytes:
        body = Acknowledgement(transaction=transaction, outcome_digest=digest, at=epoch(self.clock.now()))
        return self.center.sign(ACKNOWLEDGEMENT, body)

    # -- what the center and the ward do

    def prove(self, message: SealedMessage) -> ProvenApplication:
        opened = verify(self.opened, OPENED, keys=self.trust(), code=CENTER_CODE, at=self.clock.now())
        purpose = Purpose(
            environment=ENVIRONMENT,
            direction="kiosk-to-center",
            message_type="application",
            transaction=message.transaction,
            prior=sha256(self.opened),
            sender_key_id=self.kiosk_signer().key_id,
            receiver_key_id=self.sealing_key.key_id,
        )
        signed = decode(self.sealing_key.open(message.ciphertext, purpose=purpose), type=SignedByKiosk)
        return verify_application(
            signed.statement,
            opened=opened,
            enrolment=signed.enrolment,
            keys=self.trust(),
            pinned=self.pinned(),
            at=self.clock.now(),
        )

    def answer_to(self, proven: ProvenApplication) -> SealedMessage:
        digest, transaction = proven.application.digest, proven.transcript.transaction
        if self.refuse_with is not None:
            return self.seal_answer(encode(self.refuse_with(digest, transaction)), proven.application.body, digest)
        return self.seal_answer(encode(self.delivered(proven)), proven.application.body, digest)

    def delivered(self, proven: ProvenApplication) -> Delivered:
        transcript, secret = proven.transcript, proven.secret
        honest = pdf_of(self.pages * transcript.copies)
        issuance = self.ward.sign(ISSUANCE, self.lies.issuance(self.issuance(proven, honest)))
        sheets = self.issuance(proven, honest).sheets if not self._issued else self._issued.sheets
        marks = tuple(SheetMarks(front=pdf_of(1, "layer"), back=pdf_of(1, f"back {n}")) for n in range(len(sheets)))
        delivery = Delivery(
            transaction=transcript.transaction,
            application_digest=proven.application.digest,
            issuance_digest=sha256(issuance),
            marks=tuple(
                marks_digest(mark, sheet.paper_number, secret=secret) for mark, sheet in zip(marks, sheets, strict=True)
            ),
            at=epoch(self.clock.now()),
        )
        return self.lies.delivered(
            Delivered(
                pdf=self.lies.pdf(honest),
                issuance=issuance,
                marks=self.lies.marks(marks),
                delivery=self.center.sign(DELIVERY, self.lies.delivery(delivery)),
            )
        )

    _issued: Issuance | None = field(default=None, init=False)

    def issuance(self, proven: ProvenApplication, pdf: bytes) -> Issuance:
        transcript: Transcript = proven.transcript
        digests = page_digests(pdf, secret=proven.secret)
        places = [(copy, page) for copy in range(1, transcript.copies + 1) for page in range(1, self.pages + 1)]
        self._issued = Issuance(
            transaction=transcript.transaction,
            application_digest=proven.application.digest,
            ward=WARD,
            card_commitment=proven.card_commitment,
            kiosk_key_digest=transcript.kiosk_key_digest,
            kind=transcript.kind,
            fiscal_year=transcript.fiscal_year,
            copies=transcript.copies,
            fee_yen=transcript.fee_yen,
            certificate_number="窓税証8-1",
            sheets=tuple(
                Sheet(
                    copy=copy,
                    page=page,
                    pages=self.pages,
                    paper_number=secrets.token_bytes(16),
                    page_digest=digest,
                )
                for (copy, page), digest in zip(places, digests, strict=True)
            ),
            pdf_digest=document_digest(pdf, secret=proven.secret),
            page_description_digest=bytes(32),
            versions=Versions(record=1, layout="taxation-1", menu=5, program=__version__),
            at=epoch(self.clock.now()),
        )
        return self._issued

    def seal_answer(self, plaintext: bytes, application: Application, digest: bytes) -> SealedMessage:
        transcript = decode(application.transcript, type=Transcript)
        purpose = Purpose(
            environment=ENVIRONMENT,
            direction="center-to-kiosk",
            message_type="answer",
            transaction=transcript.transaction,
            prior=digest,
            sender_key_id=self.sealing_key.key_id,
            receiver_key_id=sealing_key_id(application.kiosk_key),
        )
        ciphertext = seal(plaintext, receiver=application.kiosk_key, purpose=self.lies.purpose(purpose))
        return SealedMessage(transaction=transcript.transaction, ciphertext=ciphertext)

    def refusal(
        self, *, answers: bytes, transaction: bytes | None, signer: Signer | None = None, reason: Any = "ask_your_ward"
    ) -> Refused:
        body = Refusal(
            answers=answers,
            transaction=transaction,
            reason=reason,
            text=words("窓口へ"),
            contact=words("03-0000-0000"),
            at=epoch(self.clock.now()),
        )
        return Refused(refusal=(signer or self.ward).sign(REFUSAL, body))

    # -- the kiosk

    def config(self, directory: Path, *, faults: Faults | None = None, timeouts: Timeouts | None = None) -> KioskConfig:
        """The kiosk's configuration and files."""
        (directory / "cards").mkdir(exist_ok=True)
        if not (directory / "cards" / f"{CARD}.json").exists():
            save_card(card(), directory / "cards" / f"{CARD}.json")
        self.kiosk_key.save(directory / "signing.key")
        (directory / "enrolment.cose").write_bytes(self.enrolment)
        root = load_der_public_key(self.root.public_bytes())
        (directory / "root.pem").write_bytes(root.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return KioskConfig(
            party="kiosk",
            name="kiosk-1",
            environment=ENVIRONMENT,
            version_expected=__version__,
            listen=Listen(),
            tls=TlsFiles(certificate=directory / "x", key=directory / "x", ca=directory / "x"),
            topology=Topology(replicas=("kiosk-1",), fingerprint=""),
            trust=TrustFiles(list=directory / "none", root_key=directory / "root.pem"),
            signing_keys={"default": directory / "signing.key"},
            state_dir=directory / "state",
            kiosk=KIOSK.hex(),
            operator=OPERATOR,
            enrolment=directory / "enrolment.cose",
            ec="ec-1",
            wards=(WARD,),
            devices=Devices(
                paper_dir=directory / "paper",
                cards_dir=directory / "cards",
                machine_dir=directory / "machine",
                ask_seconds=self.ask_seconds,
                faults=faults or Faults(),
            ),
            timeouts=timeouts or Timeouts(),
        )
