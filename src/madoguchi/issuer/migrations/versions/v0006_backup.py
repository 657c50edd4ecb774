"""Approvals of backups, the backups made, and their copies. The serving role has no right on them."""

from __future__ import annotations

from alembic import op

from madoguchi.backup.tables import DDL

revision = "issuer_0006"
down_revision = "issuer_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.execute(DDL)


def downgrade() -> None:
    """Never: which copies exist is evidence."""
    raise NotImplementedError
