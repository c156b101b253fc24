"""The changes of a table that is made anew, noted one by one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column
from sqlalchemy import Index
from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy import Table
from sqlalchemy.sql.base import SchemaEventTarget

from ..util import sqla_compat
from .ordering import Ordering


class Changes:
    """Takes the changes of a block, with the methods of an impl."""

    impl: Any
    table: Table
    schema: str | None
    columns: dict[str, Column[Any]]
    column_transfers: dict[str, dict[str, Any]]
    named_constraints: dict[str, Any]
    unnamed_constraints: list[Any]
    col_named_constraints: dict[str, tuple[Column[Any], Any]]
    indexes: dict[str, Index]
    new_indexes: dict[str, Index]
    ordering: Ordering

    def alter_column(
        self,
        table_name: str,
        column_name: str,
        *,
        nullable: bool | None = None,
        server_default: Any = False,
        name: str | None = None,
        type_: Any = None,
        autoincrement: Any = None,
        comment: Any = False,
        **kw: Any,
    ) -> None:
        """Change a column."""
        existing: Any = self.columns[column_name]
        transfer = self.column_transfers[column_name]
        if name is not None and name != column_name:
            # The key stays, by which the rest of the block finds the column.
            existing.name = name
            transfer["name"] = name
            existing_type = kw.get("existing_type")
            if existing_type is not None:
                resolved: Any = sa.types.to_instance(existing_type)
                if isinstance(resolved, sa.types.SchemaType) and resolved.name:
                    self.named_constraints.pop(resolved.name, None)
                    existing.type = resolved
        if type_ is not None:
            type_ = sa.types.to_instance(type_)
            # The old type makes no constraint any more; that of the new one is added by itself.
            before: Any = existing.type
            if isinstance(before, SchemaEventTarget):
                before._create_events = before.create_constraint = False  # type: ignore[attr-defined]
            self.impl.cast_for_batch_migrate(existing, transfer, type_)
            existing.type = type_
        if nullable is not None:
            existing.nullable = nullable
        if server_default is not False:
            self._set_default(existing, server_default)
        if autoincrement is not None:
            existing.autoincrement = bool(autoincrement)
        if comment is not False:
            existing.comment = comment

    def _set_default(self, column: Column[Any], default: Any) -> None:
        if default is None:
            column.server_default = None
            column.computed = column.identity = None
            return
        if isinstance(default, sa.schema.FetchedValue):
            default._copy()._set_parent(column) if hasattr(default, "_copy") else None
            column.server_default = default
            return
        column.server_default = sa.DefaultClause(default)

    def add_column(
        self,
        table_name: str,
        column: Column[Any],
        *,
        insert_before: str | None = None,
        insert_after: str | None = None,
        **kw: Any,
    ) -> None:
        """Add a column."""
        self.ordering.place(column.name, insert_before, insert_after)
        copied = column._copy(schema=self.schema)
        copied.unique = copied.index = None
        # Its type's check is added by itself.
        if isinstance(copied.type, (sa.Boolean, sa.Enum)):
            copied.type.create_constraint = False
        self.columns[column.name] = copied
        self.column_transfers[column.name] = {}

    def drop_column(self, table_name: str, column: Any, **kw: Any) -> None:
        """Drop a column, and the check of its type where ``existing_type`` names it."""
        if column.name in self.table.primary_key.columns:
            self._drop_from_key(column.name)
        del self.columns[column.name]
        del self.column_transfers[column.name]
        self.ordering.remove(column.name)
        existing = kw.get("existing_type")
        if isinstance(existing, sa.types.SchemaType) and existing.name:
            self.named_constraints.pop(existing.name, None)

    def _drop_from_key(self, name: str) -> None:
        key = self.table.primary_key
        self.unnamed_constraints = [c for c in self.unnamed_constraints if c is not key]
        self.named_constraints = {n: c for n, c in self.named_constraints.items() if c is not key}

    def create_column_comment(self, column: Any) -> None:
        """Do nothing: the column has its comment already."""

    def create_table_comment(self, table: Table) -> None:
        """Set the table's comment."""
        self.table.comment = table.comment

    def drop_table_comment(self, table: Table) -> None:
        """Remove the table's comment."""
        self.table.comment = None

    def add_constraint(self, const: Any) -> None:
        """Add a constraint.  Raises ValueError for one without a name that has to have one."""
        if not sqla_compat.constraint_name_defined(const.name):
            raise ValueError("Constraint must have a name")
        if isinstance(const, PrimaryKeyConstraint):
            key = self.table.primary_key
            if key in self.unnamed_constraints:
                self.unnamed_constraints.remove(key)
        if sqla_compat.constraint_name_string(const.name):
            self.named_constraints[const.name] = const
        else:
            self.unnamed_constraints.append(const)

    def drop_constraint(self, const: Any, **kw: Any) -> None:
        """Drop a constraint by name.  Raises ValueError where there is none of that name."""
        if not const.name:
            raise ValueError("Constraint must have a name")
        if const.name in self.col_named_constraints:
            column, found = self.col_named_constraints.pop(const.name)
            for own in list(self.columns[column.name].constraints):
                if own.name == found.name:
                    self.columns[column.name].constraints.remove(own)
            return
        if const.name not in self.named_constraints:
            if sqla_compat._is_type_bound(const):
                return
            raise ValueError(f"No such constraint: '{const.name}'")
        found = self.named_constraints.pop(const.name)
        if isinstance(found, PrimaryKeyConstraint):
            for column in found.columns:
                self.columns[column.name].primary_key = False

    def create_index(self, idx: Index, **kw: Any) -> None:
        """Create an index."""
        self.new_indexes[str(idx.name)] = idx

    def drop_index(self, idx: Index, **kw: Any) -> None:
        """Drop an index.  Raises ValueError where there is none of that name."""
        if idx.name not in self.indexes:
            raise ValueError(f"No such index: '{idx.name}'")
        del self.indexes[idx.name]

    def rename_table(self, *arg: Any, **kw: Any) -> None:
        """Refuse: the block knows the table by its name."""
        raise NotImplementedError("TODO")
