"""The text of CREATE TABLE, taken apart without looking at each of its words.

:mod:`.parse` reads any text that SQLite takes.  Most are plainer than that: what stands between two
commas, without the name before it, is the same for many columns, and has to be read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from functools import lru_cache

from . import parse

_IDENTIFIER = r"""(?:[^\W\d][\w$]*|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])"""
#: What decides where an item ends: texts and names in quotes, parentheses, commas.
_SPECIAL = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[(),]""")
_NAME = re.compile(rf"\s*({_IDENTIFIER})(?=[\s(]|\Z)\s*")
_CONSTRAINT = re.compile(
    rf"(?:CONSTRAINT\s+({_IDENTIFIER})\s+)?(PRIMARY\s+KEY|UNIQUE|CHECK|FOREIGN\s+KEY)\b", re.I
)
_BEGINS = re.compile(r"(?:CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN)\b", re.I)
_MORE = re.compile(r"\b(?:CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN)\b", re.I)
_INDEX = re.compile(
    rf"CREATE\s+(?:UNIQUE\s+)?INDEX\s+{_IDENTIFIER}\s+ON\s+{_IDENTIFIER}\s*(?=\()", re.I
)


def table(sql: str) -> parse.TableText:
    """Take the text of CREATE TABLE apart to be read.  Raises ValueError where it names no columns.

    It is what ``parse.table`` gives, without the white space that is kept there to be written back.
    """
    return _plain(sql) or parse.table(sql)


def _plain(sql: str) -> parse.TableText | None:
    """Return the same without looking at each word; None where that will not do."""
    opening = sql.find("(")
    if "--" in sql or "/*" in sql or opening < 0:
        return None
    ends = list(_ends(sql, opening))
    if not ends or sql[ends[-1]] != ")" or any(c in sql[:opening] for c in "\"'`["):
        return None
    columns: list[parse.ColumnText] = []
    constraints: list[parse.Clause] = []
    start = opening + 1
    for end in ends:
        text = sql[start:end].strip()
        start = end + 1
        if _BEGINS.match(text):
            constraints += _constraints(text)
            continue
        name = _NAME.match(text)
        if name is None or constraints:
            return None
        type_, clauses = _definition(text[name.end() :])
        columns.append(parse.ColumnText(name[1], type_, clauses, text))
    options = sql[start:].strip().rstrip(";").strip()
    return parse.TableText(tuple(columns), tuple(constraints), options)


def _ends(sql: str, opening: int) -> Iterator[int]:
    """Yield where the commas between the items are, and the parenthesis after the last."""
    depth = 0
    for found in _SPECIAL.finditer(sql, opening):
        special = found[0]
        if special == ",":
            if depth == 1:
                yield found.start()
        elif special == "(":
            depth += 1
        elif special == ")":
            depth -= 1
            if depth == 0:
                yield found.start()
                return


@lru_cache(maxsize=4096)
def _definition(text: str) -> tuple[str, tuple[parse.Clause, ...]]:
    """Return the type and the clauses of a column from what follows its name."""
    column = parse.table(f"CREATE TABLE t (x {text})").columns[0]
    return column.type, column.clauses


def _constraints(text: str) -> Iterable[parse.Clause]:
    """Return the constraints of the table between two commas; more than one may be there."""
    head = _CONSTRAINT.match(text)
    if head is not None and not _MORE.search(text, head.end()):
        opening, closing = text.find("(", head.end()), text.find(")", head.end())
        inside = text[opening + 1 : closing]
        if head.end() <= opening < closing and not any(c in inside for c in "(\"'`["):
            kind = " ".join(head[2].upper().split())
            name = None if head[1] is None else parse.unquoted(head[1])
            return (parse.Clause(kind, text, name, inside=inside.strip()),)
    return parse.table(f"CREATE TABLE t (x, {text})").constraints


def index_definition(sql: str) -> str:
    """Return what follows ``ON table`` in CREATE INDEX, as ``parse.index_definition`` does."""
    found = _INDEX.match(sql)
    return parse.index_definition(sql) if found is None else sql[found.end() :].strip()
