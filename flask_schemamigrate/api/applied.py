"""The peers' ``on_version_apply``: called in the transaction of each revision, after its rows.

For ``stamp`` it is called for each of the steps that Alembic makes of it, in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from functools import cache
from typing import Any

from ..compat.names import alembic_names
from ..history.folder import Folder
from ..history.graph import Direction
from ..history.graph import Graph
from ..history.graph import Move
from ..run.session import Session


def telling(opened: Session) -> Callable[[Move], None] | None:
    """Return what is to be called for each move; None where nobody wants to hear."""
    told = _telling(opened)
    if told is None:
        return None

    def tell(move: Move) -> None:
        up = move.direction is Direction.UP
        told(up, False, (move.revision.id,), move.revision.parents, move.after)

    return tell


def telling_stamp(
    opened: Session,
    graph: Graph,
    before: Sequence[str],
    after: Sequence[str],
    targets: Sequence[str],
) -> Callable[[], None] | None:
    """Return what is to be called when rows are stamped; None where nobody wants to hear."""
    told = _telling(opened)
    if told is None or set(before) == set(after):
        return None
    steps = _steps(opened, before, after, targets)
    if not steps:
        come = tuple(row for row in after if row not in before)
        gone = tuple(row for row in before if row not in after)
        steps = [(not set(come) <= graph.ancestors(gone), gone, come, after)]

    def tell() -> None:
        for up, gone, come, heads in steps:
            told(up, True, come if up else gone, gone if up else come, heads)

    return tell


_Step = tuple[bool, Sequence[str], Sequence[str], Sequence[str]]


def _steps(
    opened: Session, before: Sequence[str], after: Sequence[str], targets: Sequence[str]
) -> list[_Step]:
    """Return the steps of a stamp: up or down, rows that go, rows that come, rows then.

    There are none where Alembic would not come to the same rows.
    """
    heads, steps = set(before), list[_Step]()
    with alembic_names():
        from ..compat.alembic.script.stamping import stamp_steps
        from ..compat.alembic.util import CommandError

        try:
            found = stamp_steps(_revisions(opened), tuple(targets), tuple(before))
        except CommandError:
            return []
    for step in found:
        heads = (heads - set(step.from_)) | set(step.to_)
        steps.append((step.is_upgrade, step.from_, step.to_, sorted(heads)))
    return steps if heads == set(after) else []


def _revisions(opened: Session) -> Any:
    from ..compat.alembic.script import ScriptDirectory

    folder = Folder.of(opened.settings)
    places = [str(place) for place in folder.locations]
    return ScriptDirectory(str(folder.directory), version_locations=places).revision_map


def _telling(opened: Session) -> Callable[..., None] | None:
    """Return what calls the callbacks."""
    wanted = opened.settings.options.get("on_version_apply") or ()
    callbacks: Sequence[Callable[..., Any]] = (wanted,) if callable(wanted) else tuple(wanted)
    if not callbacks:
        return None

    @cache
    def context() -> Any:
        from ..compat.alembic.runtime.migration import MigrationContext

        settings = opened.settings
        names = {
            "version_table": settings.version_table,
            "version_table_schema": settings.version_table_schema,
        }
        return MigrationContext.configure(
            opened.connection, opts={**settings.options, **names, "on_version_apply": ()}
        )

    @cache
    def revisions() -> Any:
        return _revisions(opened)

    def tell(
        up: bool, is_stamp: bool, upper: Sequence[str], lower: Sequence[str], after: Sequence[str]
    ) -> None:
        from ..compat.alembic.runtime.migration import MigrationInfo

        with alembic_names():
            info = MigrationInfo(
                revision_map=revisions(),
                is_upgrade=up,
                is_stamp=is_stamp,
                up_revisions=upper,
                down_revisions=lower,
            )
            for callback in callbacks:
                callback(
                    ctx=context(),
                    step=info,
                    heads=set(after),
                    run_args=dict(opened.arguments or {}),
                )

    return tell
