"""What SQLAlchemy's objects have alike, so that what is written for one serves for all of them.

A thousand tables have ten thousand columns and a few dozen definitions of columns.  To compile a
type or a default takes longer than everything else that is done for a column.
"""

from __future__ import annotations

from functools import cache
from typing import Any
from typing import TypeAlias

import sqlalchemy as sa

#: Something that can be hashed, equal for what is written alike; None: that cannot be told.
Likeness: TypeAlias = Any


def of_column(column: sa.Column[Any], numbered: bool) -> Likeness:
    """Return what tells the definition of a column from others, its name aside.

    ``numbered`` is whether the server numbers it, which depends on its table.
    """
    if column.computed is not None or column.identity is not None or has_options(column):
        return None
    default: Any = column.server_default
    if default is not None:
        default = _of_default(default)
        if default is None:
            return None
    type_ = of_type(column.type)
    if type_ is None:
        return None
    return (type_, column.nullable, default, numbered, column.comment)


def of_type(type_: Any) -> Likeness:
    """Return the class of a type with all that it was given."""
    kind: Any = type(type_)
    if _is_written_by_app(kind):
        return None
    state = type_.__dict__
    if not state:
        return kind
    told = (kind, *state.items())
    if isinstance(type_, _HOLDING):
        told = (kind, *((name, _told(value)) for name, value in told[1:] if name != "dispatch"))
    try:
        hash(told)
    except TypeError:
        return None
    return told


#: Types that hold others, and those with events: of each value its own.
_HOLDING = (sa.types.TypeDecorator, sa.types.SchemaType, sa.ARRAY)


def _told(value: Any) -> Any:
    if not isinstance(value, sa.types.TypeEngine):
        return value
    return of_type(value) or value


@cache
def _is_written_by_app(kind: Any) -> bool:
    """Whether a function of the app's writes it (``@compiles``), which may look at the column."""
    return hasattr(kind, "_compiler_dispatcher")


def _of_default(default: Any) -> Likeness:
    """Return what tells a server default from others: a text, or a function without arguments."""
    given: Any = getattr(default, "arg", None)
    kind: Any = type(given)
    if kind is str:
        return given
    if _is_written_by_app(kind):
        return None
    if kind is sa.TextClause:
        return None if given._bindparams else (kind, given.text)
    if kind.__module__ == "sqlalchemy.sql.functions" and type(given.name) is str:
        clauses = getattr(given, "clauses", None)  # That of a sequence has none.
        if clauses is not None and not clauses.clauses:
            return (kind, given.name, given.packagenames)
    return None


def has_options(element: Any) -> bool:
    """Whether options of a dialect were given, or asked about: SQLAlchemy makes the place then."""
    return "dialect_options" in element.__dict__


def is_plain(index: sa.Index) -> bool:
    """Whether an index is nothing but columns of its table, which need no compiler."""
    return not has_options(index) and all(type(key) is sa.Column for key in index.expressions)
