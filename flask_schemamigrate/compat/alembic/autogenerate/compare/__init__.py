"""The comparison, in plugins that can be chosen by name."""

from __future__ import annotations

from typing import Any

from ...ext import checkconstraint_byname
from ...runtime.plugins import Plugin
from ...util import PriorityDispatcher
from . import comments
from . import constraints
from . import defaults
from . import foreignkeys
from . import schema
from . import tables
from . import types

#: Where functions of others are registered: ``comparators.dispatch_for("schema")``.
comparators = PriorityDispatcher()

for _name, _module in (
    ("schemas", schema),
    ("tables", tables),
    ("types", types),
    ("constraints", constraints),
    ("foreignkeys", foreignkeys),
    ("defaults", defaults),
    ("comments", comments),
):
    Plugin.setup_plugin_from_module(_module, f"alembic.autogenerate.{_name}")
Plugin.setup_plugin_from_module(checkconstraint_byname, "alembic.ext.checkconstraint_byname")


def _populate_migration_script(autogen_context: Any, migration_script: Any) -> None:
    upgrade_ops = migration_script.upgrade_ops_list[-1]
    downgrade_ops = migration_script.downgrade_ops_list[-1]
    _produce_net_changes(autogen_context, upgrade_ops)
    upgrade_ops.reverse_into(downgrade_ops)


def _produce_net_changes(autogen_context: Any, upgrade_ops: Any) -> None:
    schema.produce_net_changes(autogen_context, upgrade_ops)
