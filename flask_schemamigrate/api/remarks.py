"""What a script does to the rows that are there, said before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import TypeGuard

from ..dialects.misfits import Misfit
from ..diff import required
from ..diff import vanishing
from ..diff.candidates import Candidate
from ..diff.required import Fills
from ..diff.required import Need
from ..operations.base import losses
from ..operations.base import Operation
from ..operations.base import UNSET
from ..operations.columns import AddColumn
from ..operations.columns import AlterColumn
from ..operations.columns import DropColumn
from ..operations.data import KeepValue
from ..operations.data import ReplaceValue
from ..operations.tables import DropTable
from ..operations.types import AlterEnum
from ..run.rows import Rows
from ..run.session import Session
from ..schema.names import Name
from ..schema.objects import Table
from .renaming import Renamed
from .values import Remark


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the remarks on single operations; it counts rows of the open database.

    ``renamed`` tells what tables and columns are still called in it; ``others`` are the tables in
    it that are not ours.
    """

    opened: Session
    renamed: Renamed
    needs: Mapping[required.Where, Need]
    fills: Fills
    others: Sequence[Table] = ()

    def remarks(self, operations: Sequence[Operation]) -> tuple[Remark, ...]:
        """Return the remarks, in the order of the operations."""
        rows = Rows(self.opened.connection)
        found: list[Remark] = []
        for op, lost in zip(operations, losses(operations, self.renamed.start)):
            found += self._of(op, lost, rows)
        return tuple(found)

    def _of(self, op: Operation, lost: str, rows: Rows) -> Iterator[Remark]:
        match op:
            case DropTable():
                count = rows.count(op.name)
                yield Remark(op, f"Loses {lost}: {_rows(count)}.", "loses", count)
                yield from self._pointed_at(op)
            case DropColumn() if lost:
                table, column = self.renamed.origin(op.table, op.column)
                count, of = rows.with_value(table, column), rows.count(table)
                words = f"{count:,} of {of:,} rows have one"
                yield Remark(op, f"Loses {lost}: {words}.", "loses", count)
            case AddColumn():
                yield from self._filled(op, op.table, op.column.name)
            case AlterColumn():
                yield from self._filled(op, op.table, op.column)
                if op.type is not UNSET:
                    yield from self._misfits(op, rows)
            case AlterEnum():
                yield from self._mapped(op, rows)
                yield from self._removed(op, rows)
            case ReplaceValue():
                table, column = self.renamed.origin(op.table, op.column)
                count = rows.holding(table, column, [op.old])
                yield Remark(
                    op, _gets(f"{op.table}.{op.column}", count, op.old, op.new), rows=count
                )

    def _pointed_at(self, op: DropTable) -> Iterator[Remark]:
        for table in self.others:
            for key in table.foreign_keys:
                if key.target == op.name:
                    name = f" ({key.name})" if key.name else ""
                    text = (
                        f"{table.name}, which no script and no model mentions, points at "
                        f"{op.name}{name}: upgrade fails as long as it does."
                    )
                    yield Remark(op, text, "misfit")

    def _filled(self, op: Operation, table: Name, column: str) -> Iterator[Remark]:
        where = (table, column)
        if where in self.needs and where in self.fills:
            need, fill = self.needs[where], self.fills[where]
            if not isinstance(op, AlterColumn) or op.nullable is False or fill.nullable:
                yield Remark(op, required.remark(need, fill))

    def _misfits(self, op: AlterColumn, rows: Rows) -> Iterator[Remark]:
        table, name = self.renamed.origin(op.table, op.column)
        start = self.renamed.start.table(table)
        before = start.column(name) if start is not None else None
        wanted = self.renamed.settled.wanted.table(op.table)
        after = wanted.column(op.column) if wanted is not None else None
        if before is None or after is None or before.type == after.type:
            return
        replaced = [o.old for o in self.renamed.operations if _replaces(o, op)]
        settled = rows.holding(table, name, replaced) if replaced else 0
        for misfit in self.opened.dialect.misfits(table, before, after):
            if settled:
                misfit = replace(misfit, count=misfit.count - settled, example=None)
            if not misfit.count and settled:
                continue
            text = _said(misfit, rows.count(table), f"{op.table}.{op.column}")
            changed = misfit.outcome == "changed"
            yield Remark(op, text, "loses" if changed else "misfit", misfit.count)

    def _mapped(self, op: AlterEnum, rows: Rows) -> Iterator[Remark]:
        for table, column, _ in op.columns:
            origin = self.renamed.origin(table, column)
            for old, new in op.mapped:
                count = rows.holding(*origin, [old], many=self._is_many(*origin))
                yield Remark(op, _gets(f"{table}.{column}", count, old, new), rows=count)

    def _is_many(self, table: Name, name: str) -> bool:
        start = self.renamed.start.table(table)
        column = start.column(name) if start is not None else None
        return column is not None and vanishing.is_many(column)

    def _removed(self, op: AlterEnum, rows: Rows) -> Iterator[Remark]:
        removed = [value for value in op.removed if value not in dict(op.mapped)]
        if not removed:
            return
        for new_table, new_column, _ in op.columns:
            table, column = self.renamed.origin(new_table, new_column)
            values = [{n: o for o, n in op.renamed}.get(v, v) for v in removed]
            count = rows.holding(table, column, values, many=self._is_many(table, column))
            if count:
                listed = ", ".join(map(repr, removed))
                text = (
                    f"{count:,} of {_rows(rows.count(table))} of {new_table}.{new_column} hold "
                    f"{listed}, which {op.after.name} does not have any more: upgrade fails on "
                    "them.  Give them another value first."
                )
                yield Remark(op, text, "misfit", count)


