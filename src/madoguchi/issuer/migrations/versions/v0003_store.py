"""What the ward's systems sent: sealed, by generations, hidden row by row from the serving role.

The serving role sees the rows of one person and one serial at a time (row security), and changes none of what was
sent. The intake's role writes it with COPY and sees nothing of what was issued.
"""

from __future__ import annotations

from alembic import op

from madoguchi.runtime.migrate import grant, grant_sequence, role_of

revision = "issuer_0003"
down_revision = "issuer_0002"
branch_labels = None
depends_on = None

INTAKE = "intake"
SLOTS = ("a", "b")
GENERATION = (
    """CREATE TABLE persons_{slot} (
        person bytea NOT NULL CHECK (octet_length(person) = 16),
        version bigint NOT NULL DEFAULT nextval('record_versions'),
        sealed bytea NOT NULL,
        CONSTRAINT persons_{slot}_pkey PRIMARY KEY (person))""",
    """CREATE TABLE records_{slot} (
        person bytea NOT NULL CHECK (octet_length(person) = 16),
        fiscal_year integer NOT NULL CHECK (fiscal_year BETWEEN 1990 AND 2200),
        sealed bytea NOT NULL,
        CONSTRAINT records_{slot}_pkey PRIMARY KEY (person, fiscal_year))""",
    """CREATE TABLE instalments_{slot} (
        person bytea NOT NULL CHECK (octet_length(person) = 16),
        fiscal_year integer NOT NULL CHECK (fiscal_year BETWEEN 1990 AND 2200),
        sealed bytea NOT NULL,
        CONSTRAINT instalments_{slot}_pkey PRIMARY KEY (person, fiscal_year))""",
)
TABLES = tuple(f"{table}_{slot}" for slot in SLOTS for table in ("persons", "records", "instalments"))

RECEIVED = (
    """CREATE SEQUENCE record_versions""",
    # `slot`: where the generation in force lies.
    """CREATE TABLE feeds (
        feed text PRIMARY KEY CHECK (feed IN ('tax', 'jukinet')),
        sequence bigint NOT NULL DEFAULT 0,
        digest bytea CHECK (octet_length(digest) = 32),
        as_of timestamptz,
        applied_at timestamptz,
        slot text CHECK (slot IN ('a', 'b')),
        CHECK ((feed = 'tax') = (slot IS NOT NULL)))""",
    """INSERT INTO feeds (feed, slot) VALUES ('tax', 'a'), ('jukinet', NULL)""",
    # A stop outlives every generation: only a later notice lifts it. It may name a person who is not there yet.
    """CREATE TABLE stops (
        person bytea NOT NULL CHECK (octet_length(person) = 16),
        stop text NOT NULL CHECK (stop IN ('suppression', 'removal', 'correction')),
        stopped boolean NOT NULL,
        notice_at bigint NOT NULL,
        notice_digest bytea NOT NULL CHECK (octet_length(notice_digest) = 32),
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (person, stop))""",
    """CREATE TABLE serials (
        serial bytea PRIMARY KEY CHECK (octet_length(serial) = 16),
        person bytea NOT NULL CHECK (octet_length(person) = 16),
        medium text NOT NULL CHECK (medium IN ('card', 'phone')),
        status text NOT NULL CHECK (status IN ('valid', 'revoked', 'superseded')),
        ambiguous boolean NOT NULL DEFAULT false,
        valid_from date NOT NULL,
        valid_until date NOT NULL)""",
    # The clerk's own: a record with a wrong value issues nothing until a person has looked.
    """CREATE TABLE suspensions (
        person bytea PRIMARY KEY CHECK (octet_length(person) = 16),
        code text NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp())""",
    # `fiscal_year` 0: columns of persons. `kek` names the key that wrapped it.
    """CREATE TABLE data_keys (
        id bytea PRIMARY KEY CHECK (octet_length(id) = 16),
        fiscal_year integer NOT NULL CHECK (fiscal_year = 0 OR fiscal_year BETWEEN 1990 AND 2200),
        kek bytea NOT NULL CHECK (octet_length(kek) = 32),
        wrapped bytea NOT NULL CHECK (octet_length(wrapped) = 60),
        active boolean NOT NULL,
        made_at timestamptz NOT NULL)""",
    """CREATE UNIQUE INDEX data_keys_active ON data_keys (fiscal_year) WHERE active""",
)

