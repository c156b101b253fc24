"""What a reviewer should know about an operation, whatever the database system.

The codes are explained in ``docs/plan.rst``.  A rule looks at an operation, at the schema before it
and at the number of rows; what a statement locks, rewrites and scans was measured before
(``Dialect.measure``), and the rules of a dialect put it into words.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from ..errors import counted
from ..operations.base import Operation
from ..operations.base import UNSET
from ..operations.batch import AlterTable
from ..operations.columns import AddColumn
from ..operations.columns import AlterColumn
from ..operations.columns import DropColumn
from ..operations.constraints import AddConstraint
from ..operations.constraints import described
from ..operations.constraints import DropConstraint
from ..operations.data import Backfill
from ..operations.data import Execute
from ..operations.indexes import CreateIndex
from ..operations.tables import DropTable
from ..operations.tables import RenameTable
from ..operations.types import AlterEnum
from ..schema.names import Name
from ..schema.objects import Check
from ..schema.objects import Column
from ..schema.objects import ForeignKey
from ..schema.objects import PrimaryKey
from ..schema.objects import Schema
from ..schema.objects import Unique
from ..steps import Hazard
from ..steps import Level
from ..steps import Part
from ..steps import Step

#: Tables with fewer rows are done in a moment, whatever is done to them.
SMALL = 10_000


@dataclass(frozen=True, slots=True)
class Size:
    """The number of rows of a table; not ``exact`` is the server's own estimate."""

    number: int
    exact: bool = True

    def __str__(self) -> str:
        if self.exact:
            return counted(self.number, "row").replace(str(self.number), f"{self.number:,}")
        if self.number >= 1_000_000:
            return f"about {self.number / 1_000_000:.1f} million rows"
        return f"about {self.number:,} rows"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is there when an operation runs.

    ``created`` are the tables and ``added`` the columns, nullable ones, of the same plan so far;
    ``coming`` are all columns that it adds.
    """

    before: Schema
    sizes: Mapping[Name, Size] = field(default_factory=dict)
    created: frozenset[Name] = frozenset()
    added: frozenset[tuple[Name, str]] = frozenset()
    coming: frozenset[tuple[Name, str]] = frozenset()

    def rows(self, table: Name) -> str:
        """Return ``1,204 rows``, or ``rows`` where the number is not known."""
        size = self.sizes.get(table)
        return "rows" if size is None else str(size)

    def holds_rows(self, table: Name) -> bool:
        """Whether a table that was there before has rows, or may have."""
        size = self.sizes.get(table)
        return table not in self.created and (size is None or size.number > 0)

    def is_empty(self, table: Name, columns: Sequence[str]) -> bool:
        """Whether the rows that are there have NULL in one of the columns: it is new."""
        return any((table, column) in self.added for column in columns)

    def level(self, table: Name) -> Level:
        """Return how much it matters that a table is blocked."""
        size = self.sizes.get(table)
        return "note" if size is not None and size.number < SMALL else "block"

    def column(self, table: Name, name: str) -> Column | None:
        """Return a column as it is before the operation."""
        found = self.before.table(table)
        return found.column(name) if found is not None else None


class Rules:
    """The rules: a method for each kind of operation, found by its name, and some on steps."""

    def __init__(self, around: Surroundings, quote: Any) -> None:
        self.around = around
        self._quote = quote

    def of_operation(self, operation: Operation) -> Iterator[Hazard]:
        """Yield what follows from what the operation is."""
        rule = getattr(self, operation.kind, None)
        if rule is not None:
            yield from rule(operation)

    def of_step(self, operation: Operation, step: Step) -> Iterator[Hazard]:
        """Yield what follows from what a step locks, rewrites and scans."""
        yield from ()

    def of_plan(self, parts: Sequence[Part]) -> Iterator[str]:
        """Yield sentences about the plan as a whole."""
        yield from ()

    # --- words ---------------------------------------------------------------------------------

    def name(self, name: Name) -> str:
        """Return a table's name as SQL has it."""
        return ".".join(self._quote(part) for part in (name.schema, name.name) if part)

    def quote(self, identifier: str) -> str:
        """Quote one identifier where it needs it."""
        return str(self._quote(identifier))

    def held(self, table: Name) -> str:
        """Return ``the 1,204 rows of user``."""
        return f"the {self.around.rows(table)} of {table}"

    def count(self, table: Name, where: str) -> str:
        """Return a query that counts the rows that stand in the way."""
        return f"SELECT count(*) FROM {self.name(table)} WHERE {where}"

    # --- tables and columns --------------------------------------------------------------------

    def drop_table(self, op: DropTable) -> Iterator[Hazard]:
        """DL01."""
        if self.around.holds_rows(op.name):
            yield Hazard(
                "DL01",
                "loss",
                f"Dropping table {op.name} destroys its {self.around.rows(op.name)}; downgrade "
                "brings back an empty table.",
                "Stop using it and deploy that; rename it; drop it a release later:\n"
                f"  op.rename_table({op.name.name!r}, {op.name.name + '_old'!r})",
            )

    def rename_table(self, op: RenameTable) -> Iterator[Hazard]:
        """BC01."""
        if op.name not in self.around.created:
            yield Hazard(
                "BC01",
                "break",
                f"The running version of the app asks for {op.name}, which is {op.new} from now "
                "on.",
                f"Keep the name: __tablename__ = {op.name.name!r}.  Or stop the app meanwhile.",
            )

    def add_column(self, op: AddColumn) -> Iterator[Hazard]:
        """BC03 and FL04."""
        column = op.column
        if column.nullable or given(column) or op.table in self.around.created:
            return
        where = f"{op.table}.{column.name}"
        yield from self.required(op, where)
        yield Hazard(
            "BC03",
            "break",
            f"The running version of the app does not know {where}, and its INSERTs fail: the "
            "column is NOT NULL and has no server default.",
            "Give it a server_default; or add it as nullable, deploy, fill it, and make it NOT "
            "NULL then.",
        )

    def required(self, op: AddColumn, where: str) -> Iterator[Hazard]:
        """FL04, where the server refuses it."""
        if self.around.holds_rows(op.table):
            yield Hazard(
                "FL04",
                "fail",
                f"Adding {where} fails: {op.table} has {self.around.rows(op.table)}, and the "
                "column is NOT NULL without a value for them.",
                "Give it a server_default, or add it as nullable, fill it, and make it NOT NULL.",
            )

    def drop_column(self, op: DropColumn) -> Iterator[Hazard]:
        """DL02, or BC04 where the values are computed from others."""
        if not op.loses(self.around.before):
            if (op.table, op.column) not in self.around.coming:
                yield Hazard(
                    "BC04",
                    "break",
                    f"The running version of the app may ask for {op.table}.{op.column}, which is "
                    "computed from other columns.",
                    "Take it out of the model and deploy that; drop the column a release later.",
                )
        elif self.around.holds_rows(op.table):
            yield Hazard(
                "DL02",
                "loss",
                f"Dropping column {op.table}.{op.column} destroys what {self.held(op.table)} have "
                "in it; the running version of the app still asks for it.",
                "Take it out of the model and deploy that; drop the column a release later.",
            )

    def alter_column(self, op: AlterColumn) -> Iterator[Hazard]:
        """BC02, BC06, FL03, and what the type brings."""
        if op.table in self.around.created:
            return
        where = f"{op.table}.{op.column}"
        before = self.around.column(op.table, op.column)
        if op.new_name not in (UNSET, op.column):
            yield Hazard(
                "BC02",
                "break",
                f"The running version of the app asks for {where}, which is {op.new_name} from "
                "now on.",
                f"Keep the column's name: db.Column({op.column!r}, …) under another attribute.  Or "
                "stop the app meanwhile.",
            )
        if op.type is not UNSET and before is not None and self.around.holds_rows(op.table):
            yield from self.type_change(op, str(before.type), str(op.type))
        if op.nullable is False and (before is None or before.nullable):
            yield from self.not_null(op, where)
        required = op.nullable is False or (before is not None and not before.nullable)
        if op.default is None and required and before is not None and before.default is not None:
            yield Hazard(
                "BC06",
                "break",
                f"INSERTs of the running version of the app that leave {where} out fail: it is NOT "
                "NULL, and its server default goes.",
                "Deploy a version that always gives a value first.",
            )

    def not_null(self, op: AlterColumn, where: str) -> Iterator[Hazard]:
        """FL03."""
        if self.around.holds_rows(op.table):
            query = self.count(op.table, f"{self.quote(op.column)} IS NULL")
            yield Hazard(
                "FL03",
                "fail",
                f"Making {where} NOT NULL fails if one of {self.held(op.table)} has NULL there, "
                "and so do writes of NULL by the running version of the app.",
                f"See how many: {query}",
            )

    def type_change(self, op: AlterColumn, old: str, new: str) -> Iterator[Hazard]:
        """FL06 and DL05 are the dialects': they know what their types hold."""
        yield from ()

    # --- constraints and indexes ---------------------------------------------------------------

    def add_constraint(self, op: AddConstraint) -> Iterator[Hazard]:
        """FL01 and FL05."""
        if not self.around.holds_rows(op.table):
            return
        constraint = op.constraint
        match constraint:
            case Unique() | ForeignKey() if self.around.is_empty(op.table, constraint.columns):
                return
            case Unique() | PrimaryKey():
                yield self.duplicates(op.table, described(constraint), constraint.columns)
            case Check():
                query = self.count(op.table, f"NOT ({constraint.sql})")
                yield self.violated(op.table, described(constraint), query)
            case ForeignKey():
                query = self.orphans(op.table, constraint)
                yield self.violated(op.table, described(constraint), query)

    def create_index(self, op: CreateIndex) -> Iterator[Hazard]:
        """FL01."""
        columns = op.index.columns
        if not op.index.unique or self.around.is_empty(op.table, columns):
            return
        if columns and self.around.holds_rows(op.table):
            yield self.duplicates(op.table, f"unique index {op.index.name}", columns)

    def duplicates(self, table: Name, what: str, columns: Sequence[str]) -> Hazard:
        """FL01."""
        listed = ", ".join(map(self.quote, columns))
        return Hazard(
            "FL01",
            "fail",
            f"The {what} fails if two of {self.held(table)} are alike in ({', '.join(columns)}).",
            f"See which: SELECT {listed}, count(*) FROM {self.name(table)} GROUP BY {listed} "
            "HAVING count(*) > 1",
        )

    def violated(self, table: Name, what: str, query: str) -> Hazard:
        """FL05."""
        return Hazard(
            "FL05",
            "fail",
            f"The {what} fails if one of {self.held(table)} violates it, and so do later writes of "
            "the running version of the app.",
            f"See how many: {query}",
        )

    def orphans(self, table: Name, key: ForeignKey) -> str:
        """Return a query that counts rows without a parent."""
        pairs = list(zip(key.columns, key.target_columns, strict=True))
        joined = " AND ".join(f"p.{self.quote(o)} = c.{self.quote(c)}" for c, o in pairs)
        given = " AND ".join(f"c.{self.quote(c)} IS NOT NULL" for c, _ in pairs)
        return (
            f"SELECT count(*) FROM {self.name(table)} c WHERE {given} AND NOT EXISTS "
            f"(SELECT 1 FROM {self.name(key.target)} p WHERE {joined})"
        )

    def drop_constraint(self, op: DropConstraint) -> Iterator[Hazard]:
        """BC13."""
        if op.table not in self.around.created and op.type != "primary":
            what = described(op.constraint) if op.constraint else f"constraint {op.name}"
            said = f"From now on nothing refuses rows of {op.table} that violate {what}."
            yield Hazard("BC13", "note", said)

    def alter_enum(self, op: AlterEnum) -> Iterator[Hazard]:
        """BC09 and FL08."""
        for old, new in op.renamed:
            yield Hazard(
                "BC09",
                "break",
                f"The running version of the app writes {old!r} into {op.before.name}, which is "
                f"{new!r} from now on.",
                "Add the new value, change the rows, and remove the old one a release later.",
            )
        removed = [value for value in op.removed if value not in dict(op.mapped)]
        if removed:
            listed = ", ".join(map(repr, removed))
            yield Hazard(
                "FL08",
                "fail",
                f"Removing {listed} from {op.before.name} fails if a row still holds it.",
                "Change those rows in the script before.",
            )

    # --- SQL of a script -----------------------------------------------------------------------

    def backfill(self, op: Backfill) -> Iterator[Hazard]:
        """LK43."""
        said = f"Each batch of {op.batch} rows commits by itself, and what is before it as well."
        yield Hazard("LK43", "note", said, "What has been filled stays if a later step fails.")

    def execute(self, op: Execute) -> Iterator[Hazard]:
        """DL14, LK42 and FL16."""
        words = op.sql.upper().split()
        first = words[0].rstrip(";") if words else ""
        if first == "TRUNCATE" or (first == "DELETE" and "WHERE" not in words):
            said = f"{' '.join(op.sql.split())[:80]} deletes every row."
            yield Hazard("DL14", "loss", said, "Say which rows: DELETE FROM … WHERE …")
        if first == "UPDATE":
            said = "One UPDATE locks every row that it changes until the revision commits."
            yield Hazard("LK42", "note", said, "Change many rows by op.backfill(…).")
        if first in ("BEGIN", "COMMIT", "ROLLBACK"):
            said = f"{first} in a script ends the revision's transaction."
            yield Hazard("FL16", "fail", said, "Use op.get_context().autocommit_block().")


def given(column: Column) -> bool:
    """Whether rows that do not say so have a value other than NULL in a column."""
    by_server = column.computed or column.identity or column.autoincrement
    return column.default is not None or bool(by_server)


_GERUNDS = {
    "Add": "Adding",
    "Change": "Changing",
    "Create": "Creating",
    "Drop": "Dropping",
    "Execute": "Executing",
    "Rename": "Renaming",
}


def doing(operation: Operation) -> str:
    """Return an operation's sentence as the subject of another: ``Adding column user.email``."""
    if isinstance(operation, AlterColumn):
        return f"Changing column {operation.table}.{operation.column}"
    if isinstance(operation, AlterTable):
        return f"Changing {len(operation.operations)} columns of {operation.table} at once"
    first, space, rest = operation.describe().partition(" ")
    return _GERUNDS.get(first, first) + space + rest
