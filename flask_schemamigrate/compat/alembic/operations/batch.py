"""A block of ``batch_alter_table``: change by change, or by making the table anew."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlalchemy import MetaData
from sqlalchemy import Table
from sqlalchemy.sql.elements import conv

from .. import util
from ..util import sqla_compat
from .recreate import ApplyBatchImpl as ApplyBatchImpl


class BatchOperationsImpl:
    """Collects what a block does to one table, as the ``impl`` of its ``BatchOperations``."""

    def __init__(
        self,
        operations: Any,
        table_name: str,
        schema: str | None,
        recreate: str,
        copy_from: Table | None,
        table_args: Any,
        table_kwargs: Any,
        reflect_args: Any,
        reflect_kwargs: Any,
        naming_convention: Any,
        partial_reordering: Any,
    ) -> None:
        self.operations = operations
        self.table_name = table_name
        self.schema = schema
        if recreate not in ("auto", "always", "never"):
            raise ValueError("recreate may be one of 'auto', 'always', or 'never'.")
        self.recreate = recreate
        self.copy_from = copy_from
        self.table_args = table_args
        self.table_kwargs = dict(table_kwargs)
        self.reflect_args = reflect_args
        self.reflect_kwargs = dict(reflect_kwargs)
        self.reflect_kwargs.setdefault("listeners", [])
        self.reflect_kwargs["listeners"] = [
            *self.reflect_kwargs["listeners"],
            ("column_reflect", operations.impl.autogen_column_reflect),
        ]
        self.naming_convention = naming_convention
        self.partial_reordering = partial_reordering
        #: The changes: method of an impl, arguments, keywords.
        self.batch: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    @property
    def dialect(self) -> Any:
        """SQLAlchemy's dialect."""
        return self.operations.impl.dialect

    @property
    def impl(self) -> Any:
        """The dialect's own impl."""
        return self.operations.impl

    @property
    def __dialect__(self) -> Any:
        return self.operations.impl.__dialect__

    @property
    def bind(self) -> Any:
        """The connection."""
        return self.operations.impl.bind

    def _should_recreate(self) -> bool:
        if self.recreate == "auto":
            return bool(self.operations.impl.requires_recreate_in_batch(self))
        return self.recreate == "always"

    def flush(self) -> None:
        """Carry the collected changes out, in a transaction where there is none yet."""
        with sqla_compat._ensure_scope_for_ddl(self.operations.migration_context.connection):
            self._flush()

    def _flush(self) -> None:
        if not self._should_recreate():
            for method, arguments, keywords in self.batch:
                self._alter(method, arguments, keywords)
            return
        if self.naming_convention:
            metadata = MetaData(naming_convention=self.naming_convention)
        else:
            metadata = MetaData()
        reflected = self.copy_from is None
        existing = self._reflected(metadata) if self.copy_from is None else self.copy_from
        recreated = ApplyBatchImpl(
            self.impl,
            existing,
            self.table_args,
            self.table_kwargs,
            reflected,
            partial_reordering=self.partial_reordering or (),
        )
        for method, arguments, keywords in self.batch:
            getattr(recreated, method)(*arguments, **keywords)
        recreated._create(self.impl)

    def _alter(self, method: str, arguments: Any, keywords: dict[str, Any]) -> None:
        if keywords.keys() & {"insert_before", "insert_after"}:
            raise util.CommandError(
                "Can't specify insert_before or insert_after when using ALTER; please specify "
                "recreate='always'"
            )
        getattr(self.operations.impl, method)(*arguments, **keywords)

    def _reflected(self, metadata: MetaData) -> Table:
        """Return the table as it is.  Raises CommandError with ``--sql``."""
        if self.operations.migration_context.as_sql:
            raise util.CommandError(
                "This operation cannot proceed in --sql mode; batch mode with dialect "
                f"{self.operations.migration_context.dialect.name} requires a live database "
                f'connection with which to reflect the table "{self.table_name}". To generate a '
                'batch SQL migration script using table "move and copy", a complete Table '
                'object should be passed to the "copy_from" argument of the '
                "batch_alter_table() method so that table reflection can be skipped."
            )
        # A convention must not be applied once more to the names that the database has.
        plain = Table(
            self.table_name,
            MetaData(),
            *self.reflect_args,
            schema=self.schema,
            autoload_with=self.operations.get_bind(),
            **self.reflect_kwargs,
        )
        if not self.naming_convention:
            return plain
        for constraint in plain.constraints:
            if isinstance(constraint.name, str):
                constraint.name = conv(constraint.name)
        return plain.to_metadata(metadata)

    # --- what is collected -----------------------------------------------------------------------

    def alter_column(self, *arg: Any, **kw: Any) -> None:
        """Collect."""
        self.batch.append(("alter_column", arg, kw))

    def add_column(self, *arg: Any, **kw: Any) -> None:
        """Collect."""
        self.batch.append(("add_column", arg, kw))

    def drop_column(self, *arg: Any, **kw: Any) -> None:
        """Collect."""
        self.batch.append(("drop_column", arg, kw))

    def add_constraint(self, const: Any) -> None:
        """Collect."""
        self.batch.append(("add_constraint", (const,), {}))

    def drop_constraint(self, const: Any, **kw: Any) -> None:
        """Collect."""
        self.batch.append(("drop_constraint", (const,), kw))

    def rename_table(self, *arg: Any, **kw: Any) -> None:
        """Collect."""
        self.batch.append(("rename_table", arg, kw))

    def create_index(self, idx: Index, **kw: Any) -> None:
        """Collect."""
        self.batch.append(("create_index", (idx,), kw))

    def drop_index(self, idx: Index, **kw: Any) -> None:
        """Collect."""
        self.batch.append(("drop_index", (idx,), kw))

    def create_table_comment(self, table: Table) -> None:
        """Collect."""
        self.batch.append(("create_table_comment", (table,), {}))

    def drop_table_comment(self, table: Table) -> None:
        """Collect."""
        self.batch.append(("drop_table_comment", (table,), {}))

    def create_table(self, table: Table) -> None:
        """Refuse: a block is about one table that is there."""
        raise NotImplementedError("Can't create table in batch mode")

    def drop_table(self, table: Table) -> None:
        """Refuse: a block is about one table that stays."""
        raise NotImplementedError("Can't drop table in batch mode")

    def create_column_comment(self, column: Any) -> None:
        """Collect."""
        self.batch.append(("create_column_comment", (column,), {}))
