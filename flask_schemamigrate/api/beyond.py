"""Revisions that a database has and these files have not: what the log knows of them."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from types import ModuleType

from ..errors import UnknownApplied
from ..history.folder import Folder
from ..history.graph import Graph
from ..history.revision import Revision
from ..run.log import Record
from ..run.session import Session


@dataclass(frozen=True, slots=True)
class Beyond:
    """The applied revisions without a script, newest first, and the known ones that they stand on.

    ``beneath`` is None where the log does not know all of them: then nobody can tell.
    """

    records: Mapping[str, Record]
    beneath: tuple[str, ...] | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """A line for each revision: its message, when it was applied and by whom."""
        return tuple(line(record) for record in self.records.values())

    def lacking(self, graph: Graph, rows: Iterable[str]) -> tuple[str, ...]:
        """Return what is here and not applied; () where that cannot be told."""
        return graph.pending([*rows, *self.beneath]) if self.beneath is not None else ()


def line(record: Record) -> str:
    """Return a record on one line, as it is told of in messages."""
    what = {"stamp": "recorded", "downgrade": "undone"}.get(record.action, "applied")
    when = record.at[:19].replace("T", " ")
    by = f" by {record.by}" if record.by else ""
    return f"{record.revision}  {record.message}  ({what} {when} UTC{by})"


def read(opened: Session, graph: Graph, rows: Iterable[str], sources: bool = False) -> Beyond:
    """Return what the log knows of the rows that ``graph`` does not."""
    found: dict[str, Record] = {}
    beneath: list[str] = []
    waiting = list(graph.unknown(rows))
    is_whole = True
    while waiting:
        for record in reversed(opened.log.read(waiting, sources=sources)):
            before = found.get(record.revision)
            found[record.revision] = (
                record if record.source or not before else _kept(before, record)
            )
        is_whole = is_whole and all(id_ in found for id_ in waiting)
        required = [
            graph.labelled.get(name, name)
            for id_ in waiting
            if id_ in found
            for name in (*found[id_].parents, *found[id_].depends_on)
        ]
        beneath += graph.known(required)
        waiting = [id_ for id_ in dict.fromkeys(graph.unknown(required)) if id_ not in found]
    return Beyond(found, tuple(dict.fromkeys(beneath)) if is_whole else None)


def _kept(before: Record, record: Record) -> Record:
    """Return the newer record with the script of the older one."""
    return replace(record, source=before.source, digest=before.digest)


def may_stay(opened: Session, graph: Graph, rows: Sequence[str]) -> Beyond | None:
    """Return what is known of a database that is ahead, where that is allowed and proven.

    It must have every revision that is here beneath those that are not.
    """
    if opened.settings.ahead != "allow" or not graph.unknown(rows):
        return None
    with opened.reading():
        found = read(opened, graph, rows)
    if found.beneath is None or found.lacking(graph, rows):
        return None
    return found


@dataclass(frozen=True, slots=True)
class Stored:
    """A folder and, for revisions that it lacks, the scripts that the log has kept.

    These are code from the database: they run only where somebody asked for it.
    """

    folder: Folder
    sources: Mapping[str, str]

    def load(self, revision: Revision) -> ModuleType:
        """Run a script's top level in a fresh module."""
        source = self.sources.get(revision.id)
        if revision.path is not None or source is None:
            return self.folder.load(revision)
        module = ModuleType(revision.id)
        code = compile(source, f"<schemamigrate_log {revision.id}>", "exec", dont_inherit=True)
        exec(code, vars(module))
        return module


def stored(
    opened: Session, graph: Graph, rows: Sequence[str], folder: Folder
) -> tuple[Graph, Stored]:
    """Return the history with the revisions that only the log has, and what loads their scripts.

    Raises UnknownApplied where it does not have them all.
    """
    found = read(opened, graph, rows, sources=True)
    lost = [row for row in graph.unknown(rows) if row not in found.records]
    lost += [id_ for id_, record in found.records.items() if not record.source]
    if found.beneath is None or lost:
        raise UnknownApplied(
            f"The log of {opened.database.label} does not have the script of "
            f"{', '.join(lost) or 'a revision beneath ' + ', '.join(graph.unknown(rows))}.",
            hint="Bring the script back, such as from git, or run the image that has it.",
        )
    ours = {*graph.revisions, *found.records}
    more = [_revision(record, ours) for record in found.records.values()]
    sources = {id_: record.source for id_, record in found.records.items()}
    whole = Graph.build([*graph.revisions.values(), *more])
    return whole, Stored(folder, sources)


def _revision(record: Record, known: set[str]) -> Revision:
    # A label would be that of a script elsewhere, and may be taken here.
    depends_on = tuple(name for name in record.depends_on if name in known)
    return Revision(record.revision, record.parents, depends_on, (), record.message, record.message)
