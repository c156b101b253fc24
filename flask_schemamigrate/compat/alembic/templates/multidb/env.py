"""Say where the commands work: on which databases, comparing which models."""

import logging
import re
from logging.config import fileConfig

from alembic import context
from sqlalchemy import engine_from_config
from sqlalchemy import pool

USE_TWOPHASE = False

config = context.config
if config.config_file_name is not None:
    fileConfig(config.config_file_name)
logger = logging.getLogger("alembic.env")

db_names = re.split(r",\s*", config.get_main_option("databases", ""))

# The models of each database, such as {"engine1": mymodel.metadata1}.
target_metadata = {}


def run_migrations_offline() -> None:
    """Write SQL (--sql), one file for each database."""
    for name in db_names:
        logger.info("Writing %s.sql", name)
        with open(f"{name}.sql", "w") as buffer:
            context.configure(
                url=context.config.get_section_option(name, "sqlalchemy.url"),
                output_buffer=buffer,
                target_metadata=target_metadata.get(name),
                literal_binds=True,
                dialect_opts={"paramstyle": "named"},
            )
            with context.begin_transaction():
                context.run_migrations(engine_name=name)


def run_migrations_online() -> None:
    """Work on all databases: either all are migrated, or none is."""
    engines = {}
    for name in db_names:
        engine = engine_from_config(
            context.config.get_section(name, {}),
            prefix="sqlalchemy.",
            poolclass=pool.NullPool,
        )
        connection = engine.connect()
        transaction = connection.begin_twophase() if USE_TWOPHASE else connection.begin()
        engines[name] = (connection, transaction)
    try:
        for name, (connection, _) in engines.items():
            logger.info("Migrating database %s", name)
            context.configure(
                connection=connection,
                upgrade_token=f"{name}_upgrades",
                downgrade_token=f"{name}_downgrades",
                target_metadata=target_metadata.get(name),
            )
            context.run_migrations(engine_name=name)
        if USE_TWOPHASE:
            for _, transaction in engines.values():
                transaction.prepare()
        for _, transaction in engines.values():
            transaction.commit()
    except BaseException:
        for _, transaction in engines.values():
            transaction.rollback()
        raise
    finally:
        for connection, _ in engines.values():
            connection.close()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
