"""``alembic.ddl.base``: ALTER statements as SQLAlchemy elements, which dialects compile.

Dialects of others override single ones with ``@compiles(RenameTable, "name")``, as they do for
SQLAlchemy's own elements.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import Column
from sqlalchemy.sql.ddl import DDLElement
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import Integer

from .spec import fk_spec
from .spec import fk_spec as _fk_spec

__all__ = ["_fk_spec", "fk_spec"]


class AlterTable(DDLElement):
    """Any ALTER TABLE."""

    def __init__(self, table_name: Any, schema: Any = None) -> None:
        self.table_name = table_name
        self.schema = schema


class RenameTable(AlterTable):
    """``ALTER TABLE … RENAME TO …``."""

    def __init__(self, old_table_name: Any, new_table_name: Any, schema: Any = None) -> None:
        super().__init__(old_table_name, schema=schema)
        self.new_table_name = new_table_name


class AlterColumn(AlterTable):
    """Any change of one column, with what the column is before."""

    def __init__(
        self,
        name: Any,
        column_name: Any,
        schema: Any = None,
        existing_type: Any = None,
        existing_nullable: bool | None = None,
        existing_server_default: Any = False,
        existing_comment: str | None = None,
    ) -> None:
        super().__init__(name, schema=schema)
        self.column_name = column_name
        self.existing_type = None
        if existing_type is not None:
            self.existing_type = sa.types.to_instance(existing_type)
        self.existing_nullable = existing_nullable
        self.existing_server_default = existing_server_default
        self.existing_comment = existing_comment


class ColumnNullable(AlterColumn):
    """``SET NOT NULL`` and ``DROP NOT NULL``."""

    def __init__(self, name: Any, column_name: Any, nullable: bool, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.nullable = nullable


class ColumnType(AlterColumn):
    """Another type."""

    def __init__(self, name: Any, column_name: Any, type_: Any, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.type_ = sa.types.to_instance(type_)


class ColumnName(AlterColumn):
    """Another name."""

    def __init__(self, name: Any, column_name: Any, newname: Any, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.newname = newname


class ColumnDefault(AlterColumn):
    """Another default, or none."""

    def __init__(self, name: Any, column_name: Any, default: Any, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.default = default


class ComputedColumnDefault(AlterColumn):
    """Another computation, which most databases refuse."""

    def __init__(self, name: Any, column_name: Any, default: Any, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.default = default


class IdentityColumnDefault(AlterColumn):
    """An identity that comes, changes or goes."""

    def __init__(self, name: Any, column_name: Any, default: Any, impl: Any, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.default = default
        self.impl = impl


class AddColumn(AlterTable):
    """``ALTER TABLE … ADD COLUMN …``."""

    def __init__(
        self,
        name: Any,
        column: Column[Any],
        schema: Any = None,
        if_not_exists: bool | None = None,
        inline_references: bool | None = None,
        inline_primary_key: bool | None = None,
    ) -> None:
        super().__init__(name, schema=schema)
        self.column = column
        self.if_not_exists = if_not_exists
        self.inline_references = inline_references
        self.inline_primary_key = inline_primary_key


class DropColumn(AlterTable):
    """``ALTER TABLE … DROP COLUMN …``."""

    def __init__(
        self, name: Any, column: Column[Any], schema: Any = None, if_exists: bool | None = None
    ) -> None:
        super().__init__(name, schema=schema)
        self.column = column
        self.if_exists = if_exists


class ColumnComment(AlterColumn):
    """``COMMENT ON COLUMN …``."""

    def __init__(self, name: Any, column_name: Any, comment: str | None, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.comment = comment


# --- words ----------------------------------------------------------------------------------------


def quote_dotted(name: Any, quote: Any) -> Any:
    """Quote the parts of a schema's name, unless it was marked as one identifier."""
    if isinstance(name, quoted_name):
        return quote(name)
    return ".".join(quote(part) for part in name.split("."))


def format_table_name(compiler: Any, name: Any, schema: Any) -> Any:
    """Return a table's name with its schema."""
    quote = compiler.preparer.quote
    if schema:
        return f"{quote_dotted(schema, quote)}.{quote(name)}"
    return quote(name)


def format_column_name(compiler: Any, name: Any) -> Any:
    """Return a column's name."""
    return compiler.preparer.quote(name)


def format_server_default(compiler: Any, default: Any) -> str:
    """Return a default as the database reads it."""
    column: Column[Any] = sa.Column("x", Integer, server_default=default)
    return compiler.get_column_default_string(column)  # type: ignore[no-any-return]


def format_type(compiler: Any, type_: Any) -> Any:
    """Return a type."""
    return compiler.dialect.type_compiler_instance.process(type_)


def alter_table(compiler: Any, name: Any, schema: Any) -> str:
    """Return ``ALTER TABLE name``."""
    return f"ALTER TABLE {format_table_name(compiler, name, schema)}"


def alter_column(compiler: Any, name: Any) -> str:
    """Return ``ALTER COLUMN name``."""
    return f"ALTER COLUMN {format_column_name(compiler, name)}"


