"""The plugin of server defaults: the first function that knows a column has the last word."""

from __future__ import annotations

from ...runtime.plugins import Plugin
from ...util import DispatchPriority
from . import server_defaults


def setup(plugin: Plugin) -> None:
    """Register."""
    for function, priority in (
        (server_defaults._compare_computed, DispatchPriority.FIRST),
        (server_defaults._compare_identity, DispatchPriority.FIRST),
        (server_defaults._user_compare_server_default, DispatchPriority.MEDIUM),
        (server_defaults._dialect_impl_compare_server_default, DispatchPriority.LAST),
    ):
        plugin.add_autogenerate_comparator(function, "column", "server_default", priority=priority)
