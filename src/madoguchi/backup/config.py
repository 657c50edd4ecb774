"""The configuration of backups: a file of its own, on the machine and for the user that makes them.

Apart from the party's configuration, because a serving process must not hold the password
of a role that reads everything.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from madoguchi.runtime.config import ConfigProblem, Section, read_toml
from madoguchi.wire.identifiers import Environment

_STORES_IN_PRODUCTION = 2


class BackupConfig(Section, frozen=True, kw_only=True):
    """One party's database and where its backups' keys lie."""

    environment: Environment
    party: str
    code: Annotated[str, Meta(pattern="^[a-z0-9-]{1,40}$")]
    """The ward; `center` for the center. A backup of another one is not restored here."""
    url: str
    """A role that owns the database or reads all of it: the owner, or one made for backups."""
    serving_role: str
    """Kept out of a database while it is being restored."""
    public_key: Path
    """`backup-public.key`; the private half is on no machine but during a restore."""
    key_stores: Annotated[tuple[Path, ...], Meta(min_length=1)]
    """Directories on separate media, none of them beside the backups."""
    programs: Path | None = None
    """Where `pg_dump` and `pg_restore` of the server's version lie; the program's own (PostgreSQL 18) unless given."""


def load_backup_config(path: Path, *, party: str) -> BackupConfig:
    """Read and check. Raises ConfigProblem."""
    config = read_toml(path, BackupConfig)
    if config.party != party:
        raise ConfigProblem(file=path, key="party", what=f"is {config.party}, not {party}")
    if config.environment is Environment.PRODUCTION and len(set(config.key_stores)) < _STORES_IN_PRODUCTION:
        raise ConfigProblem(file=path, key="key_stores", what="in production two at least: one may burn")
    return config
