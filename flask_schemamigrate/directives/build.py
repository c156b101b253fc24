"""SQLAlchemy constructs and strings into operations, for one dialect."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.sqltypes import NULLTYPE

from ..errors import CompareError
from ..errors import InvalidOperation
from ..operations.base import UNSET
from ..operations.columns import AddColumn
from ..operations.columns import AlterColumn
from ..operations.columns import Existing
from ..operations.constraints import AddConstraint
from ..operations.constraints import ConstraintType
from ..operations.constraints import DropConstraint
from ..operations.data import BulkInsert
from ..operations.data import Execute
from ..operations.indexes import CreateIndex
from ..operations.indexes import DropIndex
from ..operations.tables import CreateTable
from ..schema.metadata import Reader
from ..schema.names import Name
from ..schema.objects import Check
from ..schema.objects import PrimaryKey
from . import elements


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds operations from directives' arguments.

    ``reader`` reads SQLAlchemy objects for the dialect; ``convention`` is the naming convention of
    the app's metadata, applied to whatever a script leaves unnamed.
    """

    reader: Reader
    convention: Mapping[str, Any] | None = None

    def holder(self) -> sa.MetaData:
        """Return an empty MetaData for one directive."""
        return elements.metadata(self.convention)

    def create_table(
        self, name: str, parts: Sequence[Any], if_absent: bool, keywords: Mapping[str, Any]
    ) -> CreateTable:
        """Build CreateTable from columns, constraints and indexes.

        Foreign keys with ``use_alter`` are left out where ALTER could add them, as in Alembic:
        their scripts do that themselves, once the other table is there.
        """
        table = elements.full_table(name, self.holder(), parts, keywords)
        value = self.reader.table(table)
        if self.reader.dialect.supports_alter:
            for key in value.foreign_keys:
                value = value.without_constraint(key) if key.use_alter else value
        return CreateTable(value, if_absent)

    def add_column(
        self, table: str, schema: str | None, column: sa.Column[Any], flags: Mapping[str, Any]
    ) -> AddColumn:
        """Build AddColumn with the constraints and indexes that the column brings along."""
        whole = elements.full_table(table, self.holder(), [column], {"schema": schema})
        value = self.reader.table(whole)
        constraints = tuple(c for c in value.constraints if not isinstance(c, PrimaryKey))
        return AddColumn(value.name, value.columns[0], constraints, value.indexes, **_truths(flags))

    def alter_column(
        self, table: str, schema: str | None, column: str, given: Mapping[str, Any]
    ) -> AlterColumn:
        """Build AlterColumn.  ``given`` has the directive's keywords, those not given left out."""
        wanted = self._described(given, "")
        existing = self._described(given, "existing_")
        using = given.get("postgresql_using")
        default = wanted.get("default", UNSET)
        return AlterColumn(
            self.reader.name(table, schema),
            column,
            nullable=wanted.get("nullable", UNSET),
            type=wanted.get("type", UNSET),
            default=UNSET if isinstance(default, (sa.Identity, sa.Computed)) else default,
            comment=wanted.get("comment", UNSET),
            new_name=wanted.get("name", UNSET),
            autoincrement=wanted.get("autoincrement", UNSET),
            identity=self._generated(wanted, existing, sa.Identity),
            computed=self._generated(wanted, existing, sa.Computed),
            using=None if using is None else str(self._text(using)),
            existing=Existing(
                existing.get("type", UNSET),
                existing.get("nullable", UNSET),
                _plain_default(existing.get("default", UNSET)),
                existing.get("comment", UNSET),
                existing.get("autoincrement", UNSET),
            ),
            options=tuple(
                sorted(
                    (k, v)
                    for k, v in given.items()
                    if k.startswith(("mysql_", "mssql_", "sqlite_"))
                )
            ),
        )

    def _described(self, given: Mapping[str, Any], prefix: str) -> dict[str, Any]:
        """Return the given attributes with that prefix as values, by Column's field names."""
        found: dict[str, Any] = {}
        type_ = given.get(f"{prefix}type" if prefix else "type_")
        if type_ is not None:
            type_ = sa.types.to_instance(type_)
            try:
                found["type"] = self.reader.type(sa.Column("x", type_))
            except CompareError:
                # Scripts made elsewhere name types that exist here by another name, or not at all
                # (VARCHAR without a length).  The table itself knows what it has.
                if not prefix:
                    raise
        numbering = ("autoincrement",) if self.reader.alters_autoincrement else ()
        for keyword in ("nullable", *numbering):
            if given.get(prefix + keyword) is not None:
                found[keyword] = bool(given[prefix + keyword])
        # False means "not given" for these two, and None "take it away".
        if given.get(f"{prefix}comment", False) is not False:
            found["comment"] = given[f"{prefix}comment"] or None
        if given.get(f"{prefix}server_default", False) is not False:
            found["default"] = self.default(given[f"{prefix}server_default"], type_)
        if not prefix and given.get("new_column_name") is not None:
            found["name"] = str(given["new_column_name"])
        return found

    def default(self, default: Any, type_: Any = None) -> Any:
        """Return a server default as Sql; None, Identity and Computed come back as they are."""
        if default is None or isinstance(default, (sa.Identity, sa.Computed)):
            return default
        return self.reader.default(sa.Column("x", type_ or NULLTYPE, server_default=default))

    def _generated(
        self, wanted: Mapping[str, Any], existing: Mapping[str, Any], kind: type[Any]
    ) -> Any:
        """Return the Identity or Computed to set, None to take it away, UNSET to leave it."""
        default = wanted.get("default", UNSET)
        if isinstance(default, kind):
            column: sa.Column[Any] = sa.Column("x", sa.Integer(), default)
            is_identity = kind is sa.Identity
            return self.reader.identity(column) if is_identity else self.reader.computed(column)
        return None if isinstance(existing.get("default"), kind) and default is None else UNSET

    def type_checks(
        self, table: str, schema: str | None, column: str, type_: Any
    ) -> tuple[Check, ...]:
        """Return the checks that a Boolean or Enum type brings to a column."""
        if type_ is None or not getattr(sa.types.to_instance(type_), "create_constraint", False):
            return ()
        typed: sa.Column[Any] = sa.Column(column, type_)
        whole = elements.full_table(table, self.holder(), [typed], {"schema": schema})
        return self.reader.table(whole).checks

    def constraint(self, constraint: Any) -> AddConstraint:
        """Build AddConstraint from a SQLAlchemy constraint that has a table."""
        table = constraint.table
        value = self.reader.constraint(constraint)
        if value is None:
            raise InvalidOperation(f"The constraint {constraint.name or ''} names no column.")
        return AddConstraint(self.reader.name(table.name, table.schema), value)

    def drop_constraint(
        self, table: Name, name: str | None, kind: ConstraintType | None, if_present: bool = False
    ) -> DropConstraint:
        """Build DropConstraint."""
        given = None if name is None else self.reader.given_name(name)
        return DropConstraint(table, given, kind, if_present)

    def create_index(self, index: sa.Index, if_absent: bool, concurrently: bool) -> CreateIndex:
        """Build CreateIndex from a SQLAlchemy index that has a table."""
        table: Any = index.table
        return CreateIndex(
            self.reader.name(table.name, table.schema),
            self.reader.index(index),
            if_absent,
            concurrently,
        )

    def drop_index(
        self, name: str, table: str | None, schema: str | None, keywords: Mapping[str, Any]
    ) -> DropIndex:
        """Build DropIndex.

        Raises TypeError or ArgumentError for keywords that no index of SQLAlchemy has.
        """
        sa.Index(None, **{k: v for k, v in keywords.items() if k != "if_exists"})
        options = {k: v for k, v in keywords.items() if k.endswith("_using")}
        return DropIndex(
            self.reader.name(table, schema) if table else None,
            str(self.reader.given_name(name, of_index=True)),
            schema,
            bool(keywords.get("if_exists")),
            bool(keywords.get("postgresql_concurrently")),
            tuple(sorted(options.items())),
        )

    def execute(self, sql: Any, options: Mapping[str, Any] | None) -> Execute:
        """Build Execute from a string (``:name`` is a parameter) or an executable.

        Raises InvalidOperation for a string with parameters, for which there can be no values.
        """
        element = sa.text(sql) if isinstance(sql, str) else sql
        if isinstance(sql, str) and ":" in sql and (names := list(element.compile().params)):
            raise InvalidOperation(
                f"A value is required for {', '.join(f':{name}' for name in names)} in this SQL.",
                hint="Where it is no parameter, write \\: for the colon; else give the value: "
                f"op.execute(sa.text(…).bindparams({names[0]}=…))",
            )
        return Execute(self._text(element), element, dict(options or {}))

    def _text(self, element: Any) -> str:
        """Compile an executable, with its values in place where SQLAlchemy can write them."""
        if isinstance(element, str):
            return element
        dialect = self.reader.dialect
        try:
            return str(element.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        except (sa.exc.CompileError, NotImplementedError, TypeError):
            return str(element.compile(dialect=dialect))

    def bulk_insert(self, table: Any, rows: Iterable[Any], multiinsert: bool) -> BulkInsert:
        """Build BulkInsert.  Raises InvalidOperation where ``rows`` is no list of dictionaries."""
        if not isinstance(rows, list):
            raise InvalidOperation("bulk_insert() needs a list of dictionaries: List expected.")
        if rows and not isinstance(rows[0], dict):
            raise InvalidOperation("bulk_insert(): List of dictionaries expected.")
        name = self.reader.name(table.name, getattr(table, "schema", None))
        return BulkInsert(name, table, tuple(rows), multiinsert)


def _truths(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {name: bool(value) for name, value in flags.items()}


def _plain_default(default: Any) -> Any:
    return UNSET if isinstance(default, (sa.Identity, sa.Computed)) else default
