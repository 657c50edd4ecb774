"""What the ward took back of papers that were handed over: no state without who, when and why."""

from __future__ import annotations

from alembic import op

from madoguchi.runtime.migrate import grant

revision = "issuer_0009"
down_revision = "issuer_0008"
branch_labels = None
depends_on = None

STEPS = """INSERT INTO paper_steps (before, after) VALUES
    ('unknown', 'revoked'), ('unknown', 'superseded'), ('superseded', 'revoked')"""
"""A sheet of which nobody knows whether it came out may lie before a receiver; a superseded one may prove worse."""
WITHDRAWALS = """CREATE TABLE withdrawals (
    paper_number bytea NOT NULL REFERENCES papers,
    state text NOT NULL CHECK (state IN ('superseded', 'revoked')),
    why text NOT NULL CHECK (why IN ('correction', 'wrong_content', 'wrong_person', 'lost')),
    successor bytea REFERENCES papers CHECK (successor <> paper_number),
    at timestamptz NOT NULL,
    set_by text NOT NULL CHECK (set_by <> ''),
    reason text,
    PRIMARY KEY (paper_number, state),
    CHECK (successor IS NULL OR state = 'superseded'))"""
BY_DAY = "CREATE INDEX withdrawals_at ON withdrawals (at)"
REASONED = """CREATE FUNCTION paper_withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM withdrawals WHERE paper_number = NEW.paper_number AND state = NEW.state) THEN
            RAISE EXCEPTION 'a paper is not % without a reason', NEW.state;
        END IF;
        RETURN NEW;
    END $$"""
TRIGGER = """CREATE TRIGGER paper_withdrawn BEFORE UPDATE ON papers FOR EACH ROW
    WHEN (NEW.state IN ('superseded', 'revoked')) EXECUTE FUNCTION paper_withdrawn()"""


def upgrade() -> None:
    """Create it; the serving role may add and read, never change or delete."""
    for statement in (STEPS, WITHDRAWALS, BY_DAY, REASONED, TRIGGER):
        op.execute(statement)
    grant("SELECT, INSERT", on="withdrawals")


def downgrade() -> None:
    """Never: why a paper counts no longer is evidence."""
    raise NotImplementedError
