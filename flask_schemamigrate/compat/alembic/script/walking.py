"""Relative identifiers, and the revisions of an upgrade or a downgrade."""

from __future__ import annotations

import re
from typing import Any

from .. import util
from .errors import RangeNotAncestorError
from .errors import RevisionError

_RELATIVE = re.compile(r"(?:(.+?)@)?(\w+)?((?:\+|-)\d+)")


def walk(
    map_: Any, start: Any, steps: int, branch_label: str | None = None, no_overwalk: bool = True
) -> Any:
    """Go ``steps`` up or down from a revision; "base" is below the first one.

    None where that leads off the end and ``no_overwalk`` is set, else the end.
    """
    here = map_.get_revision(start) if isinstance(start, str) else start
    for _ in range(abs(steps)):
        following: Any
        if steps > 0:
            following = map_.get_revisions(
                map_.bases if here is None or here == "base" else tuple(sorted(here.nextrev))
            )
            if branch_label:
                following = map_.filter_for_lineage(following, branch_label)
        elif here == "base":
            following = ()
        else:
            below = map_.heads if here is None else here.down_revision
            following = map_.get_revisions(below) or ("base",)
        if not following:
            return None if no_overwalk else here
        if len(following) > 1:
            raise RevisionError("Ambiguous walk")
        here = following[0]
    return here


def _too_short(text: str, steps: int) -> RevisionError:
    return RevisionError(f"Relative revision {text} didn't produce {abs(steps)} migrations")


def upgrade_targets(map_: Any, current: Any, target: Any, exact: bool) -> tuple[Any, ...]:
    """Return the revisions that an upgrade goes to."""
    found = _RELATIVE.match(target) if isinstance(target, str) else None
    if found is None or target in map_._revision_map:
        return map_.get_revisions(target)  # type: ignore[no-any-return]
    branch_label, symbol, text = found.groups()
    steps = int(text)
    if symbol is None:
        if steps <= 0:
            raise _too_short(text, steps)
        start = _start(map_, current, branch_label)
        reached = walk(map_, start, steps, branch_label, exact)
        if reached is None:
            if exact:
                raise _too_short(text, steps)
            return ()
        return (reached,)
    if steps > 0:
        return (walk(map_, map_.get_revision(symbol), steps, branch_label, exact),)
    whole = f"{branch_label}@{symbol}" if branch_label else symbol
    return (walk(map_, map_.get_revision(whole), steps, None, exact),)


def _start(map_: Any, current: Any, branch_label: str | None) -> Any:
    """Return where ``+N`` starts: the applied head, of a branch where one is named."""
    starts: tuple[Any, ...] = util.to_tuple(current, default=()) or (None,)
    if branch_label:
        now = map_.get_revisions(starts)
        starts = map_.filter_for_lineage([r for r in now if r is not None], branch_label)
        if not starts:
            # The branch has not begun: go down to where it leaves what is applied.
            active = map_.filter_for_lineage(map_._get_ancestor_nodes(now), branch_label)
            below = {name for r in active for name in r._normalized_down_revisions}
            starts = tuple(r for r in active if r.revision not in below) or (None,)
    if len(starts) > 1:
        raise RevisionError("Ambiguous upgrade from multiple current revisions")
    return starts[0]


def collect_upgrade(
    map_: Any, upper: Any, lower: Any, inclusive: bool, implicit_base: bool, exact: bool
) -> tuple[set[Any], tuple[Any, ...]]:
    """Return what lies between, and the revisions that it goes to."""
    targets = upgrade_targets(map_, lower, upper, exact)
    if isinstance(lower, str) and "@" in lower:
        branch = lower.partition("@")[0]
        named = map_.get_revision(branch)
        if named is not None and named.revision == branch:
            (branch,) = named.branch_labels
        targets = tuple({need for need in targets if branch in need.branch_labels})
    required = set(map_._get_ancestor_nodes(targets, check=True)) | set(targets)
    current = map_.get_revisions(lower)
    real = [revision for revision in current if revision is not None and revision != "base"]
    if not implicit_base and any(revision not in required for revision in real):
        raise RangeNotAncestorError(lower, upper)
    done = set(map_._get_ancestor_nodes(real, check=True)) | set(real)
    needs = required - done - {None}
    if inclusive:
        needs.update(real)
    if real and not implicit_base:
        needs.intersection_update(map_._get_descendant_nodes(real, check=False))
    return needs, tuple(target for target in targets if target is not None)


