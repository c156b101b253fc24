"""Foreign keys."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy.schema import ForeignKeyConstraint

from ...ddl._autogen import ConstraintSig
from ...operations import ops
from ...runtime.plugins import Plugin
from ...util import PriorityDispatchResult
from .util import _InspectorConv

log = logging.getLogger("alembic.autogenerate.compare.constraints")
CONTINUE = PriorityDispatchResult.CONTINUE


def _compare_foreign_keys(
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
    wanted = {c for c in metadata_table.constraints if isinstance(c, ForeignKeyConstraint)}
    parents = {"table_name": tname, "schema_name": schema}
    params = [
        key
        for key in _InspectorConv(autogen_context.inspector).get_foreign_keys(tname, schema=schema)
        if autogen_context.run_name_filters(key["name"], "foreign_key_constraint", dict(parents))
    ]
    found = {_make_foreign_key(key, conn_table) for key in params}
    impl.correct_for_autogen_foreignkeys(found, wanted)
    # A dialect that does not reflect the actions of keys cannot have them compared.
    with_options = not params or "options" in params[0]
    sig = ConstraintSig.from_constraint
    wanted_keys = {
        _key(s, with_options, autogen_context): s for s in (sig(True, impl, c) for c in wanted)
    }
    found_keys = {
        _key(s, with_options, autogen_context): s for s in (sig(False, impl, c) for c in found)
    }
    wanted_names = {s.name: s for s in wanted_keys.values() if s.is_named}
    found_names = {s.name: s for s in found_keys.values() if s.is_named}
    run = autogen_context.run_object_filters
    word = "foreign_key_constraint"
    for key in sorted(found_keys.keys() - wanted_keys.keys(), key=str):
        gone = found_keys[key]
        other = wanted_names.get(gone.name)
        if run(gone.const, gone.name, word, True, other.const if other else None):
            modify_table_ops.ops.append(ops.DropConstraintOp.from_constraint(gone.const))
            log.info("Detected removed foreign key (%s) on table %s", gone.name, tname)
    for key in sorted(wanted_keys.keys() - found_keys.keys(), key=str):
        new = wanted_keys[key]
        other = found_names.get(new.name)
        if run(new.const, new.name, word, False, other.const if other else None):
            modify_table_ops.ops.append(ops.CreateForeignKeyOp.from_constraint(new.const))
            log.info("Detected added foreign key (%s) on table %s", new.name, tname)
    return CONTINUE


def _key(signature: Any, with_options: bool, autogen_context: Any) -> Any:
    default = autogen_context.dialect.default_schema_name
    given = signature.unnamed if with_options else signature.unnamed_no_options
    schemas = (given[0], given[3])
    source, target = (None if s == default else s for s in schemas)
    return (source, *given[1:3], target, *given[4:])


def _make_foreign_key(params: Any, conn_table: Any) -> Any:
    schema = params["referred_schema"]
    prefix = f"{schema}." if schema else ""
    target = f"{prefix}{params['referred_table']}"
    options = params.get("options", {})
    key = ForeignKeyConstraint(
        params["constrained_columns"],
        [f"{target}.{column}" for column in params["referred_columns"]],
        name=params["name"],
        **{word: options.get(word) for word in ("onupdate", "ondelete", "deferrable", "initially")},
    )
    conn_table.append_constraint(key)
    return key


def setup(plugin: Plugin) -> None:
    """Register."""
    plugin.add_autogenerate_comparator(_compare_foreign_keys, "table", "foreignkeys")
