"""Making every process's keys, the offline keys, the kiosks' enrolments and the trust list.

The directory that comes out:

    offline/            root, ward office and operator enrolment keys: on no serving machine in production
    jpki/               the card authority's two generations
    plan.json           which processes these keys are for
    trust-list.cose     signed by the root, the ward's part by the ward's office
    root.pem            what every party pins
    NAME/               per process: tls.pem, tls.key, ca.pem, and signing.key where it signs
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from madoguchi.deployment.plan import WARD_PARTIES, Plan, Process, ward_of
from madoguchi.deployment.problems import KEYS_INCOMPLETE
from madoguchi.deployment.tls import TlsAuthority, fingerprint, write_certificate, write_key
from madoguchi.jpki.authority import Authority, create_authority, load_authority, save_authority
from madoguchi.runtime.clock import epoch
from madoguchi.statement import FileKey, Role, Signer, verify
from madoguchi.statement.kinds import ENROLMENT
from madoguchi.trust import CardAuthority, TrustedKey, TrustList, make_trust_list, make_ward_rows, read_body
from madoguchi.trust.file import read_root_key
from madoguchi.wire.identifiers import Environment
from madoguchi.wire.transaction import Enrolment

KEY_LIFE = timedelta(days=397)
FIRST_NUMBER = 1
SIGNING_KEY, FRONT_CODE_KEY, ENROLMENT_FILE = "signing.key", "front-code.key", "enrolment.cose"
TRUST_LIST_FILE, ROOT_FILE, OFFLINE, PLAN_FILE = "trust-list.cose", "root.pem", "offline", "plan.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """What the configurations need to know of the keys that were made."""

    directory: Path
    fingerprints: dict[str, str]
    """Process name to the fingerprint of its TLS certificate."""
    kiosk_ids: dict[str, bytes]
    """Kiosk process name to its opaque id."""
    authority: Authority


def make_identities(plan: Plan, directory: Path, *, at: datetime) -> Identities:
    """Make everything anew in an empty or missing directory. About a second."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    offline = directory / OFFLINE
    offline.mkdir(mode=0o700)
    (directory / PLAN_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(_stored(plan))))
    fingerprints = _make_lines(plan, directory, at=at)
    rows, ward_rows = _make_signing_keys(plan, directory, offline, at=at)
    authority = create_authority(environment=plan.environment, at=at)
    save_authority(authority, directory / "jpki")
    _sign_trust_list(plan, directory, offline, authority, rows=rows, ward_rows=ward_rows, at=at)
    return Identities(
        directory=directory,
        fingerprints=fingerprints,
        kiosk_ids=_enrol_kiosks(plan, directory, offline, at=at),
        authority=authority,
    )


def load_identities(directory: Path, *, at: datetime) -> tuple[Plan, Identities]:
    """What `make_identities` left there, without the offline keys.

    Raises `deployment.keys_incomplete`, and what `TrustList.load` raises, for a list past its life too.
    """
    try:
        plan = _plan(msgspec.json.decode((directory / PLAN_FILE).read_bytes(), type=_Stored))
        certificates = {
            process.name: x509.load_pem_x509_certificate((directory / process.name / "tls.pem").read_bytes())
            for process in plan.processes
        }
        enrolments = {each: (directory / each.name / ENROLMENT_FILE).read_bytes() for each in plan.of("kiosk")}
        root, listed = read_root_key(directory / ROOT_FILE), (directory / TRUST_LIST_FILE).read_bytes()
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise KEYS_INCOMPLETE.error(f"{directory}: {type(error).__name__} {error}"[:200]) from error
    trust = TrustList.load(listed, root=root, environment=plan.environment, at=at)
    return plan, Identities(
        directory=directory,
        fingerprints={name: fingerprint(certificate) for name, certificate in certificates.items()},
        kiosk_ids={
            kiosk.name: verify(raw, ENROLMENT, keys=trust, code=kiosk.code, at=at).body.kiosk
            for kiosk, raw in enrolments.items()
        },
        authority=load_authority(directory / "jpki"),
    )


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A plan in its file."""

    environment: Environment
    ward: str
    operators: tuple[str, ...]
    issuers: int
    intakes: int
    centers: int
    kiosks: int


def _stored(plan: Plan) -> _Stored:
    counts = {field: getattr(plan, field) for field in ("issuers", "intakes", "centers", "kiosks")}
    return _Stored(environment=plan.environment, ward=plan.ward.code, operators=plan.operators, **counts)


def _plan(stored: _Stored) -> Plan:
    fields = msgspec.structs.asdict(stored)
    return Plan(**fields | {"ward": ward_of(stored.ward)})


def renew_trust_list(directory: Path, *, at: datetime) -> int:
    """Sign the list in `directory` anew, one number higher; returns the number. Raises `statement.*` for a forged one.

    Only the root's key is needed: rows and the wards' counter-signed parts stay as they are.
    """
    path = directory / TRUST_LIST_FILE
    root = FileKey.load(directory / OFFLINE / "root.key")
    body = read_body(path.read_bytes(), root=root.public_bytes())
    raw = make_trust_list(
        root_key=root,
        environment=body.environment,
        number=body.number + 1,
        at=at,
        rows=body.rows,
        wards=body.wards,
        card_authorities=body.card_authorities,
    )
    written = path.with_suffix(".new")
    written.write_bytes(raw)
    written.replace(path)
    return body.number + 1


def _make_lines(plan: Plan, directory: Path, *, at: datetime) -> dict[str, str]:
    lines = TlsAuthority.create(environment=plan.environment, at=at)
    made = {}
    for process in plan.processes:
        home = directory / process.name
        home.mkdir(mode=0o700)
        key, certificate = lines.issue(name=process.name, at=at)
        write_key(key, home / "tls.key")
        write_certificate(certificate, home / "tls.pem")
        write_certificate(lines.certificate, home / "ca.pem")
        made[process.name] = fingerprint(certificate)
    return made


def _make_signing_keys(
    plan: Plan, directory: Path, offline: Path, *, at: datetime
) -> tuple[list[TrustedKey], list[TrustedKey]]:
    """Keys of all processes that sign; returns the root's rows and the rows that the ward counter-signs."""
    rows: list[TrustedKey] = []
    ward_rows: list[TrustedKey] = []
    for process in plan.processes:
        for name, roles in _keys_of(process):
            key = FileKey.generate()
            key.save(directory / process.name / name)
            made = [_row(key, process=process, role=role, at=at) for role in roles]
            (ward_rows if process.party in WARD_PARTIES else rows).extend(made)
    for operator in plan.operators:
        key = _offline_key(offline, f"operator-{operator}")
        enroller = Process(party="operator", name="enrolment", code=operator)
        rows.append(_row(key, process=enroller, role=Role.ENROL, at=at))
    office = Process(party="ward", name="office", code=plan.ward.code)
    rows.append(_row(_offline_key(offline, "office"), process=office, role=Role.ENDORSE, at=at))
    return rows, ward_rows


