"""``alembic.ddl.impl``: carrying directives out, or writing them; one class for each dialect.

A class with ``__dialect__ = "name"`` is found for that dialect; others may add theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy import schema
from sqlalchemy import text
from sqlalchemy.sql.elements import ColumnElement

from ..util import sqla_compat
from . import base
from .comparing import Comparing

_impls: dict[str, type[Any]] = {}


class ImplMeta(type):
    """Notes each class by the dialect that it is for."""

    def __init__(cls, name: str, bases: Any, namespace: Any, **kw: Any) -> None:
        super().__init__(name, bases, namespace)
        if "__dialect__" in namespace:
            _impls[namespace["__dialect__"]] = cls


class DefaultImpl(Comparing, metaclass=ImplMeta):
    """Carries directives out in the standard's SQL, on a connection or as text."""

    __dialect__ = "default"
    transactional_ddl = False
    command_terminator = ";"
    type_synonyms: ClassVar[tuple[set[str], ...]] = ({"NUMERIC", "DECIMAL"},)
    type_arg_extract: ClassVar[Sequence[str]] = ()
    identity_attrs_ignore: ClassVar[tuple[str, ...]] = ("order", "on_null")

    def __init__(
        self,
        dialect: Any,
        connection: Any,
        as_sql: bool,
        transactional_ddl: bool | None,
        output_buffer: Any,
        context_opts: dict[str, Any],
    ) -> None:
        self.dialect = dialect
        self.connection = connection
        self.as_sql = as_sql
        self.literal_binds = context_opts.get("literal_binds", False)
        self.output_buffer = output_buffer
        self.memo: dict[Any, Any] = {}
        self.context_opts = context_opts
        if transactional_ddl is not None:
            self.transactional_ddl = transactional_ddl
        if self.literal_binds and not self.as_sql:
            from .. import util

            raise util.CommandError("Can't use literal_binds setting without as_sql mode")

    @classmethod
    def get_by_dialect(cls, dialect: Any) -> Any:
        """Return the class for a dialect."""
        return _impls[dialect.name]

    # --- running ---------------------------------------------------------------------------------

    @property
    def bind(self) -> Any:
        """The connection."""
        return self.connection

    def static_output(self, text: str) -> None:
        """Write text into the script."""
        self.output_buffer.write(text + "\n\n")
        self.output_buffer.flush()

    def version_table_impl(
        self,
        *,
        version_table: str,
        version_table_schema: str | None,
        version_table_pk: bool,
        **kw: Any,
    ) -> sa.Table:
        """Return the version table."""
        found = sa.Table(
            version_table,
            sa.MetaData(),
            sa.Column("version_num", sa.String(32), nullable=False),
            schema=version_table_schema,
        )
        if version_table_pk:
            key = sa.PrimaryKeyConstraint("version_num", name=f"{version_table}_pkc")
            found.append_constraint(key)
        return found

    def requires_recreate_in_batch(self, batch_op: Any) -> bool:
        """Whether ``recreate="auto"`` makes the table anew for these changes."""
        return False

    def prep_table_for_batch(self, batch_impl: Any, table: sa.Table) -> None:
        """Prepare the database before a table is made anew."""

    def _exec(
        self,
        construct: Any,
        execution_options: Mapping[str, Any] | None = None,
        multiparams: Sequence[Mapping[str, Any]] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run or write one statement.  Raises TypeError for parameters that cannot be used."""
        if isinstance(construct, str):
            construct = text(construct)
        if self.as_sql:
            if multiparams is not None or params is not None:
                raise TypeError("SQL parameters not allowed with as_sql")
            self.static_output(self._as_text(construct) + self.command_terminator)
            return None
        if params is not None and multiparams is not None:
            raise TypeError("Can't send params and multiparams at the same time")
        connection = self.connection
        assert connection is not None
        if execution_options:
            connection = connection.execution_options(**execution_options)
        given = multiparams if params is None else params
        return connection.execute(construct) if not given else connection.execute(construct, given)

    def _as_text(self, construct: Any) -> str:
        options: dict[str, Any] = {}
        if self.literal_binds and not isinstance(construct, schema.ExecutableDDLElement):
            options["compile_kwargs"] = {"literal_binds": True}
        compiled = construct.compile(dialect=self.dialect, **options)
        return str(compiled).replace("\t", "    ").strip()

    def execute(self, sql: Any, execution_options: Mapping[str, Any] | None = None) -> None:
        """Run SQL, a string or an executable."""
        self._exec(sql, execution_options)

    # --- columns ---------------------------------------------------------------------------------

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
        """Change what is given of a column, one statement for each."""
        where = {"schema": schema, **_existing(existing)}
        if nullable is not None:
            self._exec(base.ColumnNullable(table_name, column_name, nullable, **where))
        if server_default is not False:
            self._exec(self._default_change(table_name, column_name, server_default, where))
        if type_ is not None:
            self._exec(base.ColumnType(table_name, column_name, type_, **where))
        self._comment_column(table_name, column_name, schema, comment, where)
        # The new name comes last: the other statements use the old one.
        if name is not None:
            self._exec(base.ColumnName(table_name, column_name, name, **where))

    def _comment_column(
        self, table: str, column: str, schema: str | None, comment: Any, where: Any
    ) -> None:
        if comment is not False:
            self._exec(base.ColumnComment(table, column, comment, **where))

    def _default_change(self, table: str, column: str, default: Any, where: Any) -> Any:
        """Return the element for a new default, by what it is and was."""
        kinds = (default, where.get("existing_server_default"))
        if sqla_compat._server_default_is_computed(*kinds):
            return base.ComputedColumnDefault(table, column, default, **where)
        if sqla_compat._server_default_is_identity(*kinds):
            return base.IdentityColumnDefault(table, column, default, self, **where)
        return base.ColumnDefault(table, column, default, **where)

    def add_column(
        self,
        table_name: str,
        column: Any,
        *,
        schema: str | None = None,
        if_not_exists: bool | None = None,
        inline_references: bool | None = None,
        inline_primary_key: bool | None = None,
    ) -> None:
        """Add a column, without what stands beside it."""
        flags = {
            "if_not_exists": if_not_exists,
            "inline_references": inline_references,
            "inline_primary_key": inline_primary_key,
        }
        self._exec(base.AddColumn(table_name, column, schema=schema, **flags))

    def drop_column(
        self,
        table_name: str,
        column: Any,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        **kw: Any,
    ) -> None:
        """Drop a column."""
        self._exec(base.DropColumn(table_name, column, schema=schema, if_exists=if_exists))

    # --- constraints and indexes -----------------------------------------------------------------

    def add_constraint(self, const: Any, **kw: Any) -> None:
        """Add a constraint, unless it is one that the dialect's own types make needless."""
        if const._create_rule is None or const._create_rule(self):
            self._exec(schema.AddConstraint(const, **kw))

    def drop_constraint(self, const: Any, **kw: Any) -> None:
        """Drop a constraint by its name."""
        self._exec(schema.DropConstraint(const, **kw))

    def create_index(self, index: sa.Index, **kw: Any) -> None:
        """Create an index."""
        self._exec(schema.CreateIndex(index, **kw))

    def drop_index(self, index: sa.Index, **kw: Any) -> None:
        """Drop an index."""
        self._exec(schema.DropIndex(index, **kw))

    # --- tables ----------------------------------------------------------------------------------

    def rename_table(
        self, old_table_name: str, new_table_name: str, schema: str | None = None
    ) -> None:
        """Rename a table."""
        self._exec(base.RenameTable(old_table_name, new_table_name, schema=schema))

    def create_table(self, table: sa.Table, **kw: Any) -> None:
        """Create a table, its indexes and its comments; its events fire."""
        table.dispatch.before_create(table, self.connection, checkfirst=False, _ddl_runner=self)
        self._exec(schema.CreateTable(table, **kw))
        table.dispatch.after_create(table, self.connection, checkfirst=False, _ddl_runner=self)
        for index in table.indexes:
            self._exec(schema.CreateIndex(index))
        if self.dialect.supports_comments and not self.dialect.inline_comments:
            if table.comment is not None:
                self.create_table_comment(table)
            for column in table.columns:
                if column.comment is not None:
                    self.create_column_comment(column)

    def drop_table(self, table: sa.Table, **kw: Any) -> None:
        """Drop a table; its events fire."""
        table.dispatch.before_drop(table, self.connection, checkfirst=False, _ddl_runner=self)
        self._exec(schema.DropTable(table, **kw))
        table.dispatch.after_drop(table, self.connection, checkfirst=False, _ddl_runner=self)

    def create_table_comment(self, table: sa.Table) -> None:
        """Set a table's comment."""
        self._exec(schema.SetTableComment(table))

    def drop_table_comment(self, table: sa.Table) -> None:
        """Remove a table's comment."""
        self._exec(schema.DropTableComment(table))

    def create_column_comment(self, column: Any) -> None:
        """Set a column's comment."""
        self._exec(schema.SetColumnComment(column))

    # --- data ------------------------------------------------------------------------------------

    def bulk_insert(self, table: Any, rows: list[dict[str, Any]], multiinsert: bool = True) -> None:
        """Insert rows.  Raises TypeError where they are no list of dictionaries."""
        if not isinstance(rows, list):
            raise TypeError("List expected")
        if rows and not isinstance(rows[0], dict):
            raise TypeError("List of dictionaries expected")
        if self.as_sql:
            for row in rows:
                self._exec(table.insert().inline().values(**_literals(table, row)))
        elif rows and multiinsert:
            self._exec(table.insert().inline(), multiparams=rows)
        else:
            for row in rows:
                self._exec(table.insert().inline().values(**row))

    def cast_for_batch_migrate(self, existing: Any, existing_transfer: Any, new_type: Any) -> None:
        """Convert a column's values where a table is made anew with another type."""
        if existing.type._type_affinity is not new_type._type_affinity:
            existing_transfer["expr"] = sa.cast(existing_transfer["expr"], new_type)

    def start_migrations(self) -> None:
        """Prepare the database for a run."""

    def emit_begin(self) -> None:
        """Write BEGIN."""
        self.static_output("BEGIN" + self.command_terminator)

    def emit_commit(self) -> None:
        """Write COMMIT."""
        self.static_output("COMMIT" + self.command_terminator)

    def render_type(self, type_obj: Any, autogen_context: Any) -> Any:
        """Return a type as Python; False leaves it to the caller."""
        return False


def _existing(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a column is, as the elements take it."""
    words = ("type", "nullable", "server_default", "comment")
    return {
        f"existing_{word}": given[f"existing_{word}"]
        for word in words
        if f"existing_{word}" in given
    }


def _literals(table: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a row as literals of their columns' types."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, ColumnElement):
            found[name] = value
        else:
            found[name] = sqla_compat.inline_literal(value, table.c[name].type)
    return found


def _columns(names: Iterable[str]) -> list[sa.Column[Any]]:
    return [sa.Column(name) for name in names]
