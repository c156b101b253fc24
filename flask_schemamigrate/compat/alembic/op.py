"""``alembic.op``: the directives of whatever runs.

That is the ``Operations`` object installed by ``Operations.context()``, else the script that our
engine runs (:mod:`flask_schemamigrate.op`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import op as _engine
from ...errors import did_you_mean
from ...run.context import is_active

_proxy: Any


def _install(operations: Any) -> None:
    globals()["_proxy"] = operations


def _remove() -> None:
    globals().pop("_proxy", None)


def _target(name: str) -> Any:
    """Return what carries a directive out now.  Raises NameError where nothing does."""
    if "_proxy" in globals():
        return globals()["_proxy"]
    if is_active():
        return _engine
    raise NameError(
        f"Can't invoke function '{name}', as the proxy object has not yet been established for the "
        "Alembic 'Operations' class.  Try placing this code inside a callable."
    )


def _directive(name: str) -> Callable[..., Any]:
    def call(*args: Any, **kw: Any) -> Any:
        return getattr(_target(name), name)(*args, **kw)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = getattr(vars(_engine).get(name), "__doc__", None)
    return call


def __getattr__(name: str) -> Any:
    """Return a directive, one of ours or a registered one; it looks its target up when called."""
    if name in ("Operations", "register_operation", "implementation_for", "context"):
        from .operations.base import Operations

        return Operations if name == "Operations" else getattr(Operations, name)
    if name.startswith("_"):
        raise AttributeError(name)
    if "_proxy" in globals() or is_active():
        getattr(_target(name), name)  # Its own error names the nearest directive.
    elif name not in vars(_engine) and not _is_registered(name):
        raise AttributeError(f"There is no operation {name!r}.{did_you_mean(name, __dir__())}")
    return _directive(name)


def _is_registered(name: str) -> bool:
    from .operations.base import Operations

    return hasattr(Operations, name)


def __dir__() -> list[str]:
    return sorted(name for name, value in vars(_engine).items() if callable(value))
