"""Oracle's spelling."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from .base import add_column
from .base import AddColumn
from .base import alter_table
from .base import column_comment
from .base import ColumnComment
from .base import ColumnDefault
from .base import ColumnName
from .base import ColumnNullable
from .base import ColumnType
from .base import format_column_name
from .base import format_server_default
from .base import format_table_name
from .base import format_type
from .base import IdentityColumnDefault
from .base import RenameTable
from .impl import DefaultImpl


class OracleImpl(DefaultImpl):
    """Writes for SQL*Plus: each statement is followed by a line with ``/``."""

    __dialect__ = "oracle"
    transactional_ddl = False
    batch_separator = "/"
    command_terminator = ""
    type_synonyms = (
        *DefaultImpl.type_synonyms,
        {"VARCHAR", "VARCHAR2"},
        {"BIGINT", "INTEGER", "SMALLINT", "DECIMAL", "NUMERIC", "NUMBER"},
        {"DOUBLE", "FLOAT", "DOUBLE_PRECISION"},
    )
    identity_attrs_ignore = ()

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.batch_separator = self.context_opts.get("oracle_batch_separator", self.batch_separator)

    def _exec(self, construct: Any, *args: Any, **kw: Any) -> Any:
        result = super()._exec(construct, *args, **kw)
        if self.as_sql and self.batch_separator:
            self.static_output(self.batch_separator)
        return result

    def compare_server_default(
        self,
        inspector_column: Any,
        metadata_column: Any,
        rendered_metadata_default: str | None,
        rendered_inspector_default: str | None,
    ) -> bool:
        """Whether two defaults differ, whatever spaces and brackets are around them."""

        def bare(default: str | None) -> str | None:
            if default is None:
                return None
            default = re.sub(r"^\((.+)\)$", r"\1", default)
            return re.sub(r"^\"?'(.+)'\"?$", r"\1", default).strip()

        return bare(rendered_inspector_default) != bare(rendered_metadata_default)

    def emit_begin(self) -> None:
        """Write what begins a transaction."""
        self._exec("SET TRANSACTION READ WRITE")

    def emit_commit(self) -> None:
        """Write COMMIT."""
        self._exec("COMMIT")


def _modified(element: Any, compiler: Any, clause: str) -> str:
    table = alter_table(compiler, element.table_name, element.schema)
    return f"{table} MODIFY {format_column_name(compiler, element.column_name)} {clause}"


@compiles(AddColumn, "oracle")
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


@compiles(ColumnNullable, "oracle")
def visit_column_nullable(element: Any, compiler: Any, **kw: Any) -> str:
    """``MODIFY … NULL``."""
    return _modified(element, compiler, "NULL" if element.nullable else "NOT NULL")


@compiles(ColumnType, "oracle")
def visit_column_type(element: Any, compiler: Any, **kw: Any) -> str:
    """``MODIFY … type``."""
    return _modified(element, compiler, format_type(compiler, element.type_))


@compiles(ColumnName, "oracle")
def visit_column_name(element: Any, compiler: Any, **kw: Any) -> str:
    """``RENAME COLUMN … TO …``."""
    old, new = (format_column_name(compiler, n) for n in (element.column_name, element.newname))
    table = alter_table(compiler, element.table_name, element.schema)
    return f"{table} RENAME COLUMN {old} TO {new}"


@compiles(ColumnDefault, "oracle")
def visit_column_default(element: Any, compiler: Any, **kw: Any) -> str:
    """``MODIFY … DEFAULT …``."""
    none = element.default is None
    default = "NULL" if none else format_server_default(compiler, element.default)
    return _modified(element, compiler, f"DEFAULT {default}")


@compiles(ColumnComment, "oracle")
def visit_column_comment(element: Any, compiler: Any, **kw: Any) -> str:
    """``COMMENT ON COLUMN …``; an empty comment is none."""
    return column_comment(element, compiler, none="''")


@compiles(RenameTable, "oracle")
def visit_rename_table(element: Any, compiler: Any, **kw: Any) -> str:
    """``RENAME TO`` without a schema."""
    new = format_table_name(compiler, element.new_table_name, None)
    return f"{alter_table(compiler, element.table_name, element.schema)} RENAME TO {new}"


@compiles(IdentityColumnDefault, "oracle")
def visit_identity_column(element: Any, compiler: Any, **kw: Any) -> str:
    """``MODIFY … GENERATED … AS IDENTITY`` or ``DROP IDENTITY``."""
    if element.default is None:
        return _modified(element, compiler, "DROP IDENTITY")
    holder: sa.Column[Any] = sa.Column("x", sa.Integer(), element.default)
    return _modified(element, compiler, compiler.visit_identity_column(holder.identity))
