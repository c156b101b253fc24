"""The changes of one table, in order: SQLite's own ALTER where there is one, else one rebuild."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.schema import CreateTable as CreateTableElement

from ...errors import did_you_mean
from ...errors import InvalidOperation
from ...operations.base import UNSET
from ...operations.batch import AlterTable
from ...operations.batch import Rebuild
from ...operations.batch import require_columns
from ...operations.batch import UNNAMED_BEFORE
from ...operations.columns import AddColumn
from ...operations.columns import AlterColumn
from ...operations.columns import DropColumn
from ...operations.constraints import AddConstraint
from ...operations.constraints import DropConstraint
from ...operations.indexes import CreateIndex
from ...operations.indexes import DropIndex
from ...operations.tables import AlterTableOptions
from ...operations.tables import CommentTable
from ...schema.metadata import Reader
from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import ForeignKey
from ...steps import Action
from ...steps import Step
from ..base import Tables
from ..ddl import DDL
from . import keys
from . import parse
from .converting import converted
from .dependents import around
from .dependents import prefix
from .dependents import quoted
from .edit import Edit
from .rebuild import Rebuilder
from .words import altered
from .words import is_literal
from .words import moved
from .words import together


class Alteration:
    """The changes of one table in order.

    ``edit`` holds the changes that wait for a rebuild; native ALTERs come before or after it.
    ``ddl`` writes statements for ``reader``'s dialect; ``connection`` is where the table is.
    """

    def __init__(self, ddl: DDL, reader: Reader, connection: Connection, op: AlterTable) -> None:
        self.ddl = ddl
        self.reader = reader
        self.connection = connection
        self.op = op
        self.rebuild = op.rebuild
        self.edit: Edit | None = None
        info = self.rebuild.table_kwargs.get("info") or {}
        self.only = frozenset(info[UNNAMED_BEFORE]) if UNNAMED_BEFORE in info else None
        self.late: list[CreateIndex] = []

    def steps(self, tables: Tables) -> Iterator[Action]:
        """Yield everything."""
        rebuild = self.rebuild
        if rebuild.recreate == "always" or rebuild.copy_from is not None or rebuild.table_args:
            self.begin()
        for operation in self.op.operations:
            handler = getattr(self, operation.kind, None)
            if handler is None:
                raise InvalidOperation(
                    f"{operation.describe()} cannot be part of a batch over {self.op.table}."
                )
            yield from handler(operation)
        yield from self.flush()

    def begin(self) -> Edit:
        """Return the edit that waits for a rebuild, begun if need be."""
        if self.edit is not None:
            return self.edit
        if self.rebuild.recreate == "never":
            raise InvalidOperation(
                f"{self.op.describe()}: SQLite can only do this by rebuilding the table, which "
                'recreate="never" forbids.',
                hint='Say recreate="auto" or leave it out.',
            )
        if self.rebuild.copy_from is not None:
            # SQLite would take other names for strings, and copy these into each row.
            there = parse.table(source(self.connection, self.op.table)).columns
            names = [column.name for column in there]
            require_columns(self.rebuild.copy_from, self.op.table, names, folds=True)
            sql = self.ddl.compiled(CreateTableElement(self.rebuild.copy_from))
        else:
            sql = source(self.connection, self.op.table)
        self.edit = edit = Edit.of(self.op.table, parse.table(sql))
        if self.rebuild.naming_convention and self.rebuild.copy_from is None:
            keys.name_by(self.rebuild.naming_convention, edit, self.reader, self.only)
        for column in self._heard():
            edit.put(self.column_text(column))
        for element in self.rebuild.reflect_args:
            if isinstance(element, sa.Column):
                edit.put(self.column_text(element))
            else:
                edit.constrain(self.constraint_text(element))
        return edit

    def _heard(self) -> Iterator[sa.Column[Any]]:
        """Yield the columns of which the listeners of ``reflect_kwargs`` say something else."""
        listeners = self.rebuild.reflect_kwargs.get("listeners")
        if not listeners or self.rebuild.copy_from is not None:
            return
        plain, heard = (
            sa.Table(
                self.op.table.name,
                sa.MetaData(),
                schema=self.op.table.schema,
                autoload_with=self.connection,
                resolve_fks=False,
                listeners=found,
            )
            for found in ([], list(listeners))
        )
        for column in heard.columns:
            if self.column_text(column).text != self.column_text(plain.columns[column.name]).text:
                yield column

    def flush(self) -> Iterator[Action]:
        """Rebuild the table with the changes so far, and create the indexes that waited."""
        edit, self.edit = self.edit, None
        if edit is not None:
            self.finish(edit)
            yield from Rebuilder(self.connection, self.op).steps(edit)
            # What was asked of the first rebuild is done; names and places still count.
            now = self.rebuild
            self.rebuild = Rebuild(naming_convention=now.naming_convention, positions=now.positions)
        late, self.late = self.late, []
        for create in late:
            text = self.ddl.create_index_text(create.index, if_absent=create.if_absent)
            yield Step(text, create)

    def finish(self, edit: Edit) -> None:
        """Apply what a batch says of the table as a whole."""
        rebuild = self.rebuild
        for element in rebuild.table_args:
            edit.constrain(self.constraint_text(element))
        edit.settle()
        if "sqlite_autoincrement" not in rebuild.table_kwargs:
            edit.keep_numbering()
        for option, value in rebuild.table_kwargs.items():
            edit.set_option(option, value)
        order = [column.name for column in edit.text.columns]
        for group in rebuild.partial_reordering:
            order = together(order, group)
        for name, (before, after) in rebuild.positions.items():
            if name in order:
                order = moved(order, name, before, after)
        edit.reorder(order)

    # --- columns -------------------------------------------------------------------------------

    def there(self) -> parse.TableText | None:
        """Return the table as it is, None where there is none."""
        text = found(self.connection, self.op.table)
        return parse.table(text) if text is not None else None

    def column_text(self, column: sa.Column[Any]) -> parse.ColumnText:
        """Return a column as SQLAlchemy writes it."""
        specification = self.ddl.column_specification(column)
        text = parse.table(f"CREATE TABLE t ({specification})").columns[0]
        return replace(text, lead=parse.LEAD)

    def constraint_text(self, constraint: Any) -> str:
        """Return a table constraint as SQLAlchemy writes it.

        One of ``table_args`` may name columns of a table that it was never given to.
        """
        if getattr(constraint, "parent", None) is None:
            columns: Any = (sa.Column(column.name) for column in self.begin().text.columns)
            sa.Table(self.op.table.name, sa.MetaData(), *columns, constraint)
        compiler = self.ddl.sqlalchemy.ddl_compiler(self.ddl.sqlalchemy, None)
        return str(compiler.process(constraint)).strip()

    def add_column(self, op: AddColumn) -> Iterator[Action]:
        """Add a column, natively where SQLite takes it, or refuses it as scripts expect."""
        current = self.edit.text if self.edit else self.there()
        if current is None or current.column(op.column.name) is not None:
            if current is not None and op.if_absent:
                return
            if self.edit is None:
                text = self.ddl.column_specification(op.column.element)
                yield self.ddl.alter(op.table, f"ADD COLUMN {text}", op)
                return
            raise InvalidOperation(f"Table {op.table} has a column {op.column.name!r} already.")
        inline = self.inline(op)
        self.late.extend(CreateIndex(op.table, index, op.if_absent) for index in op.indexes)
        placed = op.column.name in self.rebuild.positions
        if self.edit is None and inline is not None and not placed:
            yield self.ddl.alter(op.table, f"ADD COLUMN {inline}", op)
            return
        edit = self.begin()
        edit.append(self.column_text(op.column.element))
        if op.column.element.primary_key and edit.primary_key() is None:
            edit.constrain(f"PRIMARY KEY ({quoted(op.column.name)})")
        for constraint in op.constraints:
            edit.constrain(self.constraint_text(constraint.element))

    def inline(self, op: AddColumn) -> str | None:
        """Return the definition for ADD COLUMN; None where SQLite would refuse it."""
        column = self.column_text(op.column.element)
        default = column.clause("DEFAULT")
        literal = default is None or is_literal(default.body[len("DEFAULT") :])
        stored = op.column.computed is not None and op.column.computed.persisted
        nullable = column.clause("NOT NULL") is None or default is not None
        simple = all(
            isinstance(c, Check) or (isinstance(c, ForeignKey) and len(c.columns) == 1)
            for c in op.constraints
        )
        keyed = bool(op.column.element.primary_key) or column.clause("PRIMARY KEY") is not None
        if not (literal and nullable and simple) or stored or keyed:
            return None
        words = [self.ddl.column_specification(op.column.element)]
        for constraint in op.constraints:
            if isinstance(constraint, ForeignKey):
                named = f"CONSTRAINT {self.ddl.quote(constraint.name)} " if constraint.name else ""
                words.append(named + self.ddl.inline_reference(constraint))
            else:
                words.append(self.constraint_text(constraint.element))
        return " ".join(words)

    def drop_column(self, op: DropColumn) -> Iterator[Action]:
        """Drop a column: natively where nothing else names it, else its keys and indexes too."""
        if self.edit is None and self.stands_alone(op):
            dropping = self.ddl.alter(op.table, f"DROP COLUMN {quoted(op.column)}", op)
            yield from around(self.connection, op.table.schema, [dropping], op)
            return
        text = self.edit.text if self.edit else self.there()
        if op.if_present and text is not None and text.column(op.column) is None:
            return
        self.begin().drop(op.column)

    def stands_alone(self, op: DropColumn) -> bool:
        """Whether SQLite drops the column itself: nothing but the column's own text names it.

        https://www.sqlite.org/lang_altertable.html#altertabdropcol
        """
        if self.connection.dialect.server_version_info < (3, 35):  # type: ignore[operator]
            return False
        text = self.there()
        column = text.column(op.column) if text is not None else None
        if text is None or column is None:
            return not op.if_present  # SQLite refuses it, as scripts expect.
        if len(text.columns) == 1:
            return False
        if column.clause("PRIMARY KEY") or column.clause("UNIQUE"):
            return False
        others = [c.text for c in text.columns if c is not column]
        others += [c.text for c in text.constraints]
        master = f"{prefix(op.table.schema or 'main')}sqlite_master"
        query = f"SELECT sql FROM {master} WHERE type IN ('index', 'trigger', 'view')"
        others += [sql for (sql,) in self.connection.exec_driver_sql(query) if sql]
        return not any(parse.mentions(sql, op.column, strings=True) for sql in others)

    def alter_column(self, op: AlterColumn) -> Iterator[Action]:
        """Change a column; a rename is SQLite's own, which reaches every mention of it."""
        changes = set(op.changes()) - {"name", "comment", "autoincrement", "identity"}
        if changes or op.column in self.rebuild.positions:
            edit = self.begin()
            present = edit.column(op.column)
            column = altered(present, op)
            edit.put(column)
            change = partial(converted, old=present.type, op=op)
            edit.changes.setdefault(column.name, []).append(change)
            if op.nullable is False:
                edit.required.append(column.name)
            elif op.nullable is True and column.name in edit.required:
                edit.required.remove(column.name)
        if op.new_name is not UNSET and op.new_name != op.column:
            yield from self.flush()
            old, new = quoted(op.column), quoted(str(op.new_name))
            renaming = self.ddl.alter(op.table, f"RENAME COLUMN {old} TO {new}", op)
            yield from around(self.connection, op.table.schema, [renaming], op)

    # --- constraints, indexes, comments --------------------------------------------------------

    def add_constraint(self, op: AddConstraint) -> Iterator[Action]:
        """Add a constraint."""
        is_of_type = getattr(op.constraint, "of_type", False)
        self.begin().constrain(self.constraint_text(op.constraint.element), again=not is_of_type)
        yield from ()

    def drop_constraint(self, op: DropConstraint) -> Iterator[Action]:
        """Drop a constraint, found by name or by structure."""
        edit = self.begin()
        clause = keys.find(edit, op)
        if clause is not None:
            for one in (clause, *edit.namesakes(clause)):
                edit.release(one)
        elif not op.if_present and not getattr(op.constraint, "of_type", False):
            named = [c.name for c in edit.clauses() if c.name]
            kind = f"{op.type} constraint" if op.type else "constraint"
            raise InvalidOperation(
                f"Table {op.table} has no {kind} named {op.name!r}."
                + did_you_mean(op.name or "", named),
                hint="Unnamed ones can be dropped with batch_alter_table(naming_convention=…).",
            )
        yield from ()

    def create_index(self, op: CreateIndex) -> Iterator[Action]:
        """Create an index when the table is as it shall be."""
        self.late.append(op)
        yield from ()

    def drop_index(self, op: DropIndex) -> Iterator[Action]:
        """Drop an index at once, so that a rebuild does not make it again."""
        exists = "IF EXISTS " if op.if_present else ""
        yield Step(f"DROP INDEX {exists}{prefix(self.op.table.schema)}{quoted(op.name)}", op)

    def alter_table_options(self, op: AlterTableOptions) -> Iterator[Action]:
        """Change AUTOINCREMENT, STRICT and WITHOUT ROWID when all else is done."""
        self.begin()
        merged = {**self.rebuild.table_kwargs, **dict(op.options)}
        self.rebuild = replace(self.rebuild, table_kwargs=merged)
        yield from ()

    def comment_table(self, op: CommentTable) -> Iterator[Action]:
        """Do nothing: SQLite has no comments."""
        yield from ()


class NoTable(InvalidOperation, NoSuchTableError):  # type: ignore[misc]
    """There is no table to alter; scripts that look for one by trying catch SQLAlchemy's error."""


def source(connection: Connection, name: Name) -> str:
    """Return the statement that made a table.  Raises NoTable where there is none."""
    text = found(connection, name)
    if text is None:
        known = connection.exec_driver_sql(f"SELECT name {_tables(name)}").scalars()
        near = did_you_mean(name.name, known)
        raise NoTable(f"There is no table {name}.{near}")
    return text


def found(connection: Connection, name: Name) -> str | None:
    """Return the statement that made a table, None where there is none."""
    query = f"SELECT sql {_tables(name)} AND name = ? COLLATE NOCASE"
    text = connection.exec_driver_sql(query, (name.name,)).scalar()
    return None if text is None else re.sub(r"\A\s+", "", str(text))


def _tables(name: Name) -> str:
    return f"FROM {prefix(name.schema or 'main')}sqlite_master WHERE type = 'table'"
