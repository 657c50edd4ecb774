"""Which programs may serve, and which processes do (`runtime.replicas`)."""

from __future__ import annotations

from alembic import op

from madoguchi.runtime import replicas

revision = "issuer_0004"
down_revision = "issuer_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables."""
    op.execute(replicas.ddl(serving_role=op.get_context().opts["serving_role"]))


def downgrade() -> None:
    """Never: a program that does not compare itself would serve beside those that do."""
    raise NotImplementedError
