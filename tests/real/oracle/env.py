"""The environment in which Alembic, the oracle, runs other people's scripts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

engine = sa.create_engine(context.config.attributes["url"], poolclass=sa.pool.NullPool)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes["metadata"],
        transaction_per_migration=True,  # As here.
    )
    with context.begin_transaction():
        context.run_migrations()
