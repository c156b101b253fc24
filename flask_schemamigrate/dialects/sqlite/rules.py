"""What a rebuild means, and what SQLite does not refuse."""

from __future__ import annotations

from collections.abc import Iterator

from ...operations.base import Operation
from ...operations.batch import AlterTable
from ...schema.names import Name
from ...steps import Hazard
from ...steps import Step
from .. import rules


class Rules(rules.Rules):
    """The rules of SQLite."""

    def of_step(self, operation: Operation, step: Step) -> Iterator[Hazard]:
        """LK40."""
        op = step.operation or operation
        if not step.effect.rewrites:
            return
        table: Name = op.touches()[0]
        rows = self.around.rows(table)
        how = (
            f"SQLite cannot alter {table} in this way: it is rebuilt, and its {rows} are copied"
            if isinstance(op, AlterTable)
            else f"SQLite writes the {rows} of {table} anew"
        )
        if self.around.holds_rows(table):
            said = f"{how} while nobody else can write to the file."
            yield Hazard("LK40", self.around.level(table), said)
