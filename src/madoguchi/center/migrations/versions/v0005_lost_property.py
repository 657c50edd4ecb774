"""Papers that were left in a kiosk, as their operators tell it."""

from __future__ import annotations

from alembic import op

from madoguchi.runtime.migrate import grant

revision = "center_0005"
down_revision = "center_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table. An entry that is settled stays as it is."""
    op.execute(
        """
        CREATE TABLE lost_property (
            id bytea PRIMARY KEY CHECK (octet_length(id) = 16),
            transaction bytea NOT NULL REFERENCES transactions (id),
            ward text NOT NULL,
            operator text NOT NULL,
            noticed_at timestamptz NOT NULL,
            ended text CHECK (ended IN ('police', 'returned')),
            receipt text CHECK ((ended IS NOT DISTINCT FROM 'police') = (receipt IS NOT NULL)),
            ended_at timestamptz CHECK ((ended IS NULL) = (ended_at IS NULL)),
            entry bytea NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX lost_property_open ON lost_property (ward) WHERE ended IS NULL")
    grant("SELECT, INSERT, UPDATE (ended, receipt, ended_at, entry)", on="lost_property")


def downgrade() -> None:
    """Never: what is open there would be forgotten."""
    raise NotImplementedError
