"""Tables of the issuing server: what it issued, what stops it, what it can prove. What it received: v0003."""

from __future__ import annotations

from alembic import op

from madoguchi import custody, evidence
from madoguchi.runtime.migrate import grant

revision = "issuer_0001"
down_revision = None
branch_labels = None
depends_on = None

ISSUED = (
    """CREATE TABLE issuance_steps (
        before text NOT NULL,
        after text NOT NULL,
        PRIMARY KEY (before, after))""",
    """INSERT INTO issuance_steps (before, after) VALUES
        ('claimed', 'issued'), ('claimed', 'refused'), ('claimed', 'failed'),
        ('issued', 'printed'), ('issued', 'partly_printed'), ('issued', 'not_printed')""",
    """CREATE TABLE issuances (
        transaction bytea PRIMARY KEY CHECK (octet_length(transaction) = 16),
        application_digest bytea NOT NULL CHECK (octet_length(application_digest) = 32),
        state text NOT NULL DEFAULT 'claimed'
            CHECK (state IN ('claimed', 'issued', 'refused', 'failed', 'printed', 'partly_printed', 'not_printed')),
        replica text NOT NULL,
        process bytea NOT NULL CHECK (octet_length(process) = 16),
        claimed_at timestamptz NOT NULL,
        operator text,
        kiosk bytea CHECK (octet_length(kiosk) = 16),
        kind text,
        fiscal_year integer,
        copies integer,
        fee_yen integer,
        refusal text,
        certificate_number text UNIQUE,
        issued_at timestamptz,
        sheets integer,
        issuance_digest bytea UNIQUE CHECK (octet_length(issuance_digest) = 32),
        outcome_digest bytea CHECK (octet_length(outcome_digest) = 32),
        sheets_printed integer,
        paid_yen integer,
        refunded_yen integer,
        owed_yen integer,
        settled_at timestamptz,
        CHECK ((state IN ('refused', 'failed')) = (refusal IS NOT NULL)),
        CHECK ((state IN ('issued', 'printed', 'partly_printed', 'not_printed'))
            = (certificate_number IS NOT NULL AND issued_at IS NOT NULL AND sheets IS NOT NULL)),
        CHECK (state NOT IN ('printed', 'partly_printed', 'not_printed')
            OR (outcome_digest IS NOT NULL AND issuance_digest IS NOT NULL AND settled_at IS NOT NULL)))""",
    """CREATE INDEX issuances_by_day ON issuances (claimed_at)""",
    """CREATE INDEX issuances_claimed ON issuances (replica) WHERE state = 'claimed'""",
    """CREATE FUNCTION issuance_step() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.state <> 'claimed' THEN
                RAISE EXCEPTION 'an issuance begins as claimed';
            END IF;
            RETURN NEW;
        END IF;
        IF NEW.state <> OLD.state
           AND NOT EXISTS (SELECT FROM issuance_steps WHERE before = OLD.state AND after = NEW.state) THEN
            RAISE EXCEPTION 'no step leads from % to %', OLD.state, NEW.state;
        END IF;
        IF (NEW.transaction, NEW.application_digest, NEW.replica, NEW.process, NEW.claimed_at)
               IS DISTINCT FROM
               (OLD.transaction, OLD.application_digest, OLD.replica, OLD.process, OLD.claimed_at)
           OR (OLD.state <> 'claimed'
               AND (NEW.operator, NEW.kiosk, NEW.kind, NEW.fiscal_year, NEW.copies, NEW.fee_yen, NEW.refusal,
                    NEW.certificate_number, NEW.issued_at, NEW.sheets)
                   IS DISTINCT FROM
                   (OLD.operator, OLD.kiosk, OLD.kind, OLD.fiscal_year, OLD.copies, OLD.fee_yen, OLD.refusal,
                    OLD.certificate_number, OLD.issued_at, OLD.sheets))
           OR (OLD.issuance_digest IS NOT NULL AND NEW.issuance_digest IS DISTINCT FROM OLD.issuance_digest)
           OR (OLD.outcome_digest IS NOT NULL AND NEW.outcome_digest IS DISTINCT FROM OLD.outcome_digest) THEN
            RAISE EXCEPTION 'what an issuance has said is not changed';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER issuance_step BEFORE INSERT OR UPDATE ON issuances
        FOR EACH ROW EXECUTE FUNCTION issuance_step()""",
    """CREATE TABLE paper_steps (
        before text NOT NULL,
        after text NOT NULL,
        PRIMARY KEY (before, after))""",
    """INSERT INTO paper_steps (before, after) VALUES
        ('issued', 'printed'), ('issued', 'not_printed'), ('issued', 'unknown'),
        ('unknown', 'printed'), ('unknown', 'not_printed'), ('printed', 'superseded'), ('printed', 'revoked')""",
    """CREATE TABLE papers (
        paper_number bytea PRIMARY KEY CHECK (octet_length(paper_number) = 16),
        transaction bytea NOT NULL REFERENCES issuances,
        position integer NOT NULL CHECK (position >= 0),
        copy integer NOT NULL,
        page integer NOT NULL,
        pages integer NOT NULL,
        state text NOT NULL DEFAULT 'issued'
            CHECK (state IN ('issued', 'printed', 'not_printed', 'unknown', 'superseded', 'revoked')),
        UNIQUE (transaction, position))""",
    """CREATE FUNCTION paper_step() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.state <> 'issued' OR NOT EXISTS (
                SELECT FROM issuances WHERE transaction = NEW.transaction AND state = 'issued') THEN
                RAISE EXCEPTION 'a paper begins as issued, with its issuance';
            END IF;
            RETURN NEW;
        END IF;
        IF NOT EXISTS (SELECT FROM paper_steps WHERE before = OLD.state AND after = NEW.state) THEN
            RAISE EXCEPTION 'no step leads a paper from % to %', OLD.state, NEW.state;
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER paper_step BEFORE INSERT OR UPDATE ON papers FOR EACH ROW EXECUTE FUNCTION paper_step()""",
)

