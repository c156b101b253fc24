"""One history for many tenants: a schema each, a database each, or a bind each.

Each tenant has a version table, a log and a migration lock of its own, so that several processes
can share the work, and a second run goes on with those that are behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import replace
from functools import partial
from typing import Any
from typing import Literal

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from ..dialects import tenants as servers
from ..errors import did_you_mean
from ..errors import Interrupted
from ..errors import InvalidSetting
from ..errors import LockTimeout
from ..errors import NoTenants
from ..errors import SchemaMigrateError
from ..errors import UnknownApplied
from ..history import symbols
from ..history.graph import Graph
from ..run import opening
from ..settings import Database
from ..settings import Settings
from . import moving
from . import reading
from . import states
from . import visiting
from .states import Status

#: How an app tells its tenants apart: by the schema (a database, on MariaDB), or by the bind.
Kind = Literal["schema", "bind"]
#: As many names are listed where something is not found.
LISTED = 10


@dataclass(frozen=True, slots=True)
class Tenant:
    """Where a tenant is, and what a run did to it.

    ``before`` and ``after`` are the rows of its version table, ``applied`` the revisions that were
    run, ``behind`` how many are not applied, and ``notes`` sentences.  Where it failed, ``code`` is
    the error's, ``error`` what it says and ``hint`` what to do; ``busy``: others had it locked.
    """

    name: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    behind: int = 0
    seconds: float = 0.0
    code: str = ""
    error: str = ""
    hint: str = ""
    busy: bool = False
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether something went wrong with it."""
        return bool(self.code)


def names(settings: Settings, kind: Kind, pattern: str | None = None) -> tuple[str, ...]:
    """Return the names of the tenants: schemas that are LIKE ``pattern``, or all binds.

    Raises NoTenants, and InvalidSetting where the app's database or an ``env.py`` has none.
    """
    if settings.environment is not None:
        raise InvalidSetting(
            f"{settings.environment} says which databases there are, so tenants cannot be named.",
            hint="Let it choose one by an argument, such as: flask db -x tenant=acme upgrade",
        )
    if kind == "bind":
        found = tuple(sorted(one.bind for one in settings.every if one.bind is not None))
        if not found:
            raise NoTenants("The app has no binds.", hint="They are the keys of SQLALCHEMY_BINDS.")
        return found
    return _schemas(visiting.databases(settings)[0], pattern or "%")


def _schemas(database: Database, pattern: str) -> tuple[str, ...]:
    opening.opened(database).close()  # Says what is wrong where it cannot be reached.
    engine = database.engine()
    if not servers.has_schemas(engine):
        raise InvalidSetting(
            f"{database.label} has no schemas of tenants.",
            hint="Where each tenant has a file: name them in SQLALCHEMY_BINDS, and use --each-bind",
        )
    found = servers.names(engine, pattern)
    if found:
        return found
    every = servers.names(engine)
    listed = [*every[:LISTED], *([f"{len(every) - LISTED} more"] if len(every) > LISTED else ())]
    raise NoTenants(
        f"No {servers.noun(engine)} at {database.label} is LIKE {pattern!r}."
        + did_you_mean(pattern, every),
        hint=f"There are: {', '.join(listed) or 'none'}",
    )


#: From a tenant's name to the settings for that tenant alone, as long as they are needed.
Places = Callable[[str], AbstractContextManager[Settings]]


@contextmanager
def places(settings: Settings, kind: Kind) -> Iterator[Places]:
    """Give what leads to each tenant.

    For schemas, connections are opened that all of them share, and closed at the end; those of a
    bind are closed when the bind is done.
    """
    if kind == "bind":
        yield partial(_at_bind, settings, {})
        return
    database = visiting.databases(settings)[0]
    opening.opened(database).close()
    with servers.apart(database.engine()) as engine:
        yield partial(_at_schema, settings, database, engine)


