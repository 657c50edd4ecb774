"""What a replica of the issuing server is made of, and one application on its way through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from madoguchi.issuer.clerk import Clerk
from madoguchi.issuer.composing import MakesCertificates
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.issuances import Claim
from madoguchi.issuer.loose_ends import LooseEnds
from madoguchi.issuer.reading_cases import CaseReader
from madoguchi.issuer.registry import Registry
from madoguchi.issuer.secrets_at_rest import Pseudonyms
from madoguchi.issuer.store.keys import KeyRing
from madoguchi.issuer.trusted import TrustSource
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.database import Pool
from madoguchi.statement import Signer
from madoguchi.wire.transaction import IssueRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What issuing is made of; the composer is a part like any other."""

    pool: Pool
    config: IssuerConfig
    trust: TrustSource
    registry: Registry
    cases: CaseReader
    composer: MakesCertificates
    clerk: Clerk
    signer: Signer
    pseudonyms: Pseudonyms
    keys: KeyRing
    clock: Clock
    process: bytes
    """16 random octets of this run of the program, under its process lock."""
    require: Callable[[], None]
    """Raises while this process may not serve (`runtime.standing`)."""
    loose_ends: LooseEnds = field(default_factory=LooseEnds)
    """What this process must still write."""


@dataclass(slots=True)
class Taken:
    """One application on its way, as this process holds it: how far it came decides how it can be refused."""

    request: IssueRequest
    claim: Claim
    claimed: bool = False
    """The unique row is ours, and `held` is recorded: both in one commit."""
    pseudonym: tuple[str, bytes] | None = None
    """Period and keyed name of the person, once known."""
