"""Operations on whole tables."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import ClassVar

from ..schema.names import Name
from ..schema.objects import ForeignKey
from ..schema.objects import Options
from ..schema.objects import Schema
from ..schema.objects import Table
from .base import Operation
from .base import table_of
from .base import Tables


@dataclass(frozen=True, slots=True)
class CreateTable(Operation):
    """Create a table with its constraints and indexes."""

    table: Table
    if_absent: bool = False
    kind: ClassVar[str] = "create_table"
    mark: ClassVar[str] = "+"

    def apply(self, schema: Schema) -> Schema:
        """Add the table."""
        if self.if_absent and schema.table(self.table.name):
            return schema
        return schema.with_table(self.table)

    def inverse(self, before: Schema) -> Operation:
        """Drop it again."""
        return DropTable(self.table.name, table=self.table)

    def describe(self) -> str:
        """``Create table user``."""
        return f"Create table {self.table.name}"

    def touches(self) -> tuple[Name, ...]:
        """The new table alone."""
        return (self.table.name,)

    def fragment(self) -> str:
        """``create_user``."""
        return f"create_{self.table.name.name}"


@dataclass(frozen=True, slots=True)
class DropTable(Operation):
    """Drop a table.  ``table`` is what it was, where that is known."""

    name: Name
    if_present: bool = False
    table: Table | None = field(default=None, compare=False)
    kind: ClassVar[str] = "drop_table"
    mark: ClassVar[str] = "-"

    def apply(self, schema: Schema) -> Schema:
        """Remove the table."""
        return schema.without_table(self.name)

    def inverse(self, before: Schema) -> Operation:
        """Create it as it was; its rows do not come back."""
        return CreateTable(self.table or table_of(before, self.name, self))

    def describe(self) -> str:
        """``Drop table user``."""
        return f"Drop table {self.name}"

    def touches(self) -> tuple[Name, ...]:
        """The table alone."""
        return (self.name,)

    def fragment(self) -> str:
        """``drop_user``."""
        return f"drop_{self.name.name}"

    def loses(self, before: Tables) -> str:
        """Every row."""
        return f"every row of {self.name}"


@dataclass(frozen=True, slots=True)
class RenameTable(Operation):
    """Rename a table within its schema."""

    name: Name
    new: str
    kind: ClassVar[str] = "rename_table"
    mark: ClassVar[str] = "~"

    def apply(self, schema: Schema) -> Schema:
        """Move the table, and the foreign keys that point at it."""
        table = schema.table(self.name)
        if table is None:
            return schema
        renamed = self.name.renamed(self.new)
        moved = schema.without_table(self.name).with_table(replace(table, name=renamed))
        return Schema.of(
            (_retargeted(t, self.name, renamed) for t in moved.tables.values()),
            moved.enums.values(),
            moved.sequences.values(),
            moved.schemas,
        )

    def inverse(self, before: Schema) -> Operation:
        """Rename it back."""
        return RenameTable(self.name.renamed(self.new), self.name.name)

    def describe(self) -> str:
        """``Rename table user to account``."""
        return f"Rename table {self.name} to {self.new}"

    def touches(self) -> tuple[Name, ...]:
        """Both names."""
        return (self.name, self.name.renamed(self.new))

    def fragment(self) -> str:
        """``rename_user_to_account``."""
        return f"rename_{self.name.name}_to_{self.new}"


def _retargeted(table: Table, old: Name, new: Name) -> Table:
    if not any(key.target == old for key in table.foreign_keys):
        return table

    def moved(key: ForeignKey) -> ForeignKey:
        # The SQLAlchemy object still names the old table: it must not be rendered any more.
        return replace(key, target=new, element=None) if key.target == old else key

    return replace(table, foreign_keys=tuple(moved(key) for key in table.foreign_keys))


@dataclass(frozen=True, slots=True)
class CommentTable(Operation):
    """Set or remove (None) a table's comment."""

    name: Name
    comment: str | None
    existing: str | None = None
    kind: ClassVar[str] = "comment_table"
    mark: ClassVar[str] = "~"

    def apply(self, schema: Schema) -> Schema:
        """Set the comment."""
        table = schema.table(self.name)
        if table is None:
            return schema
        return schema.with_table(replace(table, comment=self.comment))

    def inverse(self, before: Schema) -> Operation:
        """Set the former comment."""
        table = before.table(self.name)
        former = table.comment if table is not None else self.existing
        return CommentTable(self.name, former, self.comment)

    def describe(self) -> str:
        """``Change the comment of table user``."""
        return f"Change the comment of table {self.name}"

    def touches(self) -> tuple[Name, ...]:
        """The table."""
        return (self.name,)

    def fragment(self) -> str:
        """``comment_user``."""
        return f"comment_{self.name.name}"


@dataclass(frozen=True, slots=True)
class AlterTableOptions(Operation):
    """Change a table's dialect options, such as ``mysql_engine`` or ``mysql_charset``."""

    name: Name
    options: Options
    existing: Options = ()
    kind: ClassVar[str] = "alter_table_options"
    mark: ClassVar[str] = "~"

    def apply(self, schema: Schema) -> Schema:
        """Set the options; those that are not named stay."""
        table = schema.table(self.name)
        if table is None:
            return schema
        options = {**dict(table.options), **dict(self.options)}
        return schema.with_table(replace(table, options=tuple(sorted(options.items()))))

    def inverse(self, before: Schema) -> Operation:
        """Put the former options back."""
        named = dict(self.options)
        table = table_of(before, self.name, self)
        former = tuple((name, value) for name, value in table.options if name in named)
        return AlterTableOptions(self.name, former, self.options)

    def describe(self) -> str:
        """``Change the options of table user``."""
        return f"Change the options of table {self.name}"

    def touches(self) -> tuple[Name, ...]:
        """The table."""
        return (self.name,)

    def fragment(self) -> str:
        """``options_of_user``."""
        return f"options_of_{self.name.name}"
