"""Making the folder and the scripts in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import did_you_mean
from ..errors import DuplicateLabel
from ..errors import InvalidRevisionId
from ..errors import InvalidSetting
from ..errors import InvalidTarget
from ..errors import MultipleHeads
from ..errors import NotAHead
from ..history import symbols
from ..history.folder import Folder
from ..history.graph import Graph
from ..history.revision import Revision
from ..settings import Settings
from . import reading
from . import scripts
from .values import Created
from .values import Template

#: What the peers call the same layouts.
_ALIASES = {"flask": "generic", "flask-multidb": "multidb"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new script is to be: its header, before it has an id and a path.

    ``head`` is the symbol it follows; ``splice`` allows one that has a successor already.
    """

    message: str | None = None
    head: str = "head"
    splice: bool = False
    branch_labels: tuple[str, ...] = ()
    version_path: str | None = None
    rev_id: str | None = None
    depends_on: tuple[str, ...] = ()


def list_templates() -> tuple[Template, ...]:
    """Return the layouts of scripts.  Which one is written follows from the app's databases."""
    return (
        Template("generic", "One database: upgrade() and downgrade()."),
        Template("multidb", "Several: upgrade_() for the default one, upgrade_NAME() for a bind."),
    )


def init(
    settings: Settings, *, template: str | None = None, package: bool = False
) -> tuple[Path, ...]:
    """Make the migrations folder and return what was made.

    Raises FolderNotEmpty, FolderNotWritable, and InvalidSetting for an unknown ``template``.
    """
    names = [one.name for one in list_templates()]
    if template is not None and _ALIASES.get(template, template) not in names:
        raise InvalidSetting(
            f"There is no template {template!r}.{did_you_mean(template, names)}",
            hint="Scripts need no template here; see: flask db list-templates",
        )
    return reading.folder(settings).create(package=package)


def edit_path(settings: Settings, symbol: str = "head") -> Path:
    """Return the file of a revision."""
    graph = reading.folder(settings).read()
    now: tuple[str, ...] = ()
    if reading.needs_database(symbol):
        now = reading.rows(settings, reading.databases(settings)[0])
    revision = symbols.one(graph, symbol, now)
    if revision is None or revision.path is None:
        raise InvalidTarget(
            f"{symbol!r} stands for no revision, so there is no file to edit.",
            hint="See them all: flask db history",
        )
    return revision.path


#: A script that follows the head.
DEFAULT = Draft()


def revision(settings: Settings, draft: Draft = DEFAULT) -> Created:
    """Write an empty script.  Raises HistoryError."""
    folder = reading.folder(settings)
    graph = folder.read()
    return write(settings, folder, planned(folder, graph, draft, parents(graph, draft)))


def merge(
    settings: Settings, revisions: Sequence[str] = ("heads",), draft: Draft = DEFAULT
) -> Created:
    """Write a script that joins several revisions and does nothing else.

    Raises InvalidTarget where there are not at least two of them.
    """
    folder = reading.folder(settings)
    graph = folder.read()
    found = [id_ for symbol in revisions for id_ in _merged(graph, symbol)]
    ids = tuple(dict.fromkeys(found))
    if len(ids) < 2:
        named = f"{' '.join(revisions)} is {ids[0] if ids else 'none'}" if revisions else "none is"
        raise InvalidTarget(
            f"A merge joins two revisions or more; {named}{'.' if revisions else ' named.'}",
            hint="See the heads: flask db heads\nJoin all of them: flask db merge heads",
        )
    _refuse_successors(graph, ids, draft.splice)
    _refuse_overlap(graph, ids)
    message = draft.message or f"merge {' and '.join(ids)}"
    made = planned(folder, graph, draft, ids, message)
    return write(settings, folder, made)


def _merged(graph: Graph, symbol: str) -> tuple[str, ...]:
    # Heads that others depend on are joined too: else there would still be several.
    return graph.heads if symbol == "heads" else symbols.resolve(graph, symbol)


def parents(graph: Graph, draft: Draft) -> tuple[str, ...]:
    """Return what a new revision follows; () where it begins a history.

    Raises MultipleHeads and NotAHead.
    """
    try:
        found = symbols.one(graph, draft.head)
    except MultipleHeads as error:
        raise MultipleHeads(
            error.heads,
            f"{error.message} A new revision must follow one of them.",
            hint=(
                "Join them first: flask db merge heads\n"
                f"Or name one of them: --head {error.heads[0]}"
            ),
        ) from error
    ids = (found.id,) if found is not None else ()
    _refuse_successors(graph, ids, draft.splice)
    return ids


def _refuse_successors(graph: Graph, ids: Sequence[str], splice: bool) -> None:
    for id_ in ids:
        if id_ in graph.children and not splice:
            raise NotAHead(
                f"{id_} is followed by {', '.join(graph.children[id_])} already.",
                hint=f"Follow the head instead: {' or '.join(graph.heads)}\n"
                "Or begin a second branch there: --splice",
            )


def _refuse_overlap(graph: Graph, ids: Sequence[str]) -> None:
    for id_ in ids:
        below = graph.ancestors([id_], dependencies=False)
        for other in ids:
            if other != id_ and other in below:
                raise InvalidTarget(
                    f"{id_} stands on {other} already, so there is nothing to merge."
                )


def planned(
    folder: Folder,
    graph: Graph,
    draft: Draft,
    ids: tuple[str, ...],
    message: str | None = None,
) -> Revision:
    """Return the new revision with its id and path, checked; nothing is written."""
    _check_labels(graph, draft.branch_labels)
    id_ = folder.check_id(draft.rev_id, graph) if draft.rev_id else folder.new_id(graph)
    text = message or draft.message or ""
    created = folder.now()
    location = folder.location_for(graph, ids, draft.version_path)
    return Revision(
        id_,
        ids,
        tuple(_depended(graph, symbol) for symbol in draft.depends_on),
        draft.branch_labels,
        " ".join(text.split()),
        text,
        folder.path_for(id_, text, created, location),
        str(created.replace(tzinfo=None)),
    )


def _depended(graph: Graph, symbol: str) -> str:
    if symbol in graph.labelled:
        return symbol  # The peers keep a label as it is: it may come to stand elsewhere.
    found = symbols.one(graph, symbol)
    if found is None:
        raise InvalidTarget(f"{symbol!r} stands for no revision that could be depended on.")
    return found.id


def _check_labels(graph: Graph, labels: Sequence[str]) -> None:
    for label in labels:
        if not label or set(label) & set("@:+-"):
            raise InvalidRevisionId(
                f"The branch label {label!r} is empty or has one of @ : + - in it.",
                hint="Use letters, digits and underscores.",
            )
        if label in graph.labelled:
            raise DuplicateLabel(
                f"The branch label {label!r} is that of {graph.labelled[label]} already.",
                hint="Choose another one.",
            )


def write(settings: Settings, folder: Folder, revision: Revision) -> Created:
    """Write a script without operations."""
    assert revision.path is not None
    return Created(revision, folder.write(revision.path, scripts.text(revision, settings)))
