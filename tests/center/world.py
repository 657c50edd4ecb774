"""A small world around one or two centers: real keys, real cards, a real card authority, and a ward's stub.

The ward's stub signs real statements with the ward's real key over a PDF that names nobody; what it answers can be
bent by each test. The kiosk here is the test's own: it does by hand what a kiosk does.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa

from madoguchi import __version__
from madoguchi.card import JpkiCard, VirtualCard
from madoguchi.center.config import CenterConfig, Lifetimes, WardSection
from madoguchi.deployment.identities import Identities, make_identities
from madoguchi.deployment.plan import Plan
from madoguchi.jpki.authority import make_card, new_rsa_key
from madoguchi.runtime.clock import epoch
from madoguchi.runtime.config import Database, Listen, Peer, TlsFiles, Topology, TrustFiles, declare
from madoguchi.runtime.fonts import find_fonts
from madoguchi.seal import Purpose, SealingKey, seal
from madoguchi.seal.hpke import sealing_key_id
from madoguchi.statement import FileKey, Signer, Statement, verify
from madoguchi.statement.kinds import (
    APPLICATION,
    OPEN_REQUEST,
    OPENED,
    OUTCOME,
    REFUSAL,
    RELAY_ENTRY,
)
from madoguchi.trust import TrustList
from madoguchi.trust.file import read_root_key
from madoguchi.wire.codec import decode, decode_plain, encode, from_plain
from madoguchi.wire.identifiers import CENTER_CODE, Environment, sha256
from madoguchi.wire.menu import Menu, MenuKind, MenuYear, ServiceHours, Wording
from madoguchi.wire.outcome import KioskCustody, Outcome, RelayedOutcome, RelayEntry
from madoguchi.wire.transaction import (
    Application,
    ApplyAnswer,
    Delivered,
    Opened,
    OpenRequest,
    Refusal,
    Refused,
    SealedAnswer,
    SealedMessage,
    SignedByKiosk,
    Transcript,
)

OPERATOR, OTHER_OPERATOR = "asahi-mart", "hoshi-store"
WORDS = Wording(ja="窓口", en="counter")
PIN = "1234"
Body = TypeVar("Body")
HOLDER = "窓口花子"
"""The name on the stub's paper: it must be found nowhere afterwards."""