def _keys_of(process: Process) -> list[tuple[str, tuple[Role, ...]]]:
    keys = [(SIGNING_KEY, process.roles)] if process.roles else []
    if process.party == "issuer":
        keys.append((FRONT_CODE_KEY, (Role.FRONT_CODE,)))
    return keys


def _offline_key(offline: Path, name: str) -> FileKey:
    key = FileKey.generate()
    key.save(offline / f"{name}.key")
    return key


def _row(key: FileKey, *, process: Process, role: Role, at: datetime) -> TrustedKey:
    return TrustedKey(
        party=process.party,
        code=process.code,
        name=process.name,
        role=role,
        public_key=key.public_bytes(),
        not_before=epoch(at) - 300,
        not_after=epoch(at + KEY_LIFE),
    )


def _sign_trust_list(
    plan: Plan,
    directory: Path,
    offline: Path,
    authority: Authority,
    *,
    rows: list[TrustedKey],
    ward_rows: list[TrustedKey],
    at: datetime,
) -> None:
    root = _offline_key(offline, "root")
    office = FileKey.load(offline / "office.key")
    part = make_ward_rows(office_key=office, ward=plan.ward.code, environment=plan.environment, rows=tuple(ward_rows))
    raw = make_trust_list(
        root_key=root,
        environment=plan.environment,
        number=FIRST_NUMBER,
        at=at,
        rows=tuple(rows),
        wards=(part,),
        card_authorities=tuple(
            CardAuthority(generation=name, certificate=generation.certificate_der)
            for name, generation in sorted(authority.generations.items())
        ),
    )
    (directory / TRUST_LIST_FILE).write_bytes(raw)
    (directory / ROOT_FILE).write_bytes(_pem(root.public_bytes()))


def _pem(public_key: bytes) -> bytes:
    return load_der_public_key(public_key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _enrol_kiosks(plan: Plan, directory: Path, offline: Path, *, at: datetime) -> dict[str, bytes]:
    made = {}
    for kiosk in plan.of("kiosk"):
        key = FileKey.generate()
        home = directory / kiosk.name
        key.save(home / SIGNING_KEY)
        enroller = Signer(
            key=FileKey.load(offline / f"operator-{kiosk.code}.key"),
            party="operator",
            code=kiosk.code,
            name="enrolment",
            environment=plan.environment,
        )
        body = Enrolment(
            kiosk=secrets.token_bytes(16),
            operator=kiosk.code,
            public_key=key.public_bytes(),
            not_before=epoch(at) - 300,
            not_after=epoch(at + KEY_LIFE),
        )
        (home / ENROLMENT_FILE).write_bytes(enroller.sign(ENROLMENT, body))
        made[kiosk.name] = body.kiosk
    return made
