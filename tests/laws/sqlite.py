"""Reading SQLite's catalogue: PRAGMAs for what they tell, the CREATE text for what they do not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy.engine import Connection

Line = tuple[str, str, str, int, str]

_TOKEN = re.compile(
    r"""\s+|--[^\n]*|/\*.*?\*/|('(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|\w+|[<>=!|]+|.)""",
    re.DOTALL,
)
#: The words that begin a clause of a column, and those that begin a constraint of a table.
CLAUSES = ("constraint", "primary", "not", "null", "unique", "check", "default", "collate")
CLAUSES += ("references", "generated", "as")
CONSTRAINTS = ("constraint", "primary", "unique", "check", "foreign")


def tokens(sql: str) -> list[str]:
    """Return the words of SQL in one spelling: plain names unquoted, everything in lower case."""
    found = []
    for match in _TOKEN.finditer(sql):
        token = match[1]
        if token is None:
            continue
        if token[0] in '"`[':
            token = token[1:-1].replace(token[0] * 2, token[0])
        found.append(token if token[0:1] == "'" else token.lower())
    return found


def read(connection: Connection) -> Iterator[Line]:
    """Tell everything that a SQLite database holds: kind, owner, name, place and text."""
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    for kind, name, table, sql in connection.exec_driver_sql(query).all():
        if kind == "table":
            yield from _table(connection, name, sql)
        else:
            yield kind, table, name, 0, " ".join(tokens(sql))


def _table(connection: Connection, table: str, sql: str) -> Iterator[Line]:
    words = tokens(sql)
    if "(" not in words or words[1] == "virtual":
        yield "table", table, "", 0, " ".join(words)
        return
    opening = words.index("(")
    body = _bracketed(words, opening)
    yield "table", table, "", 0, " ".join(words[opening + len(body) + 2 :])
    clauses: dict[str, list[str]] = {}
    constraints: list[str] = []
    for item in _items(body):
        # A column may be called "key" or even "check"; a constraint always has parentheses.
        if item[0] in CONSTRAINTS and "(" in item:
            constraints.extend(_constraint(item))
        else:
            clauses[item[0]] = [*_clauses(item, constraints)]
    quoted = table.replace('"', '""')
    for place, column, type_, notnull, default, _, hidden in connection.exec_driver_sql(
        f'PRAGMA table_xinfo("{quoted}")'
    ):
        parts = (type_.upper(), f"notnull={notnull} default={default} hidden={hidden}")
        text = " ".join((*parts, *sorted(clauses[column.lower()])))
        yield "column", table, column, place + 1, text
    for at, text in enumerate(sorted(constraints)):
        yield "constraint", table, str(at), 0, text


def _items(body: list[str]) -> Iterator[list[str]]:
    """Cut the body of a table at its commas."""
    depth, begin = 0, 0
    for at, word in enumerate([*body, ","]):
        depth += {"(": 1, ")": -1}.get(word, 0)
        if word == "," and depth == 0:
            yield body[begin:at]
            begin = at + 1


def _clauses(item: list[str], constraints: list[str]) -> Iterator[str]:
    """Yield what only the text tells about a column; what is a constraint goes to the others."""
    parts = _split(item[1:])
    name = ""
    for part in parts[1:]:
        word, rest = part[0], part[1:]
        if word == "constraint":
            name = rest[0]
            continue
        match word:
            case "primary":
                constraints.append(_told(name, "primary key", [item[0]], []))
                yield from (w for w in rest if w == "autoincrement")
            case "unique":
                constraints.append(_told(name, "unique", [item[0]], rest))
            case "check":
                constraints.append(_told(name, "check", [], part[1:]))
            case "references":
                constraints.append(_told(name, "foreign key", [item[0]], _reference(part)))
            case "collate" | "generated" | "as":
                yield " ".join(part).removeprefix("generated always ")
            case "not" | "null" if len(rest) > 1:
                yield " ".join(part)
            case _:
                pass
        name = ""


def _split(words: list[str]) -> list[list[str]]:
    """Cut the definition of a column, without its name, at the words that begin a clause."""
    found: list[list[str]] = [[]]
    depth = 0
    for at, word in enumerate(words):
        before = words[at - 1] if at else ""
        inside = before in ("not", "set", "constraint") or (before, word) == ("always", "as")
        if word in CLAUSES and depth == 0 and not inside:
            found.append([])
        depth += {"(": 1, ")": -1}.get(word, 0)
        found[-1].append(word)
    return found


def _constraint(item: list[str]) -> Iterator[str]:
    name = ""
    if item[0] == "constraint":
        name, item = item[1], item[2:]
    opening = item.index("(")
    kind, columns = " ".join(item[:opening]), _bracketed(item, opening)
    rest = item[opening + len(columns) + 2 :]
    if kind == "check":
        yield _told(name, kind, [], item[1:])
    else:
        if kind == "foreign key":
            rest = _reference(rest)
        yield _told(name, kind, [w for w in columns if w != ","], rest)


def _reference(words: list[str]) -> list[str]:
    """Leave out what says what holds anyway."""
    text = " ".join(words)
    for default in ("on delete no action", "on update no action", "not deferrable"):
        text = text.replace(default, "")
    return text.split()


def _told(name: str, kind: str, columns: list[str], rest: list[str]) -> str:
    return f"{name} {kind} ({' '.join(columns)}) {' '.join(rest)}".strip()


def _bracketed(words: list[str], opening: int) -> list[str]:
    depth = 0
    for at in range(opening, len(words)):
        depth += {"(": 1, ")": -1}.get(words[at], 0)
        if depth == 0:
            return words[opening + 1 : at]
    return words[opening + 1 :]
