"""Operations on enumerated types of their own (PostgreSQL)."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import ClassVar

from ..schema.names import Name
from ..schema.objects import Enum
from ..schema.objects import Schema
from .base import Call
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

    def calls(self) -> tuple[Call, ...]:
        """``postgresql.ENUM(…).create(op.get_bind(), checkfirst=True)``."""
        return (Call("create_enum", (self.enum,)),)

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

    def calls(self) -> tuple[Call, ...]:
        """``postgresql.ENUM(…).drop(op.get_bind(), checkfirst=True)``."""
        return (Call("drop_enum", (self.enum,)),)

    def describe(self) -> str:
        """``Drop type mood``."""
        return f"Drop type {self.enum.name}"

    def touches(self) -> tuple[Name, ...]:
        """The type."""
        return (self.enum.name,)


@dataclass(frozen=True, slots=True)
class AlterEnum(Operation):
    """Change the values of a type.

    ``renamed`` pairs an old value with its new name.  Where values only come in, they are added in
    place; otherwise the type is made anew and ``columns``, every (table, column, server default)
    that uses it, is converted: rows that hold a removed value make that fail.
    """

    before: Enum
    after: Enum
    renamed: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[Name, str, str | None], ...] = field(default=(), compare=False)
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
        names = dict(self.renamed)
        old = [names.get(v, v) for v in self.before.values]
        return [v for v in self.after.values if v in set(old)] == old

    def apply(self, schema: Schema) -> Schema:
        """Put the new values in place."""
        return schema.with_enum(replace(self.after, name=self.before.name))

    def inverse(self, before: Schema) -> Operation:
        """Put the former values back; rows that hold a new value will make that fail."""
        back = tuple((new, old) for old, new in self.renamed)
        return AlterEnum(self.after, self.before, back, self.columns)

    def calls(self) -> tuple[Call, ...]:
        """``op.execute("ALTER TYPE …")`` lines."""
        return (Call("alter_enum", (self,)),)

    def describe(self) -> str:
        """``Change the values of type mood``."""
        return f"Change the values of type {self.before.name}"

    def touches(self) -> tuple[Name, ...]:
        """The type and the tables that use it."""
        return (self.before.name, *(table for table, _, _ in self.columns))

    def fragment(self) -> str:
        """``add_happy_to_mood``."""
        if self.added and not self.removed:
            return f"add_{self.added[0]}_to_{self.before.name.name}"
        return f"alter_{self.before.name.name}"
