"""New names for constraints, indexes and sequences: what they are stays as it is.

Nothing of the peers does this: scripts say it with ``op.execute``.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace
from typing import ClassVar

from ..schema.names import Name
from ..schema.objects import Schema
from . import renaming
from .base import Operation
from .constraints import ConstraintType


@dataclass(frozen=True, slots=True)
class RenameConstraint(Operation):
    """Rename a constraint of a table."""

    table: Name
    name: str
    new: str
    type: ConstraintType
    kind: ClassVar[str] = "rename_constraint"
    mark: ClassVar[str] = "~"

    def apply(self, schema: Schema) -> Schema:
        """Give it the new name."""
        table = schema.table(self.table)
        found = table.constraint(self.name) if table is not None else None
        if table is None or found is None:
            return schema
        kept = table.without_constraint(found)
        # The SQLAlchemy object still has the old name: it must not be compiled any more.
        return schema.with_table(kept.with_constraint(replace(found, name=self.new, element=None)))

    def inverse(self, before: Schema) -> Operation:
        """Rename it back."""
        return RenameConstraint(self.table, self.new, self.name, self.type)

    def describe(self) -> str:
        """``Rename constraint uq_a of table user to uq_user_a``."""
        return f"Rename constraint {self.name} of table {self.table} to {self.new}"

    def touches(self) -> tuple[Name, ...]:
        """The table."""
        return (self.table,)

    def fragment(self) -> str:
        """``rename_uq_a_to_uq_user_a``."""
        return f"rename_{self.name}_to_{self.new}"


@dataclass(frozen=True, slots=True)
class RenameIndex(Operation):
    """Rename an index of a table."""

    table: Name
    name: str
    new: str
    kind: ClassVar[str] = "rename_index"
    mark: ClassVar[str] = "~"

    def apply(self, schema: Schema) -> Schema:
        """Give it the new name."""
        table = schema.table(self.table)
        if table is None or table.index(self.name) is None:
            return schema
        indexes = tuple(
            renaming.index_called(i, self.new) if i.name == self.name else i for i in table.indexes
        )
        return schema.with_table(replace(table, indexes=indexes))

    def inverse(self, before: Schema) -> Operation:
        """Rename it back."""
        return RenameIndex(self.table, self.new, self.name)

    def describe(self) -> str:
        """``Rename index ix_a of table user to ix_user_a``."""
        return f"Rename index {self.name} of table {self.table} to {self.new}"

    def touches(self) -> tuple[Name, ...]:
        """The table."""
        return (self.table,)

    def fragment(self) -> str:
        """``rename_ix_a_to_ix_user_a``."""
        return f"rename_{self.name}_to_{self.new}"


@dataclass(frozen=True, slots=True)
class RenameSequence(Operation):
    """Rename a sequence, one of its own or that of a column, where it is there."""

    name: Name
    new: str
    kind: ClassVar[str] = "rename_sequence"
    mark: ClassVar[str] = "~"

    def apply(self, schema: Schema) -> Schema:
        """Move it; the sequence of a column is no value of its own."""
        found = schema.sequences.get(self.name)
        if found is None:
            return schema
        renamed = replace(found, name=self.name.renamed(self.new), element=None)
        return schema.without_sequence(self.name).with_sequence(renamed)

    def inverse(self, before: Schema) -> Operation:
        """Rename it back."""
        return RenameSequence(self.name.renamed(self.new), self.name.name)

    def describe(self) -> str:
        """``Rename sequence user_id_seq to account_id_seq``."""
        return f"Rename sequence {self.name} to {self.new}"

    def touches(self) -> tuple[Name, ...]:
        """Both names."""
        return (self.name, self.name.renamed(self.new))

    def fragment(self) -> str:
        """``rename_user_id_seq_to_account_id_seq``."""
        return f"rename_{self.name.name}_to_{self.new}"
