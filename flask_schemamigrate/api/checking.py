"""Whether anything differs: ``check``."""

from __future__ import annotations

from collections.abc import Sequence

from ..settings import Settings
from ..steps import Plan
from . import reading
from .comparing import compare
from .decisions import Decisions
from .given import Difference
from .values import Changes
from .values import Planned


def check(
    settings: Settings, *, renames: Sequence[str] = (), include_unmanaged: bool = False
) -> tuple[Changes, ...]:
    """Return what is different between each database and its models; nothing is written.

    Raises NoModels, NotUpToDate and UnknownApplied.
    """
    return tuple(found.changes for found in _found(settings, renames, include_unmanaged))


def check_plan(
    settings: Settings, *, renames: Sequence[str] = (), include_unmanaged: bool = False
) -> tuple[tuple[Changes, ...], tuple[Planned, ...]]:
    """Return what :func:`check` finds, and the plan of it."""
    found = _found(settings, renames, include_unmanaged)
    changes = tuple(difference.changes for difference in found)
    if all(difference.is_empty for difference in found):
        return changes, tuple(Planned(one.database, one.label, Plan()) for one in changes)
    from .planning import of_differences

    return changes, of_differences(settings, found)


def _found(
    settings: Settings, renames: Sequence[str], include_unmanaged: bool
) -> tuple[Difference, ...]:
    graph = reading.folder(settings).read()
    return compare(settings, graph, Decisions(renames, include_unmanaged=include_unmanaged))
