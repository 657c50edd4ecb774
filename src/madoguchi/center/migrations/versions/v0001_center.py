"""The center's tables: transactions with a state machine in the database, sealing keys, outcomes, receipts, evidence.

Whatever a program does wrong, the database refuses: a step that is not in `allowed_step`, an application after the
deadline on the database's clock, a second live transaction of a card, a fact that changes after it was written.
"""

from __future__ import annotations

from alembic import op

from madoguchi import custody, evidence
from madoguchi.runtime.migrate import grant

revision = "center_0001"
down_revision = None
branch_labels = None
depends_on = None

_STATES = """
CREATE TABLE allowed_step (
    from_state text NOT NULL,
    to_state text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO allowed_step (from_state, to_state) VALUES
    ('opened', 'applying'),       -- the challenge is used up
    ('opened', 'expired'),        -- no application within the lifetime
    ('opened', 'settled'),        -- the kiosk reported that the resident went away
    ('applying', 'refused'),      -- a signed refusal went back
    ('applying', 'delivered'),    -- the certificate went back, sealed
    ('applying', 'failed'),       -- no answer: the process died or gave up
    ('applying', 'settled'),      -- the kiosk gave up waiting and reported it
    ('delivered', 'settled'),     -- the kiosk's outcome is counted
    ('delivered', 'undelivered'), -- no outcome in time
    ('undelivered', 'settled'),   -- the outcome came after all: it has no deadline
    ('refused', 'settled'),
    ('failed', 'settled'),
    ('expired', 'settled');
"""

_TRANSACTIONS = """
CREATE TABLE transactions (
    id bytea PRIMARY KEY CHECK (octet_length(id) = 16),
    ward text NOT NULL CHECK (ward ~ '^[0-9]{6}$'),
    operator text NOT NULL CHECK (operator ~ '^[a-z][a-z0-9-]{1,30}$'),
    kiosk bytea NOT NULL CHECK (octet_length(kiosk) = 16),
    kiosk_key_id bytea NOT NULL CHECK (octet_length(kiosk_key_id) = 16),
    request_digest bytea NOT NULL UNIQUE CHECK (octet_length(request_digest) = 32),
    opened bytea NOT NULL CHECK (octet_length(opened) <= 4000),
    challenge bytea NOT NULL UNIQUE CHECK (octet_length(challenge) = 32),
    sealing_key_id bytea NOT NULL CHECK (octet_length(sealing_key_id) = 16),
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'opened' CHECK (state IN
        ('opened', 'applying', 'refused', 'delivered', 'failed', 'expired', 'undelivered', 'settled')),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deadline timestamptz NOT NULL,
    applied_by text,
    card_pseudonym bytea CHECK (octet_length(card_pseudonym) = 32),
    application_digest bytea UNIQUE CHECK (octet_length(application_digest) = 32),
    kind text CHECK (kind ~ '^[a-z][a-z_]{1,30}$'),
    fiscal_year integer,
    copies integer CHECK (copies BETWEEN 1 AND 20),
    fee_yen integer CHECK (fee_yen >= 0),
    ward_asked boolean NOT NULL DEFAULT false,
    issuance_digest bytea UNIQUE CHECK (octet_length(issuance_digest) = 32),
    sheets integer CHECK (sheets BETWEEN 1 AND 200),
    delivery bytea CHECK (octet_length(delivery) <= 200000),
    delivery_digest bytea UNIQUE CHECK (octet_length(delivery_digest) = 32),
    refusal text CHECK (refusal IN ('not_offered', 'card', 'ask_your_ward', 'try_later', 'not_accepted_here')),
    CHECK ((delivery IS NULL) = (delivery_digest IS NULL)),
    CHECK (delivery IS NULL OR issuance_digest IS NOT NULL),
    CHECK (issuance_digest IS NULL OR (application_digest IS NOT NULL AND sheets IS NOT NULL AND ward_asked)),
    CHECK (application_digest IS NULL
        OR num_nulls(kind, fiscal_year, copies, fee_yen) = 0),
    CHECK (state NOT IN ('delivered', 'undelivered') OR delivery IS NOT NULL),
    CHECK (state <> 'refused' OR refusal IS NOT NULL),
    CHECK (state <> 'opened' OR num_nonnulls(applied_by, card_pseudonym, application_digest, refusal) = 0)
);
-- One live transaction per card. A pseudonym lives no longer than its transaction is live (see transaction_step).
CREATE UNIQUE INDEX one_live_transaction_per_card ON transactions (card_pseudonym)
    WHERE state IN ('applying', 'delivered');
CREATE INDEX transactions_overdue ON transactions (deadline) WHERE state IN ('opened', 'applying', 'delivered');
CREATE INDEX transactions_of_a_day ON transactions (opened_at);

CREATE FUNCTION transaction_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'opened' THEN
        RAISE EXCEPTION 'a transaction begins opened' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER transaction_begins BEFORE INSERT ON transactions FOR EACH ROW EXECUTE FUNCTION transaction_begins();

CREATE FUNCTION written_once(old_value anycompatible, new_value anycompatible) RETURNS boolean LANGUAGE sql IMMUTABLE
    AS $$ SELECT old_value IS NULL OR new_value IS NOT DISTINCT FROM old_value $$;

CREATE FUNCTION transaction_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (SELECT 1 FROM allowed_step WHERE from_state = OLD.state AND to_state = NEW.state) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation',
                MESSAGE = 'no step from ' || OLD.state || ' to ' || NEW.state;
        END IF;
        IF NEW.state = 'applying' AND clock_timestamp() >= OLD.deadline THEN
            RAISE EXCEPTION 'an application after the deadline' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.state IN ('expired', 'undelivered') AND clock_timestamp() < OLD.deadline THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = NEW.state || ' before the deadline';
        END IF;
        NEW.changed_at := clock_timestamp();
        IF NEW.state NOT IN ('applying', 'delivered') THEN
            NEW.card_pseudonym := NULL;
        END IF;
    ELSIF NEW.deadline <> OLD.deadline OR NEW.changed_at <> OLD.changed_at THEN
        RAISE EXCEPTION 'times change with the state only' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.ward, NEW.operator, NEW.kiosk, NEW.kiosk_key_id, NEW.request_digest, NEW.opened, NEW.challenge,
        NEW.sealing_key_id, NEW.opened_at)
       IS DISTINCT FROM
       (OLD.id, OLD.ward, OLD.operator, OLD.kiosk, OLD.kiosk_key_id, OLD.request_digest, OLD.opened, OLD.challenge,
        OLD.sealing_key_id, OLD.opened_at)
       OR NOT (written_once(OLD.applied_by, NEW.applied_by)
               AND (NEW.card_pseudonym IS NULL OR written_once(OLD.card_pseudonym, NEW.card_pseudonym))
               AND written_once(OLD.application_digest, NEW.application_digest)
               AND written_once(OLD.kind, NEW.kind)
               AND written_once(OLD.fiscal_year, NEW.fiscal_year)
               AND written_once(OLD.copies, NEW.copies)
               AND written_once(OLD.fee_yen, NEW.fee_yen)
               AND written_once(OLD.issuance_digest, NEW.issuance_digest)
               AND written_once(OLD.sheets, NEW.sheets)
               AND written_once(OLD.delivery, NEW.delivery)
               AND written_once(OLD.delivery_digest, NEW.delivery_digest)
               AND written_once(OLD.refusal, NEW.refusal)
               AND NEW.ward_asked >= OLD.ward_asked) THEN
        RAISE EXCEPTION 'what a transaction is does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.card_pseudonym IS NOT NULL AND OLD.card_pseudonym IS NULL AND NEW.state <> 'applying' THEN
        RAISE EXCEPTION 'a card is claimed while applying' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER transaction_step BEFORE UPDATE ON transactions FOR EACH ROW EXECUTE FUNCTION transaction_step();

CREATE FUNCTION kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of this table are kept';
END $$;
CREATE TRIGGER transactions_kept BEFORE DELETE OR TRUNCATE ON transactions EXECUTE FUNCTION kept();
"""

