"""Packages of single years, and receipts, so that a payment is posted once."""

from alembic import op

from madoguchi.runtime.migrate import grant

revision = "0002"
down_revision = "0001"

_TABLES = """
ALTER TABLE packages ADD COLUMN every_year boolean NOT NULL DEFAULT true;
CREATE TABLE receipts (
    receipt text PRIMARY KEY,
    addressee_number text NOT NULL,
    posting text NOT NULL,
    posted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""


def upgrade() -> None:
    """Change it."""
    op.execute(_TABLES)
    grant("SELECT, INSERT", on="receipts")
