"""What PostgreSQL's locks, rewrites and scans mean, and how to do without them."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence

from ...operations.base import Operation
from ...operations.base import UNSET
from ...operations.columns import AddColumn
from ...operations.columns import AlterColumn
from ...operations.constraints import AddConstraint
from ...operations.constraints import DropConstraint
from ...operations.indexes import CreateIndex
from ...operations.indexes import DropIndex
from ...operations.tables import CreateTable
from ...operations.tables import DropTable
from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import ForeignKey
from ...schema.objects import PrimaryKey
from ...schema.objects import Unique
from ...steps import Hazard
from ...steps import Part
from ...steps import Step
from .. import rules
from ..narrowing import narrowed
from ..rules import doing
from ..rules import given

_AUTOCOMMIT = "  with op.get_context().autocommit_block():\n      "


class Rules(rules.Rules):
    """The rules of the LK section, from what was measured."""

    def of_step(self, operation: Operation, step: Step) -> Iterator[Hazard]:
        """Yield what a step keeps others from, and for how long."""
        touched = self._old([step.operation or operation, operation])
        done = "rewritten" if step.effect.rewrites else "scanned"
        heavy = set(step.effect.rewrites) or set(step.effect.scans)
        heavy &= {str(name) for name in self.around.before.tables} - {
            str(name) for name in self.around.created
        }
        if heavy and touched and not self._refused(step.operation):
            yield self._long(step.operation or operation, step, touched, done)
        else:
            yield from self._short(step.operation or operation, step)

    def _refused(self, op: Operation | None) -> bool:
        """Whether a table with rows refuses it (FL04): how long it would take is nothing then."""
        return isinstance(op, AddColumn) and not op.column.nullable and not given(op.column)

    def _old(self, operations: Sequence[Operation]) -> Name | None:
        """Return the first table that was there before."""
        names = (name for op in operations for name in op.touches())
        there = (n for n in names if n in self.around.before.tables)
        return next((n for n in there if n not in self.around.created), None)

    def _long(self, op: Operation, step: Step, table: Name, done: str) -> Hazard:
        code, remedy = self._remedy(op, step, table, done)
        blocked = [
            lock for lock in step.effect.locks if lock.blocks in ("reads and writes", "writes")
        ]
        if not blocked:
            said = f"{doing(op)}: the {self.around.rows(table)} of {table} are {done} meanwhile, "
            return Hazard(code, "note", said + "which blocks neither reads nor writes.")
        strongest = min(blocked, key=lambda lock: lock.blocks == "writes")
        tables = " and ".join(dict.fromkeys([str(table), *(lock.table for lock in blocked)]))
        what = f"{doing(op)} blocks {strongest.blocks} of {tables}"
        said = f"{what} while the {self.around.rows(table)} of {table} are {done}."
        return Hazard(code, self.around.level(table), said, remedy)

    def _short(self, op: Operation, step: Step) -> Iterator[Hazard]:
        """LK08, LK14 and LK15: locks that are held for a moment, and waited for."""
        others = [
            lock
            for lock in step.effect.locks
            if lock.blocks in ("reads and writes", "writes")
            and lock.table not in {str(name) for name in (*op.touches()[:1], *self.around.created)}
        ]
        wait = "It waits table_lock_timeout seconds at most, gives way and comes again."
        if others and isinstance(op, DropConstraint | DropTable):
            said = f"{doing(op)} blocks reads and writes of {others[0].table} too, for a moment."
            yield Hazard("LK14", "note", said, wait)
        elif others and isinstance(op, CreateTable | AddColumn | AddConstraint):
            said = f"{doing(op)} blocks writes of {others[0].table}, for a moment."
            yield Hazard("LK15", "note", said, wait)
        elif isinstance(op, DropIndex) and not op.concurrently and step.effect.locks:
            said = f"{doing(op)} blocks reads and writes of the table, for a moment."
            table = f", table_name={op.table.name!r}" if op.table else ""
            drop = f"op.drop_index({op.name!r}{table}, postgresql_concurrently=True)"
            yield Hazard("LK08", "note", said, f"Drop it without a lock:\n{_AUTOCOMMIT}{drop}")

    # --- what to do instead ---------------------------------------------------------------------

    def _remedy(self, op: Operation, step: Step, table: Name, done: str) -> tuple[str, str]:
        """Return the code of a long lock, and what to do instead."""
        match op:
            case CreateIndex():
                return "LK03", self._index(step)
            case AddConstraint():
                return self._constraint(op)
            case AddColumn():
                return self._column(op, done)
            case AlterColumn() if " SET NOT NULL" in step.sql:
                return "LK21", self._not_null(op)
            case AlterColumn() if op.type is not UNSET:
                return self._type(op, table, done)
        return ("LK26" if done == "rewritten" else "LK27"), "Do it while nobody uses the table."

    def _index(self, step: Step) -> str:
        create = step.sql.replace("INDEX ", "INDEX CONCURRENTLY ", 1)
        return (
            "Build it while others write, outside the transaction, in a revision of its own:\n"
            f"{_AUTOCOMMIT}op.execute({create!r})"
        )

    def _constraint(self, op: AddConstraint) -> tuple[str, str]:
        constraint, table = op.constraint, self.name(op.table)
        name = self.quote(constraint.name or "name")
        validate = f"  op.execute('ALTER TABLE {table} VALIDATE CONSTRAINT {name}')"
        later = "Add it for new rows alone, and look at the old ones in a later revision:\n"
        match constraint:
            case Unique() | PrimaryKey():
                word = "UNIQUE" if isinstance(constraint, Unique) else "PRIMARY KEY"
                columns = ", ".join(map(self.quote, constraint.columns))
                return (
                    "LK10" if isinstance(constraint, Unique) else "LK11",
                    "Build the index while others write, then let the constraint have it:\n"
                    f"{_AUTOCOMMIT}op.execute('CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} "
                    f"({columns})')\n"
                    f"  op.execute('ALTER TABLE {table} ADD CONSTRAINT {name} {word} USING INDEX "
                    f"{name}')",
                )
            case ForeignKey():
                return "LK12", (
                    f"{later}  op.create_foreign_key({constraint.name!r}, {op.table.name!r}, "
                    f"{constraint.target.name!r}, {list(constraint.columns)!r}, "
                    f"{list(constraint.target_columns)!r}, postgresql_not_valid=True)\n{validate}"
                )
            case Check():
                add = (
                    f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({constraint.sql}) NOT VALID"
                )
                return "LK17", f"{later}  op.execute({add!r})\n{validate}"
        return "LK10", "There is no gentler way: do it while nobody uses the table."

    def _column(self, op: AddColumn, done: str) -> tuple[str, str]:
        column = op.column
        if done != "rewritten":
            return "LK19", (
                "Add the column without its check or key; add that as NOT VALID, and validate "
                "it in "
                "a later revision."
            )
        if column.identity or column.autoincrement or column.computed:
            return "LK24", (
                "Add a plain column, fill it in batches (by a trigger for new rows), and make "
                "it what "
                "it is to be at the end."
            )
        if column.default is None:
            return "LK25", "Give it the plain type, and a check instead of the domain's."
        return "LK23", (
            f"The default {column.default} is another value for each row.  Add the column as "
            f"nullable "
            "without it, set the default then, and fill the old rows in batches."
        )

    def _not_null(self, op: AlterColumn) -> str:
        table, column = self.name(op.table), self.quote(op.column)
        check = self.quote(f"{op.table.name}_{op.column}_not_null")
        add = f"ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID"
        return (
            "Let a check look at the rows first, which blocks nobody, in revisions of their own:\n"
            f"  op.execute({add!r})\n"
            f"  op.execute('ALTER TABLE {table} VALIDATE CONSTRAINT {check}')\n"
            f"  op.alter_column({op.table.name!r}, {op.column!r}, nullable=False)\n"
            f"  op.drop_constraint({check!r}, {op.table.name!r}, type_='check')"
        )

    def _type(self, op: AlterColumn, table: Name, done: str) -> tuple[str, str]:
        known = self.around.before.table(table)
        keyed = known is not None and any(op.column in k.columns for k in known.foreign_keys)
        remedy = (
            "Add a new column of the new type, keep it in step by a trigger, fill it in "
            "batches, and "
            "swap the names."
        )
        if done == "scanned":
            return (
                "LK27",
                "Drop the check or index on it first, and make it again without blocking.",
            )
        return ("LK28" if keyed else "LK26"), remedy

    # --- types ---------------------------------------------------------------------------------

    def type_change(self, op: AlterColumn, old: str, new: str) -> Iterator[Hazard]:
        """DL05, FL06 and DL18."""
        where, rows = f"{op.table}.{op.column}", self.held(op.table)
        outcome = narrowed(old, new)
        if outcome == "rounded":
            said = f"Changing {where} from {old} to {new} rounds the values in {rows}, silently."
            yield Hazard("DL05", "loss", said, "Keep the old type, or a copy of the old values.")
        elif outcome == "refused" and op.using and "::" in op.using:
            said = f"The cast in USING {op.using} cuts what does not fit {new} in {rows}, silently."
            yield Hazard(
                "DL18", "loss", said, "Leave the USING out: then values too long are refused."
            )
        elif outcome == "refused":
            said = f"Changing {where} from {old} to {new} fails if one of {rows} does not fit."
            query = self._too_large(op, new)
            yield Hazard("FL06", "fail", said, f"See how many: {query}" if query else "")

    def _too_large(self, op: AlterColumn, new: str) -> str:
        size = new.partition("(")[2].rstrip(")")
        if size.isdigit():
            return self.count(op.table, f"length({self.quote(op.column)}) > {size}")
        return ""

    def of_plan(self, parts: Sequence[Part]) -> Iterator[str]:
        """LK02."""
        steps = [step for part in parts for step in part.steps if step.transactional]
        strong = [any(x.blocks == "reads and writes" for x in s.effect.locks) for s in steps]
        for place, step in enumerate(steps):
            heavy = step.effect.rewrites or step.effect.scans
            if heavy and any(strong[:place]):
                yield (
                    "LK02: locks are held until the revision commits: what an earlier "
                    "statement has "
                    "locked stays locked while a later one rewrites or scans.  Give the long ones "
                    "a revision of their own."
                )
                return
