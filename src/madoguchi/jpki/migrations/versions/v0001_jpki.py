"""Tables of the certificate authority: certificates and their revocation, and the daily lists."""

from __future__ import annotations

from alembic import op

from madoguchi.runtime.migrate import grant

revision = "jpki_0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    # No resident, no 宛名番号: the authority answers about a certificate without knowing whose it is.
    """CREATE TABLE certificates (
        generation text NOT NULL CHECK (generation IN ('g1', 'g2')),
        serial text NOT NULL CHECK (serial ~ '^[1-9A-F][0-9A-F]{0,39}$'),
        valid_until date NOT NULL,
        revoked_at timestamptz,
        reason text CHECK (reason IN
            ('unspecified', 'key_compromise', 'affiliation_changed', 'superseded', 'cessation')),
        PRIMARY KEY (generation, serial),
        CHECK ((revoked_at IS NULL) = (reason IS NULL)))""",
    """CREATE INDEX certificates_revoked ON certificates (generation, revoked_at) WHERE revoked_at IS NOT NULL""",
    # A revocation is for ever (RFC 5280 knows a way back only from certificateHold, which is not used).
    """CREATE FUNCTION refuse_reinstatement() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.revoked_at IS NOT NULL THEN
                RAISE EXCEPTION 'a revocation is for ever' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER certificates_revocation_is_final BEFORE UPDATE ON certificates
        FOR EACH ROW EXECUTE FUNCTION refuse_reinstatement()""",
    """CREATE TABLE revocation_lists (
        generation text NOT NULL CHECK (generation IN ('g1', 'g2')),
        this_update timestamptz NOT NULL,
        der bytea NOT NULL,
        PRIMARY KEY (generation, this_update))""",
)


def upgrade() -> None:
    """Make the tables and give the serving role what it needs: it can revoke, and take nothing back."""
    for statement in STATEMENTS:
        op.execute(statement)
    grant("SELECT, INSERT, UPDATE (revoked_at, reason)", on="certificates")
    grant("SELECT, INSERT", on="revocation_lists")
