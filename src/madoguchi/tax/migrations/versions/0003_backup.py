"""Approvals of backups, the backups made, and their copies, with the evidence that they need."""

from __future__ import annotations

from alembic import op

from madoguchi import evidence
from madoguchi.backup.tables import DDL

revision = "tax_0003_backup"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; the serving role may add to the evidence and read it."""
    op.execute(evidence.ddl(serving_role=op.get_context().opts["serving_role"]))
    op.execute(DDL)


def downgrade() -> None:
    """Never: which copies exist is evidence."""
    raise NotImplementedError
