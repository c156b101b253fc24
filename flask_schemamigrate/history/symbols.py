"""What people type for revisions: ids and parts of ids, ``head``, ``+2``, ``label@head-1``, ranges.

``rows`` are the applied heads, as the version table has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Sequence

from ..errors import AmbiguousRevision
from ..errors import counted
from ..errors import did_you_mean
from ..errors import InvalidRange
from ..errors import InvalidTarget
from ..errors import MultipleHeads
from ..errors import UnknownRevision
from .graph import Graph
from .revision import Revision

#: ``[label@][symbol][+N|-N]``; a symbol cannot have these signs in it.
_SYMBOL = re.compile(r"(?:(?P<label>[^@+]+)@)?(?P<name>[^@+]*?)(?P<steps>[+-]\d+)?")
#: Words that somebody may have meant.
_WORDS = ("head", "heads", "base", "current")
_UP = re.compile(r"\+\d+")
_DOWN = re.compile(r"-\d+")


def resolve(graph: Graph, symbol: str, rows: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return the ids that ``symbol`` stands for; ``base`` is ().

    ``+N`` alone counts from the applied revisions, ``-N`` alone from the newest one that there is.
    Where no database was asked (``rows`` is None), ``current`` stands for nothing.
    Raises UnknownRevision, AmbiguousRevision, MultipleHeads and InvalidTarget.
    """
    label, name, steps = _parts(graph, symbol)
    if name == "current" and rows is None:
        raise InvalidTarget(
            f"{symbol!r} depends on a database, and none is asked here.",
            hint="See where it is: flask db current\nThen name that revision.",
        )
    rows = rows or ()
    branch = None if label is None else lineage(graph, label)
    if name:
        start = _named(graph, name, branch, rows, symbol)
    elif steps < 0:
        start = _heads(graph, "head", branch)
    else:
        start = _reached(graph, branch, rows)
    return _walk(graph, start, steps, branch, symbol)


def one(graph: Graph, symbol: str, rows: Sequence[str] | None = None) -> Revision | None:
    """Return the single revision that ``symbol`` stands for; None for ``base``."""
    found = resolve(graph, symbol, rows)
    if len(found) > 1:
        raise MultipleHeads(found, f"{symbol!r} stands for {counted(len(found), 'revision')}.")
    return graph.revisions[found[0]] if found else None


def depends_on_rows(symbol: str) -> bool:
    """Whether a symbol, or an end of a range, stands for something that only a database knows."""
    start, _, end = (part.strip() for part in symbol.partition(":"))
    if _UP.fullmatch(end):  # It counts from the start.
        end = ""
    found = filter(None, map(_SYMBOL.fullmatch, (start, end)))
    return any(
        one["name"] == "current" or (not one["name"] and (one["steps"] or "").startswith("+"))
        for one in found
    )


def _parts(graph: Graph, symbol: str) -> tuple[str | None, str, int]:
    if symbol in graph.revisions or symbol in graph.labelled:
        return None, symbol, 0
    found = _SYMBOL.fullmatch(symbol.strip())
    if found is None or not (found["name"] or found["steps"]):
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
    if name == "current":
        return graph.known(rows) if branch is None else _current(graph, branch, rows, symbol)
    if name == "base":
        return ()
    if name in ("head", "heads"):
        return _heads(graph, name, branch)
    id_ = _identified(graph, name, branch)
    if branch is not None and id_ not in branch:
        raise UnknownRevision(
            f"{id_} is not on the branch that {symbol!r} names.",
            hint=f"Name it without the branch: {name}",
        )
    return (id_,)


def _current(graph: Graph, branch: set[str], rows: Sequence[str], symbol: str) -> tuple[str, ...]:
    """Return the applied tips of a branch.  Raises InvalidTarget where there are none: () would
    stand for the base."""
    here = tuple(row for row in graph.known(rows) if row in branch)
    here = here or tuple(id_ for id_ in graph.expand(rows) if id_ in branch)
    if not here:
        raise InvalidTarget(
            f"Nothing of the branch that {symbol!r} names is where the database is: {_at(rows)}.",
            hint="See where it is: flask db current",
        )
    return here


def _reached(graph: Graph, branch: set[str] | None, rows: Sequence[str]) -> tuple[str, ...]:
    """Return how far a branch is applied, down to the point where it leaves those that are."""
    applied = graph.ancestors(rows)
    if branch is None:
        return graph.tips(applied)
    here = tuple(row for row in graph.tips(applied) if row in branch)
    return here or graph.tips(applied & branch)


def _heads(graph: Graph, name: str, branch: set[str] | None) -> tuple[str, ...]:
    if branch is not None:
        heads = tuple(h for h in graph.heads if h in branch)
    else:
        heads = graph.heads if name == "head" else graph.real_heads
    if name == "head" and len(heads) > 1:
        raise MultipleHeads(heads)
    return heads


def _identified(graph: Graph, name: str, branch: set[str] | None = None) -> str:
    if name in graph.revisions:
        return name
    if name in graph.labelled:
        return graph.labelled[name]
    begun = [id_ for id_ in graph.revisions if id_.startswith(name)]
    begun += [id_ for label, id_ in graph.labelled.items() if label.startswith(name)]
    found = list(dict.fromkeys(begun))
    if len(found) > 1 and branch is not None:
        found = [id_ for id_ in found if id_ in branch] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(graph, name, found)
    near = did_you_mean(name.lower(), [*_WORDS, *graph.labelled, *graph.revisions])
    raise UnknownRevision(
        f"There is no revision {name!r} among {counted(len(graph.revisions), 'script')}.{near}",
        hint="See them all: flask db history",
    )


