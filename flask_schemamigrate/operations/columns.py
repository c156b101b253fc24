"""Operations on columns."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
from typing import ClassVar

from ..errors import Irreversible
from ..schema.names import Name
from ..schema.objects import Column
from ..schema.objects import Computed
from ..schema.objects import Constraint
from ..schema.objects import Identity
from ..schema.objects import Index
from ..schema.objects import Options
from ..schema.objects import PrimaryKey
from ..schema.objects import Schema
from ..schema.objects import Sql
from ..schema.objects import Table
from . import renaming
from .base import Operation
from .base import table_of
from .base import Tables
from .base import UNSET
from .base import Unset


@dataclass(frozen=True, slots=True)
class AddColumn(Operation):
    """Add a column, with the constraints and indexes that came with it in the script.

    ``fill`` is a value for the rows that are there: a generated script gives it as a server default
    and takes that away again.  ``backfill`` is an expression for each of those rows: the column
    comes as nullable, is filled by an UPDATE, and becomes NOT NULL then.
    """

    table: Name
    column: Column
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    if_absent: bool = False
    inline_references: bool = False
    inline_primary_key: bool = False
    fill: Sql | None = None
    backfill: Sql | None = None
    kind: ClassVar[str] = "add_column"
    mark: ClassVar[str] = "+"

    def apply(self, schema: Schema) -> Schema:
        """Append the column and what belongs to it."""
        table = schema.table(self.table)
        if table is None or (self.if_absent and table.column(self.column.name)):
            return schema
        table = replace(table, columns=(*table.columns, self.column))
        for constraint in self.constraints:
            table = table.with_constraint(constraint)
        if self.inline_primary_key:
            table = table.with_constraint(PrimaryKey((self.column.name,)))
        return schema.with_table(replace(table, indexes=(*table.indexes, *self.indexes)))

    def inverse(self, before: Schema) -> Operation:
        """Drop it again."""
        return DropColumn(self.table, self.column.name, with_key=self.inline_primary_key)

    def describe(self) -> str:
        """``Add column user.email``."""
        return f"Add column {self.table}.{self.column.name}"

    def touches(self) -> tuple[Name, ...]:
        """The table."""
        return (self.table,)

    def fragment(self) -> str:
        """``add_email_to_user``."""
        return f"add_{self.column.name}_to_{self.table.name}"


@dataclass(frozen=True, slots=True)
class DropColumn(Operation):
    """Drop a column and whatever stands on it alone.

    With ``with_key`` that is the primary key, with which a column has to be added that the server
    numbers.
    """

    table: Name
    column: str
    if_present: bool = False
    options: Options = ()
    with_key: bool = False
    kind: ClassVar[str] = "drop_column"
    mark: ClassVar[str] = "-"

    def apply(self, schema: Schema) -> Schema:
        """Remove the column, its constraints and its indexes."""
        table = schema.table(self.table)
        return schema if table is None else schema.with_table(without_column(table, self.column))

    def inverse(self, before: Schema) -> Operation:
        """Add it back with what stood on it; its values do not come back."""
        table = table_of(before, self.table, self)
        column = table.column(self.column)
        if column is None:
            raise Irreversible(f"{self.describe()} cannot be undone: no such column is known.")
        kept = without_column(table, self.column)
        gone = (c for c in table.constraints if c not in kept.constraints)
        constraints = tuple(c for c in gone if not (self.with_key and isinstance(c, PrimaryKey)))
        indexes = tuple(i for i in table.indexes if i not in kept.indexes)
        whole = self.with_key
        return AddColumn(self.table, column, constraints, indexes, inline_primary_key=whole)

    def describe(self) -> str:
        """``Drop column user.email``."""
        return f"Drop column {self.table}.{self.column}"

    def touches(self) -> tuple[Name, ...]:
        """The table."""
        return (self.table,)

    def fragment(self) -> str:
        """``drop_email_from_user``."""
        return f"drop_{self.column}_from_{self.table.name}"

    def loses(self, before: Tables) -> str:
        """The column's values, unless they are computed from others."""
        table = before.table(self.table)
        column = table.column(self.column) if table is not None else None
        if column is not None and column.computed is not None:
            return ""
        return f"the values of {self.table}.{self.column}"


def without_column(table: Table, name: str) -> Table:
    """Return ``table`` without a column and without all that names it: keys, checks, indexes."""

    def names(text: str) -> bool:
        return renaming.in_text(text, name, "") != text

    primary_key = table.primary_key
    if primary_key is not None and name in primary_key.columns:
        primary_key = None
    return replace(
        table,
        columns=tuple(c for c in table.columns if c.name != name),
        primary_key=primary_key,
        uniques=tuple(u for u in table.uniques if name not in u.columns),
        foreign_keys=tuple(f for f in table.foreign_keys if name not in f.columns),
        checks=tuple(c for c in table.checks if c.column != name and not names(c.sql.text)),
        excludes=tuple(x for x in table.excludes if not names(x.definition.text)),
        indexes=tuple(
            i for i in table.indexes if name not in i.columns and not names(i.definition.text)
        ),
    )


