"""Columns that must have a value, in tables whose rows have none to give."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import TypeAlias

from ..operations import renaming
from ..operations.base import Operation
from ..operations.base import UNSET
from ..operations.batch import AlterTable
from ..operations.columns import AddColumn
from ..operations.columns import AlterColumn
from ..schema import literals
from ..schema.metadata import Reader
from ..schema.names import Name
from ..schema.objects import Column
from ..schema.objects import ForeignKey
from ..schema.objects import Schema
from ..schema.objects import Sql
from ..schema.objects import Table

#: A column by its table and name.
Where: TypeAlias = tuple[Name, str]


@dataclass(frozen=True, slots=True)
class Need:
    """A column that is required now; ``rows`` is how many rows have no value for it.

    ``is_new``: it comes now, else it was nullable.  ``default`` is the model's own, as a literal.
    ``is_unique``: no two rows may have the same value.
    """

    table: Name
    column: Column
    is_new: bool
    is_unique: bool = False
    default: Sql | None = None
    rows: int = 0

    @property
    def where(self) -> Where:
        """What the choice goes by."""
        return (self.table, self.column.name)

    def __str__(self) -> str:
        return f"{self.table}.{self.column.name}"


@dataclass(frozen=True, slots=True)
class Fill:
    """What rows without a value get: one ``value`` for all, an ``expression`` for each, or neither.

    With ``nullable`` the column stays nullable for now.
    """

    value: Sql | None = None
    expression: Sql | None = None
    nullable: bool = False


Fills: TypeAlias = Mapping[Where, Fill]
#: Whether a column can be added with a server default (``Dialect.takes_default``).
Takes: TypeAlias = Callable[[Column], bool]
#: A literal that says nothing, of a column's type (``Dialect.neutral``); None: there is none.
Neutral: TypeAlias = Callable[[Column], "Sql | None"]
#: Whether a value of a column of a table passes a check that names no other column; None: unknown.
Passes: TypeAlias = Callable[[Table, str, Sql, str], "bool | None"]


def needs(operations: Sequence[Operation], wanted: Schema, reader: Reader) -> Iterator[Need]:
    """Yield the columns that ``operations``, single ones, make required."""
    for op in operations:
        if isinstance(op, AddColumn) and _has_no_value(op):
            name, is_new = op.column.name, True
        elif isinstance(op, AlterColumn) and op.nullable is False:
            name, is_new = op.column, False
        else:
            continue
        table = wanted.table(op.table)
        column = table.column(name) if table is not None else None
        if table is not None and column is not None and not column.computed:
            default = literals.default(reader, column.element)
            yield Need(op.table, column, is_new, _is_unique(table, name), default)


def _has_no_value(operation: AddColumn) -> bool:
    column = operation.column
    given = column.default or column.computed or column.identity or column.autoincrement
    filled = operation.fill is not None or operation.backfill is not None
    return not column.nullable and not given and not filled


def _is_unique(table: Table, column: str) -> bool:
    keys = [u.columns for u in table.uniques]
    keys += [i.columns for i in table.indexes if i.unique]
    keys += [table.primary_key.columns] if table.primary_key else []
    return (column,) in keys


def filled(
    operations: Sequence[Operation], fills: Fills, takes_default: Takes = lambda column: True
) -> tuple[Operation, ...]:
    """Return ``operations`` in which required columns get what was chosen for them.

    A value is given as a server default for a moment, where a column ``takes_default``.
    """
    found: list[Operation] = []
    for op in operations:
        if isinstance(op, AlterTable):
            within = filled(op.operations, fills, takes_default)
            if within:
                found.append(replace(op, operations=within))
        elif isinstance(op, AddColumn):
            fill = fills.get((op.table, op.column.name))
            if fill is not None and fill.value is not None and not takes_default(op.column):
                fill = Fill(expression=fill.value)
            found.append(op if fill is None else _added(op, fill))
        elif isinstance(op, AlterColumn) and op.nullable is False:
            fill = fills.get((op.table, op.column))
            altered = op if fill is None else _altered(op, fill)
            found += [altered] if altered.changes() else []
        else:
            found.append(op)
    return tuple(found)


def _added(op: AddColumn, fill: Fill) -> AddColumn:
    if fill.nullable:
        return replace(op, column=_nullable(op.column))
    return replace(op, fill=fill.value, backfill=fill.expression)


def _nullable(column: Column) -> Column:
    return replace(column, nullable=True)


def _altered(op: AlterColumn, fill: Fill) -> AlterColumn:
    if fill.nullable:
        return replace(op, nullable=UNSET)
    return replace(op, fill=fill.value or fill.expression)


def remark(need: Need, fill: Fill) -> str:
    """Return what the script says of a choice."""
    if fill.nullable:
        return f"{need} stays nullable for now, although the model requires it."
    chosen = fill.value or fill.expression
    if chosen is not None:
        return f"Rows without a value in {need} get {chosen}: {_rows(need.rows)}."
    if need.is_new:
        return (
            f"{need} is required and has no server default: this fails where the table has rows "
            "(MariaDB would invent a value). Give it a server_default, or add it with "
            "nullable=True, fill it, and alter it to nullable=False."
        )
    return f"This fails where {need} is NULL in some row; it is in none now."


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


# --- the way back -------------------------------------------------------------------------------


def restored(
    operation: Operation,
    known: Schema,
    reader: Reader,
    neutral: Neutral,
    takes_default: Takes = lambda column: True,
    passes: Passes = lambda table, column, value, check: None,
) -> Operation:
    """Return an inverse in which a required column that comes back has a value for the rows.

    ``known`` is the schema in which the column was: nothing of its values is left, so the rows get
    the least that its keys and checks allow, and where there is no such thing it comes back as
    nullable.
    """
    if isinstance(operation, AlterTable):
        within = tuple(
            restored(op, known, reader, neutral, takes_default, passes)
            for op in operation.operations
        )
        return replace(operation, operations=within)
    if not isinstance(operation, AddColumn) or not _has_no_value(operation):
        return operation
    column, table = operation.column, known.table(operation.table)
    key = _pointing(table, column.name)
    if table is not None and key is not None:
        return replace(operation, backfill=_some_key(table, key, reader))
    if table is not None and _is_unique(table, column.name):
        own = _own_key(table, column, reader)
        if own is not None:
            return replace(operation, backfill=own)
    value = neutral(column)
    if value is not None and table is not None:
        value = _passing(table, column, value, passes)
    if value is None:
        return replace(operation, column=_nullable(column))
    if not takes_default(column):
        return replace(operation, backfill=value)
    return replace(operation, fill=value)


def _checks(table: Table, column: str) -> list[str]:
    """Return the conditions of the checks that name a column of a table and no other one."""

    def names(text: str, name: str) -> bool:
        return renaming.in_text(text, name, "") != text

    texts = [check.sql.text for check in table.checks]
    others = [c.name for c in table.columns if c.name != column]
    return [t for t in texts if names(t, column) and not any(names(t, o) for o in others)]


def _passing(table: Table, column: Column, value: Sql, passes: Passes) -> Sql:
    """Return the first value that passes the column's checks: ``value``, or one that they name."""
    checks = _checks(table, column.name)
    if all(passes(table, column.name, value, check) is not False for check in checks):
        return value
    is_text = value.text.startswith("'")
    for text in (text for check in checks for text in _named_in(check)):
        found = Sql(text)
        if text.startswith("'") is is_text and all(
            passes(table, column.name, found, check) for check in checks
        ):
            return found
    return value


