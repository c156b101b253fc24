"""Names that the server gave after a table or a column, and that follow when that is renamed.

A constraint that the model leaves unnamed goes by the server's name for it.  After a rename it
would still tell of the old table or column; ``create_all`` would have named it otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace

from ..operations.base import Operation
from ..operations.constraints import type_of
from ..operations.names import RenameConstraint
from ..operations.names import RenameSequence
from ..schema.names import Name
from ..schema.objects import Constraint
from ..schema.objects import Schema
from ..schema.objects import Table
from .named import Naming
from .renames import Renames


@dataclass(frozen=True, slots=True)
class ServerNames:
    """How a server names what has no name, and what of that can be renamed."""

    constraint: Naming
    sequence: Callable[[Name, str], Name | None]
    renamable: Collection[str]

    def following(
        self, start: Schema, now: Schema, wanted: Schema, renames: Renames
    ) -> Iterator[Operation]:
        """Yield renames of what ``renames``, which made ``start`` into ``now``, leave behind.

        ``wanted`` is what the models say, before the server has named anything in it.
        """
        old_names = {new: old for old, new in renames.tables.items()}
        for name, table in now.tables.items():
            before, model = start.table(old_names.get(name, name)), wanted.table(name)
            columns = {old: new for (t, old), new in renames.columns.items() if t == name}
            if before is None or model is None or (before.name == name and not columns):
                continue
            yield from self._constraints(before, table, model)
            yield from self._sequences(before, name, columns)

    def _constraints(self, before: Table, now: Table, model: Table) -> Iterator[Operation]:
        unnamed = {type_of(c) for c in model.constraints if c.name is None}
        named = {c.name for c in model.constraints}
        for old, new in zip(before.constraints, now.constraints):
            kind = type_of(old)
            if kind not in self.renamable or kind not in unnamed or old.name in named:
                continue
            if old.name is not None and self._name(before, old) == old.name:
                name = self._name(now, new)
                if name != old.name:
                    yield RenameConstraint(now.name, old.name, name, kind)

    def _name(self, table: Table, constraint: Constraint) -> str:
        """Return what the server would call a constraint if it came last."""
        others = table.without_constraint(constraint)
        return self.constraint(others, replace(constraint, name=None))

    def _sequences(
        self, before: Table, name: Name, columns: Mapping[str, str]
    ) -> Iterator[Operation]:
        for column in before.columns:
            if not (column.autoincrement or column.identity):
                continue
            old = self.sequence(before.name, column.name)
            new = self.sequence(name, columns.get(column.name, column.name))
            if old is not None and new is not None and old != new:
                yield RenameSequence(old, new.name)
