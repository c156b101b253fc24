"""A table that is made anew under another name, filled from the old one, and takes its place."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint
from sqlalchemy import Column
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import MetaData
from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy import schema as sa_schema
from sqlalchemy import Table
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import NULLTYPE

from .. import util
from ..ddl.spec import fk_spec
from ..util import sqla_compat
from .ordering import Ordering
from .tablechanges import Changes


class ApplyBatchImpl(Changes):
    """Takes the changes of a block as an impl does, and makes the new table in the end."""

    def __init__(
        self,
        impl: Any,
        table: Table,
        table_args: Any,
        table_kwargs: dict[str, Any],
        reflected: bool,
        partial_reordering: Any = (),
    ) -> None:
        self.impl = impl
        self.table = table
        self.table_args = table_args
        self.table_kwargs = table_kwargs
        self.temp_table_name = self._calc_temp_name(table.name)
        self.new_table: Table | None = None
        self.reflected = reflected
        self.schema = table.schema
        self.columns: dict[str, Column[Any]] = {}
        self.column_transfers: dict[str, dict[str, Any]] = {}
        self.named_constraints: dict[str, Any] = {}
        self.unnamed_constraints: list[Any] = []
        self.col_named_constraints: dict[str, tuple[Column[Any], Any]] = {}
        self.indexes: dict[str, Index] = {}
        self.new_indexes: dict[str, Index] = {}
        self.ordering = Ordering(partial_reordering)
        self._grab_table_elements()

    @classmethod
    def _calc_temp_name(cls, tablename: str) -> str:
        return f"_alembic_tmp_{tablename}"[0:50]

    # --- what is there ---------------------------------------------------------------------------

    def _grab_table_elements(self) -> None:
        for column in self.table.c:
            copied = column._copy(schema=self.schema)
            copied.unique = copied.index = None
            # The types of a table that is there make no new named types.
            if isinstance(copied.type, sa.types.SchemaType) and hasattr(
                copied.type, "_create_events"
            ):
                copied.type._create_events = False
            self.columns[column.name] = copied
            self.column_transfers[column.name] = {"expr": column}
            for constraint in column.constraints:
                if sqla_compat.constraint_name_string(constraint.name):
                    self.col_named_constraints[str(constraint.name)] = (column, constraint)
        self.ordering.existing = list(self.columns)
        for constraint in self.table.constraints:
            self._grab_constraint(constraint)
        for index in self.table.indexes:
            if index.name:
                self.indexes[index.name] = index
        self.existing_ordering = self.ordering.existing

    def _grab_constraint(self, constraint: Any) -> None:
        if sqla_compat._is_type_bound(constraint):
            return
        unnamed = not sqla_compat.constraint_name_string(constraint.name)
        is_check = self.reflected and unnamed and isinstance(constraint, CheckConstraint)
        if is_check and not self._convention_names(constraint):
            self._warn_about_check()
            return
        if unnamed:
            self.unnamed_constraints.append(constraint)
        else:
            self.named_constraints[constraint.name] = constraint

    def _convention_names(self, constraint: Any) -> bool:
        return bool(self.table.metadata.naming_convention.get("ck")) and (
            sqla_compat._constraint_is_named(constraint, self.impl.dialect)
        )

    def _warn_about_check(self) -> None:
        if not any(isinstance(element, CheckConstraint) for element in self.table_args):
            util.warn(
                f"Unnamed CHECK constraint on reflected table {self.table.name!r} is being omitted "
                "from the table recreate; give it a name, or state it in table_args."
            )

    # --- the new table ---------------------------------------------------------------------------

    def _transfer_elements_to_new_table(self) -> None:
        assert self.new_table is None, "Can only create new table once"
        table = self.table
        metadata = MetaData(naming_convention=table.metadata.naming_convention)
        names = self.ordering.ordered(list(self.columns))
        self.new_table = new = Table(
            self.temp_table_name,
            metadata,
            *(self.columns[name] for name in names if name in self.columns),
            schema=self.schema,
            **self._table_options(),
        )
        self._name_type_checks(new)
        for constraint in [*self.named_constraints.values(), *self.unnamed_constraints]:
            self._transfer_constraint(constraint, metadata, new)
        for argument in self.table_args:
            new.append_constraint(argument)

    def _table_options(self) -> dict[str, Any]:
        options = {
            "comment": self.table.comment,
            "info": dict(self.table.info),
            "prefixes": list(self.table._prefixes),
            **self.table.dialect_kwargs,
            **self.table_kwargs,
        }
        return {name: value for name, value in options.items() if value}

    def _name_type_checks(self, new: Table) -> None:
        """Give the checks of types the names that they have on the old table."""
        for constraint in list(new.constraints):
            if not sqla_compat._is_type_bound(constraint):
                continue
            final = self._name_on_old_table(constraint)
            if final is not None:
                constraint.name = sa.schema.conv(final)
            elif not sqla_compat.constraint_name_string(constraint.name):
                if self.table.metadata.naming_convention.get("ck"):
                    column = next(iter(sqla_compat._columns_for_constraint(constraint)), None)
                    owner = f"{self.table.name}.{column.name if column is not None else '?'}"
                    util.warn(
                        "The CHECK constraint generated by the type of column "
                        f"{owner!r} has no name; the naming convention cannot be applied to it. "
                        "Give the type a name."
                    )
                constraint.name = None

    def _name_on_old_table(self, constraint: Any) -> str | None:
        """Return the name that the convention gives on a table of the final name."""
        column: Any = next(iter(sqla_compat._columns_for_constraint(constraint)), None)
        given = getattr(getattr(column, "type", None), "name", None)
        if not given or not self.table.metadata.naming_convention.get("ck"):
            return None
        holder = Table(
            self.table.name,
            MetaData(naming_convention=self.table.metadata.naming_convention),
            schema=self.schema,
        )
        named = CheckConstraint("x", name=given)
        holder.append_constraint(named)
        return sqla_compat._get_constraint_final_name(named, self.impl.dialect)

    def _transfer_constraint(self, constraint: Any, metadata: MetaData, new: Table) -> None:
        columns = {c.key for c in sqla_compat._columns_for_constraint(constraint)}
        if not columns.issubset(self.column_transfers):
            return  # One of its columns is gone.
        if isinstance(constraint, ForeignKeyConstraint):
            spec = fk_spec(constraint)
            referent = (spec.target_schema, spec.target_table)
            if referent == (self.table.schema, self.table.name):
                copied = self._self_reference(constraint, spec)
            else:
                self._setup_referent(metadata, constraint)
                copied = constraint._copy(schema=self.schema, target_table=new)
        elif isinstance(constraint, PrimaryKeyConstraint):
            copied = constraint._copy(schema=self.schema, target_table=new)
        else:
            copied = constraint._copy(schema=self.schema, target_table=new)
        new.append_constraint(copied)

    def _self_reference(self, constraint: ForeignKeyConstraint, spec: Any) -> Any:
        """Return a foreign key of the new table to itself, which still has its other name."""
        prefix = f"{self.schema}." if self.schema else ""
        return ForeignKeyConstraint(
            [self.columns[name].name for name in spec.source_columns],
            [f"{prefix}{self.temp_table_name}.{c}" for c in spec.target_columns],
            name=constraint.name,
            onupdate=constraint.onupdate,
            ondelete=constraint.ondelete,
            deferrable=constraint.deferrable,
            initially=constraint.initially,
            match=constraint.match,
            **constraint.dialect_kwargs,
        )

    def _setup_referent(self, metadata: MetaData, constraint: ForeignKeyConstraint) -> None:
        """Make a stand-in for the table that a foreign key points at."""
        spec = fk_spec(constraint)
        schema = spec.target_schema
        key = sa_schema._get_table_key(spec.target_table, schema)
        target = metadata.tables.get(key)
        if target is None:
            target = Table(spec.target_table, metadata, schema=schema)
        for name in spec.target_columns:
            if name not in target.c:
                target.append_column(Column(name, NULLTYPE))

    def _gather_indexes_from_both_tables(self) -> list[Index]:
        assert self.new_table is not None
        found: list[Index] = []
        for index in self.indexes.values():
            kept = self._moved_index(index)
            if kept is not None:
                found.append(kept)
        for index in self.new_indexes.values():
            found.append(
                Index(
                    index.name,
                    *(self._on_new_table(key) for key in index.expressions),
                    unique=index.unique,
                    _table=self.new_table,
                    **index.kwargs,
                )
            )
        return found

    def _moved_index(self, index: Index) -> Index | None:
        """Return an index of the old table on the new one; None where a column of it is gone."""
        names = {column.name for column in index.columns}
        if not names.issubset(self.column_transfers):
            return None
        return Index(
            index.name,
            *(self._on_new_table(key) for key in index.expressions),
            unique=index.unique,
            _table=self.new_table,
            **index.kwargs,
        )

    def _on_new_table(self, key: Any) -> Any:
        assert self.new_table is not None
        new = self.new_table
        by_name = {column.name: column for column in new.c}

        def moved(element: Any, **kw: Any) -> Any:
            if not isinstance(element, Column):
                return None
            return new.c.get(element.name, by_name.get(element.name))

        return replacement_traverse(key, {}, moved)

    def _create(self, op_impl: Any) -> None:
        """Make the new table, fill it, and put it in the place of the old one."""
        self._transfer_elements_to_new_table()
        assert self.new_table is not None
        op_impl.prep_table_for_batch(self, self.table)
        op_impl.create_table(self.new_table)
        try:
            op_impl._exec(self._copying())
            op_impl.drop_table(self.table)
        except BaseException:
            op_impl.drop_table(self.new_table)
            raise
        op_impl.rename_table(self.temp_table_name, self.table.name, schema=self.schema)
        self.new_table.name = self.table.name
        try:
            for index in self._gather_indexes_from_both_tables():
                op_impl.create_index(index)
        finally:
            self.new_table.name = self.temp_table_name

    def _copying(self) -> Any:
        assert self.new_table is not None
        order = self.new_table.c.keys()
        transferred = {
            k: self.column_transfers[k]["expr"]
            for k in order
            if "expr" in self.column_transfers.get(k, ())
        }
        query = sa.select(
            *(
                expression if isinstance(expression, Column) else expression.label(name)
                for name, expression in transferred.items()
            )
        )
        names = [self.new_table.c[name] for name in transferred]
        return self.new_table.insert().inline().from_select(names, query)
