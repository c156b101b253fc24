"""Tenants that share a server, and differ in the schema or the database that has their tables.

Which statements that takes, a folder's module ``tenants`` knows; on a system without one each
tenant has a database of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

from . import blocked
from . import FOLDERS
from .plain import plain
from .spare import LASTING

#: The systems whose servers have tenants.
SERVERS = ("postgresql", "mysql")


def has_schemas(engine: Engine) -> bool:
    """Whether tenants can be told apart by the names of schemas."""
    return FOLDERS.get(engine.dialect.name) in SERVERS


def noun(engine: Engine) -> str:
    """Return what a tenant is called there: a schema, or a database."""
    return str(_module(engine).NOUN)


def names(engine: Engine, pattern: str | None = None) -> tuple[str, ...]:
    """Return the names that are LIKE ``pattern``, as the server understands that; None: all."""
    module = _module(engine)
    query, given = (module.EVERY, {}) if pattern is None else (module.LIKE, {"pattern": pattern})
    with engine.connect() as connection:
        found = connection.execute(sa.text(query), given).scalars().all()
    return tuple(sorted(map(str, found)))


@contextmanager
def apart(engine: Engine) -> Iterator[Engine]:
    """Give an engine like the app's, with connections of its own, closed after the block.

    So are those beside them (:func:`.spare.spare`), which all tenants share: a connection takes as
    long as a few statements.
    """
    with engine.connect():
        pass  # It knows its server after that, and so will copies of it.
    own, lasting = copy.copy(engine), copy.copy(engine)
    own.pool, lasting.pool = engine.pool.recreate(), engine.pool.recreate()
    try:
        yield acquainted(own, {}).execution_options(**{LASTING: lasting})
    finally:
        own.pool.dispose()
        lasting.pool.dispose()


def acquainted(engine: Engine, known: dict[int, Any]) -> Engine:
    """Return the engine for one of many tenants, whose runs have ``known`` in common.

    That is what is known of other connections of this process, for which all objects of the
    process were looked through.
    """
    return engine.execution_options(**{blocked.KNOWN: known})


def entered(engine: Engine, name: str, shared: Sequence[str] = ()) -> Engine:
    """Return an engine on which names without a schema are those of the tenant ``name``.

    ``engine`` is one of :func:`apart`; both have the same connections.  ``shared`` are schemas in
    which names are looked for that the tenant does not have.
    """
    module = _module(engine)
    quote = plain(engine.dialect).identifier_preparer.quote_identifier
    statement = module.enter(quote, name, shared)
    found = engine.execution_options()
    found.dialect = copy.copy(engine.dialect)
    found.dialect.default_schema_name = name
    found.url = module.url(engine.url, name)

    def enter(connection: Connection) -> None:
        if connection.connection.info.get(__name__) == statement:
            return
        cursor = connection.connection.cursor()
        cursor.execute(statement)
        cursor.close()
        connection.connection.commit()  # A rollback would take it back.
        connection.connection.info[__name__] = statement

    sa.event.listen(found, "engine_connect", enter)
    return found


def version_schema(engine: Engine, name: str) -> str | None:
    """Return the schema of a tenant's version table; None: the one that it is in by itself."""
    found: str | None = _module(engine).schema(name)
    return found


def _module(engine: Engine) -> Any:
    return import_module(f".{FOLDERS[engine.dialect.name]}.tenants", __package__)
