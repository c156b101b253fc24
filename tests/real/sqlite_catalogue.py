"""Reading SQLite's catalogue: PRAGMAs for what they tell, the CREATE text for what they do not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy.engine import Connection

_TOKEN = re.compile(
    r"""\s+|--[^\n]*|/\*.*?\*/|('(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|\w+|[<>=!|]+|.)""",
    re.DOTALL,
)


def tokens(sql: str) -> list[str]:
    """Return the words of SQL in one spelling: plain names unquoted, everything in lower case."""
    found = []
    for match in _TOKEN.finditer(sql):
        token = match[1]
        if token is None:
            continue
        if token[0] in '"`[':
            token = token[1:-1]
        found.append(token if token[0] == "'" else token.lower())
    return found


def read(connection: Connection) -> dict[str, str]:
    """Return everything that a SQLite database holds, but for its rows."""
    found: dict[str, str] = {}
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%%'"
    for kind, name, table, sql in connection.exec_driver_sql(query).all():
        if kind == "table":
            found.update(_table(connection, name, sql))
        else:
            found[f"{kind} {table}.{name}"] = " ".join(tokens(sql))
    return found


def _table(connection: Connection, name: str, sql: str) -> dict[str, str]:
    words = tokens(sql)
    found = {f"table {name}": _options(words)}
    for place, column, type_, notnull, default, key, hidden in connection.exec_driver_sql(
        f'PRAGMA table_xinfo("{name}")'
    ):
        text = f"{place} {type_} notnull={notnull} default={default} key={key} hidden={hidden}"
        found[f"column {name}.{column}"] = text
    for at, text in enumerate(sorted(_keys(connection, name))):
        found[f"key {name} {at}"] = text
    for at, text in enumerate(sorted(_references(connection, name))):
        found[f"foreign key {name} {at}"] = text
    for at, text in enumerate(sorted(_checks(words))):
        found[f"check {name} {at}"] = text
    for at, text in enumerate(sorted(_names(words))):
        found[f"constraint {name} {at}"] = text
    return found


def _options(words: list[str]) -> str:
    """Return what stands behind the columns, and what no PRAGMA tells about them."""
    behind = words[len(words) - 1 - words[::-1].index(")") + 1 :]
    inside = [w for w in ("autoincrement", "collate", "generated") if w in words]
    return " ".join((*behind, *inside))


def _keys(connection: Connection, table: str) -> Iterator[str]:
    """Tell each index that a constraint made; others have their own entry in sqlite_master."""
    for _, index, unique, origin, partial in connection.exec_driver_sql(
        f'PRAGMA index_list("{table}")'
    ).all():
        if origin == "c":
            continue
        columns = connection.exec_driver_sql(f'PRAGMA index_xinfo("{index}")')
        parts = " ".join(f"{row[2]}/{row[3]}/{row[4]}" for row in columns if row[5])
        yield f"{origin} unique={unique} partial={partial}: {parts}"


def _references(connection: Connection, table: str) -> Iterator[str]:
    rows: dict[int, list[str]] = {}
    for id_, _, parent, near, far, update, delete, match in connection.exec_driver_sql(
        f'PRAGMA foreign_key_list("{table}")'
    ):
        rows.setdefault(id_, [f"{parent} {update} {delete} {match}"]).append(f"{near}>{far}")
    for parts in rows.values():
        yield " ".join(parts)


def _checks(words: list[str]) -> Iterator[str]:
    for at, word in enumerate(words):
        if word == "check":
            yield f"{_name_before(words, at)} {' '.join(_bracketed(words, at + 1))}"


def _names(words: list[str]) -> Iterator[str]:
    """Tell what each named constraint other than a CHECK is, and on which columns."""
    for at, word in enumerate(words):
        if word == "constraint" and words[at + 2] != "check":
            rest = words[at + 2 :]
            kind = rest[0]
            opening = rest.index("(") if "(" in rest else 0
            inline = kind == "references" or opening > 2
            columns = "" if inline else " ".join(_bracketed(rest, opening))
            yield f"{words[at + 1]} {kind} {columns}"


def _name_before(words: list[str], at: int) -> str:
    return words[at - 1] if at > 1 and words[at - 2] == "constraint" else ""


def _bracketed(words: list[str], opening: int) -> list[str]:
    depth = 0
    for at in range(opening, len(words)):
        depth += {"(": 1, ")": -1}.get(words[at], 0)
        if depth == 0:
            return words[opening + 1 : at]
    return words[opening + 1 :]
