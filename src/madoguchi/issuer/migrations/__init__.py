"""Schema of the issuing server's database (Alembic versions)."""
