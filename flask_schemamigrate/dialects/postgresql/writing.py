"""Operations as a script spells them, so that Alembic does the same with it.

Alembic has no directives for types, sequences and schemas, knows nothing of SERIAL columns, and
changes a type in one statement: those come as SQL here, or in several directives.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ...operations import renaming
from ...operations.base import Operation
from ...operations.base import UNSET
from ...operations.columns import AddColumn
from ...operations.columns import AlterColumn
from ...operations.constraints import AddConstraint
from ...operations.constraints import DropConstraint
from ...operations.data import Execute
from ...operations.indexes import CreateIndex
from ...operations.indexes import DropIndex
from ...operations.schemas import CreateSchema
from ...operations.schemas import DropSchema
from ...operations.sequences import AlterSequence
from ...operations.sequences import CreateSequence
from ...operations.sequences import DropSequence
from ...operations.tables import CreateTable
from ...operations.types import AlterEnum
from ...operations.types import CreateEnum
from ...operations.types import DropEnum
from ...schema.names import Name
from ...schema.objects import Column
from ...schema.objects import Exclude
from ...schema.objects import PrimaryKey
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.objects import Table
from ...schema.objects import Unique
from ...steps import Step
from ..typed import checkless
from ..typed import without_checks
from .ddl import DDL
from .enums import aside
from .enums import literal
from .reader import readable

#: What no directive of Alembic's does.
_SQL = (
    CreateSchema,
    DropSchema,
    CreateSequence,
    AlterSequence,
    DropSequence,
    CreateEnum,
    DropEnum,
)


@dataclass(frozen=True, slots=True)
class _Known:
    """The tables of a schema."""

    schema: Schema

    def table(self, name: Name) -> Table | None:
        return self.schema.table(name)


def spelled(
    ddl: DDL, operations: Sequence[Operation], before: Schema
) -> tuple[tuple[Operation, ...], ...]:
    """Return what a script does for each operation."""
    writer = _Writer(ddl, tuple(operations))
    made = []
    for operation in operations:
        group: list[Operation] = []
        now = before
        for change in writer.written(operation, before):
            group += writer.escaped(change, now)
            now = change.apply(now)
        made.append(tuple(group))
        before = operation.apply(before)
    return tuple(made)


class _Writer:
    """Spells the operations of one script."""

    def __init__(self, ddl: DDL, operations: tuple[Operation, ...]) -> None:
        self.ddl = ddl
        self.operations = operations
        tables = [op.table for op in operations if isinstance(op, CreateTable)]
        created = {
            op.enum.name
            for op in operations
            if isinstance(op, CreateEnum) and op.enum.domain is None
        }
        #: Types that come with a table, by SQLAlchemy's events: the first one that uses them.
        self.brought: dict[Name, Name] = {}
        for table in tables:
            for column in table.columns:
                if column.enum in created:
                    self.brought.setdefault(column.enum, table.name)

    def written(self, op: Operation, before: Schema) -> Iterator[Operation]:
        """Yield what the script does for one operation."""
        match op:
            case CreateEnum() if op.enum.name in self.brought:
                pass
            case AlterEnum():
                yield from self._enum(op, before)
            case CreateTable():
                table = self._table(op.table, before)
                inline = tuple(x for x in table.excludes if _is_inline(x))
                yield replace(op, table=replace(table, excludes=inline))
                for exclusion in table.excludes:
                    if exclusion not in inline:
                        yield from self._sql(AddConstraint(table.name, exclusion), before)
            case AlterColumn():
                yield from self._column(without_checks(op), before)
            case AddColumn():
                yield from self._added(op, before)
            case AddConstraint(constraint=Exclude()):
                yield from self._sql(op, before)
            case AddConstraint(constraint=PrimaryKey() as key) if key.options or key.deferrable:
                yield from self._sql(op, before)
            case AddConstraint(constraint=Unique(options=options)) if options:
                yield from self._sql(op, before)
            case _ if isinstance(op, _SQL):
                yield from self._sql(op, before)
            case _:
                yield op

    def _sql(self, op: Operation, before: Schema) -> Iterator[Execute]:
        """Yield the statements of an operation."""
        for action in self.ddl.actions(op, _Known(before)):
            if isinstance(action, Step):
                yield Execute(action.sql)

    def escaped(self, op: Operation, before: Schema) -> Iterator[Operation]:
        """Yield an operation, as SQL where Alembic would hand a percent sign on as it is."""
        if isinstance(op, AlterColumn) and "%" in (op.using or ""):
            yield from self._sql(replace(op, comment=UNSET, new_name=UNSET), before)
            op = AlterColumn(op.table, op.column, comment=op.comment, new_name=op.new_name)
            if not op.changes():
                return
        yield op

    # --- enumerated types ------------------------------------------------------------------------

    def _enum(self, op: AlterEnum, before: Schema) -> Iterator[Operation]:
        """Yield the statements.

        A value that this script needs at once is committed first; where something has happened
        before it, which that would commit as well, the type is made anew.
        """
        changes, known = self.ddl.enums, _Known(before)
        if op.of_domain:
            yield from changes.domain(op)
            return
        yield from changes.renamed(op)
        needed = op.in_place and self._uses_at_once(op, before)
        place = self.operations.index(op)
        first = all(isinstance(o, CreateSchema | AlterEnum) for o in self.operations[:place])
        if op.in_place and (first or not needed):
            yield from changes.extended(op, known, alone=needed)
        else:
            yield from changes.remade(op, known)

    def _uses_at_once(self, op: AlterEnum, before: Schema) -> bool:
        """Whether a statement of the same script names one of the values that are added."""
        texts = [*self._texts(op, before), *(default or "" for _, _, default in op.columns)]
        return any(_names(text, value) for value in op.added for text in texts)

    def _texts(self, op: AlterEnum, before: Schema) -> Iterator[str]:
        """Yield the statements of all other operations."""
        state = before
        for other in self.operations[self.operations.index(op) :]:
            if other is not op:
                actions = self.ddl.actions(other, _Known(state))
                yield from (action.sql for action in actions if isinstance(action, Step))
            state = other.apply(state)

    def _table(self, table: Table, before: Schema) -> Table:
        """Return a table that creates the types alone that come with it."""
        columns = []
        for column in table.columns:
            if column.enum is not None:
                comes = self.brought.get(column.enum) == table.name
                enum = before.enums[column.enum]
                if enum.domain is not None:
                    column = replace(column, type=Sql(column.type.text, _apart(column)))
                elif not comes or column.element is None:
                    column = replace(column, type=_typed(column, enum.values, comes))
            columns.append(column)
        return replace(table, columns=tuple(columns))

    # --- columns ---------------------------------------------------------------------------------

    def _added(self, op: AddColumn, before: Schema) -> Iterator[Operation]:
        """Yield a new column; Alembic cannot add one that the server numbers."""
        column = op.column
        if not column.autoincrement:
            yield replace(op, column=replace(column, type=checkless(column.type)))
            return
        alone = replace(op, column=replace(column, comment=None), constraints=(), indexes=())
        yield from self._sql(alone, before)
        if column.comment:
            yield AlterColumn(op.table, column.name, comment=column.comment)
        yield from (AddConstraint(op.table, constraint) for constraint in op.constraints)
        yield from (CreateIndex(op.table, index) for index in op.indexes)

    def _column(self, op: AlterColumn, before: Schema) -> Iterator[Operation]:
        table = before.table(op.table)
        present = self.ddl.column_steps.present(op, table)
        generated = (op.identity, op.autoincrement, op.computed)
        if all(value is UNSET for value in generated):
            around = list(_reread(table, op)) if table is not None else []
            yield from (drop for drop, _ in around)
            yield from self.ddl.column_steps.parted(op, present)
            if present.autoincrement and op.type is not UNSET:
                yield from (Execute(step.sql) for step in self.ddl.column_steps.resized(op))
            yield from (back for _, back in around)
            return
        rest = AlterColumn(
            op.table, op.column, comment=op.comment, new_name=op.new_name, existing=op.existing
        )
        yield from self._sql(replace(op, comment=UNSET, new_name=UNSET), before)
        if rest.changes():
            yield rest


def _names(text: str, value: str) -> bool:
    """Whether a statement has a value of a type in it, by itself or in an array's text."""
    if literal(value) in text:
        return True
    return any(part.startswith("{") and value in part for part in text.split("'"))


