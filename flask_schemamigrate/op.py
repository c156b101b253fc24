"""The operations that migration scripts call: ``from flask_schemamigrate import op``.

The names, arguments and meanings are those of Alembic's ``op``, so that its scripts run here and
ours run there.  Each function builds one operation and carries it out on the connection of the
running script, within that revision's transaction; with ``--sql`` it is written instead.  Outside a
running script each raises :class:`~flask_schemamigrate.errors.NoContext`.

Arguments that most of them share: ``schema`` is the table's schema (None: the connection's
default); keywords such as ``postgresql_where`` or ``mysql_length`` are SQLAlchemy's dialect
options of the construct.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Literal

import sqlalchemy as sa

from .directives import custom
from .directives import elements
from .directives.alter import alterations
from .directives.custom import implementation_for as implementation_for
from .directives.custom import register_operation as register_operation
from .operations.base import Operation
from .operations.columns import DropColumn
from .operations.tables import CommentTable
from .operations.tables import DropTable
from .operations.tables import RenameTable
from .run.altering import batch_alter_table as batch_alter_table
from .run.context import active
from .run.context import MigrationContext
from .run.filling import backfill as backfill


def get_context() -> MigrationContext:
    """Return the context of the running script: dialect, connection, ``autocommit_block()``."""
    return active()


def get_bind() -> Any:
    """Return the SQLAlchemy connection of the running script.

    It is in the revision's transaction.  With ``--sql`` it writes what it is given.
    """
    return active().bind


def f(name: str) -> str:
    """Mark a constraint's name as final, so that no naming convention is applied to it."""
    return elements.final(name)


def inline_literal(value: Any, type_: Any = None) -> Any:
    """Return ``value`` as an expression that is always written into the SQL, never bound."""
    return elements.inline_literal(value, type_)


def execute(sqltext: Any, *, execution_options: Mapping[str, Any] | None = None) -> None:
    r"""Run SQL: a string or any SQLAlchemy executable.

    In a string ``:name`` is a parameter, as in ``sqlalchemy.text()``; write ``\:`` for a colon.
    """
    context = active()
    context.perform(context.builder.execute(sqltext, execution_options))


def bulk_insert(table: Any, rows: list[dict[str, Any]], *, multiinsert: bool = True) -> None:
    """Insert ``rows`` into ``table``, a ``Table`` or ``sqlalchemy.table()``.

    ``multiinsert=False`` sends one INSERT for each row, which SQL expressions as values need.
    """
    context = active()
    context.perform(context.builder.bulk_insert(table, rows, multiinsert))


def invoke(operation: Any) -> Any:
    """Carry out an operation value, one of ours or of a registered class."""
    if isinstance(operation, Operation):
        active().perform(operation)
        return None
    return custom.invoke(operation, sys.modules[__name__])


def run_async(function: Callable[..., Awaitable[Any]], *args: Any, **keywords: Any) -> Any:
    """Call ``await function(connection, …)`` with the script's connection as an AsyncConnection.

    Raises OnlineOnly with ``--sql`` and InvalidOperation where the driver is not asynchronous.
    """
    return custom.run_async(active().bind, function, *args, **keywords)


# --- tables -------------------------------------------------------------------------------------


def create_table(
    table_name: str, *columns: Any, if_not_exists: bool | None = None, **kw: Any
) -> sa.Table:
    """Create a table of columns, constraints and indexes; return it as a ``Table``.

    Its ``before_create`` and ``after_create`` events fire; named enumerated types come with it.
    """
    context = active()
    operation = context.builder.create_table(table_name, columns, bool(if_not_exists), kw)
    context.perform(operation)
    table: sa.Table = operation.table.element
    return table


