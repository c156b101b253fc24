"""What a statement does to tables, measured on a copy: locks, rewrites, scans.

Locks come from ``pg_locks``, a rewrite is a table with another file, a scan is counted by the
statistics of the transaction.  Verdicts do not depend on the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...steps import Blocks
from ...steps import Effect
from ...steps import Lock
from ...steps import Step

#: What each mode keeps others from: https://www.postgresql.org/docs/15/explicit-locking.html
MODES: dict[str, tuple[str, Blocks]] = {
    "AccessExclusiveLock": ("ACCESS EXCLUSIVE", "reads and writes"),
    "ExclusiveLock": ("EXCLUSIVE", "writes"),
    "ShareRowExclusiveLock": ("SHARE ROW EXCLUSIVE", "writes"),
    "ShareLock": ("SHARE", "writes"),
    "ShareUpdateExclusiveLock": ("SHARE UPDATE EXCLUSIVE", "schema changes"),
    "RowExclusiveLock": ("ROW EXCLUSIVE", "nothing"),
    "RowShareLock": ("ROW SHARE", "nothing"),
}
_STRENGTH = list(MODES)

_TABLES = sa.text("""
SELECT c.oid::bigint, n.nspname::text, c.relname::text, pg_catalog.pg_relation_filenode(c.oid),
       pg_catalog.pg_stat_get_xact_numscans(c.oid),
       pg_catalog.pg_table_is_visible(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg\\_%'
  AND n.nspname <> 'information_schema'
""")
_LOCKS = sa.text("""
SELECT l.relation::bigint, l.mode FROM pg_catalog.pg_locks l
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted
""")


@dataclass(frozen=True, slots=True)
class State:
    """The tables by oid, as (name, file, scans), and the locks held on them."""

    tables: dict[int, tuple[str, int | None, int]]
    locks: frozenset[tuple[int, str]]

    @classmethod
    def of(cls, connection: Connection) -> State:
        """Look at the open transaction."""
        locks = frozenset((oid, mode) for oid, mode in connection.execute(_LOCKS))
        tables = {
            oid: (name if visible else f"{schema}.{name}", file, scans)
            for oid, schema, name, file, scans, visible in connection.execute(_TABLES)
        }
        return cls(tables, locks)


def measure(connection: Connection, step: Step, run: Callable[[Step], None]) -> Effect:
    """Run a step and return what it did; what commits by itself leaves nothing to see."""
    if not step.transactional:
        run(step)
        return _concurrent(step)
    if connection.in_transaction() and not connection.in_nested_transaction():
        connection.commit()  # Locks are held to the end: those of earlier steps must be gone.
    before = State.of(connection)
    run(step)
    after = State.of(connection)
    return Effect(_locks(before, after), _rewrites(before, after), _scans(before, after), "", True)


def _locks(before: State, after: State) -> tuple[Lock, ...]:
    held: dict[str, str] = {}
    for oid, mode in after.locks - before.locks:
        if oid in before.tables and mode in MODES:
            name = before.tables[oid][0]
            strongest = min(mode, held.get(name, mode), key=_STRENGTH.index)
            held[name] = strongest
    return tuple(Lock(name, *MODES[mode]) for name, mode in sorted(held.items()))


def _rewrites(before: State, after: State) -> tuple[str, ...]:
    files = {oid: file for oid, (_, file, _) in after.tables.items()}
    return tuple(
        sorted(
            name
            for oid, (name, file, _) in before.tables.items()
            if oid in files and files[oid] != file
        )
    )


def _scans(before: State, after: State) -> tuple[str, ...]:
    now = {oid: scans for oid, (_, _, scans) in after.tables.items()}
    return tuple(
        sorted(
            name for oid, (name, _, scans) in before.tables.items() if now.get(oid, scans) > scans
        )
    )


def _concurrent(step: Step) -> Effect:
    """Return what is known of the statements that run outside a transaction."""
    operation = step.operation
    words = step.sql.upper().split()
    if operation is None or "CONCURRENTLY" not in words:
        return Effect()
    mode = MODES["ShareUpdateExclusiveLock"]
    locks = tuple(Lock(str(name), *mode) for name in operation.touches()[:1])
    scans = tuple(lock.table for lock in locks) if words[0] == "CREATE" else ()
    return Effect(locks, (), scans)
