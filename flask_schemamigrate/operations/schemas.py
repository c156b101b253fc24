"""Operations on schemas (PostgreSQL's) beside the default one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..schema.names import Name
from ..schema.objects import Schema
from .base import Operation


@dataclass(frozen=True, slots=True)
class CreateSchema(Operation):
    """``CREATE SCHEMA``."""

    name: str
    kind: ClassVar[str] = "create_schema"
    mark: ClassVar[str] = "+"

    def apply(self, schema: Schema) -> Schema:
        """Add the schema."""
        return schema.with_schema(self.name)

    def inverse(self, before: Schema) -> Operation:
        """Drop it again, if nothing else has come into it."""
        return DropSchema(self.name)

    def describe(self) -> str:
        """``Create schema audit``."""
        return f"Create schema {self.name}"

    def touches(self) -> tuple[Name, ...]:
        """No table."""
        return ()


@dataclass(frozen=True, slots=True)
class DropSchema(Operation):
    """``DROP SCHEMA``, of one that holds nothing: whatever somebody else put there stays."""

    name: str
    kind: ClassVar[str] = "drop_schema"
    mark: ClassVar[str] = "-"

    def apply(self, schema: Schema) -> Schema:
        """Remove the schema."""
        return schema.without_schema(self.name)

    def inverse(self, before: Schema) -> Operation:
        """Create it again."""
        return CreateSchema(self.name)

    def describe(self) -> str:
        """``Drop schema audit``."""
        return f"Drop schema {self.name}"

    def touches(self) -> tuple[Name, ...]:
        """No table."""
        return ()
