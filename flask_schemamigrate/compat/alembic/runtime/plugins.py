"""``alembic.runtime.plugins``: named groups of comparison functions."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from types import ModuleType
from typing import Any

from .. import util
from ..util import DispatchPriority
from ..util import PriorityDispatcher
from ..util.messaging import warn_deprecated

log = logging.getLogger("alembic.runtime.plugins")
_all_plugins: dict[str, Plugin] = {}
_LEGACY_NAMES = {
    "alembic.autogenerate.checkconstraint_byname": "alembic.ext.checkconstraint_byname"
}


class Plugin:
    """Comparison functions that are chosen together, by the plugin's name."""

    def __init__(self, name: str) -> None:
        if name in _all_plugins:
            raise ValueError(f"A plugin named {name} is already registered")
        self.name = name
        self.autogenerate_comparators = PriorityDispatcher()
        _all_plugins[name] = self

    def remove(self) -> None:
        """Forget it."""
        del _all_plugins[self.name]

    def add_autogenerate_comparator(
        self,
        fn: Callable[..., Any],
        compare_target: str,
        compare_element: str | None = None,
        *,
        qualifier: str = "default",
        priority: DispatchPriority = DispatchPriority.MEDIUM,
    ) -> None:
        """Add a function that compares: ``table``, ``column``, ``schema``, …

        Functions of one ``compare_element`` run until one returns ``PriorityDispatchResult.STOP``.
        """
        self.autogenerate_comparators.dispatch_for(
            compare_target, subgroup=compare_element, priority=priority, qualifier=qualifier
        )(fn)

    @classmethod
    def populate_autogenerate_priority_dispatch(
        cls, comparators: PriorityDispatcher, include_plugins: Iterable[str]
    ) -> None:
        """Fill ``comparators`` from the plugins that the expressions name.

        Those that installed packages declare are there from the first time on.  Raises CommandError
        for an expression that names none.
        """
        _declared()
        excluded: list[Any] = []
        included: list[Any] = []
        for expression in include_plugins:
            is_excluded = expression.startswith("~")
            pattern = _make_re(_translate_legacy_name(expression.lstrip("~")))
            (excluded if is_excluded else included).append((pattern, expression))
        found: set[str] = set()
        for name, plugin in _all_plugins.items():
            if any(pattern.match(name) for pattern, _ in excluded):
                continue
            matching = [expression for pattern, expression in included if pattern.match(name)]
            found.update(matching)
            if matching:
                log.info("setting up autogenerate plugin %s", name)
                comparators.populate_with(plugin.autogenerate_comparators)
        missing = [expression for _, expression in included if expression not in found]
        if missing:
            raise util.CommandError(f"Did not locate plugins: {', '.join(missing)}")

    @classmethod
    def setup_plugin_from_module(cls, module: ModuleType, name: str) -> None:
        """Call ``setup(plugin)`` of a module with a new plugin."""
        module.setup(Plugin(name))


def chosen(expressions: Iterable[str], names: Iterable[str], prefix: str = "") -> frozenset[str]:
    """Return those of ``names`` that expressions choose, as they are under ``prefix``."""
    included = [_make_re(_translate_legacy_name(e)) for e in expressions if e[:1] != "~"]
    excluded = [_make_re(_translate_legacy_name(e[1:])) for e in expressions if e[:1] == "~"]
    return frozenset(
        name
        for name in names
        if any(pattern.match(prefix + name) for pattern in included)
        and not any(pattern.match(prefix + name) for pattern in excluded)
    )


def _translate_legacy_name(name: str) -> str:
    return _LEGACY_NAMES.get(name, name)


def _make_re(name: str) -> re.Pattern[str]:
    """Return the pattern of a dotted name in which ``*`` stands for one or more parts."""
    parts = name.split(".")
    for part in parts:
        if part != "*" and not re.fullmatch(r"\w+", part):
            raise ValueError(f"Invalid plugin expression {name!r}")
    pattern = r"\.".join(r"\w+(?:\.\w+)*" if part == "*" else part for part in parts)
    return re.compile(rf"{pattern}$")


@cache
def _declared() -> None:
    _setup()


def _setup() -> None:
    """Set up the plugins that installed packages declare."""
    for entrypoint in metadata.entry_points(group="alembic.plugins"):
        loaded: Any = entrypoint.load()
        if isinstance(loaded, ModuleType):
            Plugin.setup_plugin_from_module(loaded, entrypoint.name)
            continue
        warn_deprecated(
            f"Plugin entrypoint {entrypoint.name!r} refers to a collection of modules; it should "
            "refer to a single module"
        )
        for module in loaded:
            Plugin.setup_plugin_from_module(module, entrypoint.name)
