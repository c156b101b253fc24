"""What a statement does to tables, measured on a copy: the weakest way that the server accepts.

ALTER TABLE, CREATE INDEX and DROP INDEX may say by which algorithm and under which lock they are to
run, and are refused (errors 1845, 1846) where that cannot be.  So each is tried from the gentlest
to the roughest, and what is accepted is the verdict.  A refusal does nothing.
https://mariadb.com/kb/en/innodb-online-ddl-overview/
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import DBAPIError

from ...operations.data import BulkInsert
from ...operations.data import Execute
from ...operations.indexes import DropIndex
from ...operations.tables import CreateTable
from ...steps import Blocks
from ...steps import Effect
from ...steps import Lock
from ...steps import Step
from .facts import Facts

#: ER_ALTER_OPERATION_NOT_SUPPORTED, the same with a reason, ER_UNKNOWN_ALTER_ALGORITHM,
#: ER_PARSE_ERROR.
_REFUSALS = (1845, 1846, 1800)
_SYNTAX = 1064
LOCKS: dict[str, Blocks] = {
    "NONE": "nothing",
    "SHARED": "writes",
    "EXCLUSIVE": "reads and writes",
}


def measure(facts: Facts, step: Step, run: Callable[[Step], None]) -> Effect:
    """Run a step and return by which algorithm and under which lock it could run."""
    asserting = _asserting(step.sql)
    if asserting is None:
        run(step)
        return known(step)
    for algorithm, lock in _ladder(facts):
        try:
            run(replace(step, sql=asserting.format(algorithm, lock)))
        except DBAPIError as error:
            number = _number(error)
            if number == _SYNTAX:  # Partitions and sequences take no such clauses.
                break
            if number not in _REFUSALS:
                raise
        else:
            return _effect(facts, step, algorithm, lock)
    run(step)
    return known(step)


def _asserting(sql: str) -> str | None:
    """Return a statement with places for the two clauses; None for one that takes none."""
    words = sql.upper().split()
    text = sql.replace("{", "{{").replace("}", "}}")
    if words[:2] == ["ALTER", "TABLE"]:
        return text + ", ALGORITHM={}, LOCK={}"
    if words[:1] == ["CREATE"] and "INDEX" in words[1:3]:
        return text + " ALGORITHM={} LOCK={}"
    if words[:2] == ["DROP", "INDEX"]:
        # MariaDB's DROP INDEX takes no clauses; it means this one.
        index, _, table = text[len("DROP INDEX ") :].rpartition(" ON ")
        return f"ALTER TABLE {table} DROP INDEX {index}, ALGORITHM={{}}, LOCK={{}}"
    return None


def _ladder(facts: Facts) -> Iterator[tuple[str, str]]:
    for algorithm in ("INSTANT", *(("NOCOPY",) if facts.mariadb else ()), "INPLACE", "COPY"):
        for lock in LOCKS:
            yield algorithm, lock


def _number(error: DBAPIError) -> int:
    arguments: Any = getattr(error.orig, "args", ())
    return int(arguments[0]) if arguments and isinstance(arguments[0], int) else 0


def _effect(facts: Facts, step: Step, algorithm: str, lock: str) -> Effect:
    tables = _tables(step)
    locks = tuple(Lock(table, lock, LOCKS[lock]) for table in tables if lock != "NONE")
    # MySQL knows no NOCOPY: what INPLACE means there is not known.
    rewrites = algorithm == "COPY" or (algorithm == "INPLACE" and facts.mariadb)
    scans = algorithm == "NOCOPY" and not isinstance(step.operation, DropIndex)
    return Effect(locks, tables if rewrites else (), tables if scans else (), algorithm, True)


def _tables(step: Step) -> tuple[str, ...]:
    names = step.operation.touches() if step.operation is not None else ()
    return tuple(str(name) for name in names[:1])


def known(step: Step) -> Effect:
    """Return what is known of a statement that could not be measured."""
    if isinstance(step.operation, (Execute, BulkInsert, CreateTable)) or step.operation is None:
        return Effect()
    locks = (Lock(table, "metadata lock", "reads and writes") for table in _tables(step))
    return Effect(tuple(locks))
