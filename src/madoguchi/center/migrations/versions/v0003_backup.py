"""Approvals of backups, the backups made, and their copies."""

from __future__ import annotations

from alembic import op

from madoguchi.backup.tables import DDL

revision = "center_0003_backup"
down_revision = "center_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; the serving role has no right on them."""
    op.execute(DDL)


def downgrade() -> None:
    """Never: which copies exist is evidence."""
    raise NotImplementedError
