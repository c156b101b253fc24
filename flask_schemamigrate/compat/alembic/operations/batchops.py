"""The directives of one table: ``with op.batch_alter_table(…) as batch_op``."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from . import ops
from .base import AbstractOperations


class BatchOperations(AbstractOperations):
    """The directives of ``op`` without the table, collected by ``impl``."""

    impl: Any

    def __init__(self, migration_context: Any, impl: Any = None) -> None:
        super().__init__(migration_context, impl)
        self._where = {"schema": self.impl.schema}

    @classmethod
    def _note_directive(cls, name: str, op_cls: Any, sourcename: str | None) -> None:
        super()._note_directive(f"batch_{name}", op_cls, sourcename or name)

    @property
    def _table(self) -> str:
        return str(self.impl.table_name)

    def _noop(self, operation: str) -> Any:
        raise NotImplementedError(f"The {operation} method does not apply to a batch table.")

    # --- columns ---------------------------------------------------------------------------------

    def add_column(
        self,
        column: Any,
        *,
        insert_before: str | None = None,
        insert_after: str | None = None,
        if_not_exists: bool | None = None,
        inline_references: bool | None = None,
        inline_primary_key: bool | None = None,
    ) -> None:
        """Add a column, in a table that is made anew before or after another one."""
        place = ops.given(insert_before=insert_before, insert_after=insert_after)
        self.invoke(
            ops.AddColumnOp(
                self._table,
                column,
                **self._where,
                if_not_exists=if_not_exists,
                inline_references=inline_references,
                inline_primary_key=inline_primary_key,
                **place,
            )
        )

    def alter_column(
        self,
        column_name: str,
        *,
        nullable: bool | None = None,
        comment: Any = False,
        server_default: Any = False,
        new_column_name: str | None = None,
        type_: Any = None,
        existing_type: Any = None,
        existing_server_default: Any = False,
        existing_nullable: bool | None = None,
        existing_comment: str | None = None,
        insert_before: str | None = None,
        insert_after: str | None = None,
        **kw: Any,
    ) -> None:
        """Change what is given of a column."""
        place = ops.given(insert_before=insert_before, insert_after=insert_after)
        self.invoke(
            ops.AlterColumnOp(
                self._table,
                column_name,
                **self._where,
                existing_type=existing_type,
                existing_server_default=existing_server_default,
                existing_nullable=existing_nullable,
                existing_comment=existing_comment,
                modify_name=new_column_name,
                modify_type=type_,
                modify_server_default=server_default,
                modify_nullable=nullable,
                modify_comment=comment,
                **place,
                **kw,
            )
        )

    def drop_column(self, column_name: str, **kw: Any) -> None:
        """Drop a column."""
        self.invoke(ops.DropColumnOp(self._table, column_name, **self._where, **kw))

    # --- constraints -----------------------------------------------------------------------------

    def create_primary_key(
        self, constraint_name: str | None, columns: Sequence[str], **kw: Any
    ) -> None:
        """Make columns the primary key."""
        operation = ops.CreatePrimaryKeyOp(
            constraint_name, self._table, columns, **self._where, **kw
        )
        self.invoke(operation)

    def create_unique_constraint(
        self, constraint_name: str | None, columns: Sequence[str], **kw: Any
    ) -> Any:
        """Make a combination of columns unique."""
        kw["schema"] = self.impl.schema
        return self.invoke(
            ops.CreateUniqueConstraintOp(constraint_name, self._table, columns, **kw)
        )

    def create_foreign_key(
        self,
        constraint_name: str | None,
        referent_table: str,
        local_cols: Sequence[str],
        remote_cols: Sequence[str],
        *,
        referent_schema: str | None = None,
        onupdate: str | None = None,
        ondelete: str | None = None,
        deferrable: bool | None = None,
        initially: str | None = None,
        match: str | None = None,
        **dialect_kw: Any,
    ) -> None:
        """Make columns refer to another table's."""
        self.invoke(
            ops.CreateForeignKeyOp(
                constraint_name,
                self._table,
                referent_table,
                local_cols,
                remote_cols,
                onupdate=onupdate,
                ondelete=ondelete,
                deferrable=deferrable,
                source_schema=self.impl.schema,
                referent_schema=referent_schema,
                initially=initially,
                match=match,
                **dialect_kw,
            )
        )

    def create_check_constraint(
        self, constraint_name: str | None, condition: Any, **kw: Any
    ) -> None:
        """Require a condition of each row."""
        operation = ops.CreateCheckConstraintOp(
            constraint_name, self._table, condition, **self._where, **kw
        )
        self.invoke(operation)

    def create_exclude_constraint(self, constraint_name: str, *elements: Any, **kw: Any) -> Any:
        """Add PostgreSQL's EXCLUDE."""
        from ..ddl.postgresql import CreateExcludeConstraintOp

        kw["schema"] = self.impl.schema
        return self.invoke(CreateExcludeConstraintOp(constraint_name, self._table, elements, **kw))

    def drop_constraint(self, constraint_name: str, type_: str | None = None) -> None:
        """Drop a constraint."""
        operation = ops.DropConstraintOp(constraint_name, self._table, type_=type_, **self._where)
        self.invoke(operation)

    # --- indexes, comments, data -----------------------------------------------------------------

    def create_index(self, index_name: str | None, columns: Sequence[Any], **kw: Any) -> None:
        """Create an index."""
        self.invoke(ops.CreateIndexOp(index_name, self._table, columns, **self._where, **kw))

    def drop_index(self, index_name: str, **kw: Any) -> None:
        """Drop an index."""
        operation = ops.DropIndexOp(index_name, table_name=self._table, **self._where, **kw)
        self.invoke(operation)

    def create_table_comment(
        self, comment: str | None, *, existing_comment: str | None = None
    ) -> None:
        """Set the table's comment."""
        self.invoke(
            ops.CreateTableCommentOp(
                self._table, comment, existing_comment=existing_comment, **self._where
            )
        )

    def drop_table_comment(self, *, existing_comment: str | None = None) -> None:
        """Remove the table's comment."""
        self.invoke(
            ops.DropTableCommentOp(self._table, existing_comment=existing_comment, **self._where)
        )

    def execute(self, sqltext: Any, *, execution_options: Mapping[str, Any] | None = None) -> None:
        """Run SQL at once, before the collected changes."""
        self.invoke(ops.ExecuteSQLOp(sqltext, execution_options=execution_options))
