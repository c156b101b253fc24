"""``alembic.ext``: comparisons that are made only where they are asked for."""
