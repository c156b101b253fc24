"""``alembic.runtime``: contexts of a run."""
