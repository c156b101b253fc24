"""DDL for SQLite: its own ALTER where there is one, a rebuild elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateTable as CreateTableElement

from ...errors import did_you_mean
from ...errors import InvalidOperation
from ...operations.base import UNSET
from ...operations.batch import AlterTable
from ...operations.batch import Rebuild
from ...operations.columns import AddColumn
from ...operations.columns import AlterColumn
from ...operations.columns import DropColumn
from ...operations.constraints import AddConstraint
from ...operations.constraints import DropConstraint
from ...operations.constraints import type_of
from ...operations.indexes import CreateIndex
from ...operations.indexes import DropIndex
from ...operations.tables import CommentTable
from ...schema.metadata import Reader
from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import ForeignKey
from ...schema.objects import Unique
from ...steps import Action
from ...steps import Step
from ..base import Tables
from ..ddl import DDL
from . import parse
from .rebuild import Edit
from .rebuild import Rebuilder

#: What ADD COLUMN takes as a default: a literal, signed or not, but no expression.
_LITERAL = re.compile(
    r"(?is)\s*(?:[+-]?\s*[\d.]+(?:e[+-]?\d+)?|x?'(?:[^']|'')*'|null|true|false)\s*"
)
_KEYWORD_DEFAULT = re.compile(r"(?i)\s*current_(?:time|date|timestamp)\s*")


class SQLiteDDL(DDL):
    """Turns operations into steps while it looks at the tables of ``connection``."""

    def __init__(self, reader: Reader, connection: Connection) -> None:
        super().__init__(reader.dialect)
        self.reader = reader
        self.connection = connection

    # Each of these is a batch of one.

    def add_column(self, op: AddColumn, tables: Tables) -> Iterator[Action]:
        """Add a column."""
        yield from self.alter_table(AlterTable(op.table, (op,)), tables)

    def drop_column(self, op: DropColumn, tables: Tables) -> Iterator[Action]:
        """Drop a column."""
        yield from self.alter_table(AlterTable(op.table, (op,)), tables)

    def alter_column(self, op: AlterColumn, tables: Tables) -> Iterator[Action]:
        """Change a column."""
        yield from self.alter_table(AlterTable(op.table, (op,)), tables)

    def add_constraint(self, op: AddConstraint, tables: Tables) -> Iterator[Action]:
        """Add a constraint."""
        yield from self.alter_table(AlterTable(op.table, (op,)), tables)

    def drop_constraint(self, op: DropConstraint, tables: Tables) -> Iterator[Action]:
        """Drop a constraint."""
        yield from self.alter_table(AlterTable(op.table, (op,)), tables)

    def comment_table(self, op: CommentTable, tables: Tables) -> Iterator[Action]:
        """Do nothing: SQLite has no comments."""
        yield from ()

    def drop_index(self, op: DropIndex, tables: Tables) -> Iterator[Action]:
        """Drop an index."""
        schema = op.table.schema if op.table else op.schema
        exists = "IF EXISTS " if op.if_present else ""
        yield Step(f"DROP INDEX {exists}{self.table_name(Name(op.name, schema))}", op)

    def alter_table(self, op: AlterTable, tables: Tables) -> Iterator[Action]:
        """Make the changes of one table, with as few rebuilds as they need."""
        yield from Alteration(self, op).steps(tables)

    def source(self, name: Name) -> str:
        """Return the statement that made a table.  Raises InvalidOperation."""
        master = f"{self.preparer.quote_identifier(name.schema or 'main')}.sqlite_master"
        query = f"SELECT name, sql FROM {master} WHERE type = 'table'"
        found = {row[0].lower(): row[1] for row in self.connection.exec_driver_sql(query)}
        if name.name.lower() not in found:
            near = did_you_mean(name.name, found)
            raise InvalidOperation(f"There is no table {name}.{near}")
        return str(found[name.name.lower()])


class Alteration:
    """The changes of one table in order.

    ``edit`` holds the changes that wait for a rebuild; native ALTERs come before or after it.
    """

    def __init__(self, ddl: SQLiteDDL, op: AlterTable) -> None:
        self.ddl = ddl
        self.op = op
        self.edit: Edit | None = None
        self.late: list[CreateIndex] = []
        self.always = op.rebuild.recreate == "always"

    def steps(self, tables: Tables) -> Iterator[Action]:
        """Yield everything."""
        rebuild = self.op.rebuild
        if self.always or rebuild.copy_from is not None or rebuild.table_args:
            self.begin()
        for operation in self.op.operations:
            handler = getattr(self, operation.kind, None)
            if handler is None:
                yield from self.flush()
                yield from self.ddl.actions(operation, tables)
            else:
                yield from handler(operation)
        yield from self.flush()
        for create in self.late:
            yield from self.ddl.create_index(create, tables)

    def begin(self) -> Edit:
        """Return the edit that waits for a rebuild, begun if need be."""
        if self.edit is None:
            rebuild = self.op.rebuild
            if rebuild.copy_from is not None:
                sql = self.ddl.compiled(CreateTableElement(rebuild.copy_from))
            else:
                sql = self.ddl.source(self.op.table)
            self.edit = Edit.of(self.op.table, parse.table(sql))
            for element in rebuild.reflect_args:
                self.overlay(element)
        return self.edit

    def overlay(self, element: Any) -> None:
        """Let a column or constraint of the script stand for what the database has."""
        edit = self.begin()
        if isinstance(element, sa.Column):
            edit.put(self.column_text(element))
        else:
            edit.constrain(self.constraint_text(element))

    def flush(self) -> Iterator[Action]:
        """Rebuild the table with the changes so far."""
        edit, self.edit = self.edit, None
        if edit is None:
            return
        self.finish(edit, self.op.rebuild)
        rebuilder = Rebuilder(self.ddl.connection, self.ddl.preparer, self.op)
        yield from rebuilder.steps(edit)
        self.op = replace(self.op, rebuild=Rebuild())

    def finish(self, edit: Edit, rebuild: Rebuild) -> None:
        """Apply what a batch says of the table as a whole."""
        for element in rebuild.table_args:
            edit.constrain(self.constraint_text(element))
        if rebuild.table_kwargs.get("sqlite_autoincrement"):
            edit.autoincrement()
        order = [column.name for column in edit.text.columns]
        for group in rebuild.partial_reordering:
            order = _grouped(order, group)
        for name, (before, after) in rebuild.positions.items():
            order = _moved(order, name, before, after)
        edit.reorder(order)

    # --- columns -------------------------------------------------------------------------------

    def column_text(self, column: sa.Column[Any]) -> parse.ColumnText:
        """Return a column as SQLAlchemy writes it."""
        specification = self.ddl.column_specification(column)
        return parse.table(f"CREATE TABLE t ({specification})").columns[0]

    def constraint_text(self, constraint: Any) -> str:
        """Return a table constraint as SQLAlchemy writes it."""
        compiler = self.ddl.sqlalchemy.ddl_compiler(self.ddl.sqlalchemy, None)
        return str(compiler.process(constraint)).strip()

    def add_column(self, op: AddColumn) -> Iterator[Action]:
        """Add a column, natively where SQLite takes it."""
        current = (self.edit or Edit.of(op.table, parse.table(self.ddl.source(op.table)))).text
        if current.column(op.column.name) is not None:
            if op.if_absent:
                return
            raise InvalidOperation(f"Table {op.table} has a column {op.column.name!r} already.")
        inline = self.inline(op)
        native = inline is not None and op.column.name not in self.op.rebuild.positions
        if self.edit is None and native:
            yield self.ddl.alter(op.table, f"ADD COLUMN {inline}", op)
        else:
            edit = self.begin()
            column = self.column_text(op.column.element)
            edit.append(column)
            if column.clause("NOT NULL") and not column.clause("DEFAULT"):
                edit.required.append(op.column.name)
            for constraint in op.constraints:
                edit.constrain(self.constraint_text(constraint.element))
        self.late.extend(CreateIndex(op.table, index, op.if_absent) for index in op.indexes)

    def inline(self, op: AddColumn) -> str | None:
        """Return the definition for ADD COLUMN; None where SQLite would refuse it."""
        column = self.column_text(op.column.element)
        default = column.clause("DEFAULT")
        literal = default is None or _LITERAL.fullmatch(default.body[len("DEFAULT") :])
        stored = op.column.computed is not None and op.column.computed.persisted
        nullable = column.clause("NOT NULL") is None or default is not None
        simple = all(isinstance(c, (ForeignKey, Check)) and _is_single(c) for c in op.constraints)
        if not (literal and nullable and simple) or stored or column.clause("PRIMARY KEY"):
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
        """Drop a column by a rebuild: its keys and indexes go too."""
        edit = self.begin()
        if edit.text.column(op.column) is None and op.if_present:
            return
        edit.drop(op.column)
        yield from ()

    def alter_column(self, op: AlterColumn) -> Iterator[Action]:
        """Change a column; a rename is SQLite's own, which reaches every mention of it."""
        changes = set(op.changes()) - {"name", "comment", "autoincrement"}
        if changes:
            edit = self.begin()
            column = altered(edit.column(op.column), op)
            edit.put(column)
            if op.nullable is False:
                edit.required.append(column.name)
        if op.new_name is not UNSET and op.new_name != op.column:
            yield from self.flush()
            old, new = self.ddl.quote(op.column), self.ddl.quote(str(op.new_name))
            yield self.ddl.alter(op.table, f"RENAME COLUMN {old} TO {new}", op)

    # --- constraints and indexes ---------------------------------------------------------------

    def add_constraint(self, op: AddConstraint) -> Iterator[Action]:
        """Add a constraint."""
        self.begin().constrain(self.constraint_text(op.constraint.element))
        yield from ()

    def drop_constraint(self, op: DropConstraint) -> Iterator[Action]:
        """Drop a constraint, found by name, by conventional name or by structure."""
        edit = self.begin()
        clause = self.found(edit, op)
        if clause is not None:
            edit.release(clause)
        elif not op.if_present and not getattr(op.constraint, "of_type", False):
            named = [c.name for c in edit.clauses() if c.name]
            raise InvalidOperation(
                f"Table {op.table} has no {op.type or ''} constraint {op.name!r}."
                + did_you_mean(op.name or "", named),
                hint="Unnamed ones can be dropped with batch_alter_table(naming_convention=…).",
            )
        yield from ()

    def found(self, edit: Edit, op: DropConstraint) -> parse.Clause | None:
        """Return the clause that is meant, or None."""
        kinds = {
            "primary": ("PRIMARY KEY",),
            "unique": ("UNIQUE",),
            "check": ("CHECK",),
            "foreignkey": ("FOREIGN KEY", "REFERENCES"),
        }.get(op.type or "", ("PRIMARY KEY", "UNIQUE", "CHECK", "FOREIGN KEY", "REFERENCES"))
        candidates = [c for c in edit.clauses() if c.kind in kinds]
        if op.type == "primary":
            return candidates[0] if candidates else None
        if op.name is not None:
            for clause in candidates:
                if clause.name is not None and clause.name.lower() == op.name.lower():
                    return clause
            convention = self.op.rebuild.naming_convention
            if convention:
                return self.conventional(edit, candidates, op.name, convention)
        return self.alike(edit, candidates, op)

    def owner(self, edit: Edit, clause: parse.Clause) -> tuple[str, ...]:
        """Return the columns that a key stands on."""
        for column in edit.text.columns:
            if any(c is clause for c in column.clauses):
                return (column.name,)
        return clause.columns()

    def alike(
        self, edit: Edit, candidates: list[parse.Clause], op: DropConstraint
    ) -> parse.Clause | None:
        """Return the unnamed clause that is what the operation says the constraint is."""
        wanted = op.constraint
        for clause in candidates:
            if wanted is None or clause.name is not None:
                continue
            if isinstance(wanted, Check):
                if clause.inner() == wanted.sql.text:
                    return clause
            elif type_of(wanted) in ("unique", "foreignkey") and clause.kind != "CHECK":
                if self.owner(edit, clause) == wanted.columns:  # type: ignore[union-attr]
                    return clause
        return None

    def conventional(
        self, edit: Edit, candidates: list[parse.Clause], name: str, convention: Any
    ) -> parse.Clause | None:
        """Return the unnamed clause that a naming convention would call ``name``."""
        columns = [sa.Column(c.name) for c in edit.text.columns]
        table = sa.Table(self.op.table.name, sa.MetaData(naming_convention=convention), *columns)
        for clause in candidates:
            if clause.name is None and clause.kind != "CHECK":
                element = self.element(edit, clause, table)
                if element is not None and self.ddl.reader.final_name(element) == name:
                    return clause
        return None

    def element(self, edit: Edit, clause: parse.Clause, table: sa.Table) -> Any:
        """Return an unnamed key as SQLAlchemy has it, so that a convention can name it."""
        columns = self.owner(edit, clause)
        made: Any
        if clause.kind == "UNIQUE":
            made = sa.UniqueConstraint(*(table.c[c] for c in columns))
        elif clause.kind == "PRIMARY KEY":
            made = sa.PrimaryKeyConstraint(*(table.c[c] for c in columns))
        else:
            words = parse.tokens(clause.text)
            at = next(i for i, t in enumerate(words) if t.word == "REFERENCES")
            target = parse.unquoted(words[at + 1].text)
            inner = parse.Clause("", clause.text[words[at].start :]).columns() or columns
            other = table.metadata.tables.get(target)
            if other is None:
                other = sa.Table(target, table.metadata, *(sa.Column(c) for c in inner))
            made = sa.ForeignKeyConstraint(columns, [other.c[c] for c in inner])
        table.append_constraint(made)
        return made

    def create_index(self, op: CreateIndex) -> Iterator[Action]:
        """Create an index when the table is as it shall be."""
        self.late.append(op)
        yield from ()

    def drop_index(self, op: DropIndex) -> Iterator[Action]:
        """Drop an index at once, so that a rebuild does not make it again."""
        yield from self.ddl.drop_index(op, _NOTHING)


