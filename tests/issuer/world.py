"""A small world around one ward: real keys, a real card authority, real cards, real PostgreSQL, a registry by hand.

The kiosk and the center here are the tests' own: they do by hand what a kiosk and a center do before the ward is asked.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa

from madoguchi import __version__
from madoguchi.card import JpkiCard, VirtualCard
from madoguchi.cardproof import PinnedCas, ocsp_request, verify_card_certificate
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.fonts import FontSet
from madoguchi.deployment.identities import ROOT_FILE, TRUST_LIST_FILE, Identities, make_identities
from madoguchi.deployment.plan import Plan
from madoguchi.deployment.ward_settings import issuer_sections
from madoguchi.issuer.composing import Composed, MakesCertificates, Order
from madoguchi.issuer.config import DataKeys, IssuerConfig
from madoguchi.issuer.feed import FeedTaker
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.issuer.intake.serve import IntakeParts, make_intake
from madoguchi.issuer.issuing import Issuing
from madoguchi.issuer.outcomes import Outcomes
from madoguchi.issuer.parts import Parts
from madoguchi.issuer.serve import MakeComposer, make_parts
from madoguchi.issuer.stopping import Decision
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.jpki.authority import make_card, new_rsa_key
from madoguchi.jpki.ocsp import Responder
from madoguchi.jpki.status import Reason, State, Status
from madoguchi.records import Collection, Instalment, Resident, Sex, TaxRecord
from madoguchi.records.package import PackageRecords, write_package
from madoguchi.runtime.caller import CallError
from madoguchi.runtime.clock import FrozenClock, epoch
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.config import Database, Listen, TlsFiles, Topology, TrustFiles, declare
from madoguchi.runtime.database import Pool, connect, transaction
from madoguchi.runtime.fonts import find_fonts
from madoguchi.runtime.problems import UNREACHABLE
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.statement import FileKey, Signer, verify
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
from madoguchi.trust import TrustList
from madoguchi.trust.file import read_root_key
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
from madoguchi.wire.identifiers import CENTER_CODE, Environment, sha256
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
from tests.records.examples import RESIDENT, TAX
from tests.runtime.standing import AtEase

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""Noon in Japan, inside every hour of service."""
OPERATOR = "asahi-mart"
PIN = "1234"
CLEARED = Decision(by="窓口 花子", second="窓口 太郎", reason="原因を確認した")
"""Two people end an alarm."""

HANAKO = RESIDENT
TARO = msgspec.structs.replace(
    RESIDENT,
    addressee_number="0000000025",
    name="髙橋 太郎",
    sex=Sex.MALE,
    birth_date=date(1975, 5, 5),
    address="窓口区架空町九丁目9番9号",
)


def tax_of(person: Resident, **changes: Any) -> TaxRecord:
    """A declared year of a person."""
    return msgspec.structs.replace(TAX, addressee_number=person.addressee_number, **changes)


def terms_of(person: Resident, *, due: int = 175_500, paid: int = 175_500, **changes: Any) -> Instalment:
    """One instalment that makes up the whole year."""
    made = Instalment(
        addressee_number=person.addressee_number,
        fiscal_year=2026,
        collection=Collection.ORDINARY,
        instalment=1,
        due_date=date(2026, 6, 30),
        amount_due=due,
        amount_paid=paid,
        paid_on=date(2026, 6, 2) if paid else None,
        amount_refunded=0,
    )
    return msgspec.structs.replace(made, **changes)


