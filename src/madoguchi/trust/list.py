"""Reading the trust list, strictly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.clock import epoch
from madoguchi.statement.cose import StatementType, verify
from madoguchi.statement.keys import KeyRow, key_id
from madoguchi.statement.roles import WARD_ROLES, Role
from madoguchi.trust.problems import EXPIRED, NOT_ROOT, OLDER
from madoguchi.wire.codec import Message
from madoguchi.wire.identifiers import Environment, Epoch, WardCode

ROOT_CODE = "root"
LIFE_SECONDS = 24 * 60 * 60
"""A list lives 24 hours: a stolen key is out of the world within a day even if the line is cut."""
_SKEW_SECONDS = 60


class TrustedKey(Message, frozen=True, kw_only=True):
    """One row: this key of this party has this role for this ward, operator or the center, for this period."""

    party: Annotated[str, Meta(pattern="^[a-z]{1,20}$")]
    code: Annotated[str, Meta(min_length=1, max_length=40)]
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    role: Role
    public_key: Annotated[bytes, Meta(min_length=80, max_length=200)]
    not_before: Epoch
    not_after: Epoch


class WardRows(Message, frozen=True, kw_only=True):
    """A ward's own rows, counter-signed with its office key: the root alone cannot invent an issuer."""

    ward: WardCode
    rows: tuple[TrustedKey, ...]


class CardAuthority(Message, frozen=True, kw_only=True):
    """A pinned certificate authority of the cards; generations share one name, so the key tells them apart."""

    generation: Annotated[str, Meta(min_length=1, max_length=10)]
    certificate: Annotated[bytes, Meta(min_length=1, max_length=4_000)]


class TrustListBody(Message, frozen=True, kw_only=True):
    """What the root signs."""

    environment: Environment
    number: Annotated[int, Meta(ge=1)]
    issued_at: Epoch
    rows: tuple[TrustedKey, ...]
    wards: tuple[bytes, ...]
    """Each a statement `ward_rows`, counter-signed by the ward whose `endorse` row stands in `rows`."""
    card_authorities: tuple[CardAuthority, ...]


TRUST_LIST = StatementType("trust_list", 1, Role.ENDORSE, TrustListBody)
WARD_ROWS = StatementType("ward_rows", 1, Role.ENDORSE, WardRows)


class TrustList:
    """A verified list. Immutable; a fresh one replaces it whole."""

    def __init__(self, body: TrustListBody, rows: Iterable[KeyRow]) -> None:
        self.body = body
        by_key: dict[bytes, list[KeyRow]] = {}
        for row in rows:
            by_key.setdefault(row.key_id, []).append(row)
        self._rows = {name: tuple(found) for name, found in by_key.items()}

    @property
    def environment(self) -> str:
        """The one environment this list is for."""
        return self.body.environment

    def rows(self, key_id: bytes) -> tuple[KeyRow, ...]:
        """Every row of a key."""
        return self._rows.get(key_id, ())

    def signs(self, *, code: str, role: Role, at: int) -> bool:
        """Whether a ward or operator had a key of this role then (Unix seconds)."""
        rows = (row for found in self._rows.values() for row in found)
        return any((row.code, row.role) == (code, role) and row.not_before <= at < row.not_after for row in rows)

    def check_alive(self, *, at: datetime) -> None:
        """Raise `trust.expired` past the list's life (or before its time)."""
        age = epoch(at) - self.body.issued_at
        if not -_SKEW_SECONDS <= age < LIFE_SECONDS:
            raise EXPIRED.error(f"age {age} s")

    @classmethod
    def load(cls, raw: bytes, *, root: bytes, environment: str, at: datetime, not_before_number: int = 0) -> TrustList:
        """Believe a list: signed by the pinned root, of this environment, alive, not older than the last seen.

        `root` is the root's SubjectPublicKeyInfo. Raises `trust.*`, or `statement.*` for a ward's part.
        """
        root_keys = _Pinned(environment, (_pinned_row(root, environment, party="root", code=ROOT_CODE),))
        try:
            body = verify(raw, TRUST_LIST, keys=root_keys, code=ROOT_CODE, at=at).body
        except MadoguchiError as failure:
            raise NOT_ROOT.error(failure.code) from None
        if body.environment != environment:
            raise NOT_ROOT.error("other environment")
        if body.number < not_before_number:
            raise OLDER.error(f"number {body.number}, seen {not_before_number}")
        # The center refuses too (role `refuse`), under its own code; for a ward such a row needs the ward's signature.
        own = [_key_row(row, environment) for row in body.rows if row.role not in WARD_ROLES or row.code == "center"]
        office = _Pinned(environment, tuple(row for row in own if row.role is Role.ENDORSE))
        endorsed = [row for part in body.wards for row in _ward_rows(part, office, at)]
        made = cls(body, [*own, *endorsed])
        made.check_alive(at=at)
        return made


def read_body(raw: bytes, *, root: bytes) -> TrustListBody:
    """What the root signed, whatever its age: for whoever renews it, never for whoever relies on it."""
    for environment in Environment:
        pinned = _Pinned(environment, (_pinned_row(root, environment, party="root", code=ROOT_CODE),))
        try:
            return verify(raw, TRUST_LIST, keys=pinned, code=ROOT_CODE, at=datetime.now(UTC)).body
        except MadoguchiError:
            continue
    raise NOT_ROOT.error("no environment's root signed it")


class _Pinned:
    """A handful of keys known beforehand."""

    def __init__(self, environment: str, rows: tuple[KeyRow, ...]) -> None:
        self.environment = environment
        self.all = rows

    def rows(self, key_id: bytes) -> tuple[KeyRow, ...]:
        return tuple(row for row in self.all if row.key_id == key_id)


def _pinned_row(public_key: bytes, environment: str, *, party: str, code: str) -> KeyRow:
    return KeyRow(
        party=party,
        code=code,
        name=code,
        role=Role.ENDORSE,
        key_id=key_id(public_key=public_key, environment=environment),
        public_key=public_key,
        not_before=0,
        not_after=2**40,
    )


def _key_row(row: TrustedKey, environment: str) -> KeyRow:
    return KeyRow(
        party=row.party,
        code=row.code,
        name=row.name,
        role=row.role,
        key_id=key_id(public_key=row.public_key, environment=environment),
        public_key=row.public_key,
        not_before=row.not_before,
        not_after=row.not_after,
    )


def _ward_rows(raw: bytes, office: _Pinned, at: datetime) -> list[KeyRow]:
    """The rows of one ward: signed by that ward's office key, and speaking of that ward and its roles only."""
    for row in office.all:
        try:
            part = verify(raw, WARD_ROWS, keys=office, code=row.code, at=at).body
        except MadoguchiError:
            continue
        if part.ward == row.code and all(key.code == part.ward and key.role in WARD_ROLES for key in part.rows):
            return [_key_row(key, office.environment) for key in part.rows]
    raise NOT_ROOT.error("a ward's part is not endorsed by that ward")
