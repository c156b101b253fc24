"""Changing many rows in batches, each with a checkpoint in the journal.

The rows are taken in the order of a key: a batch ends at the key of its last row, and that key is
written into the journal in the same transaction.  So a row is changed exactly once, also by a run
that goes on where another one was killed.
"""

from __future__ import annotations

import ast
import operator
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from ..dialects.waits import Limits
from ..errors import InvalidOperation
from ..operations.data import Backfill
from ..schema.objects import Table
from ..schema.scope import Scope
from ..schema.written import Written
from . import journal
from .session import Session
from .watch import Watch

#: Told how many rows were passed, and about how many there are.
Telling = Callable[[int, int], None]
_COMPARE = {">": operator.gt, "<": operator.lt, "<=": operator.le}
#: What a key may consist of, beside what Python writes as literals.
_OTHERS: dict[str, Callable[[str], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "Decimal": Decimal,
    "UUID": UUID,
}


def nobody(passed: int, total: int) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Batches:
    """One backfill on its way: ``last`` is the key of the last row that is done."""

    session: Session
    operation: Backfill
    table: Table
    key: tuple[str, ...]
    last: tuple[Any, ...] | None = None
    passed: int = 0

    def condition(self, compare: str, values: Sequence[Any]) -> Any:
        """Return that the key is greater than ``values`` (``>``), or not (``<=``)."""
        columns: list[Any] = [sa.column(name) for name in self.key]
        bound = [self._bound(name, value) for name, value in zip(self.key, values)]
        if self.session.dialect.compares_rows or len(columns) == 1:
            left = sa.tuple_(*columns) if len(columns) > 1 else columns[0]
            right = sa.tuple_(*bound) if len(columns) > 1 else bound[0]
            return _COMPARE[compare](left, right)
        ways = []  # The server finds its way along an index by these alone.
        for place, (column, value) in enumerate(zip(columns, bound)):
            is_end = place == len(columns) - 1
            compared = _COMPARE[compare if is_end else compare[0]](column, value)
            equal = [c == v for c, v in zip(columns[:place], bound)]
            ways.append(sa.and_(*equal, compared))
        return sa.or_(*ways)

    def _bound(self, name: str, value: Any) -> Any:
        column = self.table.column(name)
        if column is None or not self.session.dialect.keys_as_text:
            return sa.literal(value)
        return sa.cast(sa.literal(value), Written(column.type.text))

    def end(self) -> tuple[Any, ...] | None:
        """Return the key of the last row of the next batch; None: fewer rows are left."""
        columns: list[Any] = [sa.column(name) for name in self.key]
        is_text = self.session.dialect.keys_as_text
        read = [sa.cast(c, sa.Text).label(c.name) if is_text else c for c in columns]
        query = sa.select(*read).select_from(self._source())
        if self.last is not None:
            query = query.where(self.condition(">", self.last))
        # A label of the same name would be what is sorted by.
        order: list[Any] = [sa.literal_column(self._qualified(name)) for name in self.key]
        query = query.order_by(*order).offset(self.operation.batch - 1).limit(1)
        row = self.session.connection.execute(query).first()
        return None if row is None else tuple(row)

    def _source(self) -> Any:
        return sa.table(self.table.name.name, schema=self.table.name.schema)

    def _qualified(self, name: str) -> str:
        ddl: Any = self.session.dialect.ddl
        return f"{ddl.table_name(self.table.name)}.{ddl.quote(name)}"

    def change(self, end: tuple[Any, ...] | None) -> None:
        """Change the rows up to a key; those that are left where it is None."""
        update = self.operation.element
        if self.last is not None:
            update = update.where(self.condition(">", self.last))
        if end is not None:
            update = update.where(self.condition("<=", end))
        self.session.connection.execute(update)


def prepared(session: Session, operation: Backfill) -> Batches:
    """Look at the table before anything is committed.  Raises InvalidOperation."""
    table = _table(session, operation)
    return Batches(session, operation, table, key_of(session, table, operation))


def fill(work: Batches, watch: Watch, sql: str, limits: Limits | None, tell: Telling) -> None:
    """Carry a backfill out, between two transactions; statements may wait without ``limits``."""
    found = watch.begin_batches(sql)
    if found is None:
        return  # It was done before an interruption.
    position, reached = found
    if reached:
        work.last, work.passed = read(reached)
    watch.mine(lambda: _fill(work, watch, position, limits, tell))
    watch.doubt = None


def _fill(work: Batches, watch: Watch, position: int, limits: Limits | None, tell: Telling) -> None:
    session, name = work.session, work.table.name
    total = session.dialect.sizes([name])[name].number
    session.dialect.unlimit()
    session.commit()
    tell(work.passed, total)
    for passed in _each(work, watch, position):
        tell(passed, max(total, passed))
        time.sleep(work.operation.pause)
    total = max(total, work.passed)
    tell(total, total)
    if limits is not None:
        session.dialect.limit(limits)
        session.commit()


def _each(work: Batches, watch: Watch, position: int) -> Iterator[int]:
    """Commit one batch after the other; yield how many rows were passed after each but the last."""
    session = work.session
    while True:
        session.connection.begin()
        session.dialect.ensure_begun()
        end = work.end()
        work.change(end)
        if end is None:
            session.journal.mark(watch.unfinished, position, journal.DONE)
            session.dialect.check()
            session.commit()
            return
        work.last, work.passed = end, work.passed + work.operation.batch
        session.journal.reach(watch.unfinished, position, written(work.last, work.passed))
        session.commit()
        yield work.passed


def _table(session: Session, operation: Backfill) -> Table:
    name = operation.table
    scope = Scope(schemas=(name.schema,), only=frozenset((name,)))
    table = session.dialect.inspect(scope).table(name)
    if table is None:
        raise InvalidOperation(f"backfill of {name}: there is no such table.")
    absent = [c for c, _ in operation.values if table.column(c) is None]
    if absent:
        raise InvalidOperation(f"backfill of {name}: it has no column {absent[0]}.")
    return table


def key_of(session: Session, table: Table, operation: Backfill) -> tuple[str, ...]:
    """Return the columns by which rows are taken.  Raises InvalidOperation."""
    required = {column.name for column in table.columns if not column.nullable}
    fit = required - {column for column, _ in operation.values}
    for key in [operation.key] if operation.key else _keys(table):
        if fit.issuperset(key):
            return key
    if not operation.key and dict(table.options).get("sqlite_with_rowid") is not False:
        names = {column.name.lower() for column in table.columns}
        for name in session.dialect.row_names:
            if name not in names:
                return (name,)
    what = f"the key {', '.join(operation.key)} has a" if operation.key else "every key has a"
    raise InvalidOperation(
        f"backfill of {table.name}: {what} column that may be NULL, is changed, or is not there.",
        hint="Name columns that are unique and never NULL: op.backfill(…, key=['id'])\n"
        "Or change all rows at once: op.execute('UPDATE …')",
    )


def _keys(table: Table) -> list[tuple[str, ...]]:
    keys = [table.primary_key.columns] if table.primary_key is not None else []
    return keys + [unique.columns for unique in table.uniques]


# --- checkpoints ------------------------------------------------------------------------------


def written(key: Sequence[Any], passed: int) -> str:
    """Return a checkpoint as text.  Raises InvalidOperation for a key of another kind."""
    return repr((tuple(map(_written, key)), passed))


def _written(value: Any) -> Any:
    if type(value) in (int, float, str, bytes, bool):
        return ("", value)
    kind = type(value).__name__
    if kind in _OTHERS:
        return (kind, value.isoformat() if isinstance(value, date) else str(value))
    raise InvalidOperation(
        f"backfill: a key of type {kind} cannot be kept as a checkpoint.",
        hint="Name another key: op.backfill(…, key=['id'])",
    )


def read(text: str) -> tuple[tuple[Any, ...], int]:
    """Read a checkpoint back: the key, and how many rows were passed."""
    key, passed = ast.literal_eval(text)
    return tuple(_OTHERS[kind](value) if kind else value for kind, value in key), passed
