"""What the algorithms and locks of MariaDB and MySQL mean, and which values they change."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence

from ...operations.base import Operation
from ...operations.base import UNSET
from ...operations.batch import AlterTable
from ...operations.columns import AddColumn
from ...operations.columns import AlterColumn
from ...operations.constraints import AddConstraint
from ...operations.data import BulkInsert
from ...operations.data import Execute
from ...operations.tables import AlterTableOptions
from ...schema.objects import Check
from ...schema.objects import ForeignKey
from ...steps import Hazard
from ...steps import Part
from ...steps import Step
from .. import rules
from ..narrowing import narrowed
from ..narrowing import parts as type_parts
from ..rules import doing

#: Functions that give one value to all rows that are there, where the column comes INSTANT.
_VOLATILE = ("rand(",)


class Rules(rules.Rules):
    """The rules of MariaDB; MySQL has the same where its manual says so."""

    def of_step(self, operation: Operation, step: Step) -> Iterator[Hazard]:
        """Yield what a step keeps others from, and for how long."""
        effect, op = step.effect, step.operation or operation
        table = next((n for n in op.touches() if n not in self.around.created), None)
        if table is None or table not in self.around.before.tables:
            return
        blocks = next((lock.blocks for lock in effect.locks if effect.algorithm), None)
        rows = self.around.rows(table)
        if effect.algorithm == "COPY":
            said = (
                f"{doing(op)} blocks {blocks or 'nothing'} of {table} while its {rows} are copied."
            )
            yield Hazard(self._code(op), self.around.level(table), said, self._remedy(op))
        elif effect.algorithm == "INPLACE" and effect.rewrites:
            kept = f"which blocks {blocks}" if blocks else "while others read and write"
            said = f"{doing(op)} rebuilds {table} with its {rows}, {kept}."
            level = self.around.level(table) if blocks else "note"
            yield Hazard("LK33" if blocks else "LK22", level, said, "Do it off-peak.")
        elif blocks and blocks != "nothing" and effect.scans:
            said = f"{doing(op)} blocks {blocks} of {table} while its {rows} are read."
            yield Hazard("LK35", self.around.level(table), said, "Do it off-peak.")

    def _code(self, op: Operation) -> str:
        match op:
            case AlterTable(operations=(first, *_)):
                return self._code(first)
            case AddConstraint(constraint=ForeignKey()):
                return "LK13"
            case AddConstraint(constraint=Check()):
                return "LK18"
            case AlterColumn() if op.type is not UNSET:
                return "LK32" if self._crosses(op) else "LK31"
            case AddColumn() if op.column.computed is not None:
                return "LK33"
            case AddColumn():
                return "LK34"
        return "LK35"

    def _crosses(self, op: AlterColumn) -> bool:
        """Whether a varchar only grows: COPY then means that it crosses 255 bytes."""
        before = self.around.column(op.table, op.column)
        if before is None:
            return False
        (was, had, _), (now, has, _) = type_parts(str(before.type)), type_parts(str(op.type))
        return was == now == "varchar" and bool(had and has) and has[0] > had[0]

    def _remedy(self, op: Operation) -> str:
        op = op.operations[0] if isinstance(op, AlterTable) else op
        if isinstance(op, AlterColumn) and op.type is not UNSET:
            return "Do it off-peak; or add a new column, fill it in batches, and swap the names."
        if isinstance(op, AddColumn) and op.column.computed is not None:
            return "Make the column virtual, which is instant: Computed(…, persisted=False)"
        return "Do it off-peak."

    # --- values that change --------------------------------------------------------------------

    def add_column(self, op: AddColumn) -> Iterator[Hazard]:
        """DL08, DL10 and DL11, and what is so everywhere."""
        yield from super().add_column(op)
        if not self.around.holds_rows(op.table):
            return
        where, rows = f"{op.table}.{op.column.name}", self.around.rows(op.table)
        default = str(op.column.default or "").lower()
        if any(word in default for word in _VOLATILE):
            said = f"Adding {where} gives all {rows} one and the same value of {op.column.default}."
            remedy = (
                "Add it as nullable without a default, fill it by UPDATE, set the default then."
            )
            yield Hazard("DL10", "loss", said, remedy)
        if op.column.default is not None and any(isinstance(c, Check) for c in op.constraints):
            said = (
                f"Adding {where} with its check does not look whether the default, which all "
                f"{rows} "
                "get, satisfies it."
            )
            yield Hazard("DL11", "loss", said, "Add the check by itself, after the column.")

    def required(self, op: AddColumn, where: str) -> Iterator[Hazard]:
        """DL08: it is not refused here."""
        if self.around.holds_rows(op.table):
            said = (
                f"Adding {where} gives {self.around.rows(op.table)} a value that nobody chose: "
                f"0, an "
                "empty text or 0000-00-00; the column is NOT NULL and has no default."
            )
            remedy = (
                "Give it a server_default, or add it as nullable, fill it, and make it NOT NULL."
            )
            yield Hazard("DL08", "loss", said, remedy)

    def type_change(self, op: AlterColumn, old: str, new: str) -> Iterator[Hazard]:
        """DL05, DL06, DL07 and FL06."""
        where, rows = f"{op.table}.{op.column}", self.held(op.table)
        outcome = narrowed(old, new)
        if outcome == "rounded":
            said = f"Changing {where} from {old} to {new} rounds the values in {rows}, silently."
            yield Hazard("DL05", "loss", said, "Keep the old type, or a copy of the old values.")
        elif outcome == "refused" or _signed_away(old, new):
            said = f"Changing {where} from {old} to {new} fails if one of {rows} does not fit."
            yield Hazard("FL06", "fail", said, "The session is strict: nothing is cut silently.")
        kind = old.partition("(")[0].lower()
        if kind in ("enum", "set") and new.lower().startswith(kind):
            yield from self._values(where, old, new, rows)
        elif _collation(old) != _collation(new):
            said = (
                f"Changing the character set or collation of {where} changes which of {rows} are "
                "alike, and fails for text that it cannot hold."
            )
            yield Hazard("DL06", "loss", said, "Look for duplicates under the new collation first.")

    def _values(self, where: str, old: str, new: str, rows: str) -> Iterator[Hazard]:
        had, has = _members(old), _members(new)
        gone = [value for value in had if value not in has]
        if gone:
            said = f"Removing {', '.join(gone)} from {where} fails if one of {rows} holds it."
            yield Hazard("DL07", "loss", said, "Change those rows in the script before.")
        elif has[: len(had)] != had:
            said = (
                f"The values of {where} change their order: it copies {rows}, and ORDER BY and "
                "numbers in comparisons mean others from now on."
            )
            yield Hazard("DL07", "loss", said, "Append new values at the end, which is instant.")

    def alter_table_options(self, op: AlterTableOptions) -> Iterator[Hazard]:
        """DL06."""
        named = [n for n, _ in op.options if n.endswith(("_charset", "_collate"))]
        if named and self.around.holds_rows(op.name):
            said = (
                f"Converting {op.name} changes which of {self.held(op.name)} are alike, and fails "
                "for text that the new character set cannot hold."
            )
            yield Hazard("DL06", "loss", said, "Look for duplicates under the new collation first.")

    def of_plan(self, parts: Sequence[Part]) -> Iterator[str]:
        """FL14 and FL15."""
        steps = [step for part in parts for step in part.steps]
        data = [isinstance(step.operation, Execute | BulkInsert) for step in steps]
        if len(steps) > 1 and not all(data):
            yield (
                "FL14: each statement commits by itself; a failure leaves the revision "
                "half-way, from "
                "where the next upgrade goes on."
            )


def _signed_away(old: str, new: str) -> bool:
    return "unsigned" in new.lower() and "unsigned" not in old.lower()


def _collation(text: str) -> str:
    words = text.lower().split()
    return " ".join(w for n, w in enumerate(words) if n and words[n - 1] in ("set", "collate"))


def _members(text: str) -> list[str]:
    """Return the quoted values of ``enum('a','b')``; a quote within one is doubled."""
    inner = text[text.index("(") + 1 : text.rindex(")")]
    values, value, inside = [], "", False
    for character in inner:
        if character == "'":
            inside = not inside
        elif character == "," and not inside:
            values.append(value.strip())
            value = ""
            continue
        value += character
    return [*values, value.strip()]
