"""Tables, columns, indexes and data, as operation objects."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import NULLTYPE

from .opbase import Directive
from .opbase import given
from .opbase import MigrateOperation
from .schemaobj import SchemaObjects


class CreateIndexOp(MigrateOperation):
    """An index that is created."""

    def __init__(
        self,
        index_name: Any,
        table_name: str,
        columns: Sequence[Any],
        *,
        schema: str | None = None,
        unique: bool = False,
        if_not_exists: bool | None = None,
        **kw: Any,
    ) -> None:
        self.index_name = index_name
        self.table_name = table_name
        self.columns = columns
        self.schema = schema
        self.unique = unique
        self.if_not_exists = if_not_exists
        self.kw = kw

    @classmethod
    def from_index(cls, index: Any) -> CreateIndexOp:
        """Return the operation that creates an index."""
        assert index.table is not None
        return cls(
            index.name,
            index.table.name,
            list(index.expressions),
            schema=index.table.schema,
            unique=index.unique,
            **index.kwargs,
        )

    def to_index(self, migration_context: Any = None) -> Any:
        """Return the index on a table of its own."""
        return SchemaObjects(migration_context).index(
            self.index_name,
            self.table_name,
            self.columns,
            schema=self.schema,
            unique=self.unique,
            **self.kw,
        )

    def reverse(self) -> DropIndexOp:
        """Return the operation that drops it."""
        return DropIndexOp.from_index(self.to_index())

    def to_diff_tuple(self) -> Any:
        """``("add_index", index)``."""
        return ("add_index", self.to_index())

    def as_directive(self) -> Directive:
        """``op.create_index(…)``."""
        keywords = given(schema=self.schema, if_not_exists=self.if_not_exists)
        arguments = (self.index_name, self.table_name, self.columns)
        return "create_index", arguments, {**keywords, "unique": self.unique, **self.kw}


class DropIndexOp(MigrateOperation):
    """An index that is dropped."""

    def __init__(
        self,
        index_name: Any,
        table_name: str | None = None,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        _reverse: CreateIndexOp | None = None,
        **kw: Any,
    ) -> None:
        self.index_name = index_name
        self.table_name = table_name
        self.schema = schema
        self.if_exists = if_exists
        self._reverse = _reverse
        self.kw = kw

    @classmethod
    def from_index(cls, index: Any) -> DropIndexOp:
        """Return the operation that drops an index."""
        assert index.table is not None
        return cls(
            index.name,
            table_name=index.table.name,
            schema=index.table.schema,
            _reverse=CreateIndexOp.from_index(index),
            unique=index.unique,
            **index.kwargs,
        )

    def to_index(self, migration_context: Any = None) -> Any:
        """Return the index, over a column ``x`` where its columns are not known."""
        columns = self._reverse.columns if self._reverse is not None else ["x"]
        return SchemaObjects(migration_context).index(
            self.index_name, self.table_name, columns, schema=self.schema, **self.kw
        )

    def reverse(self) -> CreateIndexOp:
        """Return the operation that creates it again."""
        return CreateIndexOp.from_index(self.to_index())

    def to_diff_tuple(self) -> Any:
        """``("remove_index", index)``."""
        return ("remove_index", self.to_index())

    def as_directive(self) -> Directive:
        """``op.drop_index(…)``."""
        kept = {name: value for name, value in self.kw.items() if name != "unique"}
        keywords = given(table_name=self.table_name, schema=self.schema, if_exists=self.if_exists)
        return "drop_index", (self.index_name,), {**keywords, **kept}


class CreateTableOp(MigrateOperation):
    """A table that is created."""

    def __init__(
        self,
        table_name: str,
        columns: Sequence[Any],
        *,
        schema: str | None = None,
        if_not_exists: bool | None = None,
        _namespace_metadata: Any = None,
        _constraints_included: bool = False,
        **kw: Any,
    ) -> None:
        self.table_name = table_name
        self.columns = columns
        self.schema = schema
        self.if_not_exists = if_not_exists
        self.info = kw.pop("info", {})
        self.comment = kw.pop("comment", None)
        self.prefixes = kw.pop("prefixes", None)
        self.kw = kw
        self._namespace_metadata = _namespace_metadata
        self._constraints_included = _constraints_included

    @classmethod
    def from_table(cls, table: Any, *, _namespace_metadata: Any = None) -> CreateTableOp:
        """Return the operation that creates a table."""
        if _namespace_metadata is None:
            _namespace_metadata = table.metadata
        return cls(
            table.name,
            [*table.c, *table.constraints],
            schema=table.schema,
            _namespace_metadata=_namespace_metadata,
            _constraints_included=True,
            comment=table.comment,
            info=dict(table.info),
            prefixes=list(table._prefixes),
            **table.kwargs,
        )

    def to_table(self, migration_context: Any = None) -> Any:
        """Return the table."""
        return SchemaObjects(migration_context).table(
            self.table_name,
            *self.columns,
            schema=self.schema,
            prefixes=list(self.prefixes) if self.prefixes else [],
            comment=self.comment,
            info=dict(self.info) if self.info else {},
            _constraints_included=self._constraints_included,
            **self.kw,
        )

    def reverse(self) -> DropTableOp:
        """Return the operation that drops it."""
        return DropTableOp.from_table(self.to_table(), _namespace_metadata=self._namespace_metadata)

    def to_diff_tuple(self) -> Any:
        """``("add_table", table)``."""
        return ("add_table", self.to_table())

    def as_directive(self) -> Directive:
        """``op.create_table(…)``; an operation that was read from a table gives that table."""
        keywords = given(
            schema=self.schema,
            comment=self.comment,
            prefixes=self.prefixes or None,
            info=self.info or None,
            if_not_exists=self.if_not_exists,
            **self.kw,
        )
        if not self._constraints_included:
            return "create_table", (self.table_name, *self.columns), keywords
        table = self.to_table()
        parts = [*(c._copy() for c in table.c), *(c._copy() for c in _own(table))]
        return "create_table", (self.table_name, *parts), keywords


def _own(table: Any) -> list[Any]:
    """Return the constraints that no copy of a column brings along."""
    return [c for c in table.constraints if not c._type_bound]


class DropTableOp(MigrateOperation):
    """A table that is dropped."""

    def __init__(
        self,
        table_name: str,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        table_kw: Mapping[str, Any] | None = None,
        _reverse: CreateTableOp | None = None,
    ) -> None:
        self.table_name = table_name
        self.schema = schema
        self.if_exists = if_exists
        self.table_kw = dict(table_kw or {})
        self.comment = self.table_kw.pop("comment", None)
        self.info = self.table_kw.pop("info", None)
        self.prefixes = self.table_kw.pop("prefixes", None)
        self._reverse = _reverse

    @classmethod
    def from_table(cls, table: Any, *, _namespace_metadata: Any = None) -> DropTableOp:
        """Return the operation that drops a table."""
        return cls(
            table.name,
            schema=table.schema,
            table_kw={
                "comment": table.comment,
                "info": dict(table.info),
                "prefixes": list(table._prefixes),
                **table.kwargs,
            },
            _reverse=CreateTableOp.from_table(table, _namespace_metadata=_namespace_metadata),
        )

    def to_table(self, migration_context: Any = None) -> Any:
        """Return the table, empty where its columns are not known."""
        known = self._reverse
        return SchemaObjects(migration_context).table(
            self.table_name,
            *(known.columns if known is not None else ()),
            comment=self.comment,
            info=dict(self.info) if self.info else {},
            prefixes=list(self.prefixes) if self.prefixes else [],
            schema=self.schema,
            _constraints_included=known is not None and known._constraints_included,
            **self.table_kw,
        )

    def reverse(self) -> CreateTableOp:
        """Return the operation that creates it again."""
        namespace = self._reverse._namespace_metadata if self._reverse is not None else None
        return CreateTableOp.from_table(self.to_table(), _namespace_metadata=namespace)

    def to_diff_tuple(self) -> Any:
        """``("remove_table", table)``."""
        return ("remove_table", self.to_table())

    def as_directive(self) -> Directive:
        """``op.drop_table(…)``."""
        keywords = given(schema=self.schema, if_exists=self.if_exists)
        return "drop_table", (self.table_name,), keywords


class AlterTableOp(MigrateOperation):
    """Any change of a table."""

    def __init__(self, table_name: str, *, schema: str | None = None) -> None:
        self.table_name = table_name
        self.schema = schema


class RenameTableOp(AlterTableOp):
    """A table that is renamed."""

    def __init__(
        self, old_table_name: str, new_table_name: str, *, schema: str | None = None
    ) -> None:
        super().__init__(old_table_name, schema=schema)
        self.new_table_name = new_table_name

    def as_directive(self) -> Directive:
        """``op.rename_table(…)``."""
        names = (self.table_name, self.new_table_name)
        return "rename_table", names, given(schema=self.schema)


class CreateTableCommentOp(AlterTableOp):
    """A comment that a table gets."""

    def __init__(
        self,
        table_name: str,
        comment: str | None,
        *,
        schema: str | None = None,
        existing_comment: str | None = None,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.comment = comment
        self.existing_comment = existing_comment

    def reverse(self) -> CreateTableCommentOp | DropTableCommentOp:
        """Return the operation that puts the former comment back."""
        before, after = self.existing_comment, self.comment
        if before is None:
            return DropTableCommentOp(self.table_name, existing_comment=after, schema=self.schema)
        return CreateTableCommentOp(
            self.table_name, before, existing_comment=after, schema=self.schema
        )

    def to_table(self, migration_context: Any = None) -> Any:
        """Return a table with the comment."""
        schema_obj = SchemaObjects(migration_context)
        return schema_obj.table(self.table_name, schema=self.schema, comment=self.comment)

    def to_diff_tuple(self) -> Any:
        """``("add_table_comment", table, existing)``."""
        return ("add_table_comment", self.to_table(), self.existing_comment)

    def as_directive(self) -> Directive:
        """``op.create_table_comment(…)``."""
        keywords = given(schema=self.schema, existing_comment=self.existing_comment)
        return "create_table_comment", (self.table_name, self.comment), keywords


class DropTableCommentOp(AlterTableOp):
    """A comment that a table loses."""

    def __init__(
        self, table_name: str, *, schema: str | None = None, existing_comment: str | None = None
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.existing_comment = existing_comment

    def reverse(self) -> CreateTableCommentOp:
        """Return the operation that puts the former comment back."""
        return CreateTableCommentOp(self.table_name, self.existing_comment, schema=self.schema)

    def to_table(self, migration_context: Any = None) -> Any:
        """Return a table without a comment."""
        return SchemaObjects(migration_context).table(self.table_name, schema=self.schema)

    def to_diff_tuple(self) -> Any:
        """``("remove_table_comment", table)``."""
        return ("remove_table_comment", self.to_table())

    def as_directive(self) -> Directive:
        """``op.drop_table_comment(…)``."""
        keywords = given(schema=self.schema, existing_comment=self.existing_comment)
        return "drop_table_comment", (self.table_name,), keywords


def no_column(name: str, migration_context: Any = None) -> sa.Column[Any]:
    """Return a column of which only the name is known."""
    return SchemaObjects(migration_context).column(name, NULLTYPE)
