"""What the authority knows of one certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from cryptography import x509


class State(StrEnum):
    """As OCSP says it."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a certificate was revoked (RFC 5280 section 5.3.1). Moving house and a change of name are no reasons."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "key_compromise"
    AFFILIATION_CHANGED = "affiliation_changed"
    SUPERSEDED = "superseded"
    CESSATION = "cessation"

    @property
    def flag(self) -> x509.ReasonFlags:
        """The X.509 code."""
        return _FLAGS[self]


_FLAGS: Final = {
    Reason.UNSPECIFIED: x509.ReasonFlags.unspecified,
    Reason.KEY_COMPROMISE: x509.ReasonFlags.key_compromise,
    Reason.AFFILIATION_CHANGED: x509.ReasonFlags.affiliation_changed,
    Reason.SUPERSEDED: x509.ReasonFlags.superseded,
    Reason.CESSATION: x509.ReasonFlags.cessation_of_operation,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The state of one certificate; time and reason exactly when it is revoked."""

    state: State
    revoked_at: datetime | None = None
    """Aware."""
    reason: Reason | None = None

    def __post_init__(self) -> None:
        if (self.state is State.REVOKED) != (self.revoked_at is not None and self.reason is not None):
            raise ValueError("a revoked certificate has a time and a reason, another has neither")


GOOD: Final = Status(state=State.GOOD)
UNKNOWN: Final = Status(state=State.UNKNOWN)