FUNCTIONS = (
    # Run as the owner: truncating and indexing are the owner's alone. Neither touches the generation in force.
    """CREATE FUNCTION beside_or_refuse(slot text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
    BEGIN
        IF slot IS NULL OR slot NOT IN ('a', 'b')
           OR slot = (SELECT feeds.slot FROM feeds WHERE feed = 'tax' FOR SHARE) THEN
            RAISE EXCEPTION 'the generation in force is not touched';
        END IF;
    END $$""",
    """CREATE FUNCTION clear_generation(slot text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    DECLARE
        name text;
    BEGIN
        PERFORM beside_or_refuse(slot);
        FOREACH name IN ARRAY ARRAY['persons_' || slot, 'records_' || slot, 'instalments_' || slot] LOOP
            EXECUTE format('TRUNCATE %I', name);
            EXECUTE format('ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I', name, name || '_pkey');
        END LOOP;
    END $$""",
    """CREATE FUNCTION index_generation(slot text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    DECLARE
        name text;
    BEGIN
        PERFORM beside_or_refuse(slot);
        FOREACH name IN ARRAY ARRAY['persons_' || slot, 'records_' || slot, 'instalments_' || slot] LOOP
            EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (%s)', name, name || '_pkey',
                           CASE WHEN name LIKE 'persons%' THEN 'person' ELSE 'person, fiscal_year' END);
            EXECUTE format('ANALYZE %I', name);
        END LOOP;
    END $$""",
)

BY_PERSON = (*TABLES, "stops", "suspensions")
_ONE_PERSON = "person = decode(current_setting('madoguchi.person', true), 'hex')"
_ONE_SERIAL = "serial = decode(current_setting('madoguchi.serial', true), 'hex')"
"""Without the setting: NULL, and so no row."""

SERVING = {
    **dict.fromkeys(TABLES, "SELECT"),
    "stops": "SELECT",
    "serials": "SELECT, INSERT, UPDATE",
    "feeds": "SELECT",
    "suspensions": "SELECT, INSERT, DELETE",
    "data_keys": "SELECT",
}
INTAKES = {
    **dict.fromkeys(TABLES, "SELECT, INSERT, UPDATE, DELETE"),
    "stops": "SELECT, INSERT, UPDATE",
    "serials": "SELECT, INSERT, UPDATE",
    "feeds": "SELECT, UPDATE (sequence, digest, as_of, applied_at, slot)",
    "data_keys": "SELECT, INSERT, UPDATE, DELETE",
    "key_checks": "SELECT, INSERT, UPDATE (digest)",
    "offers": "SELECT",
    "evidence": "SELECT (position, hash), INSERT",
    "incidents": "INSERT",
}


def upgrade() -> None:
    """Create the tables, hide their rows, and give each of the two roles what it needs."""
    for statement in (*RECEIVED, *(each.format(slot=slot) for slot in SLOTS for each in GENERATION), *FUNCTIONS):
        op.execute(statement)
    for table in BY_PERSON:
        _hide(table, _ONE_PERSON)
    _hide("serials", _ONE_SERIAL)
    for table, rights in SERVING.items():
        grant(rights, on=table)
    for table, rights in INTAKES.items():
        grant(rights, on=table, to=INTAKE)
    grant_sequence("record_versions", to=INTAKE)
    for function in ("clear_generation(text)", "index_generation(text)"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {role_of(INTAKE)}")


def _hide(table: str, which: str) -> None:
    """The serving role sees, writes and deletes no other rows than these; the owner's functions and the intake do."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY one ON {table} TO {role_of(None)} USING ({which})")


def downgrade() -> None:
    """Never: the data comes from the ward's systems, and evidence names its keys."""
    raise NotImplementedError
