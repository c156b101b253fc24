"""SQLAlchemy's objects from the names that directives give."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import schema as sa_schema
from sqlalchemy.sql.schema import Column
from sqlalchemy.sql.schema import Constraint
from sqlalchemy.sql.schema import Index
from sqlalchemy.types import Integer
from sqlalchemy.types import NULLTYPE

from .. import util
from ..util import sqla_compat


class SchemaObjects:
    """Makes constructs on tables that exist only to carry them.

    The naming convention is that of the context's ``target_metadata``.
    """

    def __init__(self, migration_context: Any = None) -> None:
        self.migration_context = migration_context

    def metadata(self) -> sa.MetaData:
        """Return an empty MetaData with the naming convention."""
        context = self.migration_context
        options = context.opts if context is not None else {}
        for given in util.to_list(options.get("target_metadata"), []) or []:
            convention = getattr(given, "naming_convention", None)
            if convention:
                return sa_schema.MetaData(naming_convention=convention)
        return sa_schema.MetaData()

    def primary_key_constraint(
        self, name: Any, table_name: str, cols: Sequence[str], schema: str | None = None, **kw: Any
    ) -> Any:
        """Return a primary key over columns given by name."""
        columns = [sa_schema.Column(column, NULLTYPE) for column in util.to_list(cols)]
        table = sa_schema.Table(table_name, self.metadata(), *columns, schema=schema)
        key = sa_schema.PrimaryKeyConstraint(
            *(table.c[c] for c in util.to_list(cols)), name=name, **kw
        )
        return key

    def foreign_key_constraint(
        self,
        name: Any,
        source: str,
        referent: str,
        local_cols: Sequence[str],
        remote_cols: Sequence[str],
        onupdate: str | None = None,
        ondelete: str | None = None,
        deferrable: bool | None = None,
        source_schema: str | None = None,
        referent_schema: str | None = None,
        initially: str | None = None,
        match: str | None = None,
        **dialect_kw: Any,
    ) -> Any:
        """Return a foreign key between two tables given by name."""
        metadata = self.metadata()
        if source == referent and source_schema == referent_schema:
            local_names = [*local_cols, *remote_cols]
        else:
            local_names = list(local_cols)
            remote = (sa_schema.Column(c, NULLTYPE) for c in dict.fromkeys(remote_cols))
            sa_schema.Table(referent, metadata, *remote, schema=referent_schema)
        local = (sa_schema.Column(c, NULLTYPE) for c in dict.fromkeys(local_names))
        table = sa_schema.Table(source, metadata, *local, schema=source_schema)
        prefix = f"{referent_schema}.{referent}" if referent_schema is not None else referent
        key = sa_schema.ForeignKeyConstraint(
            local_cols,
            [f"{prefix}.{column}" for column in remote_cols],
            name=name,
            onupdate=onupdate,
            ondelete=ondelete,
            deferrable=deferrable,
            initially=initially,
            match=match,
            **dialect_kw,
        )
        table.append_constraint(key)
        return key

    def unique_constraint(
        self,
        name: Any,
        source: str,
        local_cols: Sequence[str],
        schema: str | None = None,
        **kw: Any,
    ) -> Any:
        """Return a unique constraint over columns given by name."""
        names = util.to_list(local_cols)
        included = [c for k, v in kw.items() if k.endswith("_include") for c in v or ()]
        columns = (sa_schema.Column(n, NULLTYPE) for n in dict.fromkeys([*names, *included]))
        table = sa_schema.Table(source, self.metadata(), *columns, schema=schema)
        kw["name"] = name
        unique = sa_schema.UniqueConstraint(*(table.c[n] for n in names), **kw)
        table.append_constraint(unique)
        return unique

    def check_constraint(
        self, name: Any, source: str, condition: Any, schema: str | None = None, **kw: Any
    ) -> Any:
        """Return a check, its condition as text or as an expression."""
        column: Column[Any] = sa_schema.Column("x", Integer)
        table = sa_schema.Table(source, self.metadata(), column, schema=schema)
        check = sa_schema.CheckConstraint(condition, name=name, **kw)
        table.append_constraint(check)
        return check

    def generic_constraint(
        self,
        name: Any,
        table_name: str,
        type_: str | None,
        schema: str | None = None,
        **kw: Any,
    ) -> Any:
        """Return a constraint of which only the name and the kind are known.

        Raises TypeError for a kind that there is not.
        """
        table = self.table(table_name, schema=schema)
        kinds: dict[str | None, Any] = {
            "foreignkey": lambda name: sa_schema.ForeignKeyConstraint([], [], name=name),
            "primary": sa_schema.PrimaryKeyConstraint,
            "unique": sa_schema.UniqueConstraint,
            "check": lambda name: sa_schema.CheckConstraint("", name=name),
            None: sa_schema.Constraint,
        }
        if type_ not in kinds:
            known = ", ".join(repr(word) for word in sorted(kinds, key=lambda w: w or "~"))
            raise TypeError(f"'type' can be one of {known}")
        constraint = kinds[type_](name=name)
        table.append_constraint(constraint)
        return constraint

    def table(self, name: str, *columns: Any, **kw: Any) -> sa.Table:
        """Return a table, with stand-ins for the tables that it refers to.

        With ``_constraints_included`` the constraints of types and of ``unique=True`` are among
        ``columns`` already.  What belongs to another table is copied.
        """
        metadata = self.metadata()
        included = kw.pop("_constraints_included", False)
        whole = [c._copy() if c.table is not None else c for c in columns if isinstance(c, Column)]
        if included:
            for column in whole:
                column.unique = column.index = None
        table = sa_schema.Table(name, metadata, *whole, **kw)
        for element in columns:
            if not isinstance(element, (Constraint, Index)):
                continue
            if included and getattr(element, "_type_bound", False):
                continue  # The copy of its column's type has made it again.
            parent = getattr(element, "parent", None)
            if parent is None and isinstance(element, Index):
                parent = element.table
            if parent is not None and parent is not table:
                element = element._copy(target_table=table)
            table.append_constraint(element)
        for key in table.foreign_keys:
            self._ensure_table_for_fk(metadata, key)
        return table

    def column(self, name: str, type_: Any, **kw: Any) -> Column[Any]:
        """Return a column."""
        return sa_schema.Column(name, type_, **kw)

    def index(
        self,
        name: Any,
        tablename: str | None,
        columns: Iterable[Any],
        schema: str | None = None,
        **kw: Any,
    ) -> sa.Index:
        """Return an index; keys are names, ``text()`` or expressions."""
        table = sa_schema.Table(tablename or "no_table", self.metadata(), schema=schema)
        keys = [sqla_compat.index_key(table, key) for key in util.to_list(columns)]
        included = [c for k, v in kw.items() if k.endswith("_include") for c in v or ()]
        for column in included:
            sqla_compat.index_key(table, column)
        return sa_schema.Index(name, *keys, _table=table, **kw)

    def _ensure_table_for_fk(self, metadata: sa.MetaData, key: sa.ForeignKey) -> None:
        """Make a stand-in for what a foreign key names, unless it points at a real column."""
        if not isinstance(key._table_column, Column):
            tokens: Any = key._column_tokens
            schema, table_name, column = tokens
            if schema is None:
                schema = metadata.schema
            fullname = sa_schema._get_table_key(table_name, schema)
            target = metadata.tables.get(fullname)
            if target is None:
                target = sa_schema.Table(table_name, metadata, schema=schema)
            if column is not None and column not in target.c:
                target.append_column(sa_schema.Column(column, NULLTYPE))
