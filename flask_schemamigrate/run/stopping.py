"""What is done when a run is interrupted, and about one that was and whose statement still runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from ..dialects.spare import spare
from ..errors import Interrupted
from ..history.graph import Direction
from ..history.graph import Move
from . import journal
from .journal import Unfinished
from .live import Live
from .session import Session

#: Seconds between two looks.
PAUSE = 0.2


def interrupted(stop: BaseException, session: Session, move: Move, executor: Live) -> Interrupted:
    """Stop what the server still does for a run, and return the error for it."""
    number = session.dialect.session_number
    # A driver that is interrupted leaves its connection: the server may not have noticed.
    if session.connection.invalidated and number is not None:
        with suppress(SQLAlchemyError), spare(session.connection.engine) as connection:
            session.dialect.stop(connection, number)
    with suppress(SQLAlchemyError):
        session.rollback()
    verb = "upgrading to" if move.direction is Direction.UP else "downgrading from"
    word = "upgrade" if move.direction is Direction.UP else "downgrade"
    is_whole = session.dialect.transactional_ddl and not executor.ended
    left = "nothing of it was kept" if is_whole else "what had run stays"
    error = Interrupted(
        f"Interrupted while {verb} {move.revision.id} "
        f"({move.revision.message or 'no message'}): {left}.",
        hint=f"To go on: flask db {word}",
    )
    error.exit_status = getattr(stop, "exit_status", error.exit_status)
    return error


def wait_for_statement(
    session: Session, unfinished: Unfinished, say: Callable[[str], None]
) -> None:
    """Wait while the server still runs the last statement of a run that was killed.

    In no transaction: the statement could wait for its end.
    """
    edge = unfinished.entries[-1] if unfinished.entries else None
    if edge is None or edge.state != journal.STARTED:
        return
    told = False
    while True:
        with session.reading():
            number = session.dialect.still_running(edge.statement)
        if number is None:
            return
        if not told:
            told = True
            say(f"The interrupted statement still runs in session {number}.  Waiting for it …")
        time.sleep(PAUSE)
