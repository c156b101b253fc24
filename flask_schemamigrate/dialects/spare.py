"""A connection beside those that the app's pool has: that may be one alone, or none is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

#: The name of threads that look after a script, and the option of their connections.
NAME = "schemamigrate"
#: The option of an engine that names another one, which its spare connections come from.
LASTING = "schemamigrate_lasting"


@contextmanager
def spare(engine: Engine) -> Iterator[Connection]:
    """Give a connection that is made as the engine's are, and closed after the block.

    One of many tenants hands it on to the next one: see :func:`.tenants.apart`.
    """
    lasting = engine.get_execution_options().get(LASTING)
    if lasting is not None:
        with lasting.connect() as connection:
            yield connection.execution_options(**{NAME: True})
        return
    pool = engine.pool.recreate()
    try:
        with Engine(pool, engine.dialect, engine.url).connect() as connection:
            yield connection.execution_options(**{NAME: True})
    finally:
        pool.dispose()
