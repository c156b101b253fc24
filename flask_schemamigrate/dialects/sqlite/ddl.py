"""DDL for SQLite: its own ALTER where there is one, a rebuild elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy.engine import Connection

from ...operations.batch import AlterTable
from ...operations.columns import AddColumn
from ...operations.columns import AlterColumn
from ...operations.columns import DropColumn
from ...operations.constraints import AddConstraint
from ...operations.constraints import DropConstraint
from ...operations.indexes import DropIndex
from ...operations.tables import AlterTableOptions
from ...operations.tables import CommentTable
from ...operations.tables import RenameTable
from ...schema.metadata import Reader
from ...schema.names import Name
from ...steps import Action
from ...steps import Step
from ..base import Tables
from ..ddl import DDL
from .alter import Alteration
from .dependents import around


class SQLiteDDL(DDL):
    """Turns operations into steps while it looks at the tables of ``connection``."""

    def __init__(self, reader: Reader, connection: Connection) -> None:
        super().__init__(reader.dialect)
        self.reader = reader
        self.connection = connection

    def alter_table(self, op: AlterTable, tables: Tables) -> Iterator[Action]:
        """Make the changes of one table, with as few rebuilds as they need."""
        yield from Alteration(self, self.reader, self.connection, op).steps(tables)

    def rename_table(self, op: RenameTable, tables: Tables) -> Iterator[Action]:
        """Rename a table; views, triggers and foreign keys follow."""
        steps = [op]
        if op.new.lower() == op.name.name.lower():
            # To SQLite it is the same name, and taken.
            passing = f"_schemamigrate_{op.new}"
            steps = [replace(op, new=passing), replace(op, name=op.name.renamed(passing))]
        renaming = [self.alter(s.name, f"RENAME TO {self.quote(s.new)}", op) for s in steps]
        yield from around(self.connection, op.name.schema, renaming, op)

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

    def alter_table_options(self, op: AlterTableOptions, tables: Tables) -> Iterator[Action]:
        """Change a table's options."""
        yield from self.alter_table(AlterTable(op.name, (op,)), tables)

    def comment_table(self, op: CommentTable, tables: Tables) -> Iterator[Action]:
        """Do nothing: SQLite has no comments."""
        yield from ()

    def drop_index(self, op: DropIndex, tables: Tables) -> Iterator[Action]:
        """Drop an index."""
        schema = op.table.schema if op.table else op.schema
        exists = "IF EXISTS " if op.if_present else ""
        yield Step(f"DROP INDEX {exists}{self.table_name(Name(op.name, schema))}", op)
