"""Questions about the history and about where the databases are.  Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence

from ..errors import counted
from ..errors import NoDatabase
from ..errors import NotAtHead
from ..errors import UnknownApplied
from ..history import symbols
from ..history.folder import FILE_TEMPLATE
from ..history.folder import Folder
from ..history.graph import Graph
from ..run import session
from ..settings import Database
from ..settings import Settings
from .values import Branch
from .values import Current
from .values import Entry


def folder(settings: Settings) -> Folder:
    """Return the migrations folder of ``settings``."""
    return Folder(
        settings.directory,
        settings.version_locations,
        file_template=settings.file_template or FILE_TEMPLATE,
        truncate_slug_length=settings.truncate_slug_length,
        timezone=settings.timezone,
    )


def databases(settings: Settings) -> tuple[Database, ...]:
    """Return the databases to work on; at least one (NoDatabase)."""
    if not settings.databases:
        raise NoDatabase("The settings name no database.")
    return settings.databases


def name_of(database: Database) -> str:
    """Return the bind, or ``"default"``."""
    return database.bind or "default"


def rows(settings: Settings, database: Database) -> tuple[str, ...]:
    """Return the rows of a version table; () without one."""
    with session.connect(database, settings) as opened, opened.reading():
        return opened.versions.rows()


def entries(graph: Graph, ids: Iterable[str], now: Sequence[str] = ()) -> tuple[Entry, ...]:
    """Return ``ids`` with their places in the history; ``now`` are the applied rows."""
    labels = graph.labels_of()
    current = set(graph.expand(now)) if now else set()
    return tuple(
        Entry(
            graph.revisions[id_],
            graph.children.get(id_, ()),
            labels.get(id_, ()),
            head=id_ not in graph.children,
            required=id_ not in graph.children and id_ in graph.dependants,
            current=id_ in current,
        )
        for id_ in ids
    )


def history(
    settings: Settings, chosen: str | None = None, *, indicate_current: bool = False
) -> tuple[Entry, ...]:
    """Return revisions, newest first: all, or a range such as ``"abc:head"`` or ``"-3:current"``.

    A database is asked when the range needs it or the current revision is to be indicated.
    Raises HistoryError and StateError.
    """
    graph = folder(settings).read()
    asks = indicate_current or needs_database(chosen)
    now = rows(settings, databases(settings)[0]) if asks else ()
    ids = graph.ordered() if chosen is None else symbols.history_range(graph, chosen, now)
    return tuple(reversed(entries(graph, ids, now)))


def needs_database(symbol: str | None) -> bool:
    """Whether a symbol or a range stands for something that only a database knows."""
    return symbol is not None and "current" in symbol


def heads(settings: Settings, *, resolve_dependencies: bool = False) -> tuple[Entry, ...]:
    """Return the heads; with ``resolve_dependencies`` those that no other revision depends on."""
    graph = folder(settings).read()
    return entries(graph, graph.real_heads if resolve_dependencies else graph.heads)


def branches(settings: Settings) -> tuple[Branch, ...]:
    """Return the branch points, oldest first."""
    graph = folder(settings).read()
    points = set(graph.branch_points)
    ordered = [id_ for id_ in graph.ordered() if id_ in points]
    return tuple(Branch(point, entries(graph, point.children)) for point in entries(graph, ordered))


def show(settings: Settings, symbol: str = "head") -> tuple[Entry, ...]:
    """Return the revisions that ``symbol`` stands for; ``base`` is ()."""
    graph = folder(settings).read()
    now = rows(settings, databases(settings)[0]) if needs_database(symbol) else ()
    return entries(graph, symbols.resolve(graph, symbol, now), now)


def current(settings: Settings, *, check_heads: bool = False) -> tuple[Current, ...]:
    """Return where each database is.  With ``check_heads`` raise NotAtHead if one is elsewhere."""
    graph = folder(settings).read()
    found = tuple(_current(settings, graph, database) for database in databases(settings))
    if check_heads:
        require_heads(found)
    return found


def require_heads(found: Iterable[Current]) -> None:
    """Raise NotAtHead unless every database has every revision applied, and no other."""
    for one in found:
        if not one.at_heads:
            raise NotAtHead(_not_at_head(one), hint="flask db upgrade heads")


def _current(settings: Settings, graph: Graph, database: Database) -> Current:
    now = rows(settings, database)
    return Current(
        name_of(database),
        database.label,
        now,
        entries(graph, graph.expand(now)),
        graph.unknown(now),
        graph.pending(now),
    )


def _not_at_head(one: Current) -> str:
    if one.unknown:
        return f"{one.label} is at {', '.join(one.unknown)}, for which there is no script here."
    return f"{one.label} is {counted(len(one.behind), 'revision')} behind."


def refuse_unknown(graph: Graph, now: Sequence[str], database: Database) -> None:
    """Raise UnknownApplied if a database is at a revision for which there is no script."""
    unknown = graph.unknown(now)
    if not unknown:
        return
    listed = ", ".join(unknown)
    near = [id_ for row in unknown for id_ in _near(graph, row)]
    similar = "".join(f"\n  similar: {id_}  {graph.revisions[id_].message}" for id_ in near)
    raise UnknownApplied(
        f"{database.label} says that it is at {listed}, and there is no such script among "
        f"{counted(len(graph.revisions), 'script')}.{similar}",
        hint=(
            "The script may be on another git branch, or not pulled yet: git log --all --oneline "
            f'-- "*{unknown[0]}*"\n'
            "Is this the right database? Its URL is above.\n"
            "If its schema is that of a revision you have, record that one: "
            "flask db stamp --purge REVISION"
        ),
    )


def _near(graph: Graph, row: str) -> list[str]:
    import difflib

    return difflib.get_close_matches(row, list(graph.revisions), n=3, cutoff=0.6)