@dataclass(slots=True)
class World:
    """Keys and cards of one test run. Expensive, so made once and shared; holds no state of any transaction."""

    directory: Path
    plan: Plan
    identities: Identities
    card_key: rsa.RSAPrivateKey
    keys: TrustList = field(init=False)

    @classmethod
    def make(cls, directory: Path) -> World:
        plan = Plan(environment=Environment.TEST, kiosks=3)
        at = datetime.now(UTC)
        made = cls(directory, plan, make_identities(plan, directory / "pki", at=at), new_rsa_key())
        (directory / "kek").write_bytes(secrets.token_bytes(32))
        (directory / "pseudonym").write_bytes(secrets.token_bytes(32))
        raw = made.trust.list.read_bytes()
        made.keys = TrustList.load(raw, root=read_root_key(made.trust.root_key), environment=plan.environment, at=at)
        return made

    @property
    def ward(self) -> str:
        return self.plan.ward.code

    @property
    def trust(self) -> TrustFiles:
        pki = self.directory / "pki"
        return TrustFiles(list=pki / "trust-list.cose", root_key=pki / "root.pem")

    def signer(self, name: str, *, party: str, code: str, key_file: str = "signing.key") -> Signer:
        return Signer(
            key=FileKey.load(self.directory / "pki" / name / key_file),
            party=party,
            code=code,
            name=name,
            environment=self.plan.environment,
        )

    def tls(self, name: str) -> TlsFiles:
        home = self.directory / "pki" / name
        return TlsFiles(certificate=home / "tls.pem", key=home / "tls.key", ca=home / "ca.pem")

    def card(self, *, generation: str | None = None, serial: str | None = None) -> VirtualCard:
        """A card of its own serial; the key pair is shared, because making one costs 0.1 s."""
        now = datetime.now(UTC)
        return make_card(
            self.identities.authority,
            generation=generation or min(self.identities.authority.generations),
            serial=serial or f"{secrets.randbits(150) | 1:X}",
            not_before=now - timedelta(days=1),
            not_after=now + timedelta(days=1000),
            pin=PIN,
            private_key=self.card_key,
        )

    def center_config(self, name: str, *, database: Database, lifetimes: Lifetimes | None = None) -> CenterConfig:
        peers = [
            Peer(party=p.party, name=p.name, fingerprints=(self.identities.fingerprints[p.name],), url=url, code=p.code)
            for p in self.plan.processes
            for url in ["https://127.0.0.1:1" if p.party in {"issuer", "jpki"} else None]
            if p.party in {"issuer", "jpki", "ec", "oversight"}
        ]
        return declare(
            CenterConfig(
                party="center",
                name=name,
                environment=self.plan.environment,
                version_expected=__version__,
                listen=Listen(),
                tls=self.tls(name),
                topology=Topology(replicas=("center-1", "center-2"), fingerprint=""),
                trust=self.trust,
                signing_keys={"default": self.directory / "pki" / name / "signing.key"},
                database=database,
                state_dir=self.directory,
                peers=tuple(peers),
                wards={self.ward: WardSection(issuers=("issuer-1", "issuer-2"), operators=(OPERATOR, OTHER_OPERATOR))},
                jpki="jpki-1",
                kek=self.directory / "kek",
                back_font=find_fonts()[0],
                pseudonym_key=self.directory / "pseudonym",
                lifetimes=lifetimes or Lifetimes(),
            )
        )

    def menu(self, **changes: Any) -> Menu:
        year = MenuYear(fiscal_year=2026, label=WORDS, income_label=WORDS)
        made = Menu(
            ward=self.ward,
            ward_name=WORDS,
            contact=WORDS,
            revision=3,
            issued_at=epoch(datetime.now(UTC)),
            life_seconds=3600,
            open=True,
            closed_reason=None,
            hours=ServiceHours(opens_minute=0, closes_minute=1440, closed_days=()),
            operators=(OPERATOR, OTHER_OPERATOR),
            kinds=(MenuKind(kind="taxation", title=WORDS, fee_yen=300, max_copies=10, years=(year,)),),
        )
        return msgspec.structs.replace(made, **changes)


@dataclass(slots=True)
class Visit:
    """One transaction as the kiosk remembers it."""

    opened: Statement[Opened]
    key: SealingKey
    secret: bytes
    application: bytes | None = None
    message: SealedMessage | None = None

    @property
    def transaction(self) -> bytes:
        return self.opened.body.transaction