_SEALING_KEYS = """
CREATE TABLE sealing_keys (
    day date PRIMARY KEY,
    key_id bytea NOT NULL UNIQUE CHECK (octet_length(key_id) = 16),
    wrapped bytea NOT NULL CHECK (octet_length(wrapped) = 124),
    delete_after timestamptz NOT NULL
);
"""

_OUTCOMES = """
CREATE TABLE outcomes (
    transaction bytea PRIMARY KEY REFERENCES transactions (id),
    outcome_digest bytea NOT NULL UNIQUE CHECK (octet_length(outcome_digest) = 32),
    enrolment bytea NOT NULL,
    outcome bytea NOT NULL,
    relay bytea NOT NULL,
    result text NOT NULL,
    sheets_printed integer NOT NULL CHECK (sheets_printed >= 0),
    paid_yen integer NOT NULL CHECK (paid_yen >= 0),
    printed_yen integer NOT NULL CHECK (printed_yen >= 0),
    refunded_yen integer NOT NULL CHECK (refunded_yen >= 0),
    owed_yen integer NOT NULL CHECK (owed_yen >= 0),
    custody_held boolean NOT NULL,
    custody_erased text NOT NULL CHECK (custody_erased IN
        ('wiped', 'process_ended', 'never_opened', 'printer_confirmed')),
    relay_sheets_printed integer NOT NULL,
    relay_paid_yen integer NOT NULL,
    relay_refunded_yen integer NOT NULL,
    relay_owed_yen integer NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (paid_yen = printed_yen + refunded_yen + owed_yen)
);
CREATE FUNCTION outcome_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an outcome stands as it was received';
END $$;
CREATE TRIGGER outcome_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON outcomes EXECUTE FUNCTION outcome_stays();

-- What the ward has not acknowledged yet: delivered until it has, without deadline.
CREATE TABLE ward_queue (
    transaction bytea PRIMARY KEY REFERENCES outcomes (transaction),
    ward text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz
);
CREATE INDEX ward_queue_due ON ward_queue (next_at) WHERE done_at IS NULL;

CREATE TABLE incidents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ward text NOT NULL,
    transaction bytea,
    code text NOT NULL CHECK (code ~ '^[a-z_]+[.][a-z_]+$')
);
CREATE INDEX incidents_of_a_day ON incidents (ward, at);
"""


def upgrade() -> None:
    """Make the tables and give the serving role the least that it needs."""
    role = op.get_context().opts["serving_role"]
    for script in (_STATES, _TRANSACTIONS, _SEALING_KEYS, _OUTCOMES):
        op.execute(script)
    op.execute(evidence.ddl(serving_role=role))
    op.execute(custody.ddl(serving_role=role))
    grant("SELECT", on="allowed_step")
    grant("SELECT, INSERT", on="transactions")
    grant(
        "UPDATE (state, deadline, applied_by, card_pseudonym, application_digest, kind, fiscal_year, copies, fee_yen, "
        "ward_asked, issuance_digest, sheets, delivery, delivery_digest, refusal)",
        on="transactions",
    )
    grant("SELECT, INSERT, DELETE", on="sealing_keys")
    grant("SELECT, INSERT", on="outcomes")
    grant("SELECT, INSERT, UPDATE (attempts, next_at, done_at)", on="ward_queue")
    grant("SELECT, INSERT", on="incidents")
