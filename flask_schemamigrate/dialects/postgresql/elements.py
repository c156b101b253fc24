"""SQLAlchemy's indexes and exclusions from catalogue rows, for scripts to be rendered from.

They stand on tables that exist only to carry them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.sql.sqltypes import NULLTYPE

from ...schema.names import Name
from ...schema.objects import Deferred
from ...schema.objects import Index
from ...schema.objects import Sql

DESCENDING, NULLS_FIRST = 1, 2  # bits of pg_index.indoption


def holder(name: Name, columns: Any) -> sa.Table:
    """Return a table with columns of no type."""
    named = (sa.Column(c, NULLTYPE) for c in dict.fromkeys(columns))
    return sa.Table(name.name, sa.MetaData(), *named, schema=name.schema)


def index(row: Mapping[Any, Any], table: Name) -> Index:
    """Return an index, with the SQLAlchemy object that makes the same one."""
    width = row["width"]
    keyed = tuple(c for c in row["columns"][:width] if c is not None)
    if row["tuned"]:  # SQLAlchemy has no words for the options of operator classes.
        return Index(row["name"], Sql(row["definition"]), row["unique"], keyed)
    element = Deferred(cache(partial(_element, row, table)))
    return Index(row["name"], Sql(row["definition"], element), row["unique"], keyed, None, element)


def _element(row: Mapping[Any, Any], table: Name) -> sa.Index:
    width = row["width"]
    carrier = holder(table, (c for c in row["columns"] if c is not None))
    operators: dict[str, str] = {}
    keys = [_key(row, place, carrier, operators) for place in range(width)]
    options: dict[str, Any] = {
        "postgresql_using": None if row["method"] == "btree" else row["method"],
        "postgresql_where": sa.text(_escaped(row["predicate"])) if row["predicate"] else None,
        "postgresql_include": [c for c in row["columns"][width:] if c is not None] or None,
        "postgresql_ops": operators or None,
        "postgresql_with": dict(s.split("=", 1) for s in row["storage"] or ()) or None,
        "postgresql_tablespace": row["tablespace"],
        "postgresql_nulls_not_distinct": row["nulls_not_distinct"] or None,
    }
    given = {name: value for name, value in options.items() if value is not None}
    return sa.Index(row["name"], *keys, unique=row["unique"], _table=carrier, **given)


def _key(row: Mapping[Any, Any], place: int, table: sa.Table, operators: dict[str, str]) -> Any:
    column, operator = row["columns"][place], row["classes"][place]
    option, collation = row["options"][place], row["collations"][place]
    if column is not None and not option and not collation:
        if operator:
            operators[column] = operator
        return table.c[column]
    text = row["keys"][place]
    if collation and " COLLATE " not in text:
        text += f" COLLATE {collation}"
    if operator:
        text += f" {operator}"
    return sa.text(_escaped(text + _direction(option)))


def _direction(option: int) -> str:
    if option & DESCENDING:
        return " DESC" if option & NULLS_FIRST else " DESC NULLS LAST"
    return " NULLS FIRST" if option & NULLS_FIRST else ""


def exclusion(row: Mapping[Any, Any], table: Name) -> ExcludeConstraint:
    """Return SQLAlchemy's exclusion constraint."""
    pairs: list[Any] = [(sa.literal_column(key), operator) for key, operator in row["excluded"]]
    where = sa.text(_escaped(row["predicate"])) if row["predicate"] else None
    element = ExcludeConstraint(
        *pairs,
        name=row["name"],
        using=row["method"],
        where=where,
        deferrable=row["deferrable"] or None,
        initially="DEFERRED" if row["deferred"] else None,
    )
    holder(table, row["columns"] or ()).append_constraint(element)
    return element


def _escaped(text: str) -> str:
    """Keep ``text()`` from taking ``:word`` for a parameter."""
    return text.replace(":", r"\:")
