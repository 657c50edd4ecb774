"""The registry's list of card certificates, in the order of its changes."""

from alembic import op

from madoguchi.runtime.migrate import grant, grant_sequence

revision = "0001"
down_revision = None

_TABLES = """
CREATE SEQUENCE positions;
CREATE TABLE serials (
    ca_key_digest bytea NOT NULL CHECK (octet_length(ca_key_digest) = 32),
    serial text NOT NULL CHECK (serial ~ '^[1-9A-F][0-9A-F]{0,39}$'),
    addressee_number text NOT NULL CHECK (addressee_number ~ '^[0-9]{10}$'),
    medium text NOT NULL CHECK (medium IN ('card', 'phone')),
    status text NOT NULL CHECK (status IN ('valid', 'revoked', 'superseded')),
    valid_from date NOT NULL,
    valid_until date NOT NULL,
    position bigint NOT NULL UNIQUE,
    PRIMARY KEY (ca_key_digest, serial)
);
"""


def upgrade() -> None:
    """Create it."""
    op.execute(_TABLES)
    grant("SELECT, INSERT, UPDATE", on="serials")
    grant_sequence("positions")
