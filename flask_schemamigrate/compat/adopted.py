"""What libraries have registered with the real Alembic, because the app imported them.

Such a library asks ``alembic`` for its registries when it is imported, which is before any script
of ours is loaded; so what it has put there counts here too: operations for scripts, comparators and
renderers for comparisons.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from ..directives import custom

_OURS = ("alembic.", "flask_schemamigrate.")
#: The real package's modules, as far as they were loaded when our names came in their place.
_theirs: dict[str, ModuleType] = {}


def adopt(theirs: Mapping[str, ModuleType]) -> None:
    """Take over the operations of others from the real package's modules, as far as loaded."""
    _theirs.update(theirs)
    base = theirs.get("alembic.operations.base")
    operations: Any = getattr(base, "Operations", None)
    registry = getattr(getattr(operations, "_to_impl", None), "_registry", {})
    for key, implementation in list(registry.items()):
        cls = key[0] if isinstance(key, tuple) else key
        if isinstance(cls, type) and not cls.__module__.startswith("alembic."):
            custom.adopt(cls, implementation)
    for name in dir(operations):
        _adopt_directive(name, getattr(operations, name))


def _adopt_directive(name: str, function: Any) -> None:
    """Take over a directive; the real package makes a function of it, which knows its class."""
    cls = getattr(function, "__globals__", {}).get("op_cls")
    if isinstance(cls, type) and not cls.__module__.startswith("alembic."):
        words = [word for word in function.__code__.co_names if hasattr(cls, word)]
        source = words[0] if words else name
        custom.adopt_directive(name, getattr(cls, source, None))


def own_comparisons(options: Mapping[str, Any]) -> bool:
    """Whether others compare or render too; what they told the real package is taken over.

    To be called while ``alembic`` means our modules.
    """
    named = bool(options.get("autogenerate_plugins"))
    theirs = [_registry(getattr(_theirs.get(module), name, None)) for module, name in _PLACES]
    if not any(map(_foreign, theirs)) and _AUTOGENERATE not in sys.modules:
        return named
    comparators, *renderers = _ours()
    _take_comparators(_foreign(theirs[0]), comparators._registry)
    for their, our in zip(theirs[1:], renderers, strict=True):
        _take_renderers(_foreign(their), our)
    return named or any(_foreign(_registry(one)) for one in (comparators, *renderers))


def alone() -> dict[str, Any]:
    """Return the options of a comparison in which nobody else has a say."""
    return {"autogenerate_plugins": ["alembic.autogenerate.*"], "others_compare": False}


@contextmanager
def without_renderers() -> Iterator[None]:
    """Let nobody else render in the block what we can render."""
    kept = [(one._registry, dict(one._registry), one._replaced) for one in _ours()[1:]]
    for registry, _, replaced in kept:
        registry.update(replaced)
    try:
        yield
    finally:
        for registry, before, _ in kept:
            registry.update(before)


_AUTOGENERATE = "flask_schemamigrate.compat.alembic.autogenerate"
#: Where functions are registered: module of the real package, name of the registry in it.
_PLACES = (
    ("alembic.autogenerate.compare", "comparators"),
    ("alembic.autogenerate.render", "renderers"),
    ("alembic.autogenerate.render", "_constraint_renderers"),
)


def _ours() -> list[Any]:
    from .alembic.autogenerate import compare
    from .alembic.autogenerate import render

    return [compare.comparators, render.renderers, render._constraint_renderers]


def _registry(dispatcher: Any) -> dict[Any, Any]:
    found: dict[Any, Any] = getattr(dispatcher, "_registry", {})
    return found


def _foreign(registry: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return what is neither Alembic's nor ours in a registry."""
    found: dict[Any, Any] = {}
    for key, value in registry.items():
        if isinstance(value, list):
            functions = [one for one in map(_pair, value) if _is_foreign(one[0])]
            found.update({key: functions} if functions else {})
        elif _is_foreign(value):
            found[key] = value
    return found


def _pair(one: Any) -> tuple[Any, Any]:
    """Return a comparator with its group, which older versions do not have."""
    return one if isinstance(one, tuple) else (one, None)


def _is_foreign(function: Any) -> bool:
    return not getattr(function, "__module__", "").startswith(_OURS)


def _take_comparators(theirs: Mapping[Any, Any], ours: dict[Any, Any]) -> None:
    from .alembic.util import DispatchPriority

    for (target, qualifier, *priority), functions in theirs.items():
        value = int(priority[0]) if priority else DispatchPriority.MEDIUM
        mine = ours[target, qualifier, DispatchPriority(value)]
        mine.extend(one for one in functions if one not in mine)


def _take_renderers(theirs: Mapping[Any, Any], ours: Any) -> None:
    from .alembic.operations import ops

    for (cls, qualifier), function in theirs.items():
        if cls.__module__.startswith("alembic."):
            cls = getattr(ops, cls.__name__, cls)
        if ours._registry.get((cls, qualifier)) is not function:
            ours.dispatch_for(cls, qualifier=qualifier, replace=True)(function)
