"""The ledger of people, tax records and instalments, and the outbox to the issuing server."""

from alembic import op

from madoguchi.runtime.migrate import grant, grant_sequence

revision = "0001"
down_revision = None

_TABLES = """
CREATE TABLE residents (
    addressee_number text PRIMARY KEY,
    row jsonb NOT NULL,
    changed bigint NOT NULL
);
CREATE INDEX residents_changed ON residents (changed);
CREATE TABLE taxes (
    addressee_number text NOT NULL REFERENCES residents,
    fiscal_year integer NOT NULL,
    row jsonb NOT NULL,
    PRIMARY KEY (addressee_number, fiscal_year)
);
CREATE TABLE instalments (
    addressee_number text NOT NULL,
    fiscal_year integer NOT NULL,
    collection text NOT NULL,
    instalment integer NOT NULL,
    row jsonb NOT NULL,
    PRIMARY KEY (addressee_number, fiscal_year, collection, instalment),
    FOREIGN KEY (addressee_number, fiscal_year) REFERENCES taxes
);
CREATE SEQUENCE changes;
CREATE TABLE loads (
    change bigint PRIMARY KEY,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE packages (
    sequence bigint PRIMARY KEY CHECK (sequence > 0),
    content text NOT NULL CHECK (content IN ('snapshot', 'delta')),
    up_to bigint NOT NULL,
    package bytea,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz,
    CHECK ((package IS NULL) = (settled_at IS NOT NULL))
);
CREATE TABLE stops (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    addressee_number text NOT NULL,
    stop text NOT NULL CHECK (stop IN ('suppression', 'removal', 'correction')),
    notice_at bigint NOT NULL,
    notice bytea,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    acknowledged_at timestamptz,
    CHECK ((notice IS NULL) = (acknowledged_at IS NOT NULL)),
    UNIQUE (addressee_number, stop, notice_at)
);
"""


def upgrade() -> None:
    """Create it."""
    op.execute(_TABLES)
    for table in ("residents", "taxes", "instalments"):
        grant("SELECT, INSERT, UPDATE, DELETE", on=table)
    grant("SELECT, INSERT", on="loads")
    grant("SELECT, INSERT, UPDATE (package, settled_at)", on="packages")
    grant("SELECT, INSERT, UPDATE (notice, acknowledged_at)", on="stops")
    grant_sequence("changes")
