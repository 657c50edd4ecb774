"""Who stopped what, and why; 住登外 in the tax data."""

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
NOT_REGISTERED = (
    "ALTER TABLE persons DROP CONSTRAINT persons_removal_check",
    """ALTER TABLE persons ADD CONSTRAINT persons_removal_check
        CHECK (removal IN ('moved_out', 'died', 'deleted', 'not_registered'))""",
)


def upgrade() -> None:
    """Add the columns; whoever could turn a switch can say why."""
    for statement in (*DECISIONS, *NOT_REGISTERED):
        op.execute(statement)
    grant("UPDATE (set_by, second, reason)", on="switches")


def downgrade() -> None:
    """Never: who stopped what is evidence."""
    raise NotImplementedError
