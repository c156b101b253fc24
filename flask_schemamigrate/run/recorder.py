"""The executor that keeps steps instead of running them, where there is no copy to run them on."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field

from ..operations.base import Operation
from ..schema.names import Name
from ..schema.objects import Schema
from ..schema.objects import Table
from ..steps import Part
from ..steps import Step
from .sqlwriter import SqlWriter


@dataclass(slots=True)
class Recorder(SqlWriter):
    """Keeps each step.  Scripts see what they see with ``--sql``: no rows can be read."""

    waiting: list[Step] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    def _step(self, step: Step) -> None:
        self.waiting.append(step)

    def statement(self, sql: str) -> None:
        """Keep a statement that the script, or an event, gave to the connection itself."""
        self.waiting.append(Step(sql))

    def text(self, text: str) -> None:
        """Leave out BEGIN and COMMIT: they are no steps."""

    def finished(self, operation: Operation | None) -> None:
        """Take note that an operation has been carried out, or the script."""
        if operation is not None or self.waiting:
            self.parts.append(Part(operation, tuple(self.waiting)))
        self.waiting.clear()


@dataclass(slots=True)
class RecordedTables:
    """The tables as recorded operations leave them."""

    schema: Schema
    recorder: Recorder

    def table(self, name: Name) -> Table | None:
        """Return the table as it would be, or None."""
        return self.schema.table(name)

    def forget(self) -> None:
        """Nothing goes stale: only operations change what is known."""

    def done(self, operation: Operation) -> None:
        """Apply the operation to what is known."""
        self.schema = operation.apply(self.schema)
        self.recorder.finished(operation)