def add_column(
    compiler: Any,
    column: Column[Any],
    if_not_exists: bool | None = None,
    inline_references: bool | None = None,
    inline_primary_key: bool | None = None,
    words: str = "ADD COLUMN",
) -> str:
    """Return ``ADD COLUMN`` with the whole column."""
    exists = "IF NOT EXISTS " if if_not_exists else ""
    text = f"{words} {exists}{compiler.get_column_specification(column)}"
    if inline_primary_key and column.primary_key:
        text += " PRIMARY KEY"
    if inline_references and len(column.foreign_keys) == 1:
        text += inline_reference(compiler, next(iter(column.foreign_keys)))
    checks = " ".join(compiler.process(constraint) for constraint in column.constraints)
    return f"{text} {checks}" if checks else text


def inline_reference(compiler: Any, key: sa.ForeignKey) -> str:
    """Return `` REFERENCES …`` as a column has it."""
    tokens: Any = key._column_tokens
    schema, table, column = tokens
    quote = compiler.preparer.quote
    target = f"{compiler.preparer.quote_schema(schema)}." if schema else ""
    target += f"{quote(table)} ({quote(column or key.parent.name)})"
    holder: Any = key.constraint or key
    rest = ""
    if key.match is not None:
        rest += compiler.define_constraint_match(holder)
    rest += compiler.define_constraint_cascades(holder)
    return f" REFERENCES {target}{rest}{compiler.define_constraint_deferrability(holder)}"


def drop_column(compiler: Any, name: Any, if_exists: bool | None = None) -> str:
    """Return ``DROP COLUMN name``."""
    return f"DROP COLUMN {'IF EXISTS ' if if_exists else ''}{format_column_name(compiler, name)}"


# --- the standard's spelling ----------------------------------------------------------------------


@compiles(RenameTable)
def visit_rename_table(element: Any, compiler: Any, **kw: Any) -> str:
    """``ALTER TABLE … RENAME TO …``."""
    name = format_table_name(compiler, element.new_table_name, element.schema)
    return f"{alter_table(compiler, element.table_name, element.schema)} RENAME TO {name}"


@compiles(AddColumn)
def visit_add_column(element: Any, compiler: Any, **kw: Any) -> str:
    """``ALTER TABLE … ADD COLUMN …``."""
    clause = add_column(
        compiler,
        element.column,
        element.if_not_exists,
        element.inline_references,
        element.inline_primary_key,
    )
    return f"{alter_table(compiler, element.table_name, element.schema)} {clause}"


@compiles(DropColumn)
def visit_drop_column(element: Any, compiler: Any, **kw: Any) -> str:
    """``ALTER TABLE … DROP COLUMN …``."""
    clause = drop_column(compiler, element.column.name, element.if_exists)
    return f"{alter_table(compiler, element.table_name, element.schema)} {clause}"


def _altered(element: Any, compiler: Any, clause: str) -> str:
    table = alter_table(compiler, element.table_name, element.schema)
    return f"{table} {alter_column(compiler, element.column_name)} {clause}"


@compiles(ColumnNullable)
def visit_column_nullable(element: Any, compiler: Any, **kw: Any) -> str:
    """``ALTER COLUMN … DROP NOT NULL``."""
    return _altered(element, compiler, f"{'DROP' if element.nullable else 'SET'} NOT NULL")


@compiles(ColumnType)
def visit_column_type(element: Any, compiler: Any, **kw: Any) -> str:
    """``ALTER COLUMN … TYPE …``."""
    return _altered(element, compiler, f"TYPE {format_type(compiler, element.type_)}")


@compiles(ColumnName)
def visit_column_name(element: Any, compiler: Any, **kw: Any) -> str:
    """``ALTER TABLE … RENAME … TO …``."""
    old, new = (format_column_name(compiler, n) for n in (element.column_name, element.newname))
    return f"{alter_table(compiler, element.table_name, element.schema)} RENAME {old} TO {new}"


@compiles(ColumnDefault)
def visit_column_default(element: Any, compiler: Any, **kw: Any) -> str:
    """``ALTER COLUMN … SET DEFAULT …``."""
    if element.default is None:
        return _altered(element, compiler, "DROP DEFAULT")
    default = format_server_default(compiler, element.default)
    return _altered(element, compiler, f"SET DEFAULT {default}")


@compiles(ComputedColumnDefault)
def visit_computed_column(element: Any, compiler: Any, **kw: Any) -> str:
    """Refuse."""
    raise exc.CompileError(
        'Adding or removing a "computed" construct, e.g. GENERATED ALWAYS AS, to or from an '
        "existing column is not supported."
    )


@compiles(IdentityColumnDefault)
def visit_identity_column(element: Any, compiler: Any, **kw: Any) -> str:
    """Refuse."""
    raise exc.CompileError(
        'Adding, removing or modifying an "identity" construct, e.g. GENERATED AS IDENTITY, to or '
        "from an existing column is not supported in this dialect."
    )


def comment_text(compiler: Any, comment: str | None, none: str = "NULL") -> str:
    """Return a comment as a literal."""
    if comment is None:
        return none
    return compiler.sql_compiler.render_literal_value(  # type: ignore[no-any-return]
        comment, sa.types.String()
    )


def column_comment(element: Any, compiler: Any, none: str = "NULL") -> str:
    """Return ``COMMENT ON COLUMN …``."""
    table = format_table_name(compiler, element.table_name, element.schema)
    column = format_column_name(compiler, element.column_name)
    return f"COMMENT ON COLUMN {table}.{column} IS {comment_text(compiler, element.comment, none)}"


@compiles(ColumnComment)
def visit_column_comment(element: Any, compiler: Any, **kw: Any) -> str:
    """``COMMENT ON COLUMN …``."""
    return column_comment(element, compiler)
