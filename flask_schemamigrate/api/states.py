"""The state of each database in one word, with what to type next.  Nothing is changed or locked."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from ..errors import counted
from ..errors import EnvironmentFailed
from ..errors import Unreachable
from ..history import spoken
from ..history.graph import Graph
from ..run import opening
from ..run import session
from ..run.halves import half
from ..run.journal import Unfinished
from ..run.session import Session
from ..schema.scope import Scope
from ..settings import Database
from ..settings import Settings
from . import beyond
from . import edited
from . import reading
from . import visiting
from .beyond import Beyond

State = Literal[
    "current",
    "empty",
    "behind",
    "ahead",
    "drifted",
    "unmanaged",
    "diverged",
    "dirty",
    "unreachable",
]

#: The exit status of ``flask db status`` for each state; of several databases the greatest counts.
EXIT_STATUS: dict[State, int] = {
    "current": 0,
    "empty": 10,
    "behind": 11,
    "ahead": 12,
    "drifted": 13,
    "unmanaged": 14,
    "diverged": 15,
    "dirty": 16,
    "unreachable": 17,
}


@dataclass(frozen=True, slots=True)
class Status:
    """The state of one database.

    ``current`` are the rows of its version table, ``heads`` those of the scripts here, ``pending``
    the revisions that are not applied and ``unknown`` the rows for which there is no script.
    ``message`` is a sentence, ``details`` are lines that prove it, and ``command`` is what to type
    next (empty: nothing).  ``notes`` are sentences about what is no state.  ``ready``: an app
    with these scripts can work on it.
    """

    database: str
    label: str
    state: State
    message: str
    command: str = ""
    current: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    ready: bool = False
    notes: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        """The exit status that stands for the state."""
        return EXIT_STATUS[self.state]


@dataclass(frozen=True, slots=True)
class Health:
    """The states of an app's databases; what is not said of each is that of the worst one."""

    databases: tuple[Status, ...]

    @property
    def worst(self) -> Status:
        """The database that is least ready."""
        return max(self.databases, key=lambda one: one.exit_status)

    @property
    def ready(self) -> bool:
        """Whether the app can work on all of them."""
        return all(one.ready for one in self.databases)

    @property
    def state(self) -> State:
        """A word of :data:`EXIT_STATUS`."""
        return self.worst.state

    @property
    def current(self) -> tuple[str, ...]:
        """The rows of the version table."""
        return self.worst.current

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads of the scripts."""
        return self.worst.heads

    @property
    def pending(self) -> int:
        """How many revisions are not applied yet."""
        return len(self.worst.pending)

    @property
    def message(self) -> str:
        """What there is to say, in one sentence."""
        return self.worst.message

    @property
    def command(self) -> str:
        """What to type next; an empty text: nothing."""
        return self.worst.command


def status(settings: Settings, *, thorough: bool = True, drift: bool = False) -> tuple[Status, ...]:
    """Return the state of each database.

    ``thorough``: with a look at the scripts that were applied, whether they were edited since.
    ``drift``: and at the tables, whether they are what these make (on a throw-away database).

    Whatever state one is in, unreachable too, is a value; only a configuration or a folder that
    cannot be used is an error (SettingsError, HistoryError).  Takes no lock, and one connection for
    a handful of queries at each database.
    """
    graph = reading.folder(settings).read()

    def read(opened: Session) -> Status:
        return _read(opened, graph, thorough, drift)

    if settings.environment is not None:
        return _by_environment(settings, read, graph)
    return tuple(_status(one, settings, read, graph) for one in visiting.databases(settings))


def health(settings: Settings) -> Health:
    """Return the states of all databases as one value: see :func:`status`."""
    return Health(status(settings, thorough=False))


def _status(
    database: Database, settings: Settings, read: Callable[[Session], Status], graph: Graph
) -> Status:
    def look() -> Status:
        with session.connect(database, settings) as opened:
            return read(opened)

    return _answered(look, graph, database)


def _by_environment(
    settings: Settings, read: Callable[[Session], Status], graph: Graph
) -> tuple[Status, ...]:
    """Return the states of the databases that an ``env.py`` connects to."""
    found: tuple[Status, ...] = ()

    def look() -> Status:
        nonlocal found
        found = visiting.some(settings, read)
        return found[0]

    first = next(iter(settings.databases), None)
    one = _answered(look, graph, first)
    return found or (one,)


def _answered(look: Callable[[], Status], graph: Graph, database: Database | None) -> Status:
    """Return what ``look`` finds; that nothing answers is a finding too."""
    try:
        return look()
    except Unreachable as error:
        said = error.message
    except EnvironmentFailed as error:  # An env.py opens connections by itself.
        if not isinstance(error.__cause__, SQLAlchemyError):
            raise
        said = f"It gives no answer: {opening.masked(database, error.__cause__)}"
    except SQLAlchemyError as error:  # A lock on the file, a pool without a free connection.
        said = f"It gives no answer: {opening.masked(database, error)}"
    name = reading.name_of(database) if database else "default"
    label = database.label if database else "the database"
    return Status(name, label, "unreachable", said, "flask db wait", heads=graph.heads)


def _read(opened: Session, graph: Graph, thorough: bool, drift: bool) -> Status:
    with opened.reading():
        rows = opened.versions.rows()
        unfinished = opened.journal.read()
        unknown = graph.unknown(rows)
        known = beyond.read(opened, graph, rows) if unknown else None
        pending = known.lacking(graph, rows) if known else graph.pending(rows)
        found = Found(rows, unknown, pending, unfinished, known)
        if unfinished is None and not rows:
            found = _with_tables(opened, graph, found)
        changed = edited.edited(opened, graph, None) if thorough and rows else ()
    notes = tuple(edited.sentence(graph, id_) for id_ in changed)
    told = replace(described(opened, graph, found), notes=notes)
    return _drifted(opened, graph, told) if drift and told.state in ("current", "behind") else told


def _drifted(opened: Session, graph: Graph, told: Status) -> Status:
    """Return the status of a database whose tables are compared with its history, too."""
    from .drifting import look

    found = look(opened, graph)
    if found.unknown:
        said = f"Whether it has drifted cannot be told: {found.unknown}"
        return replace(told, notes=(*told.notes, said))
    if not found.is_drifted:
        return told
    message = f"Its tables are not what {', '.join(found.rows)} makes.  {told.message}"
    return replace(
        told,
        state="drifted",
        message=message,
        command="flask db drift",
        details=_cut(found.lines),
        ready=False,
    )


@dataclass(frozen=True, slots=True)
class Found:
    """What was read of a database: its version table, the journal, the log, tables without rows."""

    rows: tuple[str, ...]
    unknown: tuple[str, ...]
    pending: tuple[str, ...]
    unfinished: Unfinished | None = None
    beyond: Beyond | None = None
    tables: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether the log proves what a database with unknown revisions has of those here."""
        return self.beyond is not None and self.beyond.beneath is not None


