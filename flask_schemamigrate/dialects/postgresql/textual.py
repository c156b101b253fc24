"""Comparison by text: enough for most tables, and all there is where none may be made.

The other way round: what was read from the catalogue is written as SQLAlchemy would write it, and
where that is the model's text, the model takes the catalogue's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import CompileError

from ...schema.metadata import Reader
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Index
from ...schema.objects import Sql
from ...schema.objects import Table
from .columns import uncast
from .words import bare

_SAME = sa.text(
    "SELECT pg_catalog.to_regtype(:one) = pg_catalog.to_regtype(:two)",
)


def matched(
    reader: Reader, actual: Table, wanted: Table, connection: Connection | None = None
) -> Table:
    """Return ``wanted`` with the texts of ``actual`` for what is written alike.

    ``connection``, where given, also says which names of types mean the same.
    """
    columns = []
    for column in wanted.columns:
        present = actual.column(column.name)
        columns.append(column if present is None else _column(connection, reader, present, column))
    return replace(
        wanted,
        columns=tuple(columns),
        checks=tuple(_check(check, actual) for check in wanted.checks),
        indexes=tuple(_index(index, actual, reader) for index in wanted.indexes),
    )


def _column(
    connection: Connection | None, reader: Reader, actual: Column, wanted: Column
) -> Column:
    if _same_type(connection, reader, actual.type, wanted.type):
        wanted = replace(wanted, type=Sql(actual.type.text, wanted.type.element))
    one, two = actual.default, wanted.default
    if one and two and _plain(uncast(actual)) == _plain(str(two)):
        wanted = replace(wanted, default=Sql(one.text, two.element))
    here, there = actual.computed, wanted.computed
    if here and there and _plain(str(here.sql)) == _plain(str(there.sql)):
        wanted = replace(wanted, computed=replace(there, sql=here.sql))
    return wanted


def _same_type(connection: Connection | None, reader: Reader, actual: Sql, wanted: Sql) -> bool:
    try:
        written = reader.type_text(actual.element).text
    except CompileError:
        written = actual.text
    if wanted.text in (written, actual.text):
        return True
    if connection is None:
        return False
    given = {"one": _unmodified(wanted.text), "two": _unmodified(actual.text)}
    alike = _modifiers(wanted.text) == _modifiers(written) or wanted.text.startswith("FLOAT")
    return alike and bool(connection.execute(_SAME, given).scalar())


def _unmodified(type_: str) -> str:
    return type_.partition(" COLLATE ")[0]


def _modifiers(type_: str) -> tuple[str, str]:
    arguments = type_.partition("(")[2].partition(")")[0]
    return arguments.replace(" ", ""), type_.partition(" COLLATE ")[2]


def _check(check: Check, actual: Table) -> Check:
    for other in actual.checks:
        if check.name in (None, other.name) and _plain(str(other.sql)) == _plain(str(check.sql)):
            return replace(check, sql=Sql(other.sql.text, check.sql.element))
    return check


def _index(index: Index, actual: Table, reader: Reader) -> Index:
    other = actual.index(index.name or "")
    if other is None or other.element is None:
        return index
    if reader.index_definition(other.element).text != index.definition.text:
        return index
    return replace(index, definition=Sql(other.definition.text, index.definition.element))


def _plain(text: Any) -> str:
    """Return an expression without outer parentheses and needless white space."""
    return bare(" ".join(str(text).split()))
