"""The steps of ``stamp``: rows that change without a script that runs."""

from __future__ import annotations

from typing import Any

from .. import util
from ..runtime.steps import StampStep


def stamp_steps(map_: Any, revision: Any, heads: Any) -> list[StampStep]:
    """Return the steps that lead from the rows to a revision, or to several."""
    targets = [target for target in util.to_tuple(revision or "base", default=()) if target]
    rows = [row for row in map_.get_revisions(heads) if row is not None]
    concerned = [
        row
        for row in rows
        if any(
            row in map_.filter_for_lineage(rows, target, include_dependencies=True)
            for target in targets
        )
    ]
    steps: list[StampStep] = []
    for destination in map_.get_revisions(tuple(targets)) or [None]:
        if destination is None:
            steps += [StampStep(row.revision, None, False, True, map_) for row in concerned]
        elif destination not in concerned:
            steps.append(_step(map_, destination, concerned))
    return steps


def _step(map_: Any, destination: Any, rows: list[Any]) -> StampStep:
    """Return the step to a revision; it takes the rows of its line off the list."""
    above = set(map_._get_descendant_nodes([destination]))
    below = set(map_._get_ancestor_nodes([destination]))
    here = [row for row in rows if row in above] or [row for row in rows if row in below]
    if not here:
        return StampStep((), destination.revision, True, True, map_)
    goes_up = here[0] in below
    for row in here:
        rows.remove(row)
    return StampStep(tuple(r.revision for r in here), destination.revision, goes_up, False, map_)
