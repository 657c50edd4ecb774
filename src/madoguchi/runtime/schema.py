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
    """Raise `runtime.stranger` unless the database has exactly the schema that this program's migrations make."""
    expected = expected_revisions(migrations)
    async with transaction(pool) as connection:
        cursor = await connection.execute("SELECT version_num FROM alembic_version")
        found = {row["version_num"] for row in await cursor.fetchall()}
    if found != expected:
        raise STRANGER.error(f"schema is {sorted(found)}, program expects {sorted(expected)}")


def _assigned(path: Path) -> dict[str, object]:
    """Constants that a migration assigns to plain names at its top level: one by one, as everywhere in this house."""
    made: dict[str, object] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            made |= {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
    return made
