"""Scripts that were edited after they were applied: noticed, told, accepted; never an error.

The log has each script as it was.  Two versions are the same when they do the same: comments,
docstrings, blank lines and the layout make no difference.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from ..errors import NothingToResolve
from ..history import symbols
from ..history.graph import Graph
from ..run import ledger
from ..run import log
from ..run.log import Record
from ..run.session import Session
from ..run.source import Source
from ..settings import Settings
from . import reading
from . import visiting

#: As many rows of the log are looked at on the way; ``status`` looks at all of them.
RECENT = 20


def edited(opened: Session, graph: Graph, most: int | None = RECENT) -> tuple[str, ...]:
    """Return the applied revisions whose scripts do something else now, of the newest ``most``.

    A file is read and hashed for each; only one whose hash differs is compared as code.  Opens a
    transaction, like any query.
    """
    newest: dict[str, Record] = {}
    for record in opened.log.read(limit=most):
        newest.setdefault(record.revision, record)
    changed = [
        id_
        for id_, record in newest.items()
        if record.digest
        and record.action != log.DOWNGRADE
        and id_ in graph.revisions
        and (now := Source(graph.revisions[id_]).digest)
        and now != record.digest
    ]
    if not changed:
        return ()
    then: dict[str, Record] = {}
    for record in opened.log.read(changed, sources=True):
        then.setdefault(record.revision, record)
    return tuple(id_ for id_ in changed if _differs(then[id_].source, graph, id_))


def _differs(source: str, graph: Graph, id_: str) -> bool:
    return normalised(source) != normalised(Source(graph.revisions[id_]).text)


def normalised(source: str) -> str:
    """Return what a script does: its syntax tree without docstrings and places."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return source
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not _is_text(one)]  # type: ignore[attr-defined]
    return ast.dump(tree, annotate_fields=False)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def sentence(graph: Graph, id_: str) -> str:
    """Return what is said of an edited script."""
    return (
        f"{graph.revisions[id_].path} was edited after {id_} was applied; the database has what it "
        f"did before.  To accept it as it is: flask db resolve --accept {id_}"
    )


def accept(
    settings: Settings, revision: str, *, waiting: Callable[[str], None] = lambda _: None
) -> tuple[str, ...]:
    """Accept the script of ``revision`` as it is now; return the databases where it was edited.

    That is a row of their logs and nothing else.  Raises NothingToResolve where it was not edited,
    and UnknownRevision.
    """
    graph = reading.folder(settings).read()
    found = symbols.one(graph, revision)

    def work(opened: Session) -> str:
        if found is None:
            return ""
        with opened.reading():
            if found.id not in edited(opened, graph, None):
                return ""
        with opened.locked(waiting):
            kept, _ = ledger.opened(opened)
            with opened.transaction():
                if kept is not None:
                    kept.noted([found], log.ACCEPT)
        return opened.database.label if kept is not None else ""

    accepted = tuple(filter(None, visiting.visit(settings, work)))
    if not accepted:
        raise NothingToResolve(
            f"The log of no database says that {revision} was edited after it was applied.",
            hint="See what was applied: flask db log -v",
        )
    return accepted
