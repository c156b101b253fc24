"""Names of tables and types, and the rules that give constraints theirs."""

from __future__ import annotations

from dataclasses import dataclass

from .making import quickly


@quickly
@dataclass(frozen=True, slots=True)
class Name:
    """The name of a table, a type or a sequence.

    ``schema`` is None for the connection's default schema: a model that spells the default schema
    out (``schema="public"``) and one that does not have equal names here.
    """

    name: str
    schema: str | None = None

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name

    @property
    def sort_key(self) -> tuple[str, str]:
        """Order by schema, the default one first, then by name."""
        return (self.schema or "", self.name)

    def renamed(self, name: str) -> Name:
        """Return the same place under another name."""
        return Name(name, self.schema)
