"""Working on each database: the app's, or those that an ``env.py`` configures."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextlib import nullcontext
from typing import Any
from typing import TextIO
from typing import TYPE_CHECKING
from typing import TypeVar

from ..errors import NoDatabase
from ..settings import Database
from ..settings import Settings

if TYPE_CHECKING:
    from ..compat.running import Place
    from ..run.session import Session

Result = TypeVar("Result")


def databases(settings: Settings) -> tuple[Database, ...]:
    """Return the app's databases; at least one (NoDatabase)."""
    if not settings.databases:
        raise NoDatabase("The settings name no database.")
    return settings.databases


def visit(
    settings: Settings,
    work: Callable[[Session], Result],
    *,
    told: Mapping[str, Any] | None = None,
    flags: tuple[str, ...] = (),
    only: Callable[[Database], object] = lambda database: True,
    glance: Callable[[Database, tuple[str, ...]], Result | None] | None = None,
) -> tuple[Result, ...]:
    """Call ``work`` with an open session for each database, and return what it returns.

    ``glance`` is called with the rows of the version table before; where it has a result already,
    no session is opened.  It may not be called at all.

    An ``env.py`` that has to be run says which those are, how they are connected and with which
    options: see :func:`flask_schemamigrate.compat.running.run` for ``told`` and ``flags``.
    ``only`` chooses among the databases.  Raises NoDatabase where there is none.
    """
    results: list[Result] = []
    if settings.environment is None:
        for database in filter(only, databases(settings)):
            found = _glanced(database, settings, glance) if glance is not None else None
            results.append(_worked(database, settings, work) if found is None else found)
        return tuple(results)
    from ..compat import running
    from ..run import session

    def run(place: Place) -> None:
        if not only(place.database):
            return
        if place.connection is None:
            place.database.engine()  # Says that a connection is needed.
        assert place.connection is not None
        with session.over(
            place.connection, place.database, place.settings, place.arguments
        ) as opened:
            results.append(work(opened))

    running.run(settings, run, told=told, flags=flags)
    return tuple(results)


def _glanced(
    database: Database,
    settings: Settings,
    glance: Callable[[Database, tuple[str, ...]], Result | None],
) -> Result | None:
    from ..run import opening

    now = opening.glance(database, settings)
    return None if now is None else glance(database, now)


def _worked(database: Database, settings: Settings, work: Callable[[Session], Result]) -> Result:
    from ..run import session

    with session.connect(database, settings) as opened:
        return work(opened)


def first(settings: Settings, work: Callable[[Session], Result]) -> Result:
    """Call ``work`` with a session for the first database, and return what it returns."""
    if settings.environment is None:
        return _worked(databases(settings)[0], settings, work)
    return some(settings, work)[0]


def some(settings: Settings, work: Callable[[Session], Result]) -> tuple[Result, ...]:
    """Do as :func:`visit`, where nothing can be said without a database (NoDatabase)."""
    found = visit(settings, work)
    if not found:
        from ..compat import running

        raise running.no_call(settings.environment)
    return found


def write(
    settings: Settings,
    work: Callable[[Database, Settings, TextIO, Mapping[str, Any] | None], None],
    out: Callable[[Database], AbstractContextManager[TextIO]],
    *,
    told: Mapping[str, Any] | None = None,
) -> None:
    """Call ``work`` for each database with a file to write SQL to: ``out`` makes it.

    An ``env.py`` that has to be run may name another file.
    """
    if settings.environment is None:
        for database in databases(settings):
            with out(database) as file:
                work(database, settings, file, None)
        return
    from ..compat import running

    def run(place: Place) -> None:
        named = place.settings.options.get("output_buffer")
        with nullcontext(named) if named is not None else out(place.database) as file:
            work(place.database, place.settings, file, place.arguments)

    running.run(settings, run, told={**(told or {}), "as_sql": True})


def names(settings: Settings) -> Callable[[], AbstractContextManager[None]]:
    """Return what makes ``import alembic`` find our modules while a script runs.

    While an ``env.py`` runs it does so already; it may go on in a thread that it starts, which
    could not take the names again.
    """
    from ..compat.names import alembic_names

    return alembic_names if settings.environment is None else nullcontext
