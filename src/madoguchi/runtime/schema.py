"""Which schema a party's program expects, read from its migrations without running them.

Apart from `migrate`, so that a serving process does not load Alembic and SQLAlchemy for one comparison.
"""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

from madoguchi.runtime.database import Pool, transaction
from madoguchi.runtime.problems import STRANGER


def migrations_of(party: str) -> Path:
    """The directory of a party's migrations inside the installed package."""
    spec = importlib.util.find_spec(f"madoguchi.{party}")
    if spec is None or not spec.submodule_search_locations:
        msg = f"there is no package madoguchi.{party}"
        raise ValueError(msg)
    return Path(spec.submodule_search_locations[0]) / "migrations"


def expected_revisions(migrations: Path) -> frozenset[str]:
    """Revisions that no other one follows: what a database that is up to date says of itself."""
    revisions, followed = set[str](), set[str]()
    for path in sorted((migrations / "versions").glob("*.py")):
        names = _assigned(path)
        if isinstance(revision := names.get("revision"), str):
            revisions.add(revision)
        if isinstance(before := names.get("down_revision"), str):
            followed.add(before)
    return frozenset(revisions - followed)


async def refuse_other_schema(pool: Pool, *, migrations: Path) -> None:
    """Raise `runtime.stranger` unless the database was brought to the schema that this program's migrations make.

    A schema that went on from there is well: migrations only add (`tests/runtime/test_migrations.py`), so that the old
    program serves on while a newer one's migration has run already. Which programs may serve is declared elsewhere
    (`runtime.replicas`).
    """
    expected = expected_revisions(migrations)
    async with transaction(pool) as connection:
        cursor = await connection.execute("SELECT to_regclass('schema_revisions') IS NOT NULL AS made")
        made = await cursor.fetchone()
        if made is None or not made["made"]:
            raise STRANGER.error("the database was migrated by no program, or by one before schema_revisions")
        cursor = await connection.execute("SELECT revision FROM schema_revisions")
        found = {row["revision"] for row in await cursor.fetchall()}
    if not expected <= found:
        raise STRANGER.error(f"schema lacks {sorted(expected - found)}: migrate first")


def _assigned(path: Path) -> dict[str, object]:
    """Constants that a migration assigns to plain names at its top level: one by one, as everywhere in this house."""
    made: dict[str, object] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            made |= {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
    return made
