"""What can be told of two spellings without the server: the fallback where it may not be asked.

SQLAlchemy's own name of the type that the column has stands for the server's; of expressions only
white space, quotes of names and the case of letters are looked past.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Index
from ...schema.objects import Sql
from ...schema.objects import Table
from .reader import MySQLReader

Given = TypeVar("Given", bound="Sql | None")


def respelled(want: Table, have: Table, reader: MySQLReader) -> Table:
    """Return the wanted table in the spelling of the actual one where they seem to be the same."""
    return replace(
        want,
        columns=tuple(_column(c, have.column(c.name), reader) for c in want.columns),
        checks=tuple(_check(c, have) for c in want.checks),
        indexes=tuple(_index(i, have.index(i.name or "")) for i in want.indexes),
    )


def _column(want: Column, have: Column | None, reader: MySQLReader) -> Column:
    if have is None:
        return want
    names = {_plain(have.type.text), _plain(_compiled(have.type, reader))}
    if _plain(want.type.text) in names:
        want = replace(want, type=replace(want.type, text=have.type.text))
    if want.computed is not None and have.computed is not None:
        sql = _alike(want.computed.sql, have.computed.sql)
        want = replace(want, computed=replace(want.computed, sql=sql))
    return replace(want, default=_alike(want.default, have.default))


def _compiled(type_: Sql, reader: MySQLReader) -> str:
    try:
        return str(reader.type_text(type_.element))
    except SQLAlchemyError:
        return type_.text


def _check(want: Check, have: Table) -> Check:
    for check in have.checks:
        if want.name in (None, check.name) and _plain(check.sql.text) == _plain(want.sql.text):
            return replace(want, sql=replace(want.sql, text=check.sql.text))
    return want


def _index(want: Index, have: Index | None) -> Index:
    if have is None:
        return want
    return replace(want, definition=_alike(want.definition, have.definition))


def _alike(want: Given, have: Sql | None) -> Given:
    """Return what is wanted, in the actual spelling where both seem to be the same."""
    if want is None or have is None or _plain(want.text) != _plain(have.text):
        return want
    return replace(want, text=have.text)


def _plain(text: str) -> str:
    """Return a text without what does not matter outside of strings."""
    pieces = text.split("'")
    pieces[::2] = ["".join(p.split()).replace("`", "").lower() for p in pieces[::2]]
    return "'".join(pieces)
