"""Pieces of CREATE TABLE: a column's text as it is after a change, and the order of columns."""

from __future__ import annotations

import re

from ...errors import InvalidOperation
from ...operations.base import UNSET
from ...operations.columns import AlterColumn
from . import parse

#: What ADD COLUMN takes as a default: a literal, signed or not, but no expression.
_LITERAL = re.compile(
    r"(?is)\s*(?:[+-]?\s*[\d.]+(?:e[+-]?\d+)?|x?'(?:[^']|'')*'|null|true|false)\s*"
)
#: A keyword, or the name in quotes that SQLite takes for a text.
_KEYWORD_DEFAULT = re.compile(r'\s*(?:\w+|"(?:[^"]|"")*")\s*')


def is_literal(default: str) -> bool:
    """Whether a default is a constant that ADD COLUMN takes, in parentheses or not."""
    inner = default.strip()
    while inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1].strip()
    return _LITERAL.fullmatch(inner) is not None


def in_parentheses(default: str) -> str:
    """Return a default as the grammar wants it: expressions in parentheses."""
    plain = is_literal(default) or _KEYWORD_DEFAULT.fullmatch(default)
    found = parse.tokens(default)
    wrapped = found and found[0].text == "(" and parse.closing(found, 0) == len(found) - 1
    return default if plain or wrapped else f"({default})"


def altered(column: parse.ColumnText, op: AlterColumn) -> parse.ColumnText:
    """Return a column's text with the changes of an operation, everything else to the letter."""
    if op.type is not UNSET:
        column = _typed(column, op)
    if op.nullable is not UNSET:
        action = dict(op.options).get("sqlite_on_conflict_not_null")
        clause = f"NOT NULL ON CONFLICT {action}" if action else "NOT NULL"
        column = column.without("NULL").having("NOT NULL", None if op.nullable else clause)
    if op.default is not UNSET:
        text = None if op.default is None else f"DEFAULT {in_parentheses(op.default.text)}"
        column = column.having("DEFAULT", text)
    if op.computed is not UNSET:
        text = None
        if op.computed is not None:
            kind = {True: " STORED", False: " VIRTUAL", None: ""}[op.computed.persisted]
            text = f"GENERATED ALWAYS AS ({op.computed.sql}){kind}"
        column = column.having("GENERATED", text)
    return column


def _typed(column: parse.ColumnText, op: AlterColumn) -> parse.ColumnText:
    """Change the type.

    The collation stays, unless the new type has one or the script says that the old one had.
    """
    assert op.type is not UNSET
    new = parse.table(f"CREATE TABLE t (x {op.type.text})").columns[0]
    collate = new.clause("COLLATE")
    said = op.existing.type
    if collate is not None:
        column = column.having("COLLATE", collate.text)
    elif said is not UNSET and parse.mentions(said.text, "COLLATE"):
        column = column.without("COLLATE")
    return column.with_type(new.type)


def together(order: list[str], group: tuple[str, ...]) -> list[str]:
    """Put the columns of a group one after the other, where the first of them is."""
    if not group or group[0] not in order:
        return order
    rest = [name for name in order if name not in group[1:]]
    at = rest.index(group[0]) + 1
    return [*rest[:at], *(name for name in group[1:] if name in order), *rest[at:]]


def moved(order: list[str], name: str, before: str | None, after: str | None) -> list[str]:
    """Put one column beside another.  Raises InvalidOperation where that one does not exist."""
    rest = [other for other in order if other != name]
    neighbour = before or after
    if neighbour not in rest:
        raise InvalidOperation(f"There is no column {neighbour!r} to put {name!r} beside.")
    at = rest.index(neighbour) + (0 if before else 1)
    return [*rest[:at], name, *rest[at:]]
