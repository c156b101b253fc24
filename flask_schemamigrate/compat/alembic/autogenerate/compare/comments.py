"""Whether comments differ."""

from __future__ import annotations

import logging
from typing import Any

from ...operations import ops
from ...runtime.plugins import Plugin
from ...util import PriorityDispatchResult

log = logging.getLogger("alembic.autogenerate.compare.comments")


def _compare_column_comment(
    autogen_context: Any,
    alter_column_op: Any,
    schema: Any,
    tname: str,
    cname: str,
    conn_col: Any,
    metadata_col: Any,
) -> PriorityDispatchResult:
    if not autogen_context.dialect.supports_comments:
        return PriorityDispatchResult.CONTINUE
    wanted, found = metadata_col.comment or None, conn_col.comment or None
    alter_column_op.existing_comment = conn_col.comment or None
    if found == wanted:
        return PriorityDispatchResult.CONTINUE
    alter_column_op.modify_comment = wanted
    log.info("Detected column comment '%s.%s'", tname, cname)
    return PriorityDispatchResult.STOP


def _compare_table_comment(
    autogen_context: Any,
    modify_table_ops: Any,
    schema: Any,
    tname: str,
    conn_table: Any,
    metadata_table: Any,
) -> PriorityDispatchResult:
    if not autogen_context.dialect.supports_comments or None in (conn_table, metadata_table):
        return PriorityDispatchResult.CONTINUE
    wanted, found = metadata_table.comment or None, conn_table.comment or None
    if found == wanted:
        return PriorityDispatchResult.CONTINUE
    change: Any
    if wanted is None:
        change = ops.DropTableCommentOp(
            tname, existing_comment=conn_table.comment, schema=metadata_table.schema
        )
    else:
        change = ops.CreateTableCommentOp(
            tname,
            metadata_table.comment,
            existing_comment=conn_table.comment or None,
            schema=metadata_table.schema,
        )
    modify_table_ops.ops.append(change)
    log.info("Detected table comment '%s'", tname)
    return PriorityDispatchResult.CONTINUE


def setup(plugin: Plugin) -> None:
    """Register."""
    plugin.add_autogenerate_comparator(_compare_column_comment, "column", "comments")
    plugin.add_autogenerate_comparator(_compare_table_comment, "table", "comments")
