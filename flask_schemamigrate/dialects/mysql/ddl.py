"""DDL for MariaDB and MySQL.

A column is changed by saying all of it again.  What the script does not name is taken from the
table itself, so that comments, defaults, ON UPDATE, character sets and AUTO_INCREMENT survive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from ...errors import InvalidOperation
from ...operations.base import Operation
from ...operations.base import UNSET
from ...operations.columns import AddColumn
from ...operations.columns import AlterColumn
from ...operations.columns import DropColumn
from ...operations.constraints import DropConstraint
from ...operations.constraints import type_of
from ...operations.indexes import CreateIndex
from ...operations.indexes import DropIndex
from ...operations.tables import AlterTableOptions
from ...operations.tables import CommentTable
from ...schema.names import Name
from ...schema.objects import Column
from ...schema.objects import Sql
from ...schema.objects import Table
from ...steps import Action
from ...steps import Step
from ..base import Tables
from ..ddl import DDL
from .facts import Facts

#: What ALTER TABLE calls the options that can be changed.
_OPTIONS = {
    "mysql_engine": "ENGINE",
    "mysql_charset": "DEFAULT CHARSET",
    "mysql_collate": "COLLATE",
    "mysql_row_format": "ROW_FORMAT",
    "mysql_auto_increment": "AUTO_INCREMENT",
}


class MySQLDDL(DDL):
    """Turns operations into steps for one server."""

    def __init__(self, dialect: Any, facts: Facts) -> None:
        super().__init__(dialect)
        self.facts = facts

    # --- columns -------------------------------------------------------------------------------

    def add_column(self, op: AddColumn, tables: Tables) -> Iterator[Action]:
        """Add a column, then what came with it."""
        if op.if_absent and not self.facts.if_exists_in_alter:
            table = tables.table(op.table)
            if table is not None and table.column(op.column.name) is not None:
                return
            op = replace(op, if_absent=False)
        yield from super().add_column(op, tables)

    def drop_column(self, op: DropColumn, tables: Tables) -> Iterator[Action]:
        """Drop a column."""
        if op.if_present and not self.facts.if_exists_in_alter:
            table = tables.table(op.table)
            if table is not None and table.column(op.column) is None:
                return
            op = replace(op, if_present=False)
        yield from super().drop_column(op, tables)

    def alter_column(self, op: AlterColumn, tables: Tables) -> Iterator[Action]:
        """Change a column by its whole definition, or by the shorter form where one will do."""
        changes = set(op.changes())
        name = self.quote(op.column)
        if changes == {"name"} and self._known(op, tables) is None and op.existing.type is UNSET:
            yield self.alter(
                op.table, f"RENAME COLUMN {name} TO {self.quote(str(op.new_name))}", op
            )
            return
        if changes == {"default"} and not self._on_update(op):
            default = "DROP DEFAULT" if op.default is None else f"SET DEFAULT {op.default}"
            yield self.alter(op.table, f"ALTER COLUMN {name} {default}", op)
            return
        if not changes:
            return
        column = op.altered(self._before(op, tables))
        verb = f"CHANGE {name}" if "name" in changes else "MODIFY"
        yield self.alter(op.table, f"{verb} {self.definition(column)}", op)

    def _on_update(self, op: AlterColumn) -> bool:
        text = op.default.text if isinstance(op.default, Sql) else ""
        return "ON UPDATE" in text.upper()

    def _known(self, op: AlterColumn, tables: Tables) -> Column | None:
        table = tables.table(op.table)
        return table.column(op.column) if table is not None else None

    def _before(self, op: AlterColumn, tables: Tables) -> Column:
        """Return the column as it is: what the database says, else what the script says."""
        known = self._known(op, tables)
        if known is not None:
            return known
        existing = op.existing
        type_ = existing.type if existing.type is not UNSET else op.type
        if type_ is UNSET:
            raise InvalidOperation(
                f"{op.describe()}: the column's type is not known here, and MySQL needs it.",
                hint="Give existing_type=… to op.alter_column().",
            )
        return Column(
            op.column,
            type_,
            True if existing.nullable is UNSET else existing.nullable,
            None if existing.default is UNSET else existing.default,
            comment=None if existing.comment is UNSET else existing.comment,
            autoincrement=False if existing.autoincrement is UNSET else existing.autoincrement,
        )

    def definition(self, column: Column) -> str:
        """Return a column's whole definition."""
        words = [self.quote(column.name), column.type.text]
        if column.computed is not None:
            kind = "STORED" if column.computed.persisted else "VIRTUAL"
            words.append(f"GENERATED ALWAYS AS ({column.computed.sql}) {kind}")
        else:
            words.append("NULL" if column.nullable else "NOT NULL")
        if column.default is not None:
            words.append(f"DEFAULT {column.default}")
        if column.autoincrement:
            words.append("AUTO_INCREMENT")
        if column.comment is not None:
            words.append(f"COMMENT {self.literal(column.comment)}")
        return " ".join(words)

    # --- tables --------------------------------------------------------------------------------

    def comment_table(self, op: CommentTable, tables: Tables) -> Iterator[Action]:
        """Set a table's comment; an empty one is none."""
        yield self.alter(op.name, f"COMMENT {self.literal(op.comment or '')}", op)

    def comment_column_text(self, table: Name, column: str, comment: str | None) -> str:
        """There is no such statement: a comment is part of the column."""
        raise NotImplementedError

    def alter_table_options(self, op: AlterTableOptions, tables: Tables) -> Iterator[Action]:
        """Change what ALTER TABLE can change.  Raises InvalidOperation for the rest."""
        for name, value in op.options:
            word = _OPTIONS.get(name)
            if word is None:
                raise InvalidOperation(f"{op.describe()}: {name} cannot be changed afterwards.")
            yield self.alter(op.name, f"{word}={value}", op)

    # --- constraints and indexes ---------------------------------------------------------------

    def drop_constraint(self, op: DropConstraint, tables: Tables) -> Iterator[Action]:
        """Drop a constraint by the statement for its kind, looked up where the script is silent."""
        kind = op.type
        name = op.name
        if kind is None or (name is None and kind != "primary"):
            found = self._found(op, tables.table(op.table))
            kind, name = (type_of(found), found.name) if found is not None else (kind, name)
        if kind is None:
            raise InvalidOperation(
                f"{op.describe()}: of which kind is it?",
                hint="Give type_='foreignkey', 'unique', 'check' or 'primary'.",
            )
        exists = "IF EXISTS " if op.if_present and self.facts.if_exists_in_alter else ""
        if kind == "primary":
            yield self.alter(op.table, "DROP PRIMARY KEY", op)
            return
        if name is None:
            raise InvalidOperation(f"{op.describe()}: the table has no such constraint.")
        words = {"foreignkey": "FOREIGN KEY", "unique": "INDEX", "check": self.facts.drop_check}
        yield self.alter(op.table, f"DROP {words[kind]} {exists}{self.quote(name)}", op)

    def _found(self, op: DropConstraint, table: Table | None) -> Any:
        if table is None:
            return None
        found = op.find(table)
        if found is not None or op.constraint is None:
            return found
        wanted = replace(op.constraint, name=None)
        alike = (c for c in table.constraints if replace(c, name=None) == wanted)
        return next(alike, None)

    def create_index(self, op: CreateIndex, tables: Tables) -> Iterator[Action]:
        """Create an index."""
        if op.if_absent and not self.facts.mariadb:
            table = tables.table(op.table)
            if table is not None and table.index(op.index.name or "") is not None:
                return
            op = replace(op, if_absent=False)
        yield from super().create_index(op, tables)

    def drop_index(self, op: DropIndex, tables: Tables) -> Iterator[Action]:
        """Drop an index of a table, which has to be named."""
        if op.table is None:
            raise InvalidOperation(
                f"{op.describe()}: MySQL and MariaDB need the table.",
                hint=f"op.drop_index({op.name!r}, table_name=…)",
            )
        exists = "IF EXISTS " if op.if_present and self.facts.if_exists_in_alter else ""
        yield Step(f"DROP INDEX {exists}{self.quote(op.name)} ON {self.table_name(op.table)}", op)

    def column_specification(self, column: sa.Column[Any]) -> str:
        """Return a column as in CREATE TABLE."""
        return super().column_specification(column)

    def refused(self, operation: Operation) -> InvalidOperation:
        """Return the error for what the server cannot do."""
        return InvalidOperation(f"{operation.describe()}: MySQL and MariaDB cannot do that.")