class _Nothing:
    """Knows no table."""

    def table(self, name: Name) -> None:
        """Return None."""


_NOTHING: Any = _Nothing()


def altered(column: parse.ColumnText, op: AlterColumn) -> parse.ColumnText:
    """Return a column's text with the changes of an operation, everything else to the letter."""
    if op.type is not UNSET:
        column = replace(column, type=op.type.text)
        if " COLLATE " in op.type.text.upper():
            column = column.without("COLLATE")
    if op.nullable is not UNSET:
        column = column.without("NULL").having("NOT NULL", None if op.nullable else "NOT NULL")
    if op.default is not UNSET:
        text = None if op.default is None else f"DEFAULT {in_parentheses(op.default.text)}"
        column = column.having("DEFAULT", text)
    if op.computed is not UNSET:
        computed = op.computed
        text = None
        if computed is not None:
            kind = "STORED" if computed.persisted else "VIRTUAL"
            text = f"GENERATED ALWAYS AS ({computed.sql}) {kind}"
        column = column.having("GENERATED", text)
    return column


def in_parentheses(default: str) -> str:
    """Return a default as the grammar wants it: expressions in parentheses."""
    plain = _LITERAL.fullmatch(default) or _KEYWORD_DEFAULT.fullmatch(default)
    found = parse.tokens(default)
    wrapped = found and found[0].text == "(" and parse._closing(found, 0) == len(found) - 1
    return default if plain or wrapped else f"({default})"


def _is_single(constraint: Check | ForeignKey | Unique | Any) -> bool:
    return isinstance(constraint, Check) or len(constraint.columns) == 1


def _grouped(order: list[str], group: tuple[str, ...]) -> list[str]:
    """Put the columns of a group one after the other, where the first of them is."""
    if not group or group[0] not in order:
        return order
    rest = [name for name in order if name not in group[1:]]
    at = rest.index(group[0]) + 1
    return [*rest[:at], *group[1:], *rest[at:]]


def _moved(order: list[str], name: str, before: str | None, after: str | None) -> list[str]:
    rest = [other for other in order if other != name]
    neighbour = before or after
    if neighbour not in rest:
        raise InvalidOperation(f"There is no column {neighbour!r} to put {name!r} beside.")
    at = rest.index(neighbour) + (0 if before else 1)
    return [*rest[:at], name, *rest[at:]]