def drop_table(
    table_name: str, *, schema: str | None = None, if_exists: bool | None = None, **kw: Any
) -> None:
    """Drop a table with all its rows; keywords are those of SQLAlchemy's ``Table``."""
    context = active()
    sa.Table(table_name, sa.MetaData(), **kw)  # Which refuses others.
    name = context.builder.reader.name(table_name, schema)
    context.perform(DropTable(name, bool(if_exists)))


def rename_table(old_table_name: str, new_table_name: str, *, schema: str | None = None) -> None:
    """Rename a table within its schema."""
    context = active()
    context.perform(
        RenameTable(context.builder.reader.name(old_table_name, schema), new_table_name)
    )


def create_table_comment(
    table_name: str,
    comment: str | None,
    *,
    existing_comment: str | None = None,
    schema: str | None = None,
) -> None:
    """Set a table's comment."""
    context = active()
    name = context.builder.reader.name(table_name, schema)
    context.perform(CommentTable(name, comment, existing_comment))


def drop_table_comment(
    table_name: str, *, existing_comment: str | None = None, schema: str | None = None
) -> None:
    """Remove a table's comment."""
    create_table_comment(table_name, None, existing_comment=existing_comment, schema=schema)


# --- columns ------------------------------------------------------------------------------------


def add_column(
    table_name: str,
    column: sa.Column[Any],
    *,
    schema: str | None = None,
    if_not_exists: bool | None = None,
    inline_references: bool | None = None,
    inline_primary_key: bool | None = None,
) -> None:
    """Add a column, with the foreign keys, checks and indexes that it carries."""
    context = active()
    flags = {
        "if_absent": if_not_exists,
        "inline_references": inline_references,
        "inline_primary_key": inline_primary_key,
    }
    context.perform(context.builder.add_column(table_name, schema, column, flags))


def alter_column(
    table_name: str,
    column_name: str,
    *,
    nullable: bool | None = None,
    comment: str | Literal[False] | None = False,
    server_default: Any = False,
    new_column_name: str | None = None,
    type_: Any = None,
    existing_type: Any = None,
    existing_server_default: Any = False,
    existing_nullable: bool | None = None,
    existing_comment: str | None = None,
    schema: str | None = None,
    **kw: Any,
) -> None:
    """Change what is given of a column.

    ``server_default`` and ``comment``: False leaves them, None removes them.  ``existing_…`` say
    what the column is; they are needed only where the database cannot be asked.
    ``postgresql_using`` is the expression that converts the values.
    """
    given = {
        "nullable": nullable,
        "comment": comment,
        "server_default": server_default,
        "new_column_name": new_column_name,
        "type_": type_,
        "existing_type": existing_type,
        "existing_server_default": existing_server_default,
        "existing_nullable": existing_nullable,
        "existing_comment": existing_comment or False,
        **kw,
    }
    context = active()
    for operation in alterations(context.builder, table_name, schema, column_name, given):
        context.perform(operation)


def drop_column(table_name: str, column_name: str, *, schema: str | None = None, **kw: Any) -> None:
    """Drop a column with its values (keywords: ``if_exists``)."""
    context = active()
    name = context.builder.reader.name(table_name, schema)
    context.perform(DropColumn(name, column_name, bool(kw.get("if_exists"))))


# --- constraints --------------------------------------------------------------------------------


def create_primary_key(
    constraint_name: str | None,
    table_name: str,
    columns: Sequence[str],
    *,
    schema: str | None = None,
    **kw: Any,
) -> None:
    """Make columns the primary key."""
    _add_key(sa.PrimaryKeyConstraint, constraint_name, (table_name, schema), columns, kw)


def create_unique_constraint(
    constraint_name: str | None,
    table_name: str,
    columns: Sequence[str],
    *,
    schema: str | None = None,
    **kw: Any,
) -> None:
    """Make a combination of columns unique (keywords: ``deferrable``, ``initially``)."""
    _add_key(sa.UniqueConstraint, constraint_name, (table_name, schema), columns, kw)


