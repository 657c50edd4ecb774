"""What happened to each certificate, in the order of positions; nothing of it is ever changed."""

from alembic import op

from madoguchi.runtime.migrate import grant

revision = "0002"
down_revision = "0001"

_EVENTS = "('listed', 'unlisted', 'issued', 'renewed', 'superseded', 'lost', 'returned', 'died')"
_HISTORY = (
    f"ALTER TABLE serials ADD COLUMN event text NOT NULL DEFAULT 'listed' CHECK (event IN {_EVENTS})",
    """CREATE TABLE history (
        position bigint PRIMARY KEY,
        ca_key_digest bytea NOT NULL,
        serial text NOT NULL,
        addressee_number text NOT NULL,
        medium text NOT NULL,
        status text NOT NULL,
        valid_from date NOT NULL,
        valid_until date NOT NULL,
        event text NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        FOREIGN KEY (ca_key_digest, serial) REFERENCES serials)""",
    "CREATE INDEX history_of ON history (addressee_number, position)",
    "CREATE INDEX serials_of ON serials (addressee_number)",
    # A trigger, so that no way to change an entry leaves its history out.
    """CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO history (position, ca_key_digest, serial, addressee_number, medium, status, valid_from,
                             valid_until, event)
        VALUES (NEW.position, NEW.ca_key_digest, NEW.serial, NEW.addressee_number, NEW.medium, NEW.status,
                NEW.valid_from, NEW.valid_until, NEW.event);
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER keep_history AFTER INSERT OR UPDATE ON serials
        FOR EACH ROW EXECUTE FUNCTION keep_history()""",
    """INSERT INTO history (position, ca_key_digest, serial, addressee_number, medium, status, valid_from,
                            valid_until, event)
        SELECT position, ca_key_digest, serial, addressee_number, medium, status, valid_from, valid_until, event
        FROM serials""",
)


def upgrade() -> None:
    """Add it; the serving role may add and read."""
    for statement in _HISTORY:
        op.execute(statement)
    grant("SELECT, INSERT", on="history")
