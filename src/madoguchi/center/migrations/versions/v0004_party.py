"""Whose program and whose process (`runtime.replicas`)."""

from __future__ import annotations

from alembic import op

from madoguchi.runtime import replicas

revision = "center_0004"
down_revision = "center_0003_backup"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute(replicas.party_ddl("center"))


def downgrade() -> None:
    """Never: the program names its party."""
    raise NotImplementedError
