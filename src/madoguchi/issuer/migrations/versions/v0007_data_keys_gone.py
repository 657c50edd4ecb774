"""Of which years every data key was destroyed, written by the database itself: the key stores of backups follow it.

A key that another has taken the place of (rotation) is not gone in this sense: older backups need it.
"""

from __future__ import annotations

from alembic import op

revision = "issuer_0007"
down_revision = "issuer_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and what fills it. Nobody may change it: it runs as the owner."""
    op.execute("""CREATE TABLE data_keys_gone (
        fiscal_year integer PRIMARY KEY,
        at timestamptz NOT NULL)""")
    op.execute("""CREATE FUNCTION data_key_gone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    BEGIN
        INSERT INTO data_keys_gone
        SELECT DISTINCT deleted.fiscal_year, clock_timestamp() FROM deleted
         WHERE NOT EXISTS (SELECT FROM data_keys AS kept WHERE kept.fiscal_year = deleted.fiscal_year)
        ON CONFLICT (fiscal_year) DO UPDATE SET at = excluded.at;
        RETURN NULL;
    END $$""")
    op.execute(
        "CREATE TRIGGER gone AFTER DELETE ON data_keys REFERENCING OLD TABLE AS deleted"
        " FOR EACH STATEMENT EXECUTE FUNCTION data_key_gone()"
    )


def downgrade() -> None:
    """Never: a destroyed key would come back with the next restore."""
    raise NotImplementedError
