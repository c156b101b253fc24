"""Questions about the history and about where the databases are.  Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import counted
from ..errors import NotAtHead
from ..errors import UnknownApplied
from ..history.folder import Folder
from ..history.graph import Graph
from ..settings import Database
from ..settings import Settings
from .places import Branch
from .places import Current
from .places import Entry

if TYPE_CHECKING:
    from ..run.session import Session
    from .beyond import Beyond


def folder(settings: Settings) -> Folder:
    """Return the migrations folder of ``settings``."""
    from . import visiting

    return replace(Folder.of(settings), names=lambda: visiting.names(settings)())


def name_of(database: Database) -> str:
    """Return the bind, or ``"default"``."""
    return database.bind or "default"


def rows(settings: Settings) -> tuple[str, ...]:
    """Return the rows of the first database's version table; () without one."""
    from . import visiting

    return visiting.first(settings, _rows)


def _rows(opened: Session) -> tuple[str, ...]:
    with opened.reading():
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
    now = rows(settings) if asks else ()
    if chosen is not None:
        from ..history import symbols
    ids = graph.ordered() if chosen is None else symbols.history_range(graph, chosen, now)
    return tuple(reversed(entries(graph, ids, now)))


def needs_database(symbol: str | None) -> bool:
    """Whether a symbol or a range stands for something that only a database knows."""
    if symbol is None:
        return False
    from ..history import symbols

    return symbols.depends_on_rows(symbol)


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
    from ..history import symbols

    graph = folder(settings).read()
    now = rows(settings) if needs_database(symbol) else ()
    return entries(graph, symbols.resolve(graph, symbol, now), now)


def current(
    settings: Settings, *, check_heads: bool = False, thorough: bool = False
) -> tuple[Current, ...]:
    """Return where each database is.  With ``check_heads`` raise NotAtHead if one is elsewhere.

    ``thorough``: with a look at the newest applied scripts, whether they were edited since.
    """
    from . import visiting

    graph = folder(settings).read()

    def glance(database: Database, now: tuple[str, ...]) -> Current | None:
        if thorough or graph.unknown(now):
            return None
        return _current(database, graph, now)

    found = visiting.visit(settings, lambda opened: _asked(opened, graph, thorough), glance=glance)
    if check_heads:
        require_heads(found)
    return found


def require_heads(found: Iterable[Current]) -> None:
    """Raise NotAtHead unless every database has every revision applied, and no other."""
    for one in found:
        if not one.at_heads:
            raise NotAtHead(_not_at_head(one), hint="flask db upgrade heads")


def _asked(opened: Session, graph: Graph, thorough: bool) -> Current:
    now = _rows(opened)
    found = _current(opened.database, graph, now)
    with opened.reading():
        if found.unknown:
            from . import beyond

            found = replace(found, logged=beyond.read(opened, graph, now).sentences)
        if thorough:
            from . import edited

            changed = edited.edited(opened, graph)
            notes = tuple(edited.sentence(graph, id_) for id_ in changed)
            found = replace(found, notes=notes)
    return found


def _current(database: Database, graph: Graph, now: tuple[str, ...]) -> Current:
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


def refuse_unknown(opened: Session, graph: Graph, now: Sequence[str]) -> None:
    """Raise UnknownApplied if a database is at a revision for which there is no script."""
    unknown = graph.unknown(now)
    if not unknown:
        return
    from . import beyond

    with opened.reading():
        found = beyond.read(opened, graph, now)
    listed = ", ".join(unknown)
    if found.records:
        proof = "".join(f"\n  {sentence}" for sentence in found.sentences)
    else:
        near = [id_ for row in unknown for id_ in _near(graph, row)]
        proof = "".join(f"\n  similar: {id_}  {graph.revisions[id_].message}" for id_ in near)
    raise UnknownApplied(
        f"{opened.database.label} says that it is at {listed}, and there is no such script among "
        f"{counted(len(graph.revisions), 'script')}.{proof}",
        hint=(
            "The script may be on another git branch, or not pulled yet: git log --all --oneline "
            f'-- "*{unknown[0]}*"\n'
            "Is this the right database? Its URL is above.\n"
            + _way_out(graph, found, opened.settings.keeps_log)
        ),
    )


def _way_out(graph: Graph, found: Beyond, keeps_log: bool) -> str:
    """Return what else there is to do: it depends on what the log knows."""
    if found.beneath is None:
        more = (
            ""
            if keeps_log
            else "\nFor the database to know the next time: SCHEMAMIGRATE_LOG = True"
        )
        return (
            "If its schema is that of a revision you have, record that one: "
            f"flask db stamp --purge REVISION{more}"
        )
    below = ", ".join(graph.tips(found.beneath)) or "base"
    return (
        "If these files are older on purpose, let the app run on it: SCHEMAMIGRATE_AHEAD = "
        '"allow"\n'
        f"To undo what is not here, with the scripts that the database has kept: "
        f"flask db downgrade --stored {below}"
    )


def _near(graph: Graph, row: str) -> list[str]:
    import difflib

    return difflib.get_close_matches(row, list(graph.revisions), n=3, cutoff=0.6)
