"""Schema migrations: each party keeps Alembic versions in `madoguchi/<party>/migrations/versions/*.py`.

Two roles a party: the owner migrates, the serving role has only the rights that a migration grants it. A table without
a `grant` cannot be read or written by the serving process, so a forgotten right fails closed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import psycopg
import sqlalchemy
from alembic import op
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from madoguchi.runtime.provision import OWNER_SUFFIX
from madoguchi.runtime.schema import migrations_of

_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]*")
_RIGHTS: Final = re.compile(r"[A-Z]+( \([a-z0-9_, ]+\))?(, [A-Z]+( \([a-z0-9_, ]+\))?)*")
_LOCK: Final = 0x6D61646F
"""Advisory lock "mado": two replicas that start together migrate one after the other."""


def migrate(party: str, owner_url: str, *, serving_role: str | None = None) -> None:
    """Bring the party's database to the newest schema, in one transaction. Blocks; call it before serving.

    `serving_role` is the owner's name without `_owner` unless given.
    """
    migrate_from(migrations_of(party), owner_url, serving_role=serving_role)


def migrate_from(directory: Path, owner_url: str, *, serving_role: str | None = None) -> None:
    """As `migrate`, from a directory that holds `versions/`."""
    script = _script(directory)

    def upgrade(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("heads", revision)

    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(owner_url), poolclass=NullPool
    )
    with engine.begin() as connection, EnvironmentContext(Config(), script, fn=upgrade) as environment:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        owner: str = connection.execute(text("SELECT current_user")).scalar_one()
        role = _identifier(serving_role or owner.removesuffix(OWNER_SUFFIX))
        environment.configure(connection=connection, serving_role=role)
        environment.run_migrations()
        _record_revisions(connection, script, role=role)
    engine.dispose()


def _record_revisions(connection: sqlalchemy.Connection, script: ScriptDirectory, *, role: str) -> None:
    """Every revision that the schema went through: an older program finds its own among them (`runtime.schema`)."""
    connection.execute(text("CREATE TABLE IF NOT EXISTS schema_revisions (revision text PRIMARY KEY)"))
    for revision in script.walk_revisions():
        connection.execute(
            text("INSERT INTO schema_revisions (revision) VALUES (:revision) ON CONFLICT DO NOTHING"),
            {"revision": revision.revision},
        )
    processes = connection.execute(  # those with a role of their own are members, without rights, of the serving role
        text(
            "SELECT member.rolname FROM pg_auth_members JOIN pg_roles AS member ON member.oid = pg_auth_members.member"
            " JOIN pg_roles AS whole ON whole.oid = pg_auth_members.roleid WHERE whole.rolname = :role"
        ),
        {"role": role},
    ).scalars()
    for each in (role, *processes):
        connection.execute(text(f"GRANT SELECT ON schema_revisions TO {_identifier(each)}"))


def grant(rights: str, *, on: str, to: str | None = None) -> None:
    """Inside a migration: `grant("SELECT, INSERT, UPDATE (state)", on="transactions")` to the serving role.

    `to` names another process's role of the party (`role_of`).
    """
    if not _RIGHTS.fullmatch(rights):
        msg = f"rights {rights!r} are malformed"
        raise ValueError(msg)
    op.execute(f"GRANT {rights} ON {_identifier(on)} TO {role_of(to)}")


def grant_sequence(sequence: str, *, to: str | None = None) -> None:
    """Inside a migration: let the serving role, or another of the party, draw numbers from a sequence."""
    op.execute(f"GRANT USAGE ON SEQUENCE {_identifier(sequence)} TO {role_of(to)}")


def role_of(process: str | None) -> str:
    """Inside a migration: the serving role, or the one with `_process` added for a process with rights of its own."""
    role: str = op.get_context().opts["serving_role"]
    return role if process is None else _identifier(f"{role}_{process}")


def _script(directory: Path) -> ScriptDirectory:
    return ScriptDirectory(str(directory), version_locations=[str(directory / "versions")])


def _identifier(name: str) -> str:
    if not _IDENTIFIER.fullmatch(name):
        msg = f"{name!r} is not a plain SQL identifier"
        raise ValueError(msg)
    return name
