"""Operations on sequences that no column owns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..errors import Irreversible
from ..schema.names import Name
from ..schema.objects import Schema
from ..schema.objects import Sequence
from .base import Operation
from .base import Tables


@dataclass(frozen=True, slots=True)
class CreateSequence(Operation):
    """``CREATE SEQUENCE``."""

    sequence: Sequence
    kind: ClassVar[str] = "create_sequence"
    mark: ClassVar[str] = "+"

    def apply(self, schema: Schema) -> Schema:
        """Add the sequence."""
        return schema.with_sequence(self.sequence)

    def inverse(self, before: Schema) -> Operation:
        """Drop it again."""
        return DropSequence(self.sequence)

    def describe(self) -> str:
        """``Create sequence ticket``."""
        return f"Create sequence {self.sequence.name}"

    def touches(self) -> tuple[Name, ...]:
        """The sequence."""
        return (self.sequence.name,)


@dataclass(frozen=True, slots=True)
class DropSequence(Operation):
    """``DROP SEQUENCE``."""

    sequence: Sequence
    kind: ClassVar[str] = "drop_sequence"
    mark: ClassVar[str] = "-"

    def apply(self, schema: Schema) -> Schema:
        """Remove the sequence."""
        return schema.without_sequence(self.sequence.name)

    def inverse(self, before: Schema) -> Operation:
        """Create it as it was defined; it begins anew."""
        return CreateSequence(self.sequence)

    def describe(self) -> str:
        """``Drop sequence ticket``."""
        return f"Drop sequence {self.sequence.name}"

    def touches(self) -> tuple[Name, ...]:
        """The sequence."""
        return (self.sequence.name,)

    def loses(self, before: Tables) -> str:
        """How far it has counted."""
        return f"the position of sequence {self.sequence.name}"


@dataclass(frozen=True, slots=True)
class AlterSequence(Operation):
    """Change the options of a sequence; it goes on from where it is."""

    before: Sequence
    after: Sequence
    kind: ClassVar[str] = "alter_sequence"
    mark: ClassVar[str] = "~"

    def apply(self, schema: Schema) -> Schema:
        """Put the new options in place."""
        return schema.with_sequence(self.after)

    def inverse(self, before: Schema) -> Operation:
        """Put the former options back."""
        if self.before.name not in before.sequences:
            raise Irreversible(f"{self.describe()} cannot be undone: what it was is not known.")
        return AlterSequence(self.after, before.sequences[self.before.name])

    def describe(self) -> str:
        """``Change sequence ticket``."""
        return f"Change sequence {self.before.name}"

    def touches(self) -> tuple[Name, ...]:
        """The sequence."""
        return (self.before.name,)
