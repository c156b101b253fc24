"""A script that waits for itself: two connections of its process, and a lock that one of them has.

The thread that would end one transaction waits for the other to end, and neither will.  While a
script runs, a thread beside it looks at statements that take long, asks the server whom they wait
for, and has those cancelled that wait for a connection of the same script.
"""

from __future__ import annotations

import gc
import re
import threading
import time
import weakref
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextlib import nullcontext
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from ..errors import InvalidOperation
from ..errors import WaitsForItself
from .hearing import hearing
from .spare import NAME
from .spare import spare

#: Seconds after which somebody looks at a statement; then the pauses grow up to the second number.
PAUSE, LONGEST = 1.0, 30.0
_WORDS = re.compile(r"\w+")
_HINT = (
    "Do the work on the migration's own connection: op.get_bind(), Session(bind=op.get_bind())\n"
    "or end the other transaction first: db.session.commit(), db.session.remove()"
)

#: For the connection of each migration what is known of others: found before its first script, and
#: heard of since, by their ids.
_KNOWN: weakref.WeakKeyDictionary[Connection, dict[int, weakref.ref[Connection]]]
_KNOWN = weakref.WeakKeyDictionary()
#: An option of engines that one run works on in turn: what was found for the first of them.
KNOWN = "schemamigrate_known"
#: For the connections of migrations that are under way, who watches their scripts.
_WATCHES: weakref.WeakKeyDictionary[Connection, _Watch]
_WATCHES = weakref.WeakKeyDictionary()

#: (cursor of a connection of its own, number of the one that waits, its words, those of others)
#: -> number of the one that it waits for, or None
Asking = Callable[[Any, int, frozenset[str], Mapping[int, frozenset[str]]], "int | None"]


@dataclass(frozen=True, slots=True)
class Server:
    """What a database system must answer.

    ``number`` is the server's number of a driver connection (None: the driver does not tell),
    ``ask`` whom one waits for, ``cancel`` the statement that ends what one is doing; ``committing``
    are the first words of statements that end the transaction by themselves.
    """

    number: Callable[[Any], int | None]
    ask: Asking
    cancel: str
    committing: tuple[str, ...] = ()


@dataclass(slots=True)
class _Running:
    """The statement that the script's thread waits for."""

    number: int
    words: frozenset[str]
    own: bool
    since: float = field(default_factory=time.monotonic)


@contextmanager
def attended(connection: Connection, server: Server) -> Iterator[_Watch]:
    """Be ready to watch scripts within the block, whose migrations work on ``connection``."""
    watch = _WATCHES[connection] = _Watch(connection, server)
    try:
        with watch.listening():
            yield watch
    finally:
        del _WATCHES[connection]


@contextmanager
def watched(connection: Connection, server: Server) -> Iterator[None]:
    """Watch the script in the block, whose migration works on ``connection``.

    Raises WaitsForItself.
    """
    ready = _WATCHES.get(connection)
    with attended(connection, server) if ready is None else nullcontext(ready) as watch:
        watch.found = None
        try:
            yield
        except DBAPIError as error:
            if watch.found is None:
                raise
            told = WaitsForItself(watch.found, hint=_HINT)
            raise told.with_traceback(error.__traceback__) from error


def _known(connection: Connection) -> dict[int, weakref.ref[Connection]]:
    """Return what is known of other connections; it grows.

    Who holds all objects, even for a moment, makes the interpreter fail in other threads that are
    just building a tuple: ``SystemError``, https://github.com/python/cpython/issues/39117.  So they
    are looked through once, before the first script, in its own thread, and never beside it.  It
    takes long, too: a run that has many engines gives them an option :data:`KNOWN`, a dict.
    """
    if connection in _KNOWN:
        return _KNOWN[connection]
    shared = connection.get_execution_options().get(KNOWN)
    known: dict[int, weakref.ref[Connection]] = {} if shared is None else shared
    if not known:
        # Not isinstance(): a proxy would say that it is what it stands for, or fail to.
        kinds: list[type] = [Connection]
        for kind in kinds:
            kinds += kind.__subclasses__()
        found = (one for one in gc.get_objects() if type(one) in kinds)
        known.update((id(one), weakref.ref(one)) for one in found)
    _KNOWN[connection] = known
    return known


