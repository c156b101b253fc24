"""What is found in a database."""

from __future__ import annotations

from dataclasses import dataclass

from ..schema.names import Name
from ..schema.objects import Schema


@dataclass(frozen=True, slots=True)
class Settlement:
    """Both sides of a comparison in one spelling.

    ``notes`` are sentences about what could not be asked of the server and was compared as text.
    ``same`` names tables that are known to be equal.
    """

    actual: Schema
    wanted: Schema
    notes: tuple[str, ...] = ()
    same: frozenset[Name] = frozenset()

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        one, two = self.actual, self.wanted
        return (
            one.tables.keys() == two.tables.keys()
            and all(n in self.same or t == one.tables[n] for n, t in two.tables.items())
            and one.schemas == two.schemas
            and one.sequences == two.sequences
            and _values(one) == _values(two)
        )


def _values(schema: Schema) -> dict[Name, tuple[object, object]]:
    return {enum.name: (enum.values, enum.domain) for enum in schema.enums.values()}


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A copy ``name`` of a table ``of``, made to replace it, with its rows.

    ``of`` is None where that table, which has gone, cannot be told by its name; ``alone`` is
    whether it has gone, so that its rows are here and nowhere else.
    """

    name: str
    of: str | None
    rows: int
    alone: bool
