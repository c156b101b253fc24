"""Comparison by text: enough for most tables, and all there is where none may be made.

The other way round: what was read from the catalogue is written as SQLAlchemy would write it, and
where that is the model's text, the model takes the catalogue's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import CompileError

from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Index
from ...schema.objects import Sql
from ...schema.objects import Table
from .reader import Reader
from .words import bare
from .words import uncast

_SAME = sa.text(
    "SELECT pg_catalog.to_regtype(:one) = pg_catalog.to_regtype(:two)",
)

_QUOTED = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")""")
_SPACE = re.compile(r"\s+")


def matched(
    reader: Reader, actual: Table, wanted: Table, connection: Connection | None = None
) -> Table:
    """Return ``wanted`` with the texts of ``actual`` for what is written alike.

    ``connection``, where given, also says which names of types mean the same.
    """
    columns = []
    for given in wanted.columns:
        present = actual.column(given.name)
        columns.append(given if present is None else column(reader, present, given, connection))
    return with_rest(reader, actual, wanted, tuple(columns))


def with_rest(reader: Reader, actual: Table, wanted: Table, columns: tuple[Column, ...]) -> Table:
    """Return ``wanted`` with these columns, and with what else is written alike as it is there."""
    return Table(
        wanted.name,
        columns,
        wanted.primary_key,
        wanted.uniques,
        wanted.foreign_keys,
        tuple(_check(check, actual) for check in wanted.checks),
        wanted.excludes,
        tuple(_index(index, actual, reader) for index in wanted.indexes),
        wanted.comment,
        wanted.options,
        wanted.element,
    )


def column(
    reader: Reader, actual: Column, wanted: Column, connection: Connection | None = None
) -> Column:
    """Return a column with the texts of the one there is for what is written alike."""
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
    if wanted.text == actual.text:
        return True
    written = _written(reader, actual)
    if wanted.text == written:
        return True
    if connection is None:
        return False
    given = {"one": _unmodified(wanted.text), "two": _unmodified(actual.text)}
    alike = _modifiers(wanted.text) == _modifiers(written) or wanted.text.startswith("FLOAT")
    return alike and bool(connection.execute(_SAME, given).scalar())


def _written(reader: Reader, type_: Sql) -> str:
    """Return what SQLAlchemy writes for a type of the catalogue, where it knows one."""
    known = reader.written.get(type_.text)
    if known is None:
        try:
            known = reader.type_text(type_.element).text
        except CompileError:
            known = type_.text
        reader.written[type_.text] = known
    return known


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
    if other is None:
        return index
    # What has no method is a B-tree, and the server says so.
    if other.definition.text != f"USING btree {index.definition.text}" and (
        other.element is None
        or reader.index_definition(other.element).text != index.definition.text
    ):
        return index
    return replace(index, definition=Sql(other.definition.text, index.definition.element))


def left_alone(actual: Table, wanted: Table) -> tuple[Table, list[str]]:
    """Return ``wanted`` with the checks and indexes of ``actual`` whose expressions differ as text.

    Whether they mean the same only the server can tell.  The second value names them.
    """
    named: list[str] = []
    checks, indexes = list(wanted.checks), list(wanted.indexes)
    for place, check in enumerate(checks):
        there = next((c for c in actual.checks if check.name and c.name == check.name), None)
        if there is not None and there.sql != check.sql:
            checks[place] = replace(check, sql=Sql(there.sql.text, check.sql.element))
            named.append(f"check {check.name}")
    for place, index in enumerate(indexes):
        other = actual.index(index.name or "")
        if other is None or other.definition == index.definition:
            continue
        if _has_expression(other) and _has_expression(index):
            definition = Sql(other.definition.text, index.definition.element)
            indexes[place] = replace(index, definition=definition)
            named.append(f"index {index.name}")
    return replace(wanted, checks=tuple(checks), indexes=tuple(indexes)), named


def _has_expression(index: Index) -> bool:
    element = index.element
    if element is None:
        return True
    keys = any(not isinstance(key, sa.Column) for key in element.expressions)
    return keys or element.dialect_kwargs.get("postgresql_where") is not None


def _plain(text: Any) -> str:
    """Return an expression without outer parentheses and needless white space."""
    parts = _QUOTED.split(str(text).strip())
    return bare("".join(p if at % 2 else _SPACE.sub(" ", p) for at, p in enumerate(parts)))
