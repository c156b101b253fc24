"""DDL as the standard and SQLAlchemy's compilers have it; dialects override what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint as AddConstraintElement
from sqlalchemy.schema import CreateIndex as CreateIndexElement
from sqlalchemy.schema import CreateTable as CreateTableElement
from sqlalchemy.schema import DropIndex as DropIndexElement
from sqlalchemy.schema import SetTableComment

from ..errors import InvalidOperation
from ..operations.base import Operation
from ..operations.base import UNSET
from ..operations.batch import AlterTable
from ..operations.columns import AddColumn
from ..operations.columns import AlterColumn
from ..operations.columns import DropColumn
from ..operations.constraints import AddConstraint
from ..operations.constraints import DropConstraint
from ..operations.data import Backfill
from ..operations.data import BulkInsert
from ..operations.data import Execute
from ..operations.data import KeepValue
from ..operations.data import ReplaceValue
from ..operations.indexes import CreateIndex
from ..operations.indexes import DropIndex
from ..operations.tables import CommentTable
from ..operations.tables import CreateTable
from ..operations.tables import DropTable
from ..operations.tables import RenameTable
from ..schema.names import Name
from ..schema.objects import ForeignKey
from ..schema.objects import Index
from ..steps import Action
from ..steps import Batches
from ..steps import Step
from ..steps import TableEvent
from .base import Tables


class DDL:
    """Turns operations into steps: one method per ``kind``, found by its name."""

    def __init__(self, dialect: Any) -> None:
        #: SQLAlchemy's dialect, in its plain spelling (see :mod:`.plain`).
        self.sqlalchemy = dialect
        self.preparer = dialect.identifier_preparer

    def actions(self, operation: Operation, tables: Tables) -> Iterator[Action]:
        """Yield what carries ``operation`` out."""
        method = getattr(self, operation.kind, None)
        if method is None:
            raise InvalidOperation(
                f"{operation.describe()}: {self.sqlalchemy.name} has no such thing."
            )
        yield from method(operation, tables)

    # --- words ---------------------------------------------------------------------------------

    def quote(self, identifier: str) -> str:
        """Quote one identifier where it needs it."""
        return str(self.preparer.quote(identifier))

    def table_name(self, name: Name) -> str:
        """Return a table's name with its schema, quoted."""
        if name.schema is None:
            return self.quote(name.name)
        return f"{self.preparer.quote_schema(name.schema)}.{self.quote(name.name)}"

    def compiled(self, element: Any) -> str:
        """Compile a SQLAlchemy DDL element, in one piece without surrounding space."""
        return str(element.compile(dialect=self.sqlalchemy)).strip()

    def column_specification(self, column: sa.Column[Any]) -> str:
        """Return ``name type DEFAULT … NOT NULL`` as in CREATE TABLE, without constraints."""
        compiler = self.sqlalchemy.ddl_compiler(self.sqlalchemy, None)
        return str(compiler.get_column_specification(column)).strip()

    def alter(self, table: Name, clause: str, operation: Operation, **step: Any) -> Step:
        """Return the step ``ALTER TABLE table clause``."""
        return Step(f"ALTER TABLE {self.table_name(table)} {clause}", operation, **step)

    # --- tables --------------------------------------------------------------------------------

    def create_table(self, op: CreateTable, tables: Tables) -> Iterator[Action]:
        """Create a table, its indexes and, where they are not inline, its comments."""
        table: sa.Table = op.table.element
        yield TableEvent("before_create", table, op)
        yield Step(self.compiled(CreateTableElement(table, if_not_exists=op.if_absent)), op)
        yield TableEvent("after_create", table, op)
        yield from self.late_keys(op)
        for index in op.table.indexes:
            yield Step(self.create_index_text(index, if_absent=op.if_absent), op)
        yield from self.comments(op)

    def late_keys(self, op: CreateTable) -> Iterator[Action]:
        """Add the foreign keys that CREATE TABLE left out because of ``use_alter``."""
        if self.sqlalchemy.supports_alter:
            for key in op.table.foreign_keys:
                if key.use_alter:
                    yield Step(self.compiled(AddConstraintElement(key.element)), op)

    def comments(self, op: CreateTable) -> Iterator[Action]:
        """Comment on a new table and its columns, where CREATE TABLE does not say it."""
        if not self.sqlalchemy.supports_comments or self.sqlalchemy.inline_comments:
            return
        if op.table.comment:
            yield Step(self.comment_table_text(op.table.name, op.table.comment), op)
        for column in op.table.columns:
            if column.comment:
                yield Step(self.comment_column_text(op.table.name, column.name, column.comment), op)

    def drop_table(self, op: DropTable, tables: Tables) -> Iterator[Action]:
        """Drop a table; SQLAlchemy's events fire with what is known of it."""
        table = op.table.element if op.table is not None else None
        if table is None:
            table = sa.Table(op.name.name, sa.MetaData(), schema=op.name.schema)
        yield TableEvent("before_drop", table, op)
        exists = "IF EXISTS " if op.if_present else ""
        yield Step(f"DROP TABLE {exists}{self.table_name(op.name)}", op)
        yield TableEvent("after_drop", table, op)

    def rename_table(self, op: RenameTable, tables: Tables) -> Iterator[Action]:
        """``ALTER TABLE … RENAME TO``."""
        yield self.alter(op.name, f"RENAME TO {self.quote(op.new)}", op)

    def comment_table(self, op: CommentTable, tables: Tables) -> Iterator[Action]:
        """Set or remove a comment; nothing where the database has none."""
        if self.sqlalchemy.supports_comments:
            yield Step(self.comment_table_text(op.name, op.comment), op)

    def comment_table_text(self, name: Name, comment: str | None) -> str:
        """``COMMENT ON TABLE``, or what the dialect has for it."""
        table = sa.Table(name.name, sa.MetaData(), schema=name.schema, comment=comment or "")
        return self.compiled(SetTableComment(table))

    def comment_column_text(self, table: Name, column: str, comment: str | None) -> str:
        """``COMMENT ON COLUMN``."""
        where = f"{self.table_name(table)}.{self.quote(column)}"
        return f"COMMENT ON COLUMN {where} IS {self.literal(comment)}"

    def literal(self, value: str | None) -> str:
        """Return a string literal, or NULL."""
        if value is None:
            return "NULL"
        return self.compiled_literal(sa.literal(value, sa.String()))

    def compiled_literal(self, element: Any) -> str:
        """Compile an expression with its values in place."""
        options = {"literal_binds": True}
        return str(element.compile(dialect=self.sqlalchemy, compile_kwargs=options))

    def alter_table(self, op: AlterTable, tables: Tables) -> Iterator[Action]:
        """Make the changes one after the other; ``tables`` is asked anew for each."""
        for operation in op.operations:
            yield from self.actions(operation, tables)

    # --- columns -------------------------------------------------------------------------------

    def add_column(self, op: AddColumn, tables: Tables) -> Iterator[Action]:
        """Add a column, then its constraints, indexes and comment."""
        exists = "IF NOT EXISTS " if op.if_absent else ""
        clause = f"ADD COLUMN {exists}{self.column_specification(op.column.element)}"
        inline = [c for c in op.constraints if isinstance(c, ForeignKey) and op.inline_references]
        for key in inline:
            clause += " " + self.inline_reference(key)
        yield self.alter(op.table, clause, op)
        for constraint in op.constraints:
            if constraint not in inline:
                yield from self.add_constraint(AddConstraint(op.table, constraint), tables)
        for index in op.indexes:
            yield Step(self.create_index_text(index, if_absent=op.if_absent), op)
        said = not self.sqlalchemy.supports_comments or self.sqlalchemy.inline_comments
        if op.column.comment and not said:
            text = self.comment_column_text(op.table, op.column.name, op.column.comment)
            yield Step(text, op)

    def inline_reference(self, key: ForeignKey) -> str:
        """``REFERENCES table (column) ON DELETE …`` within a column's specification."""
        text = self.compiled(AddConstraintElement(key.element))
        return text[text.index("REFERENCES ") :]

    def drop_column(self, op: DropColumn, tables: Tables) -> Iterator[Action]:
        """Drop a column."""
        exists = "IF EXISTS " if op.if_present else ""
        yield self.alter(op.table, f"DROP COLUMN {exists}{self.quote(op.column)}", op)

    def alter_column(self, op: AlterColumn, tables: Tables) -> Iterator[Action]:
        """Change a column clause by clause, as the standard has it; the rename comes last."""
        column = f"ALTER COLUMN {self.quote(op.column)}"
        if op.type is not UNSET:
            yield self.alter(op.table, f"{column} TYPE {op.type}", op)
        if op.nullable is not UNSET:
            yield self.alter(op.table, f"{column} {'DROP' if op.nullable else 'SET'} NOT NULL", op)
        if op.default is None:
            yield self.alter(op.table, f"{column} DROP DEFAULT", op)
        elif op.default is not UNSET:
            yield self.alter(op.table, f"{column} SET DEFAULT {op.default}", op)
        if op.comment is not UNSET and self.sqlalchemy.supports_comments:
            yield Step(self.comment_column_text(op.table, op.column, op.comment), op)
        if op.new_name is not UNSET:
            clause = f"RENAME COLUMN {self.quote(op.column)} TO {self.quote(str(op.new_name))}"
            yield self.alter(op.table, clause, op)

    # --- constraints and indexes ---------------------------------------------------------------

    def add_constraint(self, op: AddConstraint, tables: Tables) -> Iterator[Action]:
        """``ALTER TABLE … ADD CONSTRAINT``."""
        yield Step(self.compiled(AddConstraintElement(op.constraint.element)), op)

    def drop_constraint(self, op: DropConstraint, tables: Tables) -> Iterator[Action]:
        """``ALTER TABLE … DROP CONSTRAINT``."""
        if op.name is None:
            raise InvalidOperation(
                f"{op.describe()}: the constraint has no name to drop it by.",
                hint="Name it in the script: op.drop_constraint('name', 'table')",
            )
        exists = "IF EXISTS " if op.if_present else ""
        yield self.alter(op.table, f"DROP CONSTRAINT {exists}{self.quote(op.name)}", op)

    def create_index(self, op: CreateIndex, tables: Tables) -> Iterator[Action]:
        """``CREATE INDEX``."""
        yield Step(self.create_index_text(op.index, if_absent=op.if_absent), op)

    def create_index_text(self, index: Index, if_absent: bool = False) -> str:
        """Compile CREATE INDEX."""
        return self.compiled(CreateIndexElement(index.element, if_not_exists=if_absent))

    def drop_index(self, op: DropIndex, tables: Tables) -> Iterator[Action]:
        """``DROP INDEX``."""
        schema = op.table.schema if op.table else op.schema
        holder = sa.Table(op.table.name if op.table else "", sa.MetaData(), schema=schema)
        index = sa.Index(op.name, _table=holder, **dict(op.options))
        yield Step(self.compiled(DropIndexElement(index, if_exists=op.if_present)), op)

    def replace_value(self, op: ReplaceValue, tables: Tables) -> Iterator[Action]:
        """Update the rows that hold a value."""
        column = self.quote(op.column)
        new, old = self.literal(op.new), self.literal(op.old)
        table = self.table_name(op.table)
        yield Step(f"UPDATE {table} SET {column} = {new} WHERE {column} = {old}", op)

    def keep_value(self, op: KeepValue, tables: Tables) -> Iterator[Action]:
        """Do nothing."""
        yield from ()

    # --- data ----------------------------------------------------------------------------------

    def execute(self, op: Execute, tables: Tables) -> Iterator[Action]:
        """Run what the script gave."""
        yield Step(op.sql, op, op.element, options=op.execution_options or {})

    def backfill(self, op: Backfill, tables: Tables) -> Iterator[Action]:
        """Change rows in batches."""
        yield Batches(Step(op.sql, op, op.element), op)

    def bulk_insert(self, op: BulkInsert, tables: Tables) -> Iterator[Action]:
        """Insert rows: one statement for all of them, or one each where ``multiinsert`` is off."""
        if not op.rows:
            return
        insert = op.table.insert().inline()
        if op.multiinsert:
            text = insert.compile(dialect=self.sqlalchemy, column_keys=list(op.rows[0]))
            yield Step(str(text), op, insert, op.rows)
            return
        for row in op.rows:  # Values within the statement may be expressions.
            one = insert.values(row)
            yield Step(str(one.compile(dialect=self.sqlalchemy)), op, one)