class _Watch:
    """The listeners of scripts, one after the other, and the thread beside them."""

    def __init__(self, connection: Connection, server: Server) -> None:
        self.connection, self.server = connection, server
        self.thread = threading.get_ident()
        self.running: _Running | None = None
        self.found: str | None = None
        self._known = _known(connection)
        self._said: dict[int, frozenset[str]] = {}
        self._end = threading.Event()
        self._beside: threading.Thread | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear of each statement of this thread, on any connection of such a server."""
        hooks = [
            (Engine, "before_cursor_execute", self._before),
            (Engine, "after_cursor_execute", self._after),
            (Engine, "handle_error", self._failed),
            (Engine, "commit", self._ended),
            (Engine, "rollback", self._ended),
        ]
        try:
            with hearing(hooks):
                yield
        finally:
            self._end.set()
            if self._beside is not None:
                self._beside.join()

    def _number(self, conn: Connection) -> int | None:
        if conn.dialect.name != self.connection.dialect.name or conn.invalidated:
            return None
        return self.server.number(conn.connection.dbapi_connection)

    def _before(self, conn: Connection, cursor: Any, sql: str, *rest: Any) -> None:
        if threading.get_ident() != self.thread:
            return
        number = self._number(conn)
        if number is None:
            return
        self._known[id(conn)] = weakref.ref(conn)
        words = frozenset(_WORDS.findall(sql[:2000]))
        self._said[number] = self._said.get(number, frozenset()) | words
        if sql.lstrip().upper().startswith(self.server.committing or "\0"):
            self._said[number] = frozenset()
        self.running = _Running(number, words, conn is self.connection)
        if self._beside is None:
            self._beside = threading.Thread(target=self._look, daemon=True, name=NAME)
            self._beside.start()

    def _after(self, *rest: Any) -> None:
        if threading.get_ident() == self.thread:
            self.running = None

    def _failed(self, context: Any) -> None:
        self._after()

    def _ended(self, conn: Connection) -> None:
        if threading.get_ident() == self.thread:
            self._said.pop(self._number(conn) or 0, None)

    def _others(self, waiting: int) -> dict[int, frozenset[str]]:
        """Return the connections that have a transaction open, and what is known of each."""
        strangers = [one for one in threading.enumerate() if one.name != NAME]
        alone = len(strangers) == 1  # The script's.
        found = {}
        for reference in list(self._known.values()):
            one = reference()
            if one is None or one.closed or not one.in_transaction():
                continue
            number = self._number(one)
            if number is None or number == waiting or one.get_execution_options().get(NAME):
                continue
            if number not in self._said and not alone:
                continue
            if one is not self.connection:
                found[number] = self._said.get(number, frozenset("*"))
        own = self._number(self.connection)
        if own is not None and own != waiting:
            found[own] = self._said.get(own, frozenset())
        return found

    # --- the thread beside -----------------------------------------------------------------------

    def _look(self) -> None:
        pause, looked = PAUSE, None
        while not self._end.wait(pause):
            running = self.running
            if running is not looked:
                pause = PAUSE
            if running is None or time.monotonic() - running.since < PAUSE:
                continue
            with suppress(Exception):  # What cannot be asked is waited for, as ever.
                self._ask(running)
            looked, pause = running, min(2 * pause, LONGEST)

    def _ask(self, running: _Running) -> None:
        others = self._others(running.number)
        if not others:
            return
        with spare(self.connection.engine) as beside:
            cursor = beside.connection.cursor()
            holder = self.server.ask(cursor, running.number, running.words, others)
            if holder is None or self.running is not running:
                return
            other = "another connection of the same process, whose transaction is open,"
            waiting, has = ("The migration's own connection", other)
            if not running.own:
                waiting = "Another connection of the script"
                if holder == self._number(self.connection):
                    has = "the migration's transaction"
            self.found = f"{waiting} waits for a lock that {has} has: neither would ever go on."
            cursor.execute(self.server.cancel.format(running.number))


@contextmanager
def refused(connection: Connection, original: Connection) -> Iterator[None]:
    """Let the script in the block, which is tried on a copy, not reach the database itself.

    Raises InvalidOperation where it connects to what ``original`` is connected to.
    """
    thread, place = threading.get_ident(), _place(original)

    def refuse(conn: Connection, *rest: Any) -> None:
        if threading.get_ident() != thread or conn is connection or _place(conn) != place:
            return
        if not rest:
            conn.close()  # It was opened just now, and nobody will have it.
        raise InvalidOperation(
            "The script uses a connection of its own to the database itself, and cannot be "
            "tried without it.",
            hint="On op.get_bind() it could: Session(bind=op.get_bind())",
        )

    with hearing((Engine, name, refuse) for name in ("engine_connect", "before_execute")):
        yield


def _place(connection: Connection) -> tuple[Any, ...]:
    url = connection.engine.url
    return connection.dialect.name, url.host, url.port, url.database
