"""Values of enumerations that go: rows that hold one must get another."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import TypeAlias

from ..operations.base import Operation
from ..operations.types import AlterEnum
from ..schema.names import Name
from ..schema.objects import Column
from ..schema.objects import Schema
from . import inline


@dataclass(frozen=True, slots=True)
class Vanishing:
    """A value that goes; ``left`` are the values that there are afterwards.

    ``holder`` is the type of the value, or the table of the ``column`` that lists it itself.
    ``users`` are the columns that can hold it, with whether they hold many at once (arrays), and
    ``rows`` how many rows of each do.
    """

    holder: Name
    column: str | None
    value: str
    left: tuple[str, ...]
    users: tuple[tuple[Name, str, bool], ...]
    rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        column = f".{self.column}" if self.column else ""
        return f"{self.holder}{column}.{self.value}"

    @property
    def flags(self) -> tuple[str, ...]:
        """What it may be called in ``--map``: by its type or by a column."""
        by_column = (f"{table}.{column}.{self.value}" for table, column, _ in self.users)
        return tuple(dict.fromkeys((str(self), *by_column)))

    @property
    def is_used(self) -> bool:
        """Whether a row holds it."""
        return any(self.rows)

    @property
    def situation(self) -> str:
        """What is the case: ``Value 'sad' goes, and 2 rows of user.mood hold it.``"""
        counted = [
            f"{count:,} {'row' if count == 1 else 'rows'} of {table}.{column}"
            for (table, column, _), count in zip(self.users, self.rows)
            if count
        ]
        verb = "holds" if sum(self.rows) == 1 else "hold"
        of = f" of type {self.holder}" if self.column is None else ""
        return f"Value {self.value!r}{of} goes, and {' and '.join(counted) or 'no row'} {verb} it."


#: What rows get in place of a value that goes.
Mapped: TypeAlias = Mapping[Vanishing, str]


def found(actual: Schema, wanted: Schema) -> Iterator[Vanishing]:
    """Yield the values that go, of types first; renames have been carried out."""
    for name, enum in wanted.enums.items():
        existing = actual.enums.get(name)
        users = tuple((t.name, c.name, is_many(c)) for t, c in actual.users(name))
        for value in existing.values if existing is not None else ():
            if value not in enum.values:
                yield Vanishing(name, None, value, enum.values, users)
    for name, table in wanted.tables.items():
        before = actual.table(name)
        for column in table.columns if before is not None else ():
            was = before.column(column.name) if before is not None else None
            if before is None or was is None or was.enum or column.enum:
                continue
            left = inline.restricted(table, column)
            for value in inline.listed_until_now(before, was, table) if left else ():
                if value.lower() not in {one.lower() for one in left} or (
                    value not in left and not inline.is_native(column)
                ):
                    user = (name, column.name, False)
                    yield Vanishing(name, column.name, value, left, (user,))


def is_many(column: Column) -> bool:
    """Whether a column of an enumerated type holds several values at once."""
    return str(column.type).endswith("]")


def inline_ones(mapped: Mapped) -> dict[tuple[Name, str, str], str]:
    """Return what rows get whose columns list their values themselves."""
    return {
        (one.holder, one.column, one.value): new
        for one, new in mapped.items()
        if one.column is not None
    }


def with_types(operations: Sequence[Operation], mapped: Mapped) -> tuple[Operation, ...]:
    """Return operations in which changes of types say what rows get."""
    found: list[Operation] = []
    for op in operations:
        if isinstance(op, AlterEnum):
            pairs = [(v, new) for v, new in mapped.items() if v.column is None]
            own = tuple((v.value, new) for v, new in pairs if v.holder == op.before.name)
            op = replace(op, mapped=tuple(pair for pair in own if pair[0] in op.removed))
        found.append(op)
    return tuple(found)
