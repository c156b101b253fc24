"""Watching what a revision sends to the database, so that it can be resumed.

Everything goes over one connection: directives, ``op.get_bind().execute(…)``, ORM sessions, table
events.  A listener on it sees each statement before it runs, and writes into the journal what is
about to be committed, in the same transaction wherever there is one.  While an interrupted script
runs again, the same listener keeps back what has run already.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from ..dialects.direct import Statement
from ..errors import InvalidOperation
from ..operations.base import Operation
from ..operations.data import Backfill
from ..operations.data import BulkInsert
from ..operations.data import Execute
from . import answers
from . import journal
from .answers import Answer
from .asked import Asked
from .ears import Ears
from .ears import Hooks
from .ears import SENDING
from .journal import Entry
from .journal import fingerprint
from .journal import Unfinished
from .replay import CannotReplay
from .replay import Diverged
from .replay import Replay
from .replay import Verdict
from .session import Session
from .source import Source
from .statements import is_rollback
from .statements import Kind
from .statements import kind

T = TypeVar("T")

_COMMIT = "COMMIT"
#: As many statements of a revision have their fingerprints in the log.
_MOST_HASHES = 1000


@dataclass(slots=True)
class Watch:
    """One revision's statements.

    ``unfinished`` names the revision and holds what an earlier run has done of it.
    ``place`` is the position of the next entry, ``doubt`` that of the statement in flight, ``ran``
    that of one that ran and is still called ``started``.  ``is_nothing``: refused, the first.
    ``statements`` are the beginnings of fingerprints, for the log.
    """

    session: Session
    ears: Ears
    source: Source
    unfinished: Unfinished
    replay: Replay = field(default_factory=Replay)
    autocommit: bool = False
    place: int = 0
    written: bool = False
    resumed: int = 0
    rolled_back: bool = False
    is_undone: bool = False
    is_nothing: bool = False
    doubt: int | None = None
    ran: int | None = None
    statements: list[str] = field(default_factory=list)
    statement_count: int = 0
    _is_dirty: bool = False
    _pending: list[Entry] = field(default_factory=list)
    _unit: tuple[Operation, str] | None = None
    _index: int = 0
    _skip: int = 0
    _rows: int | None = None
    _raw: Entry | None = None
    _own: bool = False
    _reached: str | None = None
    _asked: Asked = field(init=False)

    def __post_init__(self) -> None:
        self._asked = Asked(self._pending, self.replay)

    # --- around a script -----------------------------------------------------------------------

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Watch the connection for as long as the block runs."""
        hooks: Hooks = {
            "before_cursor_execute": self._before,
            "after_cursor_execute": self._after,
            "commit": self._commit,
            "rollback": self._rolled_back,
        }
        if not self.replay.is_over:
            hooks.update(dict.fromkeys(SENDING, self._instead))
        with self.ears.telling(hooks):
            yield

    def enter(self, operation: Operation) -> bool:
        """Begin a directive; false where it has run already."""
        if isinstance(operation, (Execute, BulkInsert)):
            return True  # Its statements speak for themselves.
        # Objects that have no text of their own show where they lie in memory.
        unit = fingerprint(re.sub(r" at 0x[0-9a-f]+", "", repr(operation)))
        self._unit, self._index, self._skip = (operation, unit), 0, 0
        if self.replay.is_over:
            return True
        match self.replay.meet(unit, operation.describe()):
            case Verdict.SKIP:
                self._unit, self._is_dirty = None, True
                return False
            case Verdict.LAST if self._goes_on(operation):
                pass
            case Verdict.LAST:
                self._skip = self._settled(operation)
            case Verdict.RUN:
                self._go_on(self.replay.kept)
        return True

    def _goes_on(self, operation: Operation) -> bool:
        """Whether a backfill was interrupted, which goes on behind its last batch."""
        edge = self.replay.last[-1]
        if not isinstance(operation, Backfill) or edge.state == journal.DONE:
            return False
        self._reached = edge.answer
        self._go_on(self.replay.positions + 1)
        return True

    def begin_batches(self, sql: str) -> tuple[int, str] | None:
        """Write down that a backfill begins; return its position, and the checkpoint where it was.

        None where it had come to its end.
        """
        if self._skip or self._unit is None:
            return None
        if self._reached is None:
            self._keep(Entry(self._unit[1], 0, sql, journal.STARTED))
        found = self.place - 1, self._reached or ""
        self._reached, self.doubt, self.ran, self._is_dirty = None, found[0], None, False
        self.mine(lambda: self.session.journal.mark(self.unfinished, found[0], journal.STARTED))
        return found

    def leave(self) -> None:
        """End a directive."""
        self._unit = None

    def end(self) -> tuple[Statement, ...]:
        """End the script: what it has written down is no longer needed.

        What is returned has to run in the open transaction.  Raises InvalidOperation where the
        script has rolled back what it had changed.
        """
        if self.is_undone:
            raise InvalidOperation(
                "The script has rolled back its transaction, and what it had changed is gone.",
                hint="Let it undo a part by a savepoint: with op.get_bind().begin_nested(): …\n",
            )
        self.replay.end()
        if self.written or self.replay.units:
            return self.mine(self.session.journal.forget)
        return ()

    def failed(self, error: Exception | None) -> None:
        """Write down what became of the statement in flight, outside any transaction.

        Where the connection is lost, or the user interrupted it, that stays open.
        """
        refused = isinstance(error, DBAPIError) and not error.connection_invalidated
        if self.doubt is not None:
            position, state = self.doubt, journal.FAILED
        elif self.ran is not None:
            position, state = self.ran, journal.DONE
        if (self.doubt is None and self.ran is None) or (self.doubt is not None and not refused):
            return
        self.session.rollback()
        self.mine(lambda: self._settle(position, state))
        self.session.commit()

    def _settle(self, position: int, state: str) -> None:
        self.session.journal.mark(self.unfinished, position, state)
        # Rows that were written first were committed with it; and what needs no transaction
        # elsewhere, such as CREATE INDEX CONCURRENTLY, leaves a part.
        if self.statement_count == 1 and not self.session.dialect.transactional_ddl:
            self.is_nothing = self.session.journal.forget_nothing()

    # --- what the connection tells ---------------------------------------------------------------

    def _before(
        self, conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if self._own:
            return
        self._asked.refused()
        self.let_go()
        what = kind(statement)
        if what not in (Kind.READ, Kind.COMMIT):
            self.statement_count += 1
            if len(self.statements) < _MOST_HASHES:
                self.statements.append(fingerprint(statement)[:16])
        if what in (Kind.READ, Kind.WRITE) and self._is_answered(statement, parameters):
            return
        if what is Kind.READ:
            if is_rollback(statement):
                self._rolled_back(conn)
            return
        if not self.autocommit:
            self.mine(self.session.dialect.ensure_begun)
        self._is_dirty = what is not Kind.COMMIT
        if self._is_kept_back(what, statement, context, many):
            return
        self._record(what, statement)

    def _is_answered(self, statement: str, parameters: Any) -> bool:
        """Where DDL is transactional, scripts are hardly ever resumed, and nothing is kept."""
        if self._unit is not None or self.session.dialect.transactional_ddl:
            return False
        return self._asked.is_answered(statement, parameters)

    def _record(self, what: Kind, statement: str) -> None:
        unit = self._unit[1] if self._unit else fingerprint(statement)
        entry = Entry(unit, self._index if self._unit else 0, statement)
        self._index += 1
        if what is Kind.COMMIT:
            self._keep(Entry(fingerprint(_COMMIT), 0, _COMMIT))
        elif self.autocommit and (
            what is Kind.WRITE or self.session.dialect.fits_transaction(statement)
        ):
            # What it does and its entry are committed together.
            self._raw = entry
            self.mine(lambda: self._send("BEGIN"))
            if what is Kind.DDL:
                self.mine(self.session.dialect.begin)
        elif what is Kind.DDL and (self.autocommit or not self.session.dialect.transactional_ddl):
            self._doubtful(entry)
        elif what is Kind.DDL:
            self._pending.append(entry)

    def _doubtful(self, entry: Entry) -> None:
        """Write down that a statement begins which commits by itself."""
        if self.autocommit:
            self.mine(lambda: self.session.dialect.tidy(entry.statement))
        names = self._unit[0].touches() if self._unit else ()
        state = self.mine(lambda: self.session.dialect.state(names))
        self._keep(replace(entry, state=journal.STARTED, before=state))
        self.doubt, self.ran, self._is_dirty = self.place - 1, None, False

    def _keep(self, entry: Entry) -> None:
        self._pending.append(entry)
        self.mine(self._write)

    def _write(self) -> None:
        # Where DDL cannot be undone it was made before the first revision, and stays.
        if not self.written and self.session.dialect.transactional_ddl:
            self.session.journal.create()
        self.session.journal.write(self.unfinished, self.place, self._pending)
        self.place += len(self._pending)
        self.written = True
        self._pending.clear()

    def _after(
        self, conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if self._own:
            return
        self._asked.heard(cursor, context, many)
        if self._raw is not None:
            raw, self._raw = self._raw, None
            self._pending.append(replace(raw, rows=int(cursor.rowcount)))
            self.mine(self._commit_rows)
        if self.doubt is not None:
            self.ran, self.doubt = self.doubt, None
            if self.autocommit:
                self.mine(self._mark_done)

    def _commit_rows(self) -> None:
        self._write()
        self._send("COMMIT")

    def let_go(self) -> None:
        """End the transaction around a statement that was refused, which a script passed over."""
        if self._raw is not None:
            self._raw, self._is_dirty = None, False
            self.mine(lambda: self._send("ROLLBACK"))

    def _mark_done(self) -> None:
        assert self.ran is not None
        self.session.journal.mark(self.unfinished, self.ran, journal.DONE)
        self.ran = None

    def _commit(self, conn: Any) -> None:
        """See a commit of the script's own, before it happens."""
        if self._own or self.autocommit or not self._is_dirty:
            return
        self._asked.refused()
        self._is_dirty = False
        if self.replay.is_over or not self._met(fingerprint(_COMMIT), _COMMIT):
            self._keep(Entry(fingerprint(_COMMIT), 0, _COMMIT))

    def _rolled_back(self, conn: Any) -> None:
        """See a rollback of the script's own: what it did is gone, though it may go on."""
        if not self._own:
            self.rolled_back = True
            self.is_undone |= self._is_dirty and self.session.dialect.transactional_ddl

    def _send(self, sql: str) -> None:
        self.session.connection.exec_driver_sql(sql)

    def mine(self, call: Callable[[], T]) -> T:
        """Call something whose statements are not the script's; return what it returns."""
        self._own, before = True, self._own
        try:
            return call()
        finally:
            self._own = before

    # --- while a script runs again ---------------------------------------------------------------

    def _is_kept_back(self, what: Kind, statement: str, context: Any, many: bool) -> bool:
        """Whether a statement must not run, because it has run."""
        if self._unit is not None and self._index < self._skip:
            self._compare(statement)
            self._index += 1
            self._rows = 0
            return True
        if self.replay.is_over:
            return False
        if what is Kind.TEMPORARY:
            raise CannotReplay(f"it makes a temporary table that is gone: {statement}")
        if what is Kind.WRITE and not self.autocommit:
            # An ORM counts the rows that it changes, one for each set of parameters.
            self._pass_over(statement, context, len(context.parameters) if many else 1)
            return True
        if self._met(fingerprint(statement), statement):
            self._pass_over(statement, context, self.replay.units[self.replay.place - 1][-1].rows)
            return True
        return False

    def _pass_over(self, statement: str, context: Any, rows: int) -> None:
        if getattr(getattr(context, "compiled", None), "effective_returning", None):
            raise CannotReplay(f"it needs what this returned the first time: {statement}")
        self._rows = rows

    def _met(self, unit: str, statement: str) -> bool:
        """Whether a unit of one statement has run."""
        match self.replay.meet(unit, statement):
            case Verdict.SKIP:
                return True
            case Verdict.LAST:
                return self._settled(None) > 0
            case Verdict.RUN:
                self._go_on(self.replay.kept)
        return False

    def _settled(self, operation: Operation | None) -> int:
        """Return how many statements of the last unit have run, and go on from there."""
        unit = self.replay.last
        edge = unit[-1]
        done = edge.index + (edge.state == journal.DONE)
        if edge.state == journal.STARTED:
            dialect = self.session.dialect
            self.mine(lambda: dialect.tidy(edge.statement))
            names = operation.touches() if operation else ()
            done += self.mine(lambda: dialect.state(names)) != edge.before
        self._go_on(self.replay.positions + done)
        return done

    def _go_on(self, position: int) -> None:
        """Let everything run from here on; entries from ``position`` on are written anew."""
        self.replay.is_over = True
        self.place, self.resumed, self.written = position, position, True
        self.mine(lambda: self.session.journal.cut(self.unfinished, position))

    def _compare(self, statement: str) -> None:
        if statement != self.replay.last[self._index].statement:
            raise Diverged(statement)

    def _instead(self, cursor: Any, *rest: Any) -> bool:
        """Stand in for a statement that is kept back."""
        context = rest[-1]
        if context.root_connection is not self.session.connection:
            return False
        if self._asked.answer is None and self._rows is None:
            return False
        answer = self._asked.answer or Answer(rowcount=self._rows or 0)
        self._asked.answer = self._rows = None
        answers.give(answer, cursor, context)
        return True
