"""Whether types of columns differ."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import types as sqltypes

from ...runtime.plugins import Plugin
from ...util import DispatchPriority
from ...util import PriorityDispatchResult

log = logging.getLogger("alembic.autogenerate.compare.types")


def _prepare(
    autogen_context: Any,
    alter_column_op: Any,
    schema: Any,
    tname: str,
    cname: str,
    conn_col: Any,
    metadata_col: Any,
) -> PriorityDispatchResult:
    """Note the type that there is; types that nobody knows are not compared."""
    alter_column_op.existing_type = conn_col.type
    for column, place in ((conn_col, "database"), (metadata_col, "model")):
        if column.type._type_affinity is sqltypes.NullType:
            log.info("Couldn't determine %s type for column '%s.%s'", place, tname, cname)
            return PriorityDispatchResult.STOP
    return PriorityDispatchResult.CONTINUE


def _dialect_impl_compare_type(
    autogen_context: Any,
    alter_column_op: Any,
    schema: Any,
    tname: str,
    cname: str,
    conn_col: Any,
    metadata_col: Any,
) -> PriorityDispatchResult:
    if (
        _prepare(autogen_context, alter_column_op, schema, tname, cname, conn_col, metadata_col)
        is PriorityDispatchResult.STOP
    ):
        return PriorityDispatchResult.STOP
    if autogen_context.migration_context._compare_type(conn_col, metadata_col):
        alter_column_op.modify_type = metadata_col.type
        log.info(
            "Detected type change from %r to %r on '%s.%s'",
            conn_col.type,
            metadata_col.type,
            tname,
            cname,
        )
        return PriorityDispatchResult.STOP
    return PriorityDispatchResult.CONTINUE


def setup(plugin: Plugin) -> None:
    """Register."""
    plugin.add_autogenerate_comparator(
        _dialect_impl_compare_type, "column", "types", priority=DispatchPriority.LAST
    )
