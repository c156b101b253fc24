"""What the database answered to a script, kept so that it gets the same answers again.

A script that runs again after an interruption asks again: whether a table is there, which rows a
column has.  By now its own work would answer otherwise, and the script would go another way than
the first time.  So small answers are written into the journal with the rest, and given again.
"""

from __future__ import annotations

import ast
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

#: As many characters of an answer are kept; more is asked for again.
LIMIT = 200_000
_PLAIN = (str, int, float, bytes, type(None))


@dataclass(frozen=True, slots=True)
class Answer:
    """Columns (names and the driver's types), rows, and what the driver says of the last insert.

    ``failed``: the database refused the question (a table that is not there, as a rule).
    """

    columns: tuple[tuple[str, Any], ...] | None = None
    rows: tuple[tuple[Any, ...], ...] = ()
    rowcount: int = -1
    lastrowid: int | None = None
    failed: bool = False

    @property
    def text(self) -> str:
        """The answer as it is stored."""
        fields = (self.columns, self.rows, self.rowcount, self.lastrowid, self.failed)
        return repr(fields)

    @classmethod
    def of_text(cls, text: str) -> Answer:
        """Read an answer back."""
        return cls(*ast.literal_eval(text))


#: A question that the database refused.
REFUSED = Answer(failed=True)


def taken(cursor: Any, context: Any) -> Answer | None:
    """Take the answer from a cursor and put it back; None where it cannot be kept."""
    lastrowid = getattr(cursor, "lastrowid", None)
    if cursor.description is None:
        return Answer(rowcount=cursor.rowcount, lastrowid=lastrowid)
    rows = tuple(map(tuple, cursor.fetchall()))
    context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(cursor, initial_buffer=rows)
    if not all(type(value) in _PLAIN for row in rows for value in row):
        return None
    described = ((part[0], part[1]) for part in cursor.description)
    columns = tuple((name, code if isinstance(code, int) else None) for name, code in described)
    answer = Answer(columns, rows, cursor.rowcount, lastrowid)
    return answer if len(answer.text) <= LIMIT else None


def give(answer: Answer, cursor: Any, context: Any) -> None:
    """Put an answer in the place of what the cursor would have got.

    A refused question is asked of a table that is not there.
    """
    if answer.failed:
        cursor.execute("SELECT 1 FROM schemamigrate_absent")
    context._rowcount = answer.rowcount
    with suppress(
        AttributeError
    ):  # Some drivers know it before a statement, and let nobody set it.
        cursor.lastrowid = answer.lastrowid
    if answer.columns is not None:
        description = [(name, code, None, None, None, None, None) for name, code in answer.columns]
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
            cursor, alternate_description=description, initial_buffer=answer.rows
        )