_LITERAL = re.compile(r"'(?:[^']|'')*'|(?<![\w.])\d+(?![\w.])")


def _named_in(check: str) -> Iterator[str]:
    """Yield the texts of a condition, its whole numbers and those beside them."""
    for text in _LITERAL.findall(check):
        yield text
        if text.isdigit():
            yield str(int(text) + 1)
            yield str(int(text) - 1)


def _pointing(table: Table | None, column: str) -> ForeignKey | None:
    keys = table.foreign_keys if table is not None else ()
    return next((key for key in keys if key.columns == (column,)), None)


def _some_key(table: Table, key: ForeignKey, reader: Reader) -> Sql:
    """Return the first key of the table that was pointed at; in the table itself the row's own."""
    quote = reader.preparer.quote
    column = quote(key.target_columns[0])
    if key.target == table.name:
        return Sql(column)
    schema = f"{quote(key.target.schema)}." if key.target.schema else ""
    target = schema + quote(key.target.name)
    return Sql(f"(SELECT {column} FROM {target} ORDER BY {column} LIMIT 1)")


def _own_key(table: Table, column: Column, reader: Reader) -> Sql | None:
    """Return the primary key as what tells the rows apart, where the column could hold it."""
    key = table.primary_key
    if key is None or len(key.columns) != 1 or key.columns[0] == column.name:
        return None
    try:
        fits = column.type.element.python_type in (int, str)
    except (AttributeError, NotImplementedError):
        fits = False
    return Sql(reader.preparer.quote(key.columns[0])) if fits else None


def restoring(
    operation: Operation,
    known: Schema,
    passes: Passes = lambda table, column, value, check: None,
) -> tuple[str, ...]:
    """Return what a script says of a column that comes back."""
    if not isinstance(operation, AddColumn):
        return ()
    where = f"{operation.table}.{operation.column.name}"
    value = operation.fill or operation.backfill
    table = known.table(operation.table)
    if value is not None:
        said = f"The former values of {where} are gone: every row gets {value}."
        name = operation.column.name
        for check in _checks(table, name) if table is not None and operation.fill else ():
            if table is not None and passes(table, name, value, check) is False:
                said += f"  That does not pass {check}: this fails where the table has rows."
        return (said,)
    before = table.column(operation.column.name) if table is not None else None
    if before is not None and not before.nullable and operation.column.nullable:
        return (
            f"The former values of {where} are gone, and there is none to put in their place: it "
            "comes back as nullable.",
        )
    return (f"The former values of {where} are gone.",)
