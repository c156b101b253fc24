"""Operations whose effect on the schema is not known: SQL text and rows."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import ClassVar

from ..errors import Irreversible
from ..schema.names import Name
from ..schema.objects import Schema
from .base import Operation


@dataclass(frozen=True, slots=True)
class Execute(Operation):
    """Run SQL.  ``element`` is what the script gave: a string or a SQLAlchemy executable.

    ``alone`` says that a generated script runs it outside its transaction.
    """

    sql: str
    element: Any = field(default=None, compare=False, repr=False)
    execution_options: Any = field(default=None, compare=False)
    alone: bool = False
    kind: ClassVar[str] = "execute"
    mark: ClassVar[str] = "!"

    def apply(self, schema: Schema) -> Schema:
        """Nothing is known of its effect."""
        return schema

    def inverse(self, before: Schema) -> Operation:
        """There is none."""
        raise Irreversible("SQL that a script executes cannot be undone by itself.")

    def describe(self) -> str:
        """``Execute UPDATE user SET …``, shortened to one line."""
        line = " ".join(self.sql.split())
        return f"Execute {line[:60]}…" if len(line) > 60 else f"Execute {line}"

    def touches(self) -> tuple[Name, ...]:
        """Unknown: nothing is named."""
        return ()

    def fragment(self) -> str:
        """``execute_sql``."""
        return "execute_sql"


@dataclass(frozen=True, slots=True)
class BulkInsert(Operation):
    """Insert rows into a table.  ``table`` is a SQLAlchemy ``Table`` or ``TableClause``."""

    name: Name
    table: Any = field(compare=False, repr=False)
    rows: tuple[dict[str, Any], ...] = ()
    multiinsert: bool = True
    kind: ClassVar[str] = "bulk_insert"
    mark: ClassVar[str] = "+"

    def apply(self, schema: Schema) -> Schema:
        """Rows are no part of the schema."""
        return schema

    def inverse(self, before: Schema) -> Operation:
        """There is none: which rows they became is not known."""
        raise Irreversible(f"The rows inserted into {self.name} cannot be told from others.")

    def describe(self) -> str:
        """``Insert 3 rows into user``."""
        return f"Insert {len(self.rows)} rows into {self.name}"

    def touches(self) -> tuple[Name, ...]:
        """No definition changes."""
        return ()


@dataclass(frozen=True, slots=True)
class Backfill(Operation):
    """Change many rows, ``batch`` at a time in the order of ``key`` (empty: the primary key).

    ``values`` and ``where`` say in SQL what ``element``, an UPDATE of all rows, and ``sql``, its
    text, do.
    """

    table: Name
    values: tuple[tuple[str, str], ...]
    where: str | None = None
    batch: int = 1000
    pause: float = 0.0
    key: tuple[str, ...] = ()
    sql: str = field(default="", compare=False, repr=False)
    element: Any = field(default=None, compare=False, repr=False)
    kind: ClassVar[str] = "backfill"
    mark: ClassVar[str] = "~"

    def apply(self, schema: Schema) -> Schema:
        """Rows are no part of the schema."""
        return schema

    def inverse(self, before: Schema) -> Operation:
        """There is none: what the rows held before is not known."""
        raise Irreversible(f"What the rows of {self.table} held before the backfill is not known.")

    def describe(self) -> str:
        """``Fill user.email, in batches of 1000 rows``."""
        columns = ", ".join(f"{self.table}.{column}" for column, _ in self.values)
        return f"Fill {columns}, in batches of {self.batch} rows"

    def touches(self) -> tuple[Name, ...]:
        """No definition changes."""
        return ()


@dataclass(frozen=True, slots=True)
class ReplaceValue(Operation):
    """Give the rows that hold one value of a column another one.

    The new one is a new name for a value of a list or, with ``merges``, one that rows may have held
    before.
    """

    table: Name
    column: str
    old: str
    new: str
    merges: bool = False
    kind: ClassVar[str] = "replace_value"
    mark: ClassVar[str] = "~"

    def apply(self, schema: Schema) -> Schema:
        """Rows are no part of the schema."""
        return schema

    def inverse(self, before: Schema) -> Operation:
        """Give them back the old one, where no row held the new one before."""
        if self.merges:
            return KeepValue(self.table, self.column, self.old, self.new)
        return ReplaceValue(self.table, self.column, self.new, self.old)

    def describe(self) -> str:
        """``Rename value sad of column user.mood to unhappy``."""
        if self.merges:
            return f"Replace value {self.old} of column {self.table}.{self.column} by {self.new}"
        return f"Rename value {self.old} of column {self.table}.{self.column} to {self.new}"

    def touches(self) -> tuple[Name, ...]:
        """No definition changes."""
        return ()

    def fragment(self) -> str:
        """``rename_sad_to_unhappy_in_user``."""
        word, to = ("replace", "by") if self.merges else ("rename", "to")
        return f"{word}_{self.old}_{to}_{self.new}_in_{self.table.name}"


@dataclass(frozen=True, slots=True)
class KeepValue(Operation):
    """Do nothing: which rows held ``old`` before they got ``new`` is not known any more."""

    table: Name
    column: str
    old: str
    new: str
    kind: ClassVar[str] = "keep_value"
    mark: ClassVar[str] = "!"

    def apply(self, schema: Schema) -> Schema:
        """Nothing changes."""
        return schema

    def inverse(self, before: Schema) -> Operation:
        """Replace it again."""
        return ReplaceValue(self.table, self.column, self.old, self.new, merges=True)

    def describe(self) -> str:
        """``Keep value glad of column user.mood where sad was``."""
        where = f"{self.table}.{self.column}"
        return f"Keep value {self.new} of column {where} where {self.old} was"

    def touches(self) -> tuple[Name, ...]:
        """No definition changes."""
        return ()
