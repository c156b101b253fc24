"""What kind of statement a text is, by its first words.

Nothing is parsed: only what decides about transactions is told apart.
"""

from __future__ import annotations

import re
from enum import Enum

#: Blanks, comments and opening parentheses before the first word.
_START = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*", re.DOTALL)
_WORDS = re.compile(r"[A-Za-z]+")
_READS = frozenset(
    ("BEGIN", "DESC", "DESCRIBE", "EXPLAIN", "HELP", "LOCK", "PRAGMA", "RELEASE", "RESET")
    + ("ROLLBACK", "SAVEPOINT", "SELECT", "SET", "SHOW", "START", "TABLE", "UNLOCK", "USE")
    + ("VALUES",)
)
_WRITES = frozenset(
    ("CALL", "COPY", "DELETE", "DO", "EXECUTE", "INSERT", "LOAD", "MERGE", "REPLACE", "UPDATE")
)
_WRITING = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)


class Kind(Enum):
    """What a statement does, as far as transactions are concerned.

    A ``READ`` leaves nothing behind (``SET`` and savepoints count as one); a ``WRITE`` changes
    rows; ``COMMIT`` ends the transaction; ``TEMPORARY`` makes or drops what only this session sees;
    all that is left is ``DDL``.
    """

    READ = "read"
    WRITE = "write"
    COMMIT = "commit"
    TEMPORARY = "temporary"
    DDL = "ddl"


def is_rollback(sql: str) -> bool:
    """Whether a statement rolls back the whole transaction, not to a savepoint."""
    start = _START.match(sql)
    words = [word.upper() for word in _WORDS.findall(sql[start.end() if start else 0 :][:60])]
    return words[:1] == ["ROLLBACK"] and "TO" not in words


def kind(sql: str) -> Kind:
    """Return the kind of a statement."""
    start = _START.match(sql)
    words = _WORDS.findall(sql[start.end() if start else 0 :][:60])
    first, second = (*(word.upper() for word in words[:2]), "", "")[:2]
    if first == "WITH":
        return Kind.WRITE if _WRITING.search(sql) else Kind.READ
    if first in ("COMMIT", "END"):
        return Kind.COMMIT
    if not first or first in _READS:
        return Kind.READ
    if first in _WRITES:
        return Kind.WRITE
    if first in ("CREATE", "DROP") and second in ("TEMPORARY", "TEMP"):
        return Kind.TEMPORARY
    return Kind.DDL
