"""Several changes of one table, made together (``batch_alter_table``)."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from functools import reduce
from typing import Any
from typing import ClassVar
from typing import Literal

from ..errors import InvalidOperation
from ..schema.names import Name
from ..schema.objects import Schema
from .base import Operation
from .base import Tables
from .columns import DropColumn

#: In a batch's ``table_kwargs={"info": {UNNAMED: [names]}}``: names that are only for the script.
UNNAMED = "unnamed"
#: Beside it: names that a batch with a naming convention gives to what it drops, and else to none.
UNNAMED_BEFORE = "unnamed_before"


@dataclass(frozen=True, slots=True)
class Rebuild:
    """How ``batch_alter_table`` was asked to rebuild the table.

    ``copy_from`` is a SQLAlchemy ``Table`` that stands for the table's present definition, None
    where nothing is rebuilt (``run.copied``);
    ``table_args`` and ``reflect_args`` are SQLAlchemy constraints and columns; ``positions`` maps a
    column to the ``(before, after)`` neighbours that the script wants for it.
    """

    recreate: Literal["auto", "always", "never"] = "auto"
    copy_from: Any = None
    table_args: tuple[Any, ...] = ()
    table_kwargs: Mapping[str, Any] = field(default_factory=dict)
    reflect_args: tuple[Any, ...] = ()
    reflect_kwargs: Mapping[str, Any] = field(default_factory=dict)
    naming_convention: Mapping[str, str] | None = None
    partial_reordering: tuple[tuple[str, ...], ...] = ()
    positions: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)


def require_columns(given: Any, table: Name, present: Collection[str], folds: bool = False) -> None:
    """Raise InvalidOperation where ``given``, a ``copy_from``, has columns that ``table`` has not.

    ``folds``: whether a name is the same in upper and in lower case.
    """
    fold = str.lower if folds else str
    known = {fold(name) for name in present}
    strange = [column.name for column in given.columns if fold(column.name) not in known]
    if strange:
        raise InvalidOperation(
            f"copy_from has {', '.join(strange)}, and {table} has no such column.",
            hint=f"It has: {', '.join(present)}",
        )


@dataclass(frozen=True, slots=True)
class AlterTable(Operation):
    """Changes of one table that a database may make in one go (a rebuild, a single ALTER)."""

    table: Name
    operations: tuple[Operation, ...]
    rebuild: Rebuild = field(default=Rebuild(), compare=False)
    kind: ClassVar[str] = "alter_table"
    mark: ClassVar[str] = "~"

    def apply(self, schema: Schema) -> Schema:
        """Apply the changes one after the other."""
        return reduce(lambda state, operation: operation.apply(state), self.operations, schema)

    def inverse(self, before: Schema) -> Operation:
        """Undo the changes, the last one first."""
        undone: list[Operation] = []
        state = before
        for operation in self.operations:
            undone.append(operation.inverse(state))
            state = operation.apply(state)
        return AlterTable(self.table, tuple(reversed(undone)), self.rebuild)

    def describe(self) -> str:
        """The sentences of the changes, joined."""
        return "; ".join(operation.describe() for operation in self.operations)

    def touches(self) -> tuple[Name, ...]:
        """Whatever the changes touch."""
        return tuple(dict.fromkeys(name for op in self.operations for name in op.touches()))

    def fragment(self) -> str:
        """The words of the only change, or ``alter_user``."""
        if len(self.operations) == 1:
            return self.operations[0].fragment()
        return f"alter_{self.table.name}"

    def loses(self, before: Tables) -> str:
        """What the changes lose, and before them the columns that ``copy_from`` does not have."""
        forgotten = [DropColumn(self.table, column).loses(before) for column in self._left(before)]
        changes = [each.loses(before) for each in self.operations]
        return ", ".join(filter(None, (*forgotten, *changes)))

    def _left(self, before: Tables) -> list[str]:
        given = self.rebuild.copy_from
        table = before.table(self.table) if given is not None else None
        if table is None:
            return []
        kept = {column.name for column in given.columns}
        return [column.name for column in table.columns if column.name not in kept]
