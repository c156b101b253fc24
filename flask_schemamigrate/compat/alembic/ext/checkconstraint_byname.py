"""Checks that come and go, compared by their names; their texts are not compared."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import text
from sqlalchemy.schema import CheckConstraint

from ..ddl._autogen import ConstraintSig
from ..operations import ops
from ..runtime.plugins import Plugin
from ..util import PriorityDispatchResult
from ..util import sqla_compat

log = logging.getLogger("alembic.ext.checkconstraint_byname")
CONTINUE = PriorityDispatchResult.CONTINUE


def _compare_check_constraints(
    autogen_context: Any,
    modify_table_ops: Any,
    schema: Any,
    tname: str,
    conn_table: Any,
    metadata_table: Any,
) -> PriorityDispatchResult:
    if conn_table is None or metadata_table is None:
        return CONTINUE
    impl = autogen_context.migration_context.impl
    found = _reflected(autogen_context, schema, tname, conn_table)
    if found is None:
        return CONTINUE
    wanted = {
        sig.name: sig
        for sig in (
            ConstraintSig.from_constraint(True, impl, c) for c in _of_models(metadata_table, impl)
        )
        if sig.is_named
    }
    run = autogen_context.run_object_filters
    for name in sorted(found.keys() - wanted.keys()):
        gone = found[name].const
        if run(gone, name, "check_constraint", True, None):
            modify_table_ops.ops.append(ops.DropConstraintOp.from_constraint(gone))
            log.info("Detected removed check constraint %r on %r", name, tname)
    for name in sorted(wanted.keys() - found.keys(), key=str):
        new = wanted[name].const
        if run(new, name, "check_constraint", False, None):
            modify_table_ops.ops.append(_create(wanted[name]))
            log.info("Detected added check constraint %r on %r", name, tname)
    for name in sorted(wanted.keys() & found.keys(), key=str):
        result = wanted[name].compare_to_reflected(found[name])
        if result.is_different and run(
            wanted[name].const, name, "check_constraint", False, found[name].const
        ):
            dropped = ops.DropConstraintOp.from_constraint(found[name].const)
            modify_table_ops.ops.extend([dropped, _create(wanted[name])])
            log.info("Detected changed check constraint %r on %r: %s", name, tname, result.message)
    return CONTINUE


def _create(signature: Any) -> Any:
    return ops.CreateCheckConstraintOp.from_constraint(signature.const)


def _of_models(table: Any, impl: Any) -> list[Any]:
    """Return the checks of a table and of its columns that the dialect makes."""
    checks = [c for c in table.constraints if isinstance(c, CheckConstraint)]
    for column in table.c:
        checks += [c for c in column.constraints if isinstance(c, CheckConstraint)]
    return [
        c
        for c in checks
        if not sqla_compat._is_type_bound(c) or c._create_rule is None or c._create_rule(impl)
    ]


def _reflected(
    autogen_context: Any, schema: Any, tname: str, conn_table: Any
) -> dict[Any, ConstraintSig] | None:
    from ..autogenerate.compare.util import _InspectorConv

    impl = autogen_context.migration_context.impl
    try:
        params = _InspectorConv(autogen_context.inspector).get_check_constraints(
            tname, schema=schema
        )
    except NotImplementedError:
        return None
    parents = {"table_name": tname, "schema_name": schema}
    found = {}
    for one in params:
        if one["name"] is None:
            continue
        if autogen_context.run_name_filters(one["name"], "check_constraint", dict(parents)):
            check = CheckConstraint(text(one["sqltext"].replace(":", r"\:")), name=one["name"])
            conn_table.append_constraint(check)
            found[str(one["name"])] = ConstraintSig.from_constraint(False, impl, check)
    return found


def setup(plugin: Plugin) -> None:
    """Register."""
    plugin.add_autogenerate_comparator(_compare_check_constraints, "table", "checks")