def _with_tables(opened: Session, graph: Graph, found: Found) -> Found:
    """Add the tables of a database without a revision: ours, or all where there is no history."""
    reader = opened.dialect.reader
    models = {
        reader.name(table.name, table.schema)
        for metadata in opened.database.metadata
        for table in metadata.tables.values()
    }
    scope = Scope.over(models, opened.own, opened.settings.ignore)
    tables = opened.dialect.inspect(scope).tables
    ours = [name for name in tables if name in models]
    others = [name for name in tables if name not in models]
    if others and graph.revisions:
        said = spoken.of(reading.folder(opened.settings))
        others = [name for name in others if said.mentions(name.name)]
    names = tuple(sorted(map(str, (*ours, *others))))
    return replace(found, tables=names)


def described(opened: Session, graph: Graph, found: Found) -> Status:
    """Return the state that was found, in words."""
    database, allowed = opened.database, opened.settings.ahead == "allow"
    state, message, command, details = _judged(graph, found)
    return Status(
        reading.name_of(database),
        database.label,
        state,
        message,
        command,
        found.rows,
        graph.heads,
        found.pending,
        found.unknown,
        details,
        ready=state == "current" or (state == "ahead" and allowed and found.is_proven),
    )


def _judged(graph: Graph, found: Found) -> tuple[State, str, str, tuple[str, ...]]:
    number = counted(len(found.pending), "revision")
    upgrade = f"flask db upgrade{' heads' if len(graph.heads) > 1 else ''}"
    if found.unfinished is not None:
        message, command, details = half(found.unfinished)
        return "dirty", message, command, details
    if found.beyond is not None:
        return _beyond(graph, found, found.beyond)
    if found.rows or not (graph.revisions or found.tables):
        if found.pending:
            return "behind", f"It lacks {number}.", upgrade, _named(graph, found.pending)
        if found.rows:
            return "current", "Every revision is applied.", "", ()
        return "empty", "It has no tables, and there are no revisions.", "flask db migrate", ()
    if found.tables:
        message = f"It has {counted(len(found.tables), 'table')} and no recorded revision."
        return "unmanaged", message, "flask db baseline", _cut(found.tables)
    return "empty", f"It has no tables; {number} would make them.", upgrade, ()


def _beyond(graph: Graph, found: Found, beyond: Beyond) -> tuple[State, str, str, tuple[str, ...]]:
    """Judge a database with revisions for which there is no script here."""
    message = f"It has {', '.join(found.unknown)}, for which there is no script here"
    details = beyond.sentences
    if found.pending:
        message += f", and lacks {counted(len(found.pending), 'revision')} that are here"
        lacking = tuple(f"{one}  (not applied)" for one in _named(graph, found.pending))
        return "diverged", f"{message}.", "flask db log", (*details, *lacking)
    if found.is_proven:
        return "ahead", f"{message}, on top of all that are.", "flask db log", details
    message += "; what else it has cannot be told, since its log does not say"
    return "ahead", f"{message}.", "flask db current", details


#: As many lines of proof are given.
MOST = 10


def _named(graph: Graph, ids: Sequence[str]) -> tuple[str, ...]:
    return _cut([f"{id_}  {graph.revisions[id_].message}".rstrip() for id_ in ids])


def _cut(lines: Sequence[str]) -> tuple[str, ...]:
    more = len(lines) - MOST
    return tuple(lines) if more <= 0 else (*lines[:MOST], f"and {more} more")
