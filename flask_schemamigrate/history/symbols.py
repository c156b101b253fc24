"""What people type for revisions: ids and parts of ids, ``head``, ``+2``, ``label@head-1``, ranges.

``rows`` are the applied heads, as the version table has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Sequence

from ..errors import AmbiguousRevision
from ..errors import InvalidRange
from ..errors import InvalidTarget
from ..errors import MultipleHeads
from ..errors import UnknownRevision
from ..errors import counted
from ..errors import did_you_mean
from .graph import Graph
from .revision import Revision

#: ``[label@][symbol][+N|-N]``; a symbol cannot have these signs in it.
_SYMBOL = re.compile(r"(?:(?P<label>[^@+]+)@)?(?P<name>[^@+]*?)(?P<steps>[+-]\d+)?")


def resolve(graph: Graph, symbol: str, rows: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the ids that ``symbol`` stands for; ``base`` is ().

    Raises UnknownRevision, AmbiguousRevision, MultipleHeads and InvalidTarget.
    """
    label, name, steps = _parts(graph, symbol)
    branch = None if label is None else lineage(graph, label)
    found = _named(graph, name, branch, rows, symbol)
    if not steps:
        return found
    return _walk(graph, found, steps, branch, symbol)


def one(graph: Graph, symbol: str, rows: Sequence[str] = ()) -> Revision | None:
    """Return the single revision that ``symbol`` stands for; None for ``base``."""
    found = resolve(graph, symbol, rows)
    if len(found) > 1:
        raise MultipleHeads(found, f"{symbol!r} stands for {counted(len(found), 'revision')}.")
    return graph.revisions[found[0]] if found else None


def _parts(graph: Graph, symbol: str) -> tuple[str | None, str, int]:
    if symbol in graph.revisions or symbol in graph.labelled:
        return None, symbol, 0
    found = _SYMBOL.fullmatch(symbol.strip())
    if found is None or not symbol.strip():
        raise UnknownRevision(
            f"{symbol!r} is no revision identifier.",
            hint="Such as: 1a2b3c, head, heads, base, +1, -2, label@head, 1a2b3c-1",
        )
    return found["label"], found["name"], int(found["steps"] or 0)


def lineage(graph: Graph, label: str) -> set[str]:
    """Return the revisions of the branch that a label (or an id) names."""
    return graph.lineage(_identified(graph, label))


def _named(
    graph: Graph, name: str, branch: set[str] | None, rows: Sequence[str], symbol: str
) -> tuple[str, ...]:
    if name in ("", "current"):
        current = graph.known(rows)
        return current if branch is None else tuple(r for r in current if r in branch)
    if name == "base":
        return ()
    if name in ("head", "heads"):
        return _heads(graph, name, branch)
    id_ = _identified(graph, name)
    if branch is not None and id_ not in branch:
        raise UnknownRevision(f"{id_} is not on the branch that {symbol!r} names.")
    return (id_,)


def _heads(graph: Graph, name: str, branch: set[str] | None) -> tuple[str, ...]:
    if branch is not None:
        heads = tuple(h for h in graph.heads if h in branch)
    else:
        heads = graph.heads if name == "head" else graph.real_heads
    if name == "head" and len(heads) > 1:
        raise MultipleHeads(heads)
    return heads


def _identified(graph: Graph, name: str) -> str:
    if name in graph.revisions:
        return name
    if name in graph.labelled:
        return graph.labelled[name]
    found = [id_ for id_ in graph.revisions if id_.startswith(name)]
    found += [id_ for label, id_ in graph.labelled.items() if label.startswith(name)]
    found = list(dict.fromkeys(found))
    if len(found) == 1:
        return found[0]
    if found:
        listed = "\n".join(f"  {id_}  {graph.revisions[id_].message}" for id_ in found[:10])
        raise AmbiguousRevision(
            f"{name!r} begins {len(found)} revision ids:\n{listed}", hint="Type more of it."
        )
    near = did_you_mean(name, [*graph.revisions, *graph.labelled])
    raise UnknownRevision(
        f"There is no revision {name!r} among {counted(len(graph.revisions), 'script')}.{near}",
        hint="See them all: flask db history",
    )


def _walk(
    graph: Graph, start: tuple[str, ...], steps: int, branch: set[str] | None, symbol: str
) -> tuple[str, ...]:
    """Go ``steps`` revisions up (positive) or down from ``start``."""
    here = start
    for done in range(abs(steps)):
        following = _up(graph, here, branch) if steps > 0 else _down(graph, here, branch)
        if following is None:
            way = "after" if steps > 0 else "before"
            place = " or ".join(here) or "the base"
            raise InvalidTarget(
                f"{symbol!r} goes {counted(abs(steps), 'step')}, and after {done} of them there "
                f"is no revision {way} {place}.",
                hint="See the order: flask db history",
            )
        if len(following) > 1:
            raise InvalidTarget(
                f"{symbol!r} is ambiguous: it could be {' or '.join(following)}.",
                hint="Name the branch: label@+1, or the revision itself.",
            )
        here = following
    return here