@dataclass(frozen=True, slots=True)
class Existing:
    """What a script says that a column is before it is altered; UNSET where it says nothing."""

    type: Sql | Unset = UNSET
    nullable: bool | Unset = UNSET
    default: Sql | Unset | None = UNSET
    comment: str | Unset | None = UNSET
    autoincrement: bool | Unset = UNSET


@dataclass(frozen=True, slots=True)
class AlterColumn(Operation):
    """Change what is given of a column; UNSET fields stay as they are.

    ``fill`` is what a generated script puts in place of NULL before the column becomes NOT NULL.
    """

    table: Name
    column: str
    nullable: bool | Unset = UNSET
    type: Sql | Unset = UNSET
    default: Sql | Unset | None = UNSET
    comment: str | Unset | None = UNSET
    new_name: str | Unset = UNSET
    autoincrement: bool | Unset = UNSET
    identity: Identity | Unset | None = UNSET
    computed: Computed | Unset | None = UNSET
    using: str | None = None
    fill: Sql | None = None
    existing: Existing = field(default=Existing(), compare=False)
    options: Options = ()
    enum: Name | Unset | None = field(default=UNSET, compare=False)
    kind: ClassVar[str] = "alter_column"
    mark: ClassVar[str] = "~"

    def changes(self) -> dict[str, Any]:
        """Return the given fields by the name that they have on :class:`Column`."""
        given = {
            "nullable": self.nullable,
            "type": self.type,
            "default": self.default,
            "comment": self.comment,
            "autoincrement": self.autoincrement,
            "identity": self.identity,
            "computed": self.computed,
            "name": self.new_name,
        }
        return {name: value for name, value in given.items() if value is not UNSET}

    def altered(self, column: Column) -> Column:
        """Return ``column`` as it is after the operation."""
        options = column.options
        if self.nullable is not UNSET:
            others = (option for option in options if option not in conflict(options))
            options = (*others, *conflict(self.options))
        enum = column.enum if self.enum is UNSET else self.enum
        return replace(column, element=None, enum=enum, options=options, **self.changes())

    def apply(self, schema: Schema) -> Schema:
        """Change the column; a rename reaches keys and indexes, and what points at it."""
        table = schema.table(self.table)
        if table is None:
            return schema
        table = table.with_column(self.column, self.altered)
        if self.new_name is not UNSET:
            table = renaming.in_table(table, self.column, str(self.new_name))
            schema = schema.with_table(table)
            return renaming.in_keys(schema, self.table, self.column, str(self.new_name))
        return schema.with_table(table)

    def inverse(self, before: Schema) -> Operation:
        """Put the former attributes back."""
        column = table_of(before, self.table, self).column(self.column)
        if column is None:
            raise Irreversible(f"{self.describe()} cannot be undone: no such column is known.")
        former: dict[str, Any] = {
            name: getattr(column, name) for name in self.changes() if name != "name"
        }
        renamed = self.new_name is not UNSET
        now = self.altered(column)
        return AlterColumn(
            self.table,
            now.name,
            new_name=column.name if renamed else UNSET,
            enum=column.enum,
            existing=Existing(now.type, now.nullable, now.default, now.comment, now.autoincrement),
            options=() if self.nullable is UNSET else conflict(column.options),
            **former,
        )

    def describe(self) -> str:
        """``Change type of column user.email``."""
        changed = " and ".join(self._sentence(name) for name in self.changes())
        return f"Change {changed or 'nothing'} of column {self.table}.{self.column}"

    def _sentence(self, name: str) -> str:
        """Return what changes of one attribute, with what it was where that is known."""
        if name == "name":
            return f"name (to {self.new_name})"
        if name == "type" and self.existing.type is not UNSET:
            return f"type (from {self.existing.type} to {self.type})"
        if name == "nullable":
            return "nullability (to NULL)" if self.nullable else "nullability (to NOT NULL)"
        if name == "default":
            return f"server default (to {self.default or 'none'})"
        return name

    def touches(self) -> tuple[Name, ...]:
        """The table."""
        return (self.table,)

    def fragment(self) -> str:
        """``rename_title_to_headline_in_post`` or ``alter_email_of_user``."""
        if set(self.changes()) == {"name"}:
            return f"rename_{self.column}_to_{self.new_name}_in_{self.table.name}"
        return f"alter_{self.column}_of_{self.table.name}"


def conflict(options: Options) -> Options:
    """Return what options say of SQLite's ``NOT NULL ON CONFLICT``: it comes and goes with that."""
    return tuple(option for option in options if option[0] == "sqlite_on_conflict_not_null")


def required(operation: AddColumn) -> AlterColumn:
    """Return the operation that makes a column NOT NULL which came nullable, to be filled."""
    column = operation.column
    existing = Existing(column.type, True, column.default, column.comment)
    return AlterColumn(operation.table, column.name, nullable=False, existing=existing)


def emptied(operation: AddColumn) -> AlterColumn:
    """Return the operation that takes the server default away which filled a new column."""
    column = operation.column
    existing = Existing(column.type, column.nullable, operation.fill, column.comment)
    return AlterColumn(operation.table, column.name, default=None, existing=existing)
