"""Operations on enumerated types of their own (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import ClassVar

from ..schema.names import Name
from ..schema.objects import Column
from ..schema.objects import Enum
from ..schema.objects import Schema
from ..schema.objects import Sql
from .base import Operation


@dataclass(frozen=True, slots=True)
class CreateEnum(Operation):
    """``CREATE TYPE … AS ENUM``."""

    enum: Enum
    kind: ClassVar[str] = "create_enum"
    mark: ClassVar[str] = "+"

    def apply(self, schema: Schema) -> Schema:
        """Add the type."""
        return schema.with_enum(self.enum)

    def inverse(self, before: Schema) -> Operation:
        """Drop it again."""
        return DropEnum(self.enum)

    def describe(self) -> str:
        """``Create type mood``."""
        return f"Create type {self.enum.name}"

    def touches(self) -> tuple[Name, ...]:
        """The type."""
        return (self.enum.name,)


@dataclass(frozen=True, slots=True)
class DropEnum(Operation):
    """``DROP TYPE``."""

    enum: Enum
    kind: ClassVar[str] = "drop_enum"
    mark: ClassVar[str] = "-"

    def apply(self, schema: Schema) -> Schema:
        """Remove the type."""
        return schema.without_enum(self.enum.name)

    def inverse(self, before: Schema) -> Operation:
        """Create it as it was."""
        return CreateEnum(self.enum)

    def describe(self) -> str:
        """``Drop type mood``."""
        return f"Drop type {self.enum.name}"

    def touches(self) -> tuple[Name, ...]:
        """The type."""
        return (self.enum.name,)


@dataclass(frozen=True, slots=True)
class AlterEnum(Operation):
    """Change the values of a type.

    ``renamed`` pairs an old value with its new name, ``mapped`` a removed value with the one that
    rows get instead.  Where values only come in, they are added in
    place; otherwise the type is made anew and every column of it is converted: rows that hold a
    removed value that is not ``mapped`` make that fail.  ``columns`` has (table, column, server
    default after the change) for each of them: a default that is removed goes.
    """

    before: Enum
    after: Enum
    renamed: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[Name, str, str | None], ...] = field(default=(), compare=False)
    mapped: tuple[tuple[str, str], ...] = ()
    kind: ClassVar[str] = "alter_enum"
    mark: ClassVar[str] = "~"

    @property
    def added(self) -> tuple[str, ...]:
        """Values that are new and no renamed old ones."""
        known = {dict(self.renamed).get(v, v) for v in self.before.values}
        return tuple(v for v in self.after.values if v not in known)

    @property
    def removed(self) -> tuple[str, ...]:
        """Old values that are gone and not renamed."""
        kept = set(self.after.values)
        names = dict(self.renamed)
        return tuple(v for v in self.before.values if names.get(v, v) not in kept)

    @property
    def in_place(self) -> bool:
        """Whether values are only renamed and added, the others staying in their order."""
        if self.before.domain is not None or self.after.domain is not None:
            return False
        names = dict(self.renamed)
        old = [names.get(v, v) for v in self.before.values]
        return [v for v in self.after.values if v in set(old)] == old

    @property
    def of_domain(self) -> bool:
        """Whether a domain changes that stays one of the same type and collation."""
        one, two = (
            [clause for clause in enum.domain or () if clause.startswith(("AS ", "COLLATE "))]
            for enum in (self.before, self.after)
        )
        return bool(one) and one == two

    def moved(self, column: Column) -> str | None:
        """Return the server default of a column of the type after the change."""
        text = column.default.text if column.default else None
        if text is None or any(_literal(value) in text for value in self.removed):
            return None
        return _exchanged(text, self.renamed)

    def apply(self, schema: Schema) -> Schema:
        """Put the new values in place; defaults and checks follow."""
        for name, column, default in self.columns:
            table = schema.table(name)
            if table is not None:
                checks = tuple(replace(c, sql=self._renamed(c.sql)) for c in table.checks)
                table = replace(table, checks=checks) if self.renamed else table
                schema = schema.with_table(table.with_column(column, _with_default(default)))
        return schema.with_enum(replace(self.after, name=self.before.name))

    def _renamed(self, sql: Sql) -> Sql:
        text = _exchanged(sql.text, self.renamed)
        return sql if text == sql.text else Sql(text)

    def inverse(self, before: Schema) -> Operation:
        """Put the former values back; rows that hold a new value will make that fail.

        Which rows held a value that was mapped is not known any more.
        """
        back = tuple((new, old) for old, new in self.renamed)
        users = before.users(self.before.name)
        columns = ((t.name, c.name, c.default.text if c.default else None) for t, c in users)
        # A value that came with the change goes: rows get the one in whose place it was put.
        known = {dict(self.renamed).get(v, v) for v in self.before.values}
        firsts = {new: old for old, new in reversed(self.mapped) if new not in known}
        return AlterEnum(self.after, self.before, back, tuple(columns), tuple(firsts.items()))

    def describe(self) -> str:
        """``Change the values of type mood``."""
        if self.after.domain is not None:
            return f"Change domain {self.before.name}"
        return f"Change the values of type {self.before.name}"

    def touches(self) -> tuple[Name, ...]:
        """The type and the tables that use it."""
        return (self.before.name, *(table for table, _, _ in self.columns))

    def fragment(self) -> str:
        """``add_happy_to_mood``."""
        if self.added and not self.removed:
            return f"add_{self.added[0]}_to_{self.before.name.name}"
        return f"alter_{self.before.name.name}"


def _exchanged(text: str, renamed: Iterable[tuple[str, str]]) -> str:
    """Return an expression with values in place of others, all at once: they may change places."""
    pairs = [(f"{_literal(old)}::", f"{_literal(new)}::") for old, new in renamed]
    for place, (old, _) in enumerate(pairs):
        text = text.replace(old, f"\0{place}\0")
    for place, (_, new) in enumerate(pairs):
        text = text.replace(f"\0{place}\0", new)
    return text


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _with_default(text: str | None) -> Callable[[Column], Column]:
    def change(column: Column) -> Column:
        if text == (column.default.text if column.default else None):
            return column
        return replace(column, default=None if text is None else Sql(text))

    return change