def downgrade_target(map_: Any, current: Any, target: Any, exact: bool) -> tuple[Any, Any]:
    """Return the branch that a downgrade is about, if it names one, and where it goes to."""
    if target is None:
        return None, None
    found = _RELATIVE.match(target)
    if found is None or target in map_._revision_map:
        branch, _, symbol = target.rpartition("@")
        return branch or None, map_.get_revision(symbol)
    branch_label, symbol, text = found.groups()
    steps = int(text)
    if steps >= 0:
        if symbol is None:
            raise _too_short(text, steps)
        reached = walk(map_, symbol, steps, branch_label, exact)
    else:
        is_relative = symbol is None
        if is_relative:
            branch_label, symbol = _top(map_, current, branch_label, text, steps)
        whole = symbol if branch_label is None else f"{branch_label}@{symbol}"
        reached = walk(map_, map_.get_revision(whole), steps, None, exact)
        if reached is None and is_relative:
            raise _too_short(text, steps)
    if reached is None:
        raise RevisionError("Walked too far")
    return branch_label, reached


def _top(
    map_: Any, current: Any, branch_label: str | None, text: str, steps: int
) -> tuple[str, str]:
    """Return the branch and the revision from which ``-N`` counts."""
    rows = util.to_tuple(current, default=())
    if branch_label:
        here = list(map_.filter_for_lineage(rows, branch_label))
        if not here:
            # The branch is below another one that depends on it.
            tips = map_.filter_for_lineage(all_current(map_, rows), branch_label)
            here = [tip.revision for tip in tips]
        if len(here) != 1:
            raise _too_short(text, steps)
        return branch_label, here[0]
    if not rows:
        raise _too_short(text, steps)
    if len(set(rows)) > 1:
        util.warn(
            f"downgrade {text} from multiple heads is ambiguous; this usage will be disallowed in "
            "a future release."
        )
    return rows[0], rows[0]


def all_current(map_: Any, rows: Any) -> set[Any]:
    """Return the applied revisions that are tips of their branch, dependencies included."""
    top = set(map_.get_revisions(rows))
    top.update(map_._get_ancestor_nodes(list(top), include_dependencies=True))
    top.discard(None)
    below = {name for revision in top for name in revision._versioned_down_revisions}
    return {revision for revision in top if revision.revision not in below}


def collect_downgrade(
    map_: Any, upper: Any, lower: Any, inclusive: bool, implicit_base: bool, exact: bool
) -> tuple[set[Any], tuple[Any, ...]]:
    """Return what a downgrade undoes, and the applied heads."""
    branch_label, target = downgrade_target(map_, upper, lower, exact)
    if target == "base":
        target = None
    if target is None:
        roots = [r for r in map_._revisions() if r.down_revision is None]
    elif inclusive:
        roots = [target]
    else:
        roots = list(map_.get_revisions(tuple(sorted(target.nextrev))))
    if branch_label and len(roots) > 1:
        line = map_._get_ancestor_nodes(
            [map_._resolve_branch(branch_label)], include_dependencies=False
        )
        names = {revision.revision for revision in line}
        roots = [root for root in roots if root.revision in names]
        if not roots:
            raise RevisionError("Not a valid downgrade target from current heads")
    heads = map_.get_revisions(upper)
    undone = set(map_._get_descendant_nodes(roots))
    active = set(map_._get_ancestor_nodes(heads))
    undone &= active
    if implicit_base:
        undone |= active - set(map_._get_ancestor_nodes(roots))
    if target is not None and not undone and target not in heads:
        raise RangeNotAncestorError("Nothing to drop", upper)
    return undone, heads
