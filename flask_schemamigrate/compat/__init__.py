"""Names for scripts that were written for Alembic."""