def _replaces(op: Operation, change: AlterColumn) -> TypeGuard[ReplaceValue]:
    return isinstance(op, ReplaceValue) and (op.table, op.column) == (change.table, change.column)


def _gets(where: str, count: int, old: str, new: str) -> str:
    verb, pronoun = ("holds", "it gets") if count == 1 else ("hold", "they get")
    return f"{_rows(count)} of {where} {verb} {old!r}: {pronoun} {new!r}."


def of_way_back(inverse: Operation, single: Sequence[Operation]) -> tuple[str, ...]:
    """Return what a script says of values that do not come back; ``single`` led to them."""
    if isinstance(inverse, KeepValue):
        where = f"{inverse.table}.{inverse.column}"
        return (_forgotten(where, inverse.old, inverse.new),)
    if not isinstance(inverse, AlterEnum):
        return ()
    return tuple(
        _forgotten(f"type {inverse.before.name}", old, new)
        for op in single
        if isinstance(op, AlterEnum) and op.after == inverse.before
        for old, new in op.mapped
        if (new, old) not in inverse.mapped
    )


def _forgotten(where: str, old: str, new: str) -> str:
    return f"Which rows held {old!r} of {where} is not known any more: they keep {new!r}."


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _said(misfit: Misfit, total: int, where: str) -> str:
    if misfit.outcome == "unknown":
        return f"Whether the values of {where} can be converted could not be tried: {misfit.what}"
    ending = {
        "refused": "upgrade fails on them until they are changed",
        "changed": "what is too much is lost",
        "kept": "SQLite keeps them as they are",
        "misread": "SQLite keeps them as they are, and the app would read something else or fail; "
        "change them in the script",
    }[misfit.outcome]
    example = "" if misfit.example is None else f", for example {misfit.example!r}"
    return f"{misfit.count:,} of {_rows(total)} of {where} {misfit.what}{example}: {ending}."


def of(found: Sequence[Remark], operation: Operation) -> tuple[str, ...]:
    """Return the sentences about one operation."""
    return tuple(remark.text for remark in found if remark.operation == operation)


_WIDTH = 76


def marked(undecided: Sequence[Candidate], found: Sequence[Remark]) -> tuple[str, ...]:
    """Return the lines of a block that shows what may have been renamed; () where nothing may."""
    if not undecided:
        return ()
    lines = [" RENAMED? ".center(_WIDTH, "=")]
    for candidate in undecided:
        lines.append(
            f"{candidate.what} goes and {candidate.new} comes{_rows_of(candidate, found)}."
        )
        lines.append("If it was renamed, delete this file and run:")
        lines.append(f"    flask db migrate --rename {candidate.flag}")
    return (*lines, "=" * _WIDTH)


def _rows_of(candidate: Candidate, found: Sequence[Remark]) -> str:
    """Return how many rows lose something if it was one."""
    for remark in found:
        match remark.operation:
            case DropTable(name=name):
                about = candidate.kind == "table" and name == candidate.holder
            case DropColumn(table=name, column=column):
                whole = (name, column) == (candidate.holder, candidate.old)
                about = candidate.kind == "column" and whole
            case _:
                about = False
        if about:
            return f", and what {_rows(remark.rows)} had in it is lost"
    return ""
