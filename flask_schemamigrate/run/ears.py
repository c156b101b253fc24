"""What SQLAlchemy tells of a connection, to one listener after the other."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import TypeAlias

from sqlalchemy.engine import Connection

from ..dialects.hearing import hearing

_EVENTS = ("before_cursor_execute", "after_cursor_execute", "commit", "rollback")
#: Events of the engine: who returns true has done instead of the driver what was to be done.
SENDING = ("do_execute", "do_executemany", "do_execute_no_params")
#: What is called for an event, by its name.
Hooks: TypeAlias = "dict[str, Callable[..., bool | None]]"


@dataclass(slots=True)
class Ears:
    """Hears of a connection, for whoever listens at the moment.

    To register with SQLAlchemy takes longer than a statement does, so it is done once in a run.
    """

    connection: Connection
    _hooks: list[Hooks] = field(default_factory=list)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Hear of the connection, and its engine, for as long as the block runs."""
        places: list[tuple[Any, tuple[str, ...]]]
        places = [(self.connection, _EVENTS), (self.connection.engine, SENDING)]
        with hearing((p, name, self._telling(name)) for p, names in places for name in names):
            yield

    @contextmanager
    def telling(self, hooks: Hooks) -> Iterator[None]:
        """Tell ``hooks`` of what happens in the block."""
        self._hooks.append(hooks)
        try:
            yield
        finally:
            self._hooks.remove(hooks)

    def _telling(self, name: str) -> Callable[..., bool]:
        def tell(*what: Any) -> bool:
            is_done = False
            for hooks in self._hooks:
                if (hook := hooks.get(name)) is not None:
                    is_done = bool(hook(*what)) or is_done
            return is_done

        return tell
