"""Which data keys were destroyed, written by the database itself: the key stores of backups follow it."""

from __future__ import annotations

from alembic import op

revision = "issuer_0007"
down_revision = "issuer_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and what fills it. Nobody may change it: it runs as the owner."""
    op.execute("""CREATE TABLE data_keys_gone (
        id bytea PRIMARY KEY CHECK (octet_length(id) = 16),
        fiscal_year integer NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp())""")
    op.execute("""CREATE FUNCTION data_key_gone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    BEGIN
        INSERT INTO data_keys_gone (id, fiscal_year) VALUES (OLD.id, OLD.fiscal_year);
        RETURN NULL;
    END $$""")
    op.execute("CREATE TRIGGER gone AFTER DELETE ON data_keys FOR EACH ROW EXECUTE FUNCTION data_key_gone()")


def downgrade() -> None:
    """Never: a destroyed key would come back with the next restore."""
    raise NotImplementedError