def _add_key(
    kind: Any,
    name: str | None,
    table: tuple[str, str | None],
    columns: Sequence[str],
    keywords: Mapping[str, Any],
) -> None:
    context = active()
    holder = context.builder.holder()
    key = elements.key_constraint(kind, name, table, columns, holder, keywords)
    context.perform(context.builder.constraint(key))


def create_foreign_key(
    constraint_name: str | None,
    source_table: str,
    referent_table: str,
    local_cols: Sequence[str],
    remote_cols: Sequence[str],
    *,
    source_schema: str | None = None,
    referent_schema: str | None = None,
    **kw: Any,
) -> None:
    """Make columns refer to another table's.

    Keywords: ``onupdate``, ``ondelete``, ``deferrable``, ``initially``, ``match``, and dialects'.
    """
    context = active()
    source, referent = (source_table, source_schema), (referent_table, referent_schema)
    holder = context.builder.holder()
    columns = (local_cols, remote_cols)
    key = elements.foreign_key(constraint_name, source, referent, columns, holder, kw)
    context.perform(context.builder.constraint(key))


def create_check_constraint(
    constraint_name: str | None,
    table_name: str,
    condition: Any,
    *,
    schema: str | None = None,
    **kw: Any,
) -> None:
    """Require ``condition``, a string or a SQL expression, of each row."""
    context = active()
    table = (table_name, schema)
    holder = context.builder.holder()
    check = elements.check(constraint_name, table, condition, holder, kw)
    context.perform(context.builder.constraint(check))


def create_exclude_constraint(
    constraint_name: str | None, table_name: str, *elements_: Any, **kw: Any
) -> None:
    """Add PostgreSQL's EXCLUDE: pairs of (expression or column, operator), ``using``, ``where``."""
    context = active()
    table = (table_name, kw.pop("schema", None))
    holder = context.builder.holder()
    exclusion = elements.exclusion(constraint_name, table, elements_, holder, kw)
    context.perform(context.builder.constraint(exclusion))


def drop_constraint(
    constraint_name: str | None,
    table_name: str,
    type_: str | None = None,
    *,
    schema: str | None = None,
    if_exists: bool | None = None,
) -> None:
    """Drop a constraint; ``type_`` is ``foreignkey``, ``primary``, ``unique`` or ``check``."""
    context = active()
    name = context.builder.reader.name(table_name, schema)
    kind = custom.constraint_type(type_)
    drop = context.builder.drop_constraint(name, constraint_name, kind, bool(if_exists))
    context.perform(drop)


# --- indexes ------------------------------------------------------------------------------------


def create_index(
    index_name: str | None,
    table_name: str,
    columns: Sequence[Any],
    *,
    schema: str | None = None,
    unique: bool = False,
    if_not_exists: bool | None = None,
    **kw: Any,
) -> None:
    """Create an index on columns, ``text()`` or expressions.

    ``postgresql_concurrently=True`` builds it without blocking writers, outside the transaction.
    """
    context = active()
    keywords = {"unique": unique, **kw}
    holder = context.builder.holder()
    index = elements.index(index_name, table_name, schema, columns, holder, keywords)
    concurrently = bool(kw.get("postgresql_concurrently"))
    context.perform(context.builder.create_index(index, bool(if_not_exists), concurrently))


def drop_index(
    index_name: str,
    table_name: str | None = None,
    *,
    schema: str | None = None,
    if_exists: bool | None = None,
    **kw: Any,
) -> None:
    """Drop an index (MySQL and MariaDB look the table up where it is not named)."""
    context = active()
    keywords = {"if_exists": if_exists, **kw}
    context.perform(context.builder.drop_index(index_name, table_name, schema, keywords))


def __getattr__(name: str) -> Any:
    """Find operations that scripts or libraries registered, and what these find on Alembic's."""
    if name == "migration_context":
        return active()
    if name == "impl":
        return custom.Impl(active(), sys.modules[__name__])
    return custom.directive(name, sys.modules[__name__])