def _ambiguous(graph: Graph, name: str, found: Sequence[str]) -> AmbiguousRevision:
    listed = [f"  {id_}  {graph.revisions[id_].message}".rstrip() for id_ in found[:10]]
    if len(found) > 10:
        listed.append(f"  … and {len(found) - 10} more")
    return AmbiguousRevision(
        "\n".join([f"{name!r} begins {len(found)} revision ids:", *listed]),
        hint="Type more of it.",
    )


def _walk(
    graph: Graph,
    start: tuple[str, ...],
    steps: int,
    branch: set[str] | None,
    symbol: str,
    short: bool = False,
) -> tuple[str, ...]:
    """Go ``steps`` revisions up (positive) or down from ``start``; ``short`` stops at the end."""
    here = start
    for done in range(abs(steps)):
        following = _up(graph, here, branch) if steps > 0 else _down(graph, here, branch)
        if following is None and short:
            break
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
                hint="Name the branch (label@+1, label@-1), or the revision itself.",
            )
        here = following
    return here


def _up(graph: Graph, here: tuple[str, ...], branch: set[str] | None) -> tuple[str, ...] | None:
    if len(here) > 1:
        return here
    found: Iterable[str] = graph.bases if not here else graph.children.get(here[0], ())
    kept = tuple(id_ for id_ in found if branch is None or id_ in branch)
    return kept or None


def _down(graph: Graph, here: tuple[str, ...], branch: set[str] | None) -> tuple[str, ...] | None:
    if not here:
        return None
    if len(here) > 1:
        return here
    parents = graph.revisions[here[0]].parents
    return tuple(id_ for id_ in parents if branch is None or id_ in branch) or parents


def _at(rows: Sequence[str]) -> str:
    return f"the database is at {', '.join(rows) or 'the base'}"


# --- targets --------------------------------------------------------------------------------------


def upgrade_target(graph: Graph, symbol: str, rows: Sequence[str]) -> tuple[str, ...]:
    """Return the ids that an upgrade to ``symbol`` has to apply (with what they require)."""
    if re.fullmatch(r"(?:[^@+]+@)?-\d+", symbol):
        raise InvalidTarget(
            f"{symbol!r} goes down; upgrade goes up.", hint=f"flask db downgrade {symbol}"
        )
    return resolve(graph, symbol, rows)


def undone_by(graph: Graph, symbol: str, rows: Sequence[str]) -> set[str]:
    """Return the applied ids that a downgrade to ``symbol`` has to undo; none where the database
    is there already.

    Raises InvalidTarget where the target is not applied, or cannot be reached downwards.
    """
    if re.fullmatch(r"(?:[^@+]+@)?\+\d+", symbol):
        raise InvalidTarget(
            f"{symbol!r} goes up; downgrade goes down.", hint=f"flask db upgrade {symbol}"
        )
    label, name, steps = _parts(graph, symbol)
    branch = None if label is None else lineage(graph, label)
    if not name:
        return _stepped_down(graph, symbol, steps, branch, rows)
    applied = graph.ancestors(rows)
    targets = resolve(graph, symbol, rows)
    missing = [id_ for id_ in targets if id_ not in applied]
    if missing:
        raise InvalidTarget(
            f"{missing[0]} is not applied, so there is no way back to it: {_at(rows)}.",
            hint=f"flask db upgrade {missing[0]}",
        )
    return graph.descendants(_above(graph, targets, branch)) & applied


def _stepped_down(
    graph: Graph, symbol: str, steps: int, branch: set[str] | None, rows: Sequence[str]
) -> set[str]:
    """Return what ``-N`` or ``label@-N`` undoes: N revisions of one line and what stands on them.

    Other lines that this one depends on stay, even where it goes down to its base.
    """
    applied = graph.ancestors(rows)
    if not applied:
        return set()
    start = graph.tips(applied) if branch is None else _current(graph, branch, rows, symbol)
    if len(start) > 1:
        raise InvalidTarget(
            f"{symbol!r} is ambiguous: {_at(rows)}.",
            hint="Name the branch (label@-1) or the revision to go back to.",
        )
    line = graph.ancestors(start, dependencies=False)
    target = _walk(graph, start, steps, branch, symbol)
    return graph.descendants(_above(graph, target, line)) & applied


def _above(graph: Graph, targets: tuple[str, ...], branch: set[str] | None) -> set[str]:
    """Return what comes right after ``targets`` on a branch; after () the bases."""
    following = {c for t in targets for c in graph.children.get(t, ())}
    above = following if targets else set(graph.bases)
    return above if branch is None else above & branch


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


def history_range(graph: Graph, symbol: str, rows: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return the ids of a range, both ends included, in the order in which they are applied.

    Raises InvalidRange, and InvalidTarget where the ends are not on one line.
    """
    ends = parse_range(symbol)
    if ends is None:
        raise InvalidRange(
            f"{symbol!r} is no range.", hint="flask db history -r start:end, start: or :end"
        )
    start, end = ends
    upper = resolve(graph, end, rows) if end and not _UP.fullmatch(end) else graph.heads
    if _DOWN.fullmatch(start):
        lower = _walk(graph, upper, int(start), None, start, short=True)
    else:
        lower = resolve(graph, start, rows) if start else ()
    if _UP.fullmatch(end):
        upper = _walk(graph, lower, int(end), None, end, short=True)
    chosen = graph.ancestors(upper)
    if lower:
        line = graph.descendants(lower, dependencies=False)
        chosen = chosen & line or chosen & graph.descendants(lower)
        if not chosen:
            raise InvalidTarget(
                f"{end or 'head'} does not come after {start}.",
                hint="The older one comes first: flask db history -r older:newer",
            )
    return graph.ordered(chosen)
