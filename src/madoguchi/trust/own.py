"""A process looks itself up: a key that nobody would believe must not begin to sign."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from madoguchi.runtime.clock import epoch
from madoguchi.statement.cose import Signer
from madoguchi.statement.keys import KeyRow, KeySource
from madoguchi.statement.roles import Role
from madoguchi.trust.problems import KEY_NOT_LISTED


def refuse_unlisted(signer: Signer, keys: KeySource, *, roles: Iterable[Role], at: datetime) -> None:
    """Raise `trust.key_not_listed` unless the list gives this very process its key with each of these roles now."""
    rows = [
        row for row in keys.rows(signer.key_id) if _is_of(row, signer) and row.not_before <= epoch(at) < row.not_after
    ]
    missing = sorted(set(roles) - {row.role for row in rows})
    if missing:
        raise KEY_NOT_LISTED.error(f"{signer.name}, key id {signer.key_id.hex()}: {', '.join(missing)}")


def _is_of(row: KeyRow, signer: Signer) -> bool:
    return (row.party, row.code, row.name) == (signer.party, signer.code, signer.name)
