"""Which schemas are compared."""

from __future__ import annotations

from typing import Any

from ...runtime.plugins import Plugin
from ...util import PriorityDispatchResult


def produce_net_changes(autogen_context: Any, upgrade_ops: Any) -> None:
    """Compare everything and put what differs into ``upgrade_ops``."""
    autogen_context.comparators.dispatch("autogenerate", qualifier=autogen_context.dialect.name)(
        autogen_context, upgrade_ops
    )


def _compare_schemas(autogen_context: Any, upgrade_ops: Any) -> PriorityDispatchResult:
    connection = autogen_context.connection
    schemas: set[str | None] = {None}
    if autogen_context.opts.get("include_schemas", False):
        schemas = set(autogen_context.inspector.get_schema_names())
        schemas.discard("information_schema")
        # Tables of the default schema have none in the models.
        schemas.discard(connection.dialect.default_schema_name)
        schemas.add(None)
    wanted = {s for s in schemas if autogen_context.run_name_filters(s, "schema", {})}
    autogen_context.comparators.dispatch("schema", qualifier=autogen_context.dialect.name)(
        autogen_context, upgrade_ops, wanted
    )
    return PriorityDispatchResult.CONTINUE


def setup(plugin: Plugin) -> None:
    """Register."""
    plugin.add_autogenerate_comparator(_compare_schemas, "autogenerate")
