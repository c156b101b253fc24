"""Making the folder and the scripts in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import DuplicateLabel
from ..errors import InvalidRevisionId
from ..errors import InvalidTarget
from ..errors import MultipleHeads
from ..errors import NotAHead
from ..history.folder import Folder
from ..history.folder import unfit
from ..history.folder import WORDS
from ..history.graph import Graph
from ..history.revision import Revision
from ..settings import Settings
from . import reading
from .values import Created


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new script is to be: its header, before it has an id and a path.

    ``head`` is the symbol it follows, or several; ``splice`` allows one that has a successor.
    """

    message: str | None = None
    head: str | tuple[str, ...] = "head"
    splice: bool = False
    branch_labels: tuple[str, ...] = ()
    version_path: str | None = None
    rev_id: str | None = None
    depends_on: tuple[str, ...] = ()


def edit_path(settings: Settings, symbol: str = "head") -> Path:
    """Return the file of a revision."""
    from ..history import symbols

    graph = reading.folder(settings).read()
    now: tuple[str, ...] = ()
    if reading.needs_database(symbol):
        now = reading.rows(settings)
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
    from ..history import symbols

    return graph.heads if symbol == "heads" else symbols.resolve(graph, symbol)


def parents(graph: Graph, draft: Draft) -> tuple[str, ...]:
    """Return what a new revision follows; () where it begins a history.

    Raises MultipleHeads and NotAHead.
    """
    from ..history import symbols

    heads = (draft.head,) if isinstance(draft.head, str) else draft.head
    try:
        ids = tuple(one.id for one in (symbols.one(graph, head) for head in heads) if one)
    except MultipleHeads as error:
        raise MultipleHeads(
            error.heads,
            f"{error.message} A new revision must follow one of them.",
            hint=(
                "Join them first: flask db merge heads\n"
                f"Or name one of them: --head {error.heads[0]}"
            ),
        ) from error
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
    id_ = folder.check_id(draft.rev_id, graph) if draft.rev_id else folder.new_id(graph)
    _check_labels(graph, draft.branch_labels, id_)
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
        str(created if folder.timezone else created.replace(tzinfo=None)),
    )


def _depended(graph: Graph, symbol: str) -> str:
    from ..history import symbols

    if symbol in graph.labelled:
        return symbol  # The peers keep a label as it is: it may come to stand elsewhere.
    found = symbols.one(graph, symbol)
    if found is None:
        raise InvalidTarget(f"{symbol!r} stands for no revision that could be depended on.")
    return found.id


def _check_labels(graph: Graph, labels: Sequence[str], id_: str) -> None:
    for label in labels:
        bad = unfit(label)
        if bad or not label:
            what = f"has {' '.join(map(repr, sorted(bad)))} in it" if bad else "is empty"
            raise InvalidRevisionId(
                f"The branch label {label!r} {what}.",
                hint="Use letters, digits and underscores.",
            )
        if label in WORDS or label in {id_, *graph.revisions}:
            raise InvalidRevisionId(
                f"The branch label {label!r} has another meaning already.",
                hint="Choose another one.",
            )
        if label in graph.labelled:
            raise DuplicateLabel(
                f"The branch label {label!r} is that of {graph.labelled[label]} already.",
                hint="Choose another one.",
            )


def write(settings: Settings, folder: Folder, revision: Revision) -> Created:
    """Write a script without operations."""
    from . import scripts

    assert revision.path is not None
    text = scripts.text(revision, settings)
    notes = scripts.publish(settings, folder, revision.path, text)
    return Created(revision, revision.path, notes=notes)