def _is_inline(exclusion: Exclude) -> bool:
    """Whether ``ExcludeConstraint(…)`` in a script says all of it."""
    element: Any = exclusion.element
    return element is not None and not (element.ops or element.deferrable or element.initially)


def _reread(table: Table, op: AlterColumn) -> Iterator[tuple[Operation, Operation]]:
    """Yield what the server would spell anew when a type changes, taken away and made again.

    It reads its own spelling of checks and indexes, which is not always what it comes from.
    """
    if op.type is UNSET:
        return

    def concerned(text: str) -> bool:
        return readable(text) != text and renaming.in_text(text, op.column, "") != text

    for column in table.columns:
        text = column.computed.sql.text if column.computed is not None else ""
        if renaming.in_text(text, op.column, "") != text:
            yield aside(table, column)  # Its values are computed anew.
    for check in table.checks:
        if concerned(check.sql.text):
            drop = DropConstraint(table.name, check.name, "check", constraint=check)
            yield drop, AddConstraint(table.name, check)
    for index in table.indexes:
        if index.name and concerned(index.definition.text):
            yield DropIndex(table.name, index.name, index=index), CreateIndex(table.name, index)


def _apart(column: Column) -> Any:
    """Return a domain that does not create itself: a script does that before."""
    made = copy.copy(column.type.element)
    if isinstance(made, postgresql.DOMAIN):
        made.create_type = False
    return made


def _typed(column: Column, values: Iterable[str], comes: bool) -> Sql:
    """Return a column's enumerated type, or an array of it; whether it ``comes`` with its table."""
    assert column.enum is not None
    name, schema = column.enum.name, column.enum.schema
    made: Any = sa.Enum(*values, name=name, schema=schema)
    if not comes:
        made = postgresql.ENUM(*values, name=name, schema=schema, create_type=False)
    if str(column.type).endswith("]"):
        made = postgresql.ARRAY(made, dimensions=getattr(column.type.element, "dimensions", None))
    return Sql(column.type.text, made)
