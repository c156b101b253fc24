"""SQL Server's spelling."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.ddl import ExecutableDDLElement

from .. import util
from .base import add_column
from .base import AddColumn
from .base import alter_column
from .base import alter_table
from .base import ColumnComment
from .base import ColumnDefault
from .base import ColumnName
from .base import ColumnNullable
from .base import ColumnType
from .base import format_column_name
from .base import format_server_default
from .base import format_table_name
from .base import format_type
from .base import RenameTable
from .impl import _existing
from .impl import DefaultImpl


class MSSQLImpl(DefaultImpl):
    """Writes batches that are separated by ``GO``."""

    __dialect__ = "mssql"
    transactional_ddl = True
    batch_separator = "GO"
    type_synonyms = (*DefaultImpl.type_synonyms, {"VARCHAR", "NVARCHAR"})
    identity_attrs_ignore = (
        *DefaultImpl.identity_attrs_ignore,
        "minvalue",
        "maxvalue",
        "nominvalue",
        "nomaxvalue",
        "cycle",
        "cache",
    )

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.batch_separator = self.context_opts.get("mssql_batch_separator", self.batch_separator)

    def _exec(self, construct: Any, *args: Any, **kw: Any) -> Any:
        result = super()._exec(construct, *args, **kw)
        if self.as_sql and self.batch_separator:
            self.static_output(self.batch_separator)
        return result

    def emit_begin(self) -> None:
        """Write BEGIN TRANSACTION."""
        self.static_output("BEGIN TRANSACTION" + self.command_terminator)

    def emit_commit(self) -> None:
        """Write COMMIT and end the batch."""
        super().emit_commit()
        if self.as_sql and self.batch_separator:
            self.static_output(self.batch_separator)

    def alter_column(
        self,
        table_name: str,
        column_name: str,
        *,
        nullable: bool | None = None,
        server_default: Any = False,
        name: str | None = None,
        type_: Any = None,
        schema: str | None = None,
        comment: Any = False,
        **existing: Any,
    ) -> None:
        """Change a column: type and nullability are one statement, which has to say both."""
        where = {"schema": schema, **_existing(existing)}
        if nullable is None and type_ is None:
            pass
        elif type_ is None and existing.get("existing_type") is None:
            raise util.CommandError(
                "MS-SQL ALTER COLUMN operations with NULL or NOT NULL require the existing_type or "
                "a new type_ be passed."
            )
        else:
            if nullable is None and existing.get("existing_nullable") is None:
                util.warn(
                    "MS-SQL ALTER COLUMN operations that specify type_= should also specify a "
                    "nullable= or existing_nullable= argument to avoid implicit conversion of NOT "
                    "NULL columns to NULL."
                )
            stated = existing.get("existing_nullable") if nullable is None else nullable
            kept = {**where, "existing_nullable": stated}
            wanted = existing.get("existing_type") if type_ is None else type_
            self._exec(ColumnType(table_name, column_name, wanted, **kept))
        if server_default is not False:
            self._alter_default(table_name, column_name, server_default, where)
        self._comment_column(table_name, column_name, schema, comment, where)
        if name is not None:
            self._exec(ColumnName(table_name, column_name, name, **where))

    def _alter_default(self, table: str, column: str, default: Any, where: Any) -> None:
        change = self._default_change(table, column, default, where)
        if not isinstance(change, ColumnDefault):
            self._exec(change)  # Its compiler refuses.
            return
        if default is None or where.get("existing_server_default", False) is not False:
            kind = "sys.default_constraints"
            self._exec(_ExecDropConstraint(table, column, kind, where["schema"]))
        if default is not None:
            self._exec(change)

    def bulk_insert(self, table: Any, rows: list[dict[str, Any]], multiinsert: bool = True) -> None:
        """Insert rows; written ones may have values for an IDENTITY column."""
        if not self.as_sql:
            super().bulk_insert(table, rows, multiinsert)
            return
        name = self.dialect.identifier_preparer.format_table(table)
        self._exec(f"SET IDENTITY_INSERT {name} ON")
        super().bulk_insert(table, rows, multiinsert)
        self._exec(f"SET IDENTITY_INSERT {name} OFF")

    def drop_column(
        self,
        table_name: str,
        column: Any,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        **kw: Any,
    ) -> None:
        """Drop a column, and what stands on it where that is asked for."""
        for word, kind in (
            ("mssql_drop_default", "sys.default_constraints"),
            ("mssql_drop_check", "sys.check_constraints"),
        ):
            if kw.pop(word, False):
                self._exec(_ExecDropConstraint(table_name, column, kind, schema))
        if kw.pop("mssql_drop_foreign_key", False):
            self._exec(_ExecDropForeignKey(table_name, column, schema))
        super().drop_column(table_name, column, schema=schema, if_exists=if_exists, **kw)

    def compare_server_default(
        self,
        inspector_column: Any,
        metadata_column: Any,
        rendered_metadata_default: str | None,
        rendered_inspector_default: str | None,
    ) -> bool:
        """Whether two defaults differ, whatever brackets are around them."""

        def bare(default: str | None) -> str | None:
            while default and default.startswith("(") and default.endswith(")"):
                default = default[1:-1]
            return default

        return bare(rendered_inspector_default) != bare(rendered_metadata_default)


class _ExecDropConstraint(ExecutableDDLElement):
    """Drops the constraint of a kind that stands on a column, whatever it is called."""

    inherit_cache = False

    def __init__(self, table: str, column: Any, kind: str, schema: str | None) -> None:
        self.table = table
        self.column = getattr(column, "name", column)
        self.kind = kind
        self.schema = schema


class _ExecDropForeignKey(_ExecDropConstraint):
    """Drops the foreign key of a column, whatever it is called."""

    inherit_cache = False

    def __init__(self, table: str, column: Any, schema: str | None) -> None:
        super().__init__(table, column, "sys.foreign_keys", schema)


@compiles(_ExecDropConstraint, "mssql")
def visit_drop_constraint(element: Any, compiler: Any, **kw: Any) -> str:
    """Look the name up, then drop it."""
    table = format_table_name(compiler, element.table, element.schema)
    return (
        f"declare @const_name varchar(256)\nselect @const_name = QUOTENAME([name]) from "
        f"{element.kind}\nwhere parent_object_id = object_id('{table}')\n"
        f"and col_name(parent_object_id, parent_column_id) = '{element.column}'\n"
        f"exec('alter table {table} drop constraint ' + @const_name)"
    )


@compiles(_ExecDropForeignKey, "mssql")
def visit_drop_foreign_key(element: Any, compiler: Any, **kw: Any) -> str:
    """Look the name up, then drop it."""
    table = format_table_name(compiler, element.table, element.schema)
    return (
        "declare @const_name varchar(256)\nselect @const_name = QUOTENAME([name]) from\n"
        "sys.foreign_keys fk join sys.foreign_key_columns fkc\n"
        "on fk.object_id=fkc.constraint_object_id\n"
        f"where fkc.parent_object_id = object_id('{table}')\n"
        f"and col_name(fkc.parent_object_id, fkc.parent_column_id) = '{element.column}'\n"
        f"exec('alter table {table} drop constraint ' + @const_name)"
    )


@compiles(AddColumn, "mssql")
def visit_add_column(element: Any, compiler: Any, **kw: Any) -> str:
    """``ALTER TABLE … ADD …``."""
    clause = add_column(
        compiler,
        element.column,
        element.if_not_exists,
        element.inline_references,
        element.inline_primary_key,
        words="ADD",
    )
    return f"{alter_table(compiler, element.table_name, element.schema)} {clause}"


def _altered(element: Any, compiler: Any, type_: Any, nullable: bool | None) -> str:
    words = [
        alter_table(compiler, element.table_name, element.schema),
        alter_column(compiler, element.column_name),
        format_type(compiler, type_),
    ]
    if nullable is not None:
        words.append("NULL" if nullable else "NOT NULL")
    return " ".join(words)


@compiles(ColumnNullable, "mssql")
def visit_column_nullable(element: Any, compiler: Any, **kw: Any) -> str:
    """``ALTER COLUMN … type NULL``."""
    return _altered(element, compiler, element.existing_type, element.nullable)


@compiles(ColumnType, "mssql")
def visit_column_type(element: Any, compiler: Any, **kw: Any) -> str:
    """``ALTER COLUMN … type NULL``."""
    return _altered(element, compiler, element.type_, element.existing_nullable)


@compiles(ColumnDefault, "mssql")
def visit_column_default(element: Any, compiler: Any, **kw: Any) -> str:
    """``ADD DEFAULT … FOR …``."""
    table = alter_table(compiler, element.table_name, element.schema)
    default = format_server_default(compiler, element.default)
    return f"{table} ADD DEFAULT {default} FOR {format_column_name(compiler, element.column_name)}"


@compiles(ColumnName, "mssql")
def visit_rename_column(element: Any, compiler: Any, **kw: Any) -> str:
    """``EXEC sp_rename``."""
    table = format_table_name(compiler, element.table_name, element.schema)
    old, new = (format_column_name(compiler, n) for n in (element.column_name, element.newname))
    return f"EXEC sp_rename '{table}.{old}', {new}, 'COLUMN'"


@compiles(RenameTable, "mssql")
def visit_rename_table(element: Any, compiler: Any, **kw: Any) -> str:
    """``EXEC sp_rename``."""
    old = format_table_name(compiler, element.table_name, element.schema)
    return f"EXEC sp_rename '{old}', {format_table_name(compiler, element.new_table_name, None)}"


@compiles(ColumnComment, "mssql")
def visit_column_comment(element: Any, compiler: Any, **kw: Any) -> str:
    """Add, update or drop the column's description, an extended property."""
    schema = element.schema or compiler.dialect.default_schema_name
    quote = compiler.preparer.quote
    place = (
        f"'schema', {compiler.preparer.quote_schema(schema)}, "
        f"'table', {quote(element.table_name)}, 'column', {quote(element.column_name)}"
    )
    if element.comment is None:
        return f"exec sp_dropextendedproperty 'MS_Description', {place}"
    text = compiler.sql_compiler.render_literal_value(element.comment, sa.types.NVARCHAR())
    verb = "add" if element.existing_comment is None else "update"
    return f"exec sp_{verb}extendedproperty 'MS_Description', {text}, {place}"
