"""Which programs may serve, and which processes do (`runtime.replicas`); and who turned a switch."""

from __future__ import annotations

from alembic import op

from madoguchi.runtime import replicas
from madoguchi.runtime.migrate import grant

revision = "issuer_0004"
down_revision = "issuer_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables and the column."""
    op.execute(replicas.ddl(serving_role=op.get_context().opts["serving_role"]))
    op.execute("ALTER TABLE switches ADD COLUMN set_by text")
    grant("UPDATE (set_by)", on="switches")


def downgrade() -> None:
    """Never: a program that does not compare itself would serve beside those that do."""
    raise NotImplementedError
