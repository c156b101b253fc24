"""The log of what was applied: reading it, and dropping it on the way back to other tools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..run.log import Record
from ..run.session import Session
from ..settings import Settings
from . import reading
from . import visiting


@dataclass(frozen=True, slots=True)
class Logged:
    """The log of one database, newest first."""

    database: str
    label: str
    records: tuple[Record, ...]


def log(
    settings: Settings,
    revision: str | None = None,
    *,
    limit: int | None = None,
    sources: bool = True,
) -> tuple[Logged, ...]:
    """Return what was applied, undone and recorded in each database, newest first.

    ``revision`` is an id or its beginning, of which there may be no script any more.  Without
    ``sources`` the scripts are left out.  A database without a log has an empty one.
    """

    def work(opened: Session) -> Logged:
        with opened.reading():
            most = None if revision else limit
            records = opened.log.read(limit=most, sources=sources)
        if revision:
            records = tuple(r for r in records if r.revision.startswith(revision))[:limit]
        return Logged(reading.name_of(opened.database), opened.database.label, records)

    return visiting.visit(settings, work)


def drop_log(settings: Settings, waiting: Callable[[str], None]) -> tuple[str, ...]:
    """Drop the log of each database, under the migration lock; return which had one."""

    def work(opened: Session) -> str:
        with opened.locked(waiting), opened.transaction():
            return opened.database.label if opened.log.drop() else ""

    return tuple(filter(None, visiting.visit(settings, work)))
