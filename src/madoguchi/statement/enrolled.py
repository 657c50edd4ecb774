"""A kiosk's key: good for applying and for outcomes, because its operator enrolled it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from madoguchi.statement.cose import Statement, StatementType, verify
from madoguchi.statement.keys import KeyRow, KeySource, key_id
from madoguchi.statement.kinds import ENROLMENT
from madoguchi.statement.problems import OTHER_MEANING
from madoguchi.statement.roles import KIOSK_ROLES
from madoguchi.wire.transaction import Enrolment

B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class EnrolledKiosk:
    """One verified enrolment, as a source of the one key it speaks of."""

    enrolment: Statement[Enrolment]
    environment: str

    @property
    def code(self) -> str:
        """The kiosk id in hex: the code under which its statements are verified."""
        return self.enrolment.body.kiosk.hex()

    def rows(self, wanted: bytes) -> tuple[KeyRow, ...]:
        """The enrolled key in each of the kiosk's roles, when the id is this key's."""
        body = self.enrolment.body
        own = key_id(public_key=body.public_key, environment=self.environment)
        if wanted != own:
            return ()
        return tuple(
            KeyRow(
                party="kiosk",
                code=self.code,
                name=body.operator,
                role=role,
                key_id=own,
                public_key=body.public_key,
                not_before=body.not_before,
                not_after=body.not_after,
            )
            for role in sorted(KIOSK_ROLES)
        )


def verify_enrolment(raw: bytes, *, keys: KeySource, operator: str, at: datetime) -> EnrolledKiosk:
    """Verify that `operator` enrolled a kiosk's key. The enrolment must speak of that operator's own kiosk."""
    enrolment = verify(raw, ENROLMENT, keys=keys, code=operator, at=at)
    if enrolment.body.operator != operator:
        raise OTHER_MEANING.error("an operator enrols its own kiosks only")
    return EnrolledKiosk(enrolment, keys.environment)


def verify_by_kiosk(raw: bytes, kind: StatementType[B], *, kiosk: EnrolledKiosk, at: datetime) -> Statement[B]:
    """Verify a statement of that enrolled kiosk."""
    return verify(raw, kind, keys=kiosk, code=kiosk.code, at=at)