@dataclass(slots=True)
class Kiosk:
    """A kiosk, by hand."""

    world: World
    name: str = "kiosk-1"
    operator: str = OPERATOR

    @property
    def id(self) -> bytes:
        return self.world.identities.kiosk_ids[self.name]

    @property
    def signer(self) -> Signer:
        made = self.world.signer(self.name, party="kiosk", code=self.id.hex())
        return Signer(
            key=made.key, party="kiosk", code=made.code, name=self.operator, environment=self.world.plan.environment
        )

    @property
    def enrolment(self) -> bytes:
        return (self.world.directory / "pki" / self.name / "enrolment.cose").read_bytes()

    def request(self, **changes: Any) -> SignedByKiosk:
        body = OpenRequest(kiosk=self.id, operator=self.operator, ward=self.world.ward, nonce=secrets.token_bytes(16))
        signed = self.signer.sign(OPEN_REQUEST, msgspec.structs.replace(body, **changes))
        return SignedByKiosk(enrolment=self.enrolment, statement=signed)

    def visit(self, raw: bytes) -> Visit:
        opened = verify(raw, OPENED, keys=self.world.keys, code=CENTER_CODE, at=datetime.now(UTC))
        return Visit(opened, SealingKey.generate(), secrets.token_bytes(32))

    def apply(self, visit: Visit, card: VirtualCard, *, copies: int = 1, **changes: Any) -> SealedMessage:
        """Transcript, card signature, kiosk signature, seal."""
        opened = visit.opened.body
        transcript = Transcript(
            label="madoguchi card transcript",
            version=1,
            environment=self.world.plan.environment,
            suite="MLKEM768_X25519+HKDF_SHA256+AES_256_GCM",
            transaction=opened.transaction,
            challenge=opened.challenge,
            ward=opened.ward,
            kind="taxation",
            fiscal_year=2026,
            copies=copies,
            fee_yen=300 * copies,
            operator=self.operator,
            kiosk=self.id,
            kiosk_key_digest=sha256(visit.key.public),
        )
        raw = encode(msgspec.structs.replace(transcript, **changes))
        dialect = JpkiCard(card)
        dialect.verify_pin(bytearray(PIN.encode()))
        application = Application(
            transcript=raw,
            card_certificate=dialect.read_certificate(),
            card_signature=dialect.sign(sha256(raw)),
            secret=visit.secret,
            kiosk_key=visit.key.public,
        )
        visit.application = self.signer.sign(APPLICATION, application)
        visit.message = self.seal(visit, SignedByKiosk(enrolment=self.enrolment, statement=visit.application))
        return visit.message

    def seal(self, visit: Visit, signed: SignedByKiosk) -> SealedMessage:
        opened = visit.opened.body
        purpose = Purpose(
            environment=self.world.plan.environment,
            direction="kiosk-to-center",
            message_type="application",
            transaction=opened.transaction,
            prior=visit.opened.digest,
            sender_key_id=self.signer.key_id,
            receiver_key_id=opened.sealing_key_id,
        )
        sealed = seal(encode(signed), receiver=opened.sealing_key, purpose=purpose)
        return SealedMessage(transaction=opened.transaction, ciphertext=sealed)

    def open(self, visit: Visit, answer: ApplyAnswer) -> Delivered | Refused:
        assert isinstance(answer, SealedMessage)
        assert visit.application is not None
        purpose = Purpose(
            environment=self.world.plan.environment,
            direction="center-to-kiosk",
            message_type="answer",
            transaction=visit.transaction,
            prior=sha256(visit.application),
            sender_key_id=visit.opened.body.sealing_key_id,
            receiver_key_id=sealing_key_id(visit.key.public),
        )
        return decode(visit.key.open(answer.ciphertext, purpose=purpose), type=SealedAnswer)  # type: ignore[arg-type]

    def outcome(self, visit: Visit, delivered: Delivered | None = None, **changes: Any) -> bytes:
        """Everything printed and paid, unless changed; nothing at all without a delivery."""
        issuance = delivery = None
        sheets: tuple[str, ...] = ()
        if delivered is not None:
            issuance, delivery = sha256(delivered.issuance), sha256(delivered.delivery)
            sheets = ("printed",) * len(delivered.marks)
        paid = 300 * len(sheets)
        body = Outcome(
            transaction=visit.transaction,
            ward=self.world.ward,
            application_digest=None if visit.application is None else sha256(visit.application),
            issuance_digest=issuance,
            delivery_digest=delivery,
            result="printed" if delivered else "abandoned",
            sheets=sheets,  # type: ignore[arg-type]
            paid_yen=paid,
            printed_yen=paid,
            refunded_yen=0,
            owed_yen=0,
            claim=None,
            custody=KioskCustody(
                held=delivered is not None, erased="printer_confirmed" if delivered else "never_opened"
            ),
            at=epoch(datetime.now(UTC)),
        )
        return self.signer.sign(OUTCOME, msgspec.structs.replace(body, **changes))

    def relayed(self, outcome: bytes, **changes: Any) -> RelayedOutcome:
        """With the operator's entry beside it."""
        body = body_of(outcome, Outcome)
        entry = RelayEntry(
            transaction=body.transaction,
            outcome_digest=sha256(outcome),
            sheets_printed=body.sheets.count("printed"),
            paid_yen=body.paid_yen,
            refunded_yen=body.refunded_yen,
            owed_yen=body.owed_yen,
            at=epoch(datetime.now(UTC)),
        )
        ec = self.world.signer(f"ec-{self.operator}", party="ec", code=self.operator)
        signed = ec.sign(RELAY_ENTRY, msgspec.structs.replace(entry, **changes))
        return RelayedOutcome(enrolment=self.enrolment, outcome=outcome, relay=signed)


def body_of(raw: bytes, kind: type[Body]) -> Body:
    """The body of a statement that the test itself has just made."""
    return from_plain(decode_plain(decode_plain(raw)[2])[-1], type=kind)


def refusal_of(world: World, refused: Refused, *, code: str = CENTER_CODE) -> Refusal:
    """The verified body of a refusal."""
    return verify(refused.refusal, REFUSAL, keys=world.keys, code=code, at=datetime.now(UTC)).body
