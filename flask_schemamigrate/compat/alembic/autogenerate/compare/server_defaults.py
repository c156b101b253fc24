"""Whether server defaults differ: plain ones, computations and identities."""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import DefaultClause
from sqlalchemy.sql.elements import TextClause

from ... import util
from ...util import PriorityDispatchResult
from ...util import sqla_compat

log = logging.getLogger("alembic.autogenerate.compare.server_defaults")
CONTINUE, STOP = PriorityDispatchResult.CONTINUE, PriorityDispatchResult.STOP


def _render_server_default_for_compare(default: Any, autogen_context: Any) -> str | None:
    """Return a default as SQL."""
    if isinstance(default, DefaultClause):
        default = default.arg if isinstance(default.arg, str) else default.arg
    if isinstance(default, (str, TextClause)):
        text = default if isinstance(default, str) else default.text
        return text
    if isinstance(default, sa.sql.ColumnElement):
        return autogen_context.migration_context.impl.render_ddl_sql_expr(  # type: ignore[no-any-return]
            default, is_server_default=True
        )
    return None


def _compare_computed(
    autogen_context: Any,
    alter_column_op: Any,
    schema: Any,
    tname: str,
    cname: str,
    conn_col: Any,
    metadata_col: Any,
) -> PriorityDispatchResult:
    wanted, found = metadata_col.server_default, conn_col.server_default
    if not sqla_compat._server_default_is_computed(wanted):
        if sqla_compat._server_default_is_computed(found):
            _warn(tname, cname)
            alter_column_op.existing_server_default = found
            return STOP
        return CONTINUE
    alter_column_op.existing_server_default = found if found is not None else False
    if not sqla_compat._server_default_is_computed(found):
        _warn(tname, cname)
        return STOP
    spelled = autogen_context.migration_context.impl._normalize_computed_default
    texts = [
        spelled(
            str(
                default.sqltext.compile(
                    dialect=autogen_context.dialect,
                    compile_kwargs={"literal_binds": True, "include_table": False},
                )
            )
        )
        for default in (wanted, found)
    ]
    if texts[0] != texts[1]:
        _warn(tname, cname)
    return STOP


def _warn(tname: str, cname: str) -> None:
    util.warn(f"Computed default on {tname}.{cname} cannot be modified")


def _compare_identity(
    autogen_context: Any,
    alter_column_op: Any,
    schema: Any,
    tname: str,
    cname: str,
    conn_col: Any,
    metadata_col: Any,
) -> PriorityDispatchResult:
    wanted, found = metadata_col.server_default, conn_col.server_default
    if not sqla_compat._server_default_is_identity(wanted, found):
        return CONTINUE
    alter_column_op.existing_server_default = found
    both = sqla_compat._server_default_is_identity(wanted) and (
        sqla_compat._server_default_is_identity(found)
    )
    if both:
        impl = autogen_context.migration_context.impl
        _, differs, _ = impl._compare_identity_default(wanted, found)
        if not differs:
            return STOP
    alter_column_op.modify_server_default = wanted
    log.info("Detected server default on column '%s.%s'", tname, cname)
    return STOP


def _user_compare_server_default(
    autogen_context: Any,
    alter_column_op: Any,
    schema: Any,
    tname: str,
    cname: str,
    conn_col: Any,
    metadata_col: Any,
) -> PriorityDispatchResult:
    """Note the default that there is; nothing is compared unless that is asked for."""
    found = conn_col.server_default
    if found is None and metadata_col.server_default is None:
        return STOP
    alter_column_op.existing_server_default = found
    if autogen_context.migration_context._user_compare_server_default is False:
        return STOP
    return CONTINUE


def _dialect_impl_compare_server_default(
    autogen_context: Any,
    alter_column_op: Any,
    schema: Any,
    tname: str,
    cname: str,
    conn_col: Any,
    metadata_col: Any,
) -> PriorityDispatchResult:
    wanted, found = metadata_col.server_default, conn_col.server_default
    if found is None and wanted is None:
        return CONTINUE
    alter_column_op.existing_server_default = found
    rendered_wanted = _render_server_default_for_compare(wanted, autogen_context)
    rendered_found = _render_server_default_for_compare(found, autogen_context)
    if autogen_context.migration_context._compare_server_default(
        conn_col, metadata_col, rendered_wanted, rendered_found
    ):
        alter_column_op.modify_server_default = wanted
        log.info("Detected server default on column '%s.%s'", tname, cname)
    return CONTINUE
