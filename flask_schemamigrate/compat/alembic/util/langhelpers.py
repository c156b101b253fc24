"""Sequences, truth values and dispatch tables."""

from __future__ import annotations

import collections
import enum
import uuid
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from sqlalchemy.util import immutabledict as immutabledict
from sqlalchemy.util import memoized_property as memoized_property
from sqlalchemy.util import to_list as _to_list
from sqlalchemy.util import unique_list as unique_list


def rev_id() -> str:
    """Return twelve random hexadecimal digits."""
    return uuid.uuid4().hex[-12:]


def to_list(value: Any, default: Any = None) -> Any:
    """Return a list of what may be one thing, a string or several things."""
    return default if value is None else _to_list(value)


def to_tuple(value: Any, default: Any = None) -> Any:
    """Return a tuple of what may be one thing, a string or several things."""
    if value is None:
        return default
    if isinstance(value, str) or not isinstance(value, Iterable):
        return (value,)
    return tuple(value)


def dedupe_tuple(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return the values, each once, in their order."""
    return tuple(unique_list(values))


def not_none(value: Any) -> Any:
    """Return a value that cannot be None."""
    assert value is not None
    return value


def asbool(value: Any) -> bool:
    """Return the truth of a setting as it stands in a file."""
    return value is not None and str(value).lower() == "true"


def peer_name(target: Any) -> str:
    """Return how messages name a target: our classes go by the names that people import."""
    return repr(target).replace("flask_schemamigrate.compat.", "")


class Dispatcher:
    """Finds the function for a key, or for the class of an object, by dialect."""

    def __init__(self) -> None:
        self._registry: dict[tuple[Any, str], Any] = {}
        self._replaced: dict[tuple[Any, str], Any] = {}

    def dispatch_for(
        self, target: Any, *, qualifier: str = "default", replace: bool = False
    ) -> Callable[[Any], Any]:
        """Decorate a function so that it is found.  Raises ValueError where there is one."""

        def register(function: Any) -> Any:
            if (target, qualifier) in self._registry and not replace:
                raise ValueError(
                    f"Can not set dispatch function for object {peer_name(target)}: key already "
                    "exists. To replace existing function, use replace=True."
                )
            if (target, qualifier) in self._registry:
                self._replaced.setdefault((target, qualifier), self._registry[target, qualifier])
            self._registry[target, qualifier] = function
            return function

        return register

    def dispatch(self, obj: Any, qualifier: str = "default") -> Any:
        """Return the function for an object, its class or a key.  Raises ValueError."""
        if isinstance(obj, str):
            targets: Iterable[Any] = [obj]
        else:
            targets = (obj if isinstance(obj, type) else type(obj)).__mro__
        for target in targets:
            for word in dict.fromkeys((qualifier, "default")):
                if (target, word) in self._registry:
                    return self._registry[target, word]
        raise ValueError(f"no dispatch function for object: {obj}")

    def branch(self) -> Dispatcher:
        """Return a copy that can be filled by itself."""
        found = Dispatcher()
        found._registry.update(self._registry)
        return found


class DispatchPriority(enum.IntEnum):
    """In which order functions of one key run."""

    FIRST = 50
    MEDIUM = 25
    LAST = 10


class PriorityDispatchResult(enum.Enum):
    """Whether the functions after this one, of the same subgroup, run too."""

    CONTINUE = enum.auto()
    STOP = enum.auto()


class PriorityDispatcher:
    """Runs all functions of a key, in the order of their priority."""

    def __init__(self) -> None:
        self._registry: dict[tuple[Any, ...], Any] = collections.defaultdict(list)

    def dispatch_for(
        self,
        target: Any,
        *,
        priority: DispatchPriority = DispatchPriority.MEDIUM,
        qualifier: str = "default",
        subgroup: str | None = None,
    ) -> Callable[[Any], Any]:
        """Decorate a function so that it runs for ``target``.

        Within a ``subgroup`` the first that returns ``STOP`` is the last to run.
        """

        def register(function: Any) -> Any:
            self._registry[target, qualifier, priority].append((function, subgroup))
            return function

        return register

    def dispatch(self, target: Any, *, qualifier: str = "default") -> Callable[..., Any]:
        """Return a function that runs all that are registered; none at all is right too."""
        found: list[tuple[Any, str | None]] = []
        for priority in sorted(DispatchPriority, reverse=True):
            for word in dict.fromkeys((qualifier, "default")):
                found.extend(self._registry.get((target, word, priority), ()))

        def run(*args: Any, **kw: Any) -> Any:
            stopped: set[str | None] = set()
            result = PriorityDispatchResult.CONTINUE
            for function, subgroup in found:
                if subgroup in stopped:
                    continue
                result = function(*args, **kw)
                if result is PriorityDispatchResult.STOP:
                    stopped.add(subgroup)
            return result

        return run

    def branch(self) -> PriorityDispatcher:
        """Return a copy that can be filled by itself."""
        found = PriorityDispatcher()
        found.populate_with(self)
        return found

    def populate_with(self, other: PriorityDispatcher) -> None:
        """Take over all that another one has."""
        for key, functions in other._registry.items():
            self._registry[key].extend(functions)
