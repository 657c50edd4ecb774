"""Who stopped what, and why."""

from __future__ import annotations

from alembic import op

from madoguchi.runtime.migrate import grant

revision = "issuer_0005"
down_revision = "issuer_0004"
branch_labels = None
depends_on = None

DECISIONS = (
    "ALTER TABLE switches ADD COLUMN set_by text, ADD COLUMN second text, ADD COLUMN reason text",
    "ALTER TABLE suspensions ADD COLUMN set_by text, ADD COLUMN reason text",
    "ALTER TABLE offers ADD COLUMN reason text",
)
"""Without a default: rows of the version before, and its writes, say nobody. The program itself stops nameless too."""
SUSPENDED = """CREATE FUNCTION suspended_records()
    RETURNS TABLE (person bytea, at timestamptz, set_by text, reason text, code text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT person, at, set_by, reason, code FROM suspensions $$"""
"""What row security hides from the serving role, for the list of what is stopped: keyed names, nobody's data.

Every role of the party may call it, as functions are made: no right is taken away in a migration."""


def upgrade() -> None:
    """Add the columns; whoever could turn a switch can say why."""
    for statement in (*DECISIONS, SUSPENDED):
        op.execute(statement)
    grant("UPDATE (set_by, second, reason)", on="switches")


def downgrade() -> None:
    """Never: who stopped what is evidence."""
    raise NotImplementedError