@dataclass(slots=True)
class Kit:
    """Keys, fonts and cards of one test run. Expensive, so made once; holds no state of any transaction."""

    directory: Path
    plan: Plan
    identities: Identities
    card_key: rsa.RSAPrivateKey
    typesetter: Composer
    keys: TrustList

    @classmethod
    def make(cls, directory: Path) -> Kit:
        plan = Plan(environment=Environment.TEST, kiosks=2, intakes=2)
        identities = make_identities(plan, directory / "pki", at=NOW)
        for name in ("kek", "index", "pseudonyms"):
            (directory / name).write_bytes(secrets.token_bytes(32))
        pki = directory / "pki"
        keys = TrustList.load(
            (pki / TRUST_LIST_FILE).read_bytes(),
            root=read_root_key(pki / ROOT_FILE),
            environment=plan.environment,
            at=NOW,
        )
        return cls(directory, plan, identities, new_rsa_key(), Composer(FontSet(find_fonts())), keys)

    @property
    def ward(self) -> str:
        return self.plan.ward.code

    def signer(self, name: str, *, party: str, code: str, shown: str | None = None) -> Signer:
        return Signer(
            key=FileKey.load(self.directory / "pki" / name / "signing.key"),
            party=party,
            code=code,
            name=shown or name,
            environment=self.plan.environment,
        )

    def config(self, name: str, *, database: Database, **changes: Any) -> IssuerConfig:
        pki, home = self.directory / "pki", self.directory / "pki" / name
        made = IssuerConfig(
            party="issuer",
            name=name,
            environment=self.plan.environment,
            version_expected=__version__,
            listen=Listen(),
            tls=TlsFiles(certificate=home / "tls.pem", key=home / "tls.key", ca=home / "ca.pem"),
            topology=Topology(replicas=("issuer-1", "issuer-2"), fingerprint=""),
            trust=TrustFiles(list=pki / TRUST_LIST_FILE, root_key=pki / ROOT_FILE),
            signing_keys={"default": home / "signing.key", "front_code": home / "front-code.key"},
            database=database,
            state_dir=self.directory,
            data_keys=self.data_keys,
            refusal_floor_milliseconds=0,
            **issuer_sections(self.plan, fonts=()),
        )
        return declare(msgspec.structs.replace(made, **changes))

    @property
    def data_keys(self) -> DataKeys:
        return DataKeys(**{name: self.directory / name for name in ("kek", "index", "pseudonyms")})

    @property
    def index(self) -> BlindIndex:
        return BlindIndex((self.directory / "index").read_bytes())

    def intake_config(self, name: str, *, database: Database, **changes: Any) -> IntakeConfig:
        issuer, home = self.config("issuer-1", database=database), self.directory / "pki" / name
        made = IntakeConfig(
            party="intake",
            name=name,
            environment=issuer.environment,
            version_expected=__version__,
            listen=Listen(),
            tls=TlsFiles(certificate=home / "tls.pem", key=home / "tls.key", ca=home / "ca.pem"),
            topology=Topology(replicas=("intake-1", "intake-2"), fingerprint=""),
            trust=issuer.trust,
            database=database,
            state_dir=self.directory,
            ward=issuer.ward,
            menu=issuer.menu,
            data_keys=issuer.data_keys,
        )
        return declare(msgspec.structs.replace(made, **changes))

    def card(self, *, generation: str = "g1", serial: str | None = None) -> VirtualCard:
        return make_card(
            self.identities.authority,
            generation=generation,
            serial=serial or f"{secrets.randbits(150) | 1:X}",
            not_before=NOW - timedelta(days=700),
            not_after=NOW + timedelta(days=1000),
            pin=PIN,
            private_key=self.card_key,
        )

    def entry(self, card: VirtualCard, person: Resident, **changes: Any) -> SerialEntry:
        """What jukinet says of a card."""
        certificates = [each.certificate for each in self.keys.body.card_authorities]
        pinned = PinnedCas.load(certificates, environment=self.plan.environment)
        holder = verify_card_certificate(card.certificate, pinned=pinned, at=NOW)
        made = SerialEntry(
            addressee_number=person.addressee_number,
            ca_key_digest=holder.ca_key_digest,
            serial=holder.serial,
            medium="card",
            status="valid",
            valid_from="2024-12-24",
            valid_until="2029-02-28",
        )
        return msgspec.structs.replace(made, **changes)


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


@dataclass(slots=True)
class Replica:
    """One issuer on the ward's database and an intake beside it, without the network around them."""

    parts: Parts
    intake: IntakeParts
    outcomes: Outcomes
    issuing: Issuing

    @classmethod
    async def make(cls, world: World, name: str, make_composer: MakeComposer, **changes: Any) -> Replica:
        config = world.kit.config(name, database=world.database, **changes)
        parts = await make_parts(
            config,
            pool=world.pool,
            line=world.jukinet,
            clock=world.clock,
            process=secrets.token_bytes(16),
            require=world.standing.require,
            typesetter=world.kit.typesetter,
            make_composer=make_composer,
        )
        outcomes = Outcomes(pool=world.pool, config=config, trust=parts.trust, clock=world.clock)
        return cls(parts, await world.intake(), outcomes, Issuing(parts))

    @property
    def feed(self) -> FeedTaker:
        return self.intake.feed

    async def issue(self, request: bytes) -> IssueAnswer:
        """Answer, then do what is done after the answer was sent."""
        later: list[Callable[[], Awaitable[None]]] = []
        answer = await self.issuing.issue(request, later=later.append)
        for task in later:
            await task()
        return answer


