"""Whose program and whose process: the intakes are compared with what is declared as the issuers are."""

from __future__ import annotations

from alembic import op

from madoguchi.runtime import replicas
from madoguchi.runtime.migrate import grant

revision = "issuer_0008"
down_revision = "issuer_0007"
branch_labels = None
depends_on = None

INTAKE = "intake"


def upgrade() -> None:
    """Add the column, and let the intake's role compare itself."""
    op.execute(replicas.party_ddl("issuer"))
    grant("SELECT, INSERT, DELETE", on="programs", to=INTAKE)
    grant("SELECT, INSERT, UPDATE, DELETE", on="replicas", to=INTAKE)


def downgrade() -> None:
    """Never: a program that does not compare itself would take in beside those that do."""
    raise NotImplementedError
