"""What a renamed column means for the texts and keys of its table.

The server rewrites expressions itself when a column is renamed; this is the same for values, so
that what follows a rename can be planned, and undone, before anything runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from ..schema.names import Name
from ..schema.objects import Check
from ..schema.objects import Column
from ..schema.objects import ForeignKey
from ..schema.objects import Index
from ..schema.objects import Schema
from ..schema.objects import Sql
from ..schema.objects import Table

#: Strings are skipped; quoted identifiers and words are looked at.
_TOKEN = re.compile(
    r"""(?P<string>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`)|(?P<word>[^\W\d]\w*)"""
)


def in_text(sql: str, old: str, new: str) -> str:
    """Return SQL text with the identifier ``old`` replaced, but not in strings or before ``(``."""

    def replaced(found: re.Match[str]) -> str:
        text = found.group()
        if found["quoted"] and text[1:-1].replace(text[0] * 2, text[0]) == old:
            return text[0] + new.replace(text[0], text[0] * 2) + text[0]
        is_call = sql[found.end() : found.end() + 1] == "("
        return new if found["word"] == old and not is_call else text

    return _TOKEN.sub(replaced, sql)


def in_sql(sql: Sql, old: str, new: str) -> Sql:
    """Return a piece of SQL with the column under its new name."""
    text = in_text(sql.text, old, new)
    if text == sql.text:
        return sql
    return Sql(text, text if isinstance(sql.element, str) else sa.text(text.replace(":", r"\:")))


def in_table(table: Table, old: str, new: str) -> Table:
    """Return ``table`` with its keys, checks, indexes and generated columns following a rename."""

    def names(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in columns)

    def column(value: Column) -> Column:
        if value.computed is None:
            return value
        return replace(
            value, computed=replace(value.computed, sql=in_sql(value.computed.sql, old, new))
        )

    key = table.primary_key
    return replace(
        table,
        columns=tuple(map(column, table.columns)),
        primary_key=replace(key, columns=names(key.columns)) if key else None,
        uniques=tuple(replace(u, columns=names(u.columns)) for u in table.uniques),
        foreign_keys=tuple(replace(f, columns=names(f.columns)) for f in table.foreign_keys),
        checks=tuple(in_check(check, old, new) for check in table.checks),
        excludes=tuple(
            replace(e, definition=Sql(in_text(e.definition.text, old, new)), element=None)
            if in_text(e.definition.text, old, new) != e.definition.text
            else e
            for e in table.excludes
        ),
        indexes=tuple(in_index(index, old, new) for index in table.indexes),
    )


def in_keys(schema: Schema, target: Name, old: str, new: str) -> Schema:
    """Return ``schema`` with the foreign keys that point at a renamed column following it."""

    def moved(key: ForeignKey) -> ForeignKey:
        if key.target != target or old not in key.target_columns:
            return key
        columns = tuple(new if name == old else name for name in key.target_columns)
        # The SQLAlchemy object still names the old column: it must not be rendered any more.
        return replace(key, target_columns=columns, element=None)

    for table in schema.tables.values():
        keys = tuple(map(moved, table.foreign_keys))
        if keys != table.foreign_keys:
            schema = schema.with_table(replace(table, foreign_keys=keys))
    return schema


def in_check(check: Check, old: str, new: str) -> Check:
    """Return a check with the column under its new name; one within the column is called so."""
    sql = in_sql(check.sql, old, new)
    if check.column != old:
        return replace(check, sql=sql)
    return replace(check, sql=sql, column=new, name=new if check.name == old else check.name)


def in_index(index: Index, old: str, new: str) -> Index:
    """Return an index with the column under its new name."""
    definition = in_text(index.definition.text, old, new)
    if definition == index.definition.text:
        return index
    columns = tuple(new if name == old else name for name in index.columns)
    element = index.element
    if element is not None:
        element = _element(index, element, old, new)
    return replace(index, definition=Sql(definition, element), columns=columns, element=element)


def index_called(index: Index, name: str) -> Index:
    """Return an index under a name of its own that is new."""
    named = replace(index, name=name)
    if index.element is None:
        return named
    # No column is renamed: one without a name does not exist.
    element = _element(named, index.element, "", "")
    return replace(named, element=element)


def _element(index: Index, element: Any, old: str, new: str) -> Any:
    """Return the SQLAlchemy index again, on a table that has the column under its new name."""
    table = sa.Table(element.table.name, sa.MetaData(), schema=element.table.schema)

    def key(expression: Any) -> Any:
        if isinstance(expression, sa.Column):
            name = new if expression.name == old else str(expression.name)
            column: sa.Column[Any] = sa.Column(name, expression.type)
            table.append_column(column, replace_existing=True)
            return column
        return sa.text(in_text(str(expression), old, new))

    keys = [key(expression) for expression in element.expressions]
    options = {name: _option(value, old, new) for name, value in _given(element).items()}
    return sa.Index(index.name, *keys, unique=index.unique, _table=table, **options)


def _given(element: Any) -> Mapping[str, Any]:
    return {name: value for name, value in element.dialect_kwargs.items() if value is not None}


def _option(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {new if name == old else name: option for name, option in value.items()}
    if isinstance(value, (list, tuple)):
        return [new if name == old else name for name in value]
    if hasattr(value, "compile"):
        return sa.text(in_text(str(value), old, new))
    return value
