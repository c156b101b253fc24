"""DDL for MariaDB and MySQL.

A column is changed by saying all of it again (:mod:`.column`).  What the script does not name is
taken from the table itself, so that nothing is lost that nobody mentioned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.schema import AddConstraint as AddConstraintElement

from ...errors import InvalidOperation
from ...operations.base import Operation
from ...operations.batch import AlterTable
from ...operations.columns import AddColumn
from ...operations.columns import AlterColumn
from ...operations.columns import DropColumn
from ...operations.constraints import AddConstraint
from ...operations.constraints import DropConstraint
from ...operations.constraints import type_of
from ...operations.indexes import CreateIndex
from ...operations.indexes import DropIndex
from ...operations.names import RenameConstraint
from ...operations.names import RenameIndex
from ...operations.sequences import AlterSequence
from ...operations.sequences import CreateSequence
from ...operations.sequences import DropSequence
from ...operations.tables import AlterTableOptions
from ...operations.tables import CommentTable
from ...operations.tables import RenameTable
from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Constraint
from ...schema.objects import ForeignKey
from ...schema.objects import Index
from ...schema.objects import PrimaryKey
from ...schema.objects import Table
from ...schema.objects import Unique
from ...steps import Action
from ...steps import Step
from .. import sequences
from ..base import Tables
from ..ddl import DDL
from . import column
from . import implied
from . import merging
from .facts import Facts
from .stated import stated

#: Keeps AUTO_INCREMENT on its column while the table has no primary key.
HOLDER = "_schemamigrate_auto"


#: How many numbers of a sequence MariaDB keeps ready where nothing is said.
CACHE = 1000


class MySQLDDL(DDL):
    """Turns operations into steps for one server; ``connection`` is None offline."""

    def __init__(self, dialect: Any, facts: Facts, connection: Connection | None = None) -> None:
        super().__init__(dialect)
        self.facts = facts
        self.connection = connection

    # --- columns -------------------------------------------------------------------------------

    def add_column(self, op: AddColumn, tables: Tables) -> Iterator[Action]:
        """Add a column, then what came with it."""
        if op.if_absent and not self.facts.if_exists:
            table = tables.table(op.table)
            if table is not None and table.column(op.column.name) is not None:
                return
            op = replace(op, if_absent=False)
        # MariaDB keeps a check within a column as part of it, as CREATE TABLE has it.
        own = op.column.element.constraints if self.facts.mariadb else ()
        inline = [c for c in op.constraints if isinstance(c, Check) and c.element in own]
        rest = tuple(c for c in op.constraints if c not in inline or c.name is not None)
        steps = super().add_column(replace(op, constraints=rest), tables)
        words = " PRIMARY KEY" if op.inline_primary_key else ""
        words += "".join(f" CHECK ({c.sql})" for c in inline if c.name is None)
        first = next(steps)
        yield replace(first, sql=first.sql + words) if isinstance(first, Step) else first
        yield from steps

    def drop_column(self, op: DropColumn, tables: Tables) -> Iterator[Action]:
        """Drop a column."""
        if op.if_present and not self.facts.if_exists:
            table = tables.table(op.table)
            if table is not None and table.column(op.column) is None:
                return
            op = replace(op, if_present=False)
        yield from super().drop_column(op, tables)

    def alter_column(self, op: AlterColumn, tables: Tables) -> Iterator[Action]:
        """Change a column, by the shorter forms of ALTER where one will do."""
        table = tables.table(op.table)
        op = stated(op, table)
        for clause in column.Change(self, op, table).clauses():
            if op.autoincrement is False and _holder(table) is not None:
                clause += f", DROP INDEX {HOLDER}"
            yield self.alter(op.table, clause, op)

    # --- tables --------------------------------------------------------------------------------

    def alter_table(self, op: AlterTable, tables: Tables) -> Iterator[Action]:
        """Make the changes one after the other, those of several columns at once."""
        yield from merging.joined(self, op, tables)

    def rename_table(self, op: RenameTable, tables: Tables) -> Iterator[Action]:
        """Rename a table within its schema: without one, it would move to the current one."""
        yield self.alter(op.name, f"RENAME TO {self.table_name(op.name.renamed(op.new))}", op)

    def comment_table(self, op: CommentTable, tables: Tables) -> Iterator[Action]:
        """Set a table's comment; an empty one is none."""
        yield self.alter(op.name, f"COMMENT={self.literal(op.comment or '')}", op)

    def alter_table_options(self, op: AlterTableOptions, tables: Tables) -> Iterator[Action]:
        """Change a table's options.

        A new character set reaches the columns that follow the table's; those with one of their
        own keep it, and so does TEXT its size.
        """
        given = {name.partition("_")[2].lower(): value for name, value in op.options}
        charset, collate = given.pop("charset", None), given.pop("collate", None)
        words = [f"{_option(name)}={value}" for name, value in given.items()]
        if words:
            yield self.alter(op.name, " ".join(words), op)
        if charset or collate:
            yield from self._convert(op, charset, collate, tables.table(op.name))

    def _convert(
        self, op: AlterTableOptions, charset: Any, collate: Any, table: Table | None
    ) -> Iterator[Action]:
        charset = charset or str(collate).partition("_")[0]
        clause = f"CONVERT TO CHARACTER SET {charset}" + (f" COLLATE {collate}" if collate else "")
        columns = table.columns if table is not None else ()
        known = op.existing or (table.options if table is not None else ())
        former = dict(known).get(f"{self.sqlalchemy.name}_charset")
        own = [c for c in columns if " COLLATE " in c.type.text or c.type.text == "json"]
        if own:
            # CONVERT would take those along, and refuse what the new one has no characters for.
            following = [c for c in columns if c not in own and column.has_characters(c)]
            clause = f"DEFAULT {clause.removeprefix('CONVERT TO ')}"
            modified = [f"MODIFY {column.definition(self, c, table)}" for c in following]
            yield self.alter(op.name, ", ".join([clause, *modified]), op)
            return
        grows = [
            c for c in columns if c.type.text in column.TEXTS and former not in ("utf8mb4", charset)
        ]
        spec = column.definition
        modified = [f"MODIFY {spec(self, c, table)}" for c in grows]
        yield self.alter(op.name, ", ".join([clause, *modified]), op)

    # --- constraints ---------------------------------------------------------------------------

    def add_constraint(self, op: AddConstraint, tables: Tables) -> Iterator[Action]:
        """Add a constraint; a primary key takes over from the index that held its place."""
        if isinstance(op.constraint, Check):
            table = tables.table(op.table)
            if _is_there(op.constraint, table):
                return
            if table is not None and op.constraint.column is not None:
                yield self._modified(op, table.with_constraint(op.constraint), op.constraint.column)
                return
            # Its SQLAlchemy object may be part of a column, which cannot be compiled alone.
            name = f"CONSTRAINT {self.quote(op.constraint.name)} " if op.constraint.name else ""
            yield self.alter(op.table, f"ADD {name}CHECK ({op.constraint.sql})", op)
            return
        if isinstance(op.constraint, ForeignKey | Unique):
            yield from self._add_key(op, op.constraint, tables.table(op.table))
            return
        for action in super().add_constraint(op, tables):
            if isinstance(op.constraint, PrimaryKey) and isinstance(action, Step):
                holder = _holder(tables.table(op.table))
                if holder is not None and holder.columns == op.constraint.columns[:1]:
                    action = replace(action, sql=f"{action.sql}, DROP INDEX {HOLDER}")
            yield action

    def _add_key(
        self, op: AddConstraint, key: ForeignKey | Unique, table: Table | None
    ) -> Iterator[Action]:
        """Add a key in the way that its index ends with the name that the server would choose."""
        clause = self.compiled(AddConstraintElement(key.element)).partition(" ADD ")[2]
        words = ""
        if table is not None and key.name is not None:
            words, nameless = implied.preparation(key, table, self.quote)
            if nameless:
                clause = clause.removeprefix(f"CONSTRAINT {self.quote(key.name)} ")
        yield self.alter(op.table, f"{words}ADD {clause}", op)

    def drop_constraint(self, op: DropConstraint, tables: Tables) -> Iterator[Action]:
        """Drop a constraint by the clause for its kind, looked up where the script is silent."""
        table = tables.table(op.table)
        found = _found(op, table)
        if op.if_present and found is None and table is not None:
            return
        kind = op.type or (type_of(found) if found is not None else None)
        if kind is None:
            raise InvalidOperation(
                f"{op.describe()}: of which kind it is has to be known here.",
                hint="Give type_='foreignkey', 'unique', 'check' or 'primary'.",
            )
        if kind == "primary":
            yield self.alter(op.table, self._drop_primary(table), op)
            return
        name = op.name or (found.name if found is not None else None)
        if name is None:
            raise InvalidOperation(
                f"{op.describe()}: its name has to be known to drop it.",
                hint="Name it in the script: op.drop_constraint('name', 'table', type_='unique')",
            )
        if kind == "unique":
            yield from self.drop_index(DropIndex(op.table, name, if_present=op.if_present), tables)
        elif isinstance(found, Check) and table is not None and found.column is not None:
            yield self._modified(op, table.without_constraint(found), found.column)
        else:
            exists = "IF EXISTS " if op.if_present and self.facts.if_exists else ""
            word = "FOREIGN KEY" if kind == "foreignkey" else self.facts.drop_check
            yield self.alter(op.table, f"DROP {word} {exists}{self.quote(name)}", op)

    def _modified(self, op: Operation, table: Table, name: str) -> Step:
        """Return the step that gives a column the checks that ``table`` has within it."""
        owner = table.column(name)
        assert owner is not None
        return self.alter(table.name, f"MODIFY {column.definition(self, owner, table)}", op)

    def _drop_primary(self, table: Table | None) -> str:
        """Return the clause; a column that the server numbers must not be without a key."""
        key = table.primary_key if table is not None else None
        if table is None or key is None:
            return "DROP PRIMARY KEY"
        numbered = next((c.name for c in table.columns if c.autoincrement), None)
        keys = (*(u.columns for u in table.uniques), *(i.columns for i in table.indexes))
        if numbered is None or any(columns[:1] == (numbered,) for columns in keys):
            return "DROP PRIMARY KEY"
        return f"DROP PRIMARY KEY, ADD INDEX {HOLDER} ({self.quote(numbered)})"

    # --- indexes -------------------------------------------------------------------------------

    def create_index(self, op: CreateIndex, tables: Tables) -> Iterator[Action]:
        """Create an index."""
        if op.if_absent and not self.facts.if_exists:
            table = tables.table(op.table)
            if table is not None and op.index.name in implied.indexes(table):
                return
            op = replace(op, if_absent=False)
        yield from super().create_index(op, tables)

    def drop_index(self, op: DropIndex, tables: Tables) -> Iterator[Action]:
        """Drop an index.

        Where a foreign key needs one, the index that the server itself would have made for it
        comes in its place, in the same statement (error 1553).
        """
        holder = op.table or self._table_with(op.name, op.schema)
        if holder is None:
            raise InvalidOperation(
                f"{op.describe()}: MariaDB and MySQL need to know of which table.",
                hint=f"op.drop_index({op.name!r}, table_name=…)",
            )
        table = tables.table(holder)
        if op.if_present and table is not None and op.name not in implied.indexes(table):
            return
        needed = next(implied.gone(table, (op.name,)), None) if table is not None else None
        if needed is not None and table is not None:
            rest = replace(
                table,
                uniques=tuple(u for u in table.uniques if u.name != op.name),
                indexes=tuple(i for i in table.indexes if i.name != op.name),
            )
            own = implied.name(needed, rest)
            columns = ", ".join(map(self.quote, needed.columns))
            clause = f"DROP INDEX {self.quote(op.name)}, ADD INDEX {self.quote(own)} ({columns})"
            yield self.alter(holder, clause, op)
            return
        exists = "IF EXISTS " if op.if_present and self.facts.if_exists else ""
        yield Step(f"DROP INDEX {exists}{self.quote(op.name)} ON {self.table_name(holder)}", op)

    def rename_index(self, op: RenameIndex, tables: Tables) -> Iterator[Action]:
        """``RENAME INDEX``."""
        clause = f"RENAME INDEX {self.quote(op.name)} TO {self.quote(op.new)}"
        yield self.alter(op.table, clause, op)

    def rename_constraint(self, op: RenameConstraint, tables: Tables) -> Iterator[Action]:
        """Rename a unique constraint, which is an index here; the others cannot be."""
        yield from self.rename_index(RenameIndex(op.table, op.name, op.new), tables)

    # --- sequences -----------------------------------------------------------------------------

    def create_sequence(self, op: CreateSequence, tables: Tables) -> Iterator[Action]:
        """``CREATE SEQUENCE``."""
        words = (self.table_name(op.sequence.name), *sequences.options(op.sequence))
        yield Step(f"CREATE SEQUENCE {' '.join(words)}", op)

    def drop_sequence(self, op: DropSequence, tables: Tables) -> Iterator[Action]:
        """``DROP SEQUENCE``."""
        yield Step(f"DROP SEQUENCE {self.table_name(op.sequence.name)}", op)

    def alter_sequence(self, op: AlterSequence, tables: Tables) -> Iterator[Action]:
        """``ALTER SEQUENCE`` with the options that change."""
        words = sequences.changed(op.before, op.after, CACHE, "NOCYCLE")
        name = self.table_name(op.before.name)
        least = sequences.raised(op.before, op.after)
        if least is not None:  # It goes forwards alone.
            yield Step(f"SELECT SETVAL({name}, {least}, 0)", op)
        yield Step(f"ALTER SEQUENCE {name} {' '.join(words)}", op)

    def _table_with(self, index: str, schema: str | None) -> Name | None:
        """Return the only table that has an index of that name."""
        if self.connection is None:
            return None
        query = sa.text(
            "SELECT DISTINCT table_name FROM information_schema.statistics "
            "WHERE index_name = :index AND table_schema = COALESCE(:schema, DATABASE())"
        )
        rows = self.connection.execute(query, {"index": index, "schema": schema}).fetchall()
        return Name(rows[0][0], schema) if len(rows) == 1 else None


def _found(op: DropConstraint, table: Table | None) -> Constraint | None:
    """Return the constraint that is meant: by name, or as the one that is the same otherwise."""
    if table is None:
        return None
    found = op.find(table)
    if found is not None or op.name is not None or op.constraint is None:
        return found
    wanted = _nameless(op.constraint)
    return next((c for c in table.constraints if _nameless(c) == wanted), None)


def _nameless(constraint: Any) -> Any:
    return replace(
        constraint, name=None, **({"options": ()} if hasattr(constraint, "options") else {})
    )


def _is_there(check: Check, table: Table | None) -> bool:
    """Whether a column has brought the check along already, by its type."""
    present = table.constraint(check.name) if table is not None and check.name else None
    return isinstance(present, Check) and present.sql == check.sql


def _option(name: str) -> str:
    """Return what ALTER TABLE calls an option of SQLAlchemy's."""
    word = name.upper()
    return word.replace("_", " ") if word.endswith("_DIRECTORY") else word


def _holder(table: Table | None) -> Index | None:
    return table.index(HOLDER) if table is not None else None