@dataclass(slots=True)
class World:
    """A ward with its database, and everybody around it."""

    kit: Kit
    pool: Pool
    """Of the serving role."""
    intake_pool: Pool
    owner_pool: Pool
    """The tests look at everything."""
    database: Database
    intake_database: Database
    clock: FrozenClock
    jukinet: Jukinet = field(init=False)
    tax: Tax = field(init=False)
    street: Street = field(init=False)
    sequence: int = 0
    standing: AtEase = field(default_factory=AtEase)

    def __post_init__(self) -> None:
        self.jukinet = Jukinet(self.kit, self.clock)
        self.tax = Tax(self.kit, self.clock)
        self.street = Street(self.kit, self.clock)

    async def replica(
        self, name: str = "issuer-1", *, make_composer: MakeComposer = lambda real: real, **changes: Any
    ) -> Replica:
        return await Replica.make(self, name, make_composer, **changes)

    async def intake(self, name: str = "intake-1", **changes: Any) -> IntakeParts:
        config = self.kit.intake_config(name, database=self.intake_database, **changes)
        return await make_intake(config, pool=self.intake_pool, line=self.jukinet, clock=self.clock)

    async def open(self, replica: Replica, *people: Resident, cards: Mapping[str, VirtualCard] | None = None) -> None:
        """Load these people with a paid year 2026 each, and list their cards."""
        await self.load(
            replica,
            residents=people,
            taxes=[tax_of(person) for person in people],
            instalments=[terms_of(person) for person in people],
        )
        by_number = {person.addressee_number: person for person in people}
        self.jukinet.listed += [self.kit.entry(card, by_number[number]) for number, card in (cards or {}).items()]
        await replica.intake.registry.pull()

    async def in_force(self, table: str) -> list[dict[str, Any]]:
        """Everything of the generation in force: `persons`, `records` or `instalments`."""
        slot = (await self.one("SELECT slot FROM feeds WHERE feed = 'tax'"))["slot"]
        return await self.all(f"SELECT * FROM {table}_{slot} ORDER BY person")

    async def load(self, replica: Replica, **rows: Any) -> None:
        """The next package."""
        self.sequence += 1
        package = self.tax.package(sequence=self.sequence, **rows)
        await replica.feed.package(package)

    async def table(self, name: str) -> str:
        """Where rows of `persons`, `records` or `instalments` lie that are in force."""
        return f"{name}_{(await self.one('SELECT slot FROM feeds WHERE slot IS NOT NULL'))['slot']}"

    async def one(self, query: str, *arguments: object) -> dict[str, Any]:
        async with transaction(self.owner_pool) as connection:
            cursor = await connection.execute(query, arguments)
            row = await cursor.fetchone()
        assert row is not None
        return row

    async def all(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        async with transaction(self.owner_pool) as connection:
            cursor = await connection.execute(query, arguments)
            return await cursor.fetchall()

    async def refusal_of(self, visit: Visit) -> str:
        row = await self.one("SELECT refusal FROM issuances WHERE transaction = %s", visit.transaction)
        return str(row["refusal"])

    async def incidents(self) -> list[str]:
        return [row["code"] for row in await self.all("SELECT code FROM incidents ORDER BY id")]


class Bent:
    """A composer that does something else around the real one."""

    def __init__(self, real: MakesCertificates, bend: Callable[[MakesCertificates, Order], Composed]) -> None:
        self._real = real
        self._bend = bend

    def compose(self, order: Order) -> Composed:
        return self._bend(self._real, order)


def bent(bend: Callable[[MakesCertificates, Order], Composed]) -> MakeComposer:
    """A maker of composers that bend."""
    return lambda real: Bent(real, bend)


def meanwhile(loop: asyncio.AbstractEventLoop, work: Callable[[], Awaitable[object]]) -> MakeComposer:
    """A composer that is slow: `work` is done, and committed, after it has composed and before it returns."""

    def bend(real: MakesCertificates, order: Order) -> Composed:
        composed = real.compose(order)

        async def done() -> None:
            await work()

        asyncio.run_coroutine_threadsafe(done(), loop).result(timeout=20)
        return composed

    return bent(bend)


def of(order: Order, person: Resident) -> Order:
    """The same order for another person's rows."""
    columns = msgspec.structs.replace(
        order.person.columns,
        addressee_number=person.addressee_number,
        name=person.name,
        birth_date=person.birth_date,
        address=person.address,
        sex=person.sex,
    )
    return replace(
        order,
        person=replace(order.person, columns=columns),
        record=msgspec.structs.replace(order.record, addressee_number=person.addressee_number),
    )


@asynccontextmanager
async def world_on(kit: Kit, made: PartyDatabase, *, clock: FrozenClock) -> AsyncIterator[World]:
    """A ward on this database, with the connections of its three roles."""
    database, intake = Database(url=made.url, owner_url=made.owner_url), Database(url=made.others["intake"])
    async with (
        connect(database) as pool,
        connect(intake) as intake_pool,
        connect(Database(url=made.owner_url)) as owner_pool,
    ):
        yield World(kit, pool, intake_pool, owner_pool, database, intake, clock)


def party_database(cluster: Cluster, name: str) -> PartyDatabase:
    """An empty database with the roles of an issuing server."""
    made = cluster.add_party(name)
    return replace(made, others={"intake": cluster.add_bulk_role(name, "intake")})
