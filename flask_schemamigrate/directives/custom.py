"""Operations of others: classes registered under a name, and what is done for them."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any
from typing import cast
from typing import TypeVar

import sqlalchemy as sa

from ..errors import CompatError
from ..errors import did_you_mean
from ..errors import InvalidOperation
from ..errors import OnlineOnly
from ..operations.constraints import ConstraintType

Registered = TypeVar("Registered", bound=type)
Implementation = TypeVar("Implementation", bound=Callable[..., Any])

#: Scripts and libraries register at import time: these are filled by them alone, never by us.
_directives: dict[str, Callable[..., Any]] = {}
_implementations: dict[type, Callable[..., Any]] = {}


def register_operation(
    name: str, sourcename: str | None = None
) -> Callable[[Registered], Registered]:
    """Decorate a class so that ``op.<name>(…)`` calls its class method ``sourcename``.

    The class method gets the ``op`` module (or the batch operations) first, then the arguments.
    """

    def register(cls: Registered) -> Registered:
        _directives[name] = getattr(cls, sourcename or name)
        return cls

    return register


def implementation_for(
    op_cls: type, replace: bool = False
) -> Callable[[Implementation], Implementation]:
    """Decorate the function ``(operations, operation)`` that carries out ``op_cls``.

    Raises ValueError for a second one unless ``replace`` is true.
    """

    def register(function: Implementation) -> Implementation:
        if op_cls in _implementations and not replace:
            raise ValueError(f"There already is an implementation for {op_cls.__name__}.")
        _implementations[op_cls] = function
        return function

    return register


def adopt(cls: type, implementation: Callable[..., Any]) -> None:
    """Register what carries out a class, unless there is something already."""
    _implementations.setdefault(cls, implementation)


def adopt_directive(name: str, function: Callable[..., Any] | None) -> None:
    """Register a directive, unless there is one already."""
    if function is not None:
        _directives.setdefault(name, function)


class Impl:
    """What Alembic's operations call ``impl``: it has what the context has, and the directives."""

    def __init__(self, context: Any, operations: Any) -> None:
        self.context = context
        self.operations = operations

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the context, else a directive.  Raises AttributeError."""
        return getattr(self.context if hasattr(self.context, name) else self.operations, name)

    def create_index(self, index: sa.Index, **keywords: Any) -> None:
        """Create an index that is given as SQLAlchemy's object, as Alembic's has it."""
        assert index.table is not None
        columns = [e.name if isinstance(e, sa.Column) else e for e in index.expressions]
        given = {**index.dialect_kwargs, **keywords, "unique": bool(index.unique)}
        name, table = index.name, index.table
        self.operations.create_index(name, table.name, columns, schema=table.schema, **given)


def directive(name: str, operations: Any, prefix: str = "") -> Callable[..., Any]:
    """Return the directive ``name`` of ``op`` or, registered with a ``prefix``, of a batch.

    Raises AttributeError where there is none.
    """
    function = _directives.get(prefix + name)
    if function is None:
        registered = (each.removeprefix(prefix) for each in _directives if each.startswith(prefix))
        known = [*registered, *(word for word in dir(operations) if not word.startswith("_"))]
        raise AttributeError(f"There is no operation {name!r}.{did_you_mean(name, known)}")
    return lambda *args, **keywords: function(operations, *args, **keywords)


def invoke(operation: Any, operations: Any) -> Any:
    """Carry out an operation of a registered class with ``operations`` (``op`` or a batch)."""
    for cls in type(operation).__mro__:
        if cls in _implementations:
            return _implementations[cls](operations, operation)
    as_directive = getattr(operation, "as_directive", None)
    if as_directive is not None:  # An object of the peers' kind, which knows its directive.
        name, arguments, keywords = as_directive()
        return getattr(operations, name)(*arguments, **keywords)
    raise CompatError(
        f"Nothing is registered that carries out {type(operation).__name__}.",
        hint="Decorate a function with @op.implementation_for(…) before the script runs.",
    )


def run_async(
    bind: Any, function: Callable[..., Awaitable[Any]], *args: Any, **keywords: Any
) -> Any:
    """Await ``function(AsyncConnection, …)`` on a connection; see ``op.run_async``."""
    from sqlalchemy.engine import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlalchemy.util import await_only

    if not isinstance(bind, Connection):
        raise OnlineOnly("run_async() needs a live connection and cannot be used with --sql.")
    if not bind.dialect.is_async:
        raise InvalidOperation(
            f"run_async() needs an asynchronous driver; this one is {bind.dialect.driver}."
        )
    connection = AsyncConnection(AsyncEngine(bind.engine), sync_connection=bind)
    return await_only(function(connection, *args, **keywords))


def constraint_type(word: str | None) -> ConstraintType | None:
    """Check the ``type_`` argument of ``drop_constraint``.  Raises InvalidOperation."""
    known = ("foreignkey", "primary", "unique", "check", "exclude")
    if word is not None and word not in known:
        raise InvalidOperation(
            f"{word!r} is no type of constraint.{did_you_mean(word, known)}",
            hint=f"type_ can be one of {', '.join(known)}, or left out.",
        )
    return cast("ConstraintType | None", word)
