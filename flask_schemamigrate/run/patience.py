"""How long a migration waits for tables, and what it does and says meanwhile.

A statement that waits for a lock keeps off everybody who comes after it, readers too.  So it waits
for a short time, gives way, and comes again.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field
from types import ModuleType
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.pool import QueuePool

from ..dialects.hearing import hearing
from ..dialects.spare import NAME
from ..dialects.spare import spare
from ..dialects.waits import Limits
from ..dialects.waits import told
from ..errors import InvalidSetting
from ..errors import LockTimeout
from ..errors import SchemaMigrateError
from ..options import seconds
from ..settings import Settings
from .session import Session
from .statements import Kind
from .statements import kind

#: Seconds after which it is said who is in the way.
SOON = 2.0
#: The longest pause between two attempts, in seconds.
LONGEST = 10.0
#: The settings that a script can have for itself, under the same names.
OWN = ("table_lock_timeout", "statement_timeout")


class TableBusy(LockTimeout):
    """A revision waited for a table in vain; ``again`` tells that it may be tried once more."""

    again = False


@dataclass(slots=True)
class Patience:
    """What a revision has of it, and then the next one.

    ``attempts`` counts what was tried in vain.
    """

    session: Session
    say: Callable[[str], None]
    limits: Limits = Limits()
    attempts: int = 0
    seen: str = ""
    _said: str = ""
    _began: float | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    def anew(self) -> None:
        """Begin with another revision."""
        self.attempts, self.seen, self._said = 0, "", ""

    def limit(self, module: ModuleType) -> None:
        """Set the limits of a revision's script.  Raises InvalidSetting."""
        self.limits = limits_of(module, self.session.settings)
        # Who has begun a transaction that is joined would have to begin it again.
        if self.session.dialect.queues and not self.session.joined:
            self.session.dialect.limit(self.limits)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Look what statements do while the block, a run, lasts; then set no limits any more."""
        connection, engine = self.session.connection, self.session.connection.engine
        if not self.session.dialect.queues:
            yield
            return
        # Others would give the script's own connection to the thread.
        can_look = isinstance(engine.pool, (QueuePool, NullPool))
        thread = threading.Thread(target=self._look_out, daemon=True, name=NAME)
        hooks: list[tuple[Any, str, Callable[..., Any]]] = [
            (connection, "before_cursor_execute", self._begins),
            (connection, "after_cursor_execute", self._ends),
        ]
        if self.session.dialect.repeats_alone and not self.session.joined:
            hooks += [
                (engine, "do_execute", self._sent),
                (engine, "do_execute_no_params", self._sent),
            ]
        self._ended.clear()
        if can_look:
            thread.start()
        try:
            with hearing(hooks):
                yield
        finally:
            self._ended.set()
            if can_look:
                thread.join()
            with suppress(SQLAlchemyError):  # The connection itself may be lost.
                self.session.rollback()
                self.session.dialect.unlimit()

    def again(self, what: str) -> bool:
        """Make a pause, and return true; false where it has been tried often enough."""
        self._began = None
        if self.attempts >= self.limits.retries:
            return False
        self.attempts += 1
        waited = self.limits.lock or 1.0
        pause = min(LONGEST, waited * 2.0 ** (self.attempts - 2)) * random.uniform(0.75, 1.25)
        why = f", {self.seen}" if self.seen else ""
        self.say(
            f"No lock within {waited:g} s{why}.  {what} comes again in {pause:.1f} s "
            f"({self.attempts} of {self.limits.retries})."
        )
        time.sleep(pause)
        return True

    def refused(self, failure: SchemaMigrateError) -> TableBusy:
        """Return the error for a revision that waited in vain, of the one for its failure."""
        message = failure.message
        if self.seen:
            message += f"\n  {self.seen}"
        times = f" and tried {self.attempts + 1} times" if self.attempts else ""
        limit = f"{self.limits.lock:g} s each time" if self.limits.lock else "as the server says"
        refused = TableBusy(
            f"{message}\nIt waited {limit}{times}.",
            hint="Let the other session end its transaction, or end it, then run the command "
            "again.\nTo wait longer: SCHEMAMIGRATE_TABLE_LOCK_TIMEOUT and "
            "SCHEMAMIGRATE_TABLE_LOCK_RETRIES, or table_lock_timeout in the script.",
        )
        refused.again = not self.session.joined
        return refused

    # --- statements --------------------------------------------------------------------------

    def _begins(self, *_: Any) -> None:
        self._began = time.monotonic()

    def _ends(self, *_: Any) -> None:
        self._began = None

    def _sent(self, cursor: Any, statement: str, *rest: Any) -> bool:
        """Send a statement, again and again where it waits in vain and commits by itself."""
        context = rest[-1]
        if context.root_connection is not self.session.connection:
            return False
        if kind(statement) is not Kind.DDL:
            return False
        parameters = rest[:-1]
        while True:
            try:
                cursor.execute(statement, *parameters)
                return True
            except Exception as error:
                busy = self.session.dialect.is_busy(error)
                if not busy or not self.again(" ".join(statement.split())[:60]):
                    raise
            self._begins()

    def _look_out(self) -> None:
        """See who is in the way of a statement that takes long, and say it once."""
        after, looked = SOON, None
        while not self._ended.wait(min(0.25, after / 4)):
            lock, began = self.limits.lock, self._began
            after = SOON if lock is None else min(SOON, lock * 0.6)
            if began is None or began == looked or time.monotonic() - began < after:
                continue
            looked = began
            with suppress(SQLAlchemyError):
                self._look(began)

    def _look(self, began: float) -> None:
        number = self.session.dialect.session_number
        if number is None:
            return
        with spare(self.session.connection.engine) as connection:
            seen = told(self.session.dialect.blockers(connection, number))
        if not seen or self._began != began:
            return
        self.seen = seen
        if seen != self._said:
            self._said = seen
            self.say(f"Waiting for a lock: {seen}")


def limits_of(module: ModuleType, settings: Settings) -> Limits:
    """Return the limits for a script: its own, else those of the settings.  InvalidSetting."""
    found = {}
    for name in OWN:
        try:
            found[name] = seconds(getattr(module, name, getattr(settings, name)))
        except (TypeError, ValueError) as error:
            raise InvalidSetting(
                f"{name} is {getattr(module, name)!r} in {module.__name__}: {error}.",
                hint=f"Write it as a number or a text with a unit: {name} = '30s'",
            ) from error
    return Limits(found[OWN[0]], found[OWN[1]], settings.table_lock_retries)
