"""What the steps of a transaction work with: one bundle per process, handed to every step."""

from __future__ import annotations

from dataclasses import dataclass, field

from madoguchi.center.config import CenterConfig
from madoguchi.center.lines import Lines
from madoguchi.center.menus import Menus
from madoguchi.center.protecting import Protect
from madoguchi.center.pseudonym import Pseudonyms
from madoguchi.center.refusing import Refuser
from madoguchi.center.sealing import SealingKeys
from madoguchi.center.trusted import Trusted
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.database import Pool
from madoguchi.statement import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything shared. Nothing here belongs to one transaction."""

    config: CenterConfig
    clock: Clock
    signer: Signer
    pool: Pool
    trusted: Trusted
    sealing: SealingKeys
    pseudonyms: Pseudonyms
    refuser: Refuser
    lines: Lines
    menus: Menus
    protect: Protect
    process: bytes
    """16 random octets of this run of the program: receipts for plaintext name it."""
    loose_ends: set[bytes] = field(default_factory=set)
    """Transactions whose end could not be written because the database was away; housekeeping tries again."""

    @property
    def environment(self) -> str:
        """The environment that every signature and seal names."""
        return self.config.environment.value

    @property
    def holder(self) -> str:
        """The name under which this replica holds plaintext."""
        return self.config.name