HOUSE = (
    """CREATE TABLE switches (
        name text PRIMARY KEY CHECK (name IN ('alarm', 'suspended')),
        engaged boolean NOT NULL DEFAULT false,
        code text,
        since timestamptz)""",
    """INSERT INTO switches (name) VALUES ('alarm'), ('suspended')""",
    """CREATE TABLE incidents (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        code text NOT NULL,
        transaction bytea,
        detail text NOT NULL CHECK (detail ~ '^[ -~]{0,200}$'))""",
    """CREATE INDEX incidents_at ON incidents (at)""",
    # Replicas with another key must not write rows that the others cannot read.
    """CREATE TABLE key_checks (
        name text PRIMARY KEY CHECK (name IN ('kek', 'index', 'pseudonyms')),
        digest bytea NOT NULL CHECK (octet_length(digest) = 32))""",
)

RIGHTS = {
    "issuance_steps": "SELECT",
    "issuances": "SELECT, INSERT, UPDATE",
    "paper_steps": "SELECT",
    "papers": "SELECT, INSERT, UPDATE (state)",
    "switches": "SELECT, UPDATE (engaged, code, since)",
    "incidents": "SELECT, INSERT",
    "key_checks": "SELECT, INSERT",
}


def upgrade() -> None:
    """Create everything and give the serving role what it needs, table by table."""
    for statement in (*ISSUED, *HOUSE):
        op.execute(statement)
    for table, rights in RIGHTS.items():
        grant(rights, on=table)
    role = op.get_context().opts["serving_role"]
    op.execute(evidence.ddl(serving_role=role))
    op.execute(custody.ddl(serving_role=role))


def downgrade() -> None:
    """Never: evidence is not dropped by a program."""
    raise NotImplementedError
