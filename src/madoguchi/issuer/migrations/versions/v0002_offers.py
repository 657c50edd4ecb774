"""The ward's offer as its staff change it: a row per revision, none ever changed."""

from __future__ import annotations

from alembic import op

from madoguchi.runtime.migrate import grant

revision = "issuer_0002"
down_revision = "issuer_0001"
branch_labels = None
depends_on = None

OFFERS = """CREATE TABLE offers (
    revision bigint PRIMARY KEY CHECK (revision > 0),
    body jsonb NOT NULL,
    set_by text NOT NULL CHECK (set_by <> ''),
    set_at timestamptz NOT NULL)"""
"""`body` is `MenuSection` as JSON. Replicas of the version before read their configuration's offer and never this."""


def upgrade() -> None:
    """Add the table; the serving role may add and read."""
    op.execute(OFFERS)
    grant("SELECT, INSERT", on="offers")


def downgrade() -> None:
    """Never: what was offered when is evidence."""
    raise NotImplementedError