@contextmanager
def _at_schema(
    settings: Settings, database: Database, engine: Engine, name: str
) -> Iterator[Settings]:
    inner = servers.entered(engine, name, settings.shared_schemas)
    schema = servers.version_schema(engine, name)
    tenant = replace(database, url=inner.url, engine=lambda: inner, schema=schema, whole=True)
    where = settings.version_table_schema if schema is None else schema
    yield replace(settings, databases=(tenant,), version_table_schema=where)


@contextmanager
def _at_bind(settings: Settings, known: dict[int, Any], name: str) -> Iterator[Settings]:
    database = _of_bind(settings, name)
    # Where its driver is missing, for one, whoever connects says so.
    own = replace(database, engine=lambda: servers.acquainted(database.engine(), known))
    try:
        yield replace(settings, databases=(own,))
    finally:
        with suppress(SQLAlchemyError, ImportError):
            database.engine().dispose()  # There may be thousands of them.


def _of_bind(settings: Settings, name: str) -> Database:
    models = next((one.metadata for one in settings.every if one.bind is None), ())
    for one in settings.every:
        if one.bind == name:
            return replace(one, metadata=one.metadata or models, whole=True)
    raise NoTenants(f"The app has no bind {name!r}.")


def history(settings: Settings, target: str = "head") -> Graph:
    """Return the history that all tenants are to have.

    Raises HistoryError, once rather than for each tenant, also where there is no such ``target``.
    """
    graph = reading.folder(settings).read()
    if not reading.needs_database(target) and not set(target) & set("+-@"):
        symbols.upgrade_target(graph, target, ())
    return graph


def upgrade(
    settings: Settings,
    graph: Graph,
    name: str,
    target: str = "head",
    waiting: Callable[[str], None] = moving.nobody,
) -> Tenant:
    """Upgrade the tenant ``name``, which ``settings`` are for, and return what became of it.

    Raises Interrupted alone.
    """
    began = time.perf_counter()
    found = Tenant(name)
    try:
        found = replace(found, before=_rows(settings))
        (moved,) = moving.upgrade(settings, target, waiting=waiting, graph=graph)
        ran = tuple(one.revision.id for one in moved.applied)
        found = replace(
            found, before=moved.before, after=moved.after, applied=ran, notes=moved.notes
        )
    except Interrupted:
        raise
    except Exception as error:  # Whatever it is, it is this tenant's, and the others go on.
        found = failed(replace(found, after=_now(settings, found.before)), error)
    behind = len(graph.pending(found.after))
    return replace(found, behind=behind, seconds=round(time.perf_counter() - began, 3))


def current(settings: Settings, graph: Graph, name: str) -> Tenant:
    """Return where the tenant ``name`` is, which ``settings`` are for."""
    try:
        rows = _rows(settings)
    except Interrupted:
        raise
    except Exception as error:
        return failed(Tenant(name), error)
    found = Tenant(name, rows, rows, behind=len(graph.pending(rows)))
    unknown = graph.unknown(rows)
    if not unknown:
        return found
    said = f"There is no script here of {', '.join(unknown)}."
    return failed(found, UnknownApplied(said, hint="See why: flask db status"))


def status(settings: Settings, name: str) -> Status:
    """Return the state of the tenant ``name``, which ``settings`` are for."""
    (found,) = states.status(settings)
    return replace(found, database=name)


def failed(tenant: Tenant, error: BaseException) -> Tenant:
    """Return what is known of a tenant, and what went wrong with it."""
    if isinstance(error, SchemaMigrateError):
        busy = isinstance(error, LockTimeout)
        return replace(tenant, code=error.code, error=error.message, hint=error.hint, busy=busy)
    said = f"{type(error).__name__}: {opening.masked(None, error)}"  # type: ignore[arg-type]
    return replace(tenant, code=SchemaMigrateError.code, error=said)


def _rows(settings: Settings) -> tuple[str, ...]:
    found = opening.glance(settings.databases[0], settings)
    return reading.rows(settings) if found is None else found


def _now(settings: Settings, before: tuple[str, ...]) -> tuple[str, ...]:
    """Return where a tenant is after something failed; ``before`` where it cannot be asked."""
    try:
        return _rows(settings)
    except Exception:
        return before