def _up(graph: Graph, here: tuple[str, ...], branch: set[str] | None) -> tuple[str, ...] | None:
    found: Iterable[str] = graph.bases if not here else graph.children.get(here[0], ())
    if len(here) > 1:
        return here
    kept = tuple(id_ for id_ in found if branch is None or id_ in branch)
    return kept or None


def _down(graph: Graph, here: tuple[str, ...], branch: set[str] | None) -> tuple[str, ...] | None:
    if not here:
        return None
    if len(here) > 1:
        return here
    parents = graph.revisions[here[0]].parents
    return tuple(id_ for id_ in parents if branch is None or id_ in branch) if parents else ()


# --- targets --------------------------------------------------------------------------------------


def upgrade_target(graph: Graph, symbol: str, rows: Sequence[str]) -> tuple[str, ...]:
    """Return the ids that an upgrade to ``symbol`` has to apply (with what they require)."""
    if re.fullmatch(r"(?:[^@+]+@)?-\d+", symbol):
        raise InvalidTarget(
            f"{symbol!r} goes down; upgrade goes up.", hint=f"flask db downgrade {symbol}"
        )
    return resolve(graph, symbol, rows)


def undone_by(graph: Graph, symbol: str, rows: Sequence[str]) -> set[str]:
    """Return the applied ids that a downgrade to ``symbol`` has to undo.

    Raises InvalidTarget where the target is not applied, or cannot be reached downwards.
    """
    if re.fullmatch(r"(?:[^@+]+@)?\+\d+", symbol):
        raise InvalidTarget(
            f"{symbol!r} goes up; downgrade goes down.", hint=f"flask db upgrade {symbol}"
        )
    applied = graph.ancestors(rows)
    if not applied:
        return set()
    label, name, _ = _parts(graph, symbol)
    branch = None if label is None else lineage(graph, label)
    targets = resolve(graph, symbol, rows)
    if not targets:
        roots = graph.bases if branch is None else [b for b in graph.bases if b in branch]
        return graph.descendants(roots) & applied
    missing = [id_ for id_ in targets if id_ not in applied]
    if missing:
        raise InvalidTarget(
            f"{missing[0]} is not applied, so there is nothing to go back to it from: "
            f"the database is at {', '.join(rows)}.",
            hint=f"flask db upgrade {missing[0]}",
        )
    above = {c for t in targets for c in graph.children.get(t, ())}
    if branch is not None:
        above &= branch
    if name == "" and label is None and len(graph.known(rows)) > 1:
        raise InvalidTarget(
            f"{symbol!r} is ambiguous: the database is at {', '.join(rows)}.",
            hint="Name the branch (label@-1) or the revision to go back to.",
        )
    return graph.descendants(above) & applied


def parse_range(symbol: str) -> tuple[str, str] | None:
    """Return the two ends of ``start:end``; None where there is no colon (InvalidRange)."""
    if ":" not in symbol:
        return None
    start, _, end = symbol.partition(":")
    if ":" in end:
        raise InvalidRange(
            f"{symbol!r} has more than one colon.", hint="A range is start:end, start: or :end"
        )
    return start.strip(), end.strip()


def history_range(graph: Graph, symbol: str, rows: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the ids of a range, both ends included, in the order in which they are applied.

    Raises InvalidRange, and InvalidTarget where the ends are not on one line.
    """
    ends = parse_range(symbol)
    if ends is None:
        raise InvalidRange(
            f"{symbol!r} is no range.", hint="flask db history -r start:end, start: or :end"
        )
    start, end = ends
    upper = graph.heads if not end else ()
    lower: tuple[str, ...] = ()
    if start.startswith("-"):
        upper = upper or resolve(graph, end, rows)
        lower = _walk(graph, upper, int(start), None, start)
    elif start:
        lower = resolve(graph, start, rows)
    if end:
        relative = end.startswith("+")
        upper = _walk(graph, lower, int(end), None, end) if relative else resolve(graph, end, rows)
    chosen = graph.ancestors(upper)
    if lower:
        chosen &= graph.descendants(lower)
        if not chosen:
            raise InvalidTarget(f"{end or 'head'} does not come after {start}.")
    return graph.ordered(chosen)
