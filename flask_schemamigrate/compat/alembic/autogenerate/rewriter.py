"""``alembic.autogenerate.rewriter``: functions that change single operations of new scripts."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from .. import util
from ..operations import ops


class Rewriter:
    """A ``process_revision_directives`` made of functions for classes of operations.

    Each gets ``(context, revision, op)`` and returns what takes the operation's place: itself,
    another, a list, or an empty one.
    """

    _chained: tuple[Any, ...] = ()

    def __init__(self) -> None:
        self.dispatch = util.Dispatcher()

    def chain(self, other: Any) -> Rewriter:
        """Return a rewriter that also runs another one, or a hook, after this one."""
        found = type(self)()
        found.__dict__.update(self.__dict__)
        found._chained = (*self._chained, other)
        return found

    def rewrites(self, operator: Any) -> Callable[[Any], Any]:
        """Decorate a function for a class of operations, or for several."""

        def decorate(function: Any) -> Any:
            for one in util.to_list(operator):
                self.dispatch.dispatch_for(one)(function)
            return function

        return decorate

    def _rewrite(self, context: Any, revision: Any, op: Any) -> Iterator[Any]:
        try:
            function = self.dispatch.dispatch(op)
        except ValueError:
            yield op
            return
        if self in op._mutations:
            yield op
            return
        for found in util.to_list(function(context, revision, op), []):
            # Each operation is rewritten once by each rewriter.
            found._mutations = found._mutations | {self}
            yield found

    def __call__(self, context: Any, revision: Any, directives: list[Any]) -> None:
        self.process_revision_directives(context, revision, directives)
        for other in self._chained:
            other(context, revision, directives)

    def process_revision_directives(
        self, context: Any, revision: Any, directives: list[Any]
    ) -> None:
        """Rewrite scripts in place."""
        directives[:] = [self._script(context, revision, script) for script in directives]

    def _script(self, context: Any, revision: Any, script: Any) -> Any:
        if not isinstance(script, ops.MigrationScript):
            return self._container(context, revision, script)[0]
        script = one(list(self._rewrite(context, revision, script)), "directives")
        for name in ("upgrade_ops", "downgrade_ops"):
            bodies = getattr(script, f"{name}_list")
            rewritten = []
            for body in bodies:
                found = self._container(context, revision, body)
                rewritten.append(one(found, name))
            setattr(script, name, rewritten)
        return script

    def _container(self, context: Any, revision: Any, container: Any) -> list[Any]:
        """Return a container rewritten, with all that is in it."""
        found = []
        for one in self._rewrite(context, revision, container):
            if isinstance(one, ops.OpContainer):
                one.ops[:] = [
                    inner for op in one.ops for inner in self._container(context, revision, op)
                ]
            found.append(one)
        return found


def one(found: list[Any], name: str) -> Any:
    """Return the one object that a rewrite has left.  Raises ValueError."""
    if len(found) != 1:
        raise ValueError(f"Can only return single object for {name} traverse")
    return found[0]
