"""Operations whose effect on the schema is not known: SQL text and rows."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import ClassVar

from ..errors import Irreversible
from ..schema.names import Name
from ..schema.objects import Schema
from .base import Call
from .base import Operation


@dataclass(frozen=True, slots=True)
class Execute(Operation):
    """Run SQL.  ``element`` is what the script gave: a string or a SQLAlchemy executable."""

    sql: str
    element: Any = field(default=None, compare=False, repr=False)
    execution_options: Any = field(default=None, compare=False)
    kind: ClassVar[str] = "execute"
    mark: ClassVar[str] = "!"

    def apply(self, schema: Schema) -> Schema:
        """Nothing is known of its effect."""
        return schema

    def inverse(self, before: Schema) -> Operation:
        """There is none."""
        raise Irreversible("SQL that a script executes cannot be undone by itself.")

    def calls(self) -> tuple[Call, ...]:
        """``op.execute(…)``."""
        return (Call("execute", (self.sql,)),)

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

    def calls(self) -> tuple[Call, ...]:
        """``op.bulk_insert(…)``."""
        return (Call("bulk_insert", (self.name.name, self.rows)),)

    def describe(self) -> str:
        """``Insert 3 rows into user``."""
        return f"Insert {len(self.rows)} rows into {self.name}"

    def touches(self) -> tuple[Name, ...]:
        """No definition changes."""
        return ()
