"""Operations on indexes."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import ClassVar

from ..errors import Irreversible
from ..schema.names import Name
from ..schema.objects import Index
from ..schema.objects import Options
from ..schema.objects import Schema
from .base import Operation
from .base import table_of


@dataclass(frozen=True, slots=True)
class CreateIndex(Operation):
    """Create an index."""

    table: Name
    index: Index
    if_absent: bool = False
    concurrently: bool = False
    kind: ClassVar[str] = "create_index"
    mark: ClassVar[str] = "+"

    def apply(self, schema: Schema) -> Schema:
        """Add it to its table."""
        table = schema.table(self.table)
        if table is None or (self.if_absent and table.index(self.index.name or "")):
            return schema
        return schema.with_table(replace(table, indexes=(*table.indexes, self.index)))

    def inverse(self, before: Schema) -> Operation:
        """Drop it again."""
        if self.index.name is None:
            raise Irreversible(f"{self.describe()} cannot be undone: the index has no name.")
        return DropIndex(self.table, self.index.name, concurrently=self.concurrently)

    def describe(self) -> str:
        """``Create index ix_user_email on table user``."""
        unique = "unique " if self.index.unique else ""
        return f"Create {unique}index {self.index.name or ''} on table {self.table}".replace(
            "  ", " "
        )

    def touches(self) -> tuple[Name, ...]:
        """The table."""
        return (self.table,)

    def fragment(self) -> str:
        """``index_email_of_user``."""
        return f"index_{'_'.join(self.index.columns) or self.index.name}_of_{self.table.name}"


@dataclass(frozen=True, slots=True)
class DropIndex(Operation):
    """Drop an index.  ``table`` is None where a script does not name it."""

    table: Name | None
    name: str
    schema: str | None = None
    if_present: bool = False
    concurrently: bool = False
    options: Options = ()
    index: Index | None = field(default=None, compare=False)
    kind: ClassVar[str] = "drop_index"
    mark: ClassVar[str] = "-"

    def apply(self, schema: Schema) -> Schema:
        """Remove it from its table; without one, from whichever table has it."""
        for table in (t for t in schema.tables.values() if self.table in (None, t.name)):
            if table.index(self.name) is not None:
                kept = tuple(i for i in table.indexes if i.name != self.name)
                return schema.with_table(replace(table, indexes=kept))
        return schema

    def inverse(self, before: Schema) -> Operation:
        """Create it as it was."""
        if self.table is None:
            raise Irreversible(f"{self.describe()} cannot be undone: its table is not named.")
        index = self.index or table_of(before, self.table, self).index(self.name)
        if index is None:
            raise Irreversible(f"{self.describe()} cannot be undone: what it was is not known.")
        return CreateIndex(self.table, index, concurrently=self.concurrently)

    def describe(self) -> str:
        """``Drop index ix_user_email of table user``."""
        return f"Drop index {self.name}" + (f" of table {self.table}" if self.table else "")

    def touches(self) -> tuple[Name, ...]:
        """The table, where it is named."""
        return (self.table,) if self.table else ()

    def fragment(self) -> str:
        """``drop_index_ix_user_email``."""
        return f"drop_index_{self.name}"
