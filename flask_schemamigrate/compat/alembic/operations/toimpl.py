"""Operation objects into calls of a dialect's ``impl``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import schema as sa_schema

from . import ops
from .base import Operations


@Operations.implementation_for(ops.AlterColumnOp)
def alter_column(operations: Any, operation: ops.AlterColumnOp) -> None:
    """Change a column; the CHECK of an old type goes first, that of a new one comes last."""
    where = {"schema": operation.schema}
    impl, table_name = operations.impl, operation.table_name

    def checks(column: str, type_: Any) -> list[Any]:
        table = operations.schema_obj.table(table_name, sa_schema.Column(column, type_), **where)
        return [c for c in table.constraints if c._type_bound]

    if operation.existing_type is not None and operation.modify_type is not None:
        for constraint in checks(operation.column_name, operation.existing_type):
            if constraint._create_rule is None or constraint._create_rule(impl):
                impl.drop_constraint(constraint)
    impl.alter_column(
        table_name,
        operation.column_name,
        nullable=operation.modify_nullable,
        server_default=operation.modify_server_default,
        name=operation.modify_name,
        type_=operation.modify_type,
        comment=operation.modify_comment,
        existing_type=operation.existing_type,
        existing_server_default=operation.existing_server_default,
        existing_nullable=operation.existing_nullable,
        existing_comment=operation.existing_comment,
        **where,
        **operation.kw,
    )
    if operation.modify_type is not None:
        name = operation.modify_name or operation.column_name
        for constraint in checks(name, operation.modify_type):
            if constraint._create_rule is None or constraint._create_rule(impl):
                impl.add_constraint(constraint)


@Operations.implementation_for(ops.DropTableOp)
def drop_table(operations: Any, operation: ops.DropTableOp) -> None:
    """Drop a table."""
    keywords = ops.given(if_exists=operation.if_exists)
    operations.impl.drop_table(operation.to_table(operations.migration_context), **keywords)


@Operations.implementation_for(ops.DropColumnOp)
def drop_column(operations: Any, operation: ops.DropColumnOp) -> None:
    """Drop a column."""
    operations.impl.drop_column(
        operation.table_name,
        operation.to_column(operations.migration_context),
        schema=operation.schema,
        if_exists=operation.if_exists,
        **operation.kw,
    )


@Operations.implementation_for(ops.CreateIndexOp)
def create_index(operations: Any, operation: ops.CreateIndexOp) -> None:
    """Create an index."""
    keywords = ops.given(if_not_exists=operation.if_not_exists)
    operations.impl.create_index(operation.to_index(operations.migration_context), **keywords)


@Operations.implementation_for(ops.DropIndexOp)
def drop_index(operations: Any, operation: ops.DropIndexOp) -> None:
    """Drop an index."""
    keywords = ops.given(if_exists=operation.if_exists)
    operations.impl.drop_index(operation.to_index(operations.migration_context), **keywords)


@Operations.implementation_for(ops.CreateTableOp)
def create_table(operations: Any, operation: ops.CreateTableOp) -> Any:
    """Create a table; return it."""
    keywords = ops.given(if_not_exists=operation.if_not_exists)
    table = operation.to_table(operations.migration_context)
    operations.impl.create_table(table, **keywords)
    return table


@Operations.implementation_for(ops.RenameTableOp)
def rename_table(operations: Any, operation: ops.RenameTableOp) -> None:
    """Rename a table."""
    operations.impl.rename_table(
        operation.table_name, operation.new_table_name, schema=operation.schema
    )


@Operations.implementation_for(ops.CreateTableCommentOp)
def create_table_comment(operations: Any, operation: ops.CreateTableCommentOp) -> None:
    """Set a table's comment."""
    operations.impl.create_table_comment(operation.to_table(operations.migration_context))


@Operations.implementation_for(ops.DropTableCommentOp)
def drop_table_comment(operations: Any, operation: ops.DropTableCommentOp) -> None:
    """Remove a table's comment."""
    operations.impl.drop_table_comment(operation.to_table(operations.migration_context))


@Operations.implementation_for(ops.AddColumnOp)
def add_column(operations: Any, operation: ops.AddColumnOp) -> None:
    """Add a column, then the constraints, indexes and the comment that came with it."""
    impl, column = operations.impl, operation.column
    if column.table is not None:
        column = column._copy()
    table = operations.schema_obj.table(operation.table_name, column, schema=operation.schema)
    flags = {
        "if_not_exists": operation.if_not_exists,
        "inline_references": operation.inline_references,
        "inline_primary_key": operation.inline_primary_key,
    }
    impl.add_column(operation.table_name, column, schema=operation.schema, **flags, **operation.kw)
    inline = operation.inline_references and len(column.foreign_keys) == 1
    for constraint in table.constraints:
        if isinstance(constraint, sa_schema.PrimaryKeyConstraint):
            continue
        if inline and isinstance(constraint, sa_schema.ForeignKeyConstraint):
            continue
        impl.add_constraint(constraint)
    for index in table.indexes:
        impl.create_index(index, **ops.given(if_not_exists=operation.if_not_exists))
    dialect = impl.dialect
    if column.comment is not None and dialect.supports_comments and not dialect.inline_comments:
        impl.create_column_comment(column)


@Operations.implementation_for(ops.AddConstraintOp)
def create_constraint(operations: Any, operation: ops.AddConstraintOp) -> None:
    """Add a constraint."""
    operations.impl.add_constraint(operation.to_constraint(operations.migration_context))


@Operations.implementation_for(ops.DropConstraintOp)
def drop_constraint(operations: Any, operation: ops.DropConstraintOp) -> None:
    """Drop a constraint by its name and kind."""
    constraint = operations.schema_obj.generic_constraint(
        operation.constraint_name,
        operation.table_name,
        operation.constraint_type,
        schema=operation.schema,
    )
    operations.impl.drop_constraint(constraint, **ops.given(if_exists=operation.if_exists))


@Operations.implementation_for(ops.BulkInsertOp)
def bulk_insert(operations: Any, operation: ops.BulkInsertOp) -> None:
    """Insert rows."""
    operations.impl.bulk_insert(operation.table, operation.rows, multiinsert=operation.multiinsert)


@Operations.implementation_for(ops.ExecuteSQLOp)
def execute_sql(operations: Any, operation: ops.ExecuteSQLOp) -> None:
    """Run SQL."""
    operations.migration_context.impl.execute(
        operation.sqltext, execution_options=operation.execution_options
    )
