"""``op.backfill``: what a script says of it, as an operation."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ..errors import InvalidOperation
from ..operations.data import Backfill
from .context import active


def backfill(
    table: Any,
    values: Mapping[str, Any],
    where: Any = None,
    *,
    batch: int = 1000,
    pause: float = 0.0,
    key: Sequence[str] | None = None,
    schema: str | None = None,
) -> None:
    """Change many rows, ``batch`` at a time, each batch in a transaction of its own.

    ``values`` maps columns to values, or to SQL expressions such as
    ``sqlalchemy.text("lower(name)")``; ``where``, a string or an expression, says which rows (None:
    all).  Rows are taken in the order of the primary key, or of ``key``: columns that are unique
    and never NULL.  ``pause`` seconds lie between two batches.  What the script did before is
    committed first.  After an interruption the next run goes on behind the last batch, so that each
    row is changed once.  With ``--sql`` it is one statement.  Raises InvalidOperation.
    """
    context = active()
    if isinstance(table, sa.TableClause):
        table, schema = table.name, getattr(table, "schema", None)
    name = context.builder.reader.name(table, schema)
    _check(str(name), values, batch, pause)
    dialect = context.own_dialect.sqlalchemy
    columns: list[Any] = [sa.column(column) for column in values]
    target = sa.table(name.name, *columns, schema=name.schema)
    given = {column: _expression(value, dialect) for column, value in values.items()}
    element = sa.update(target).values({target.c[column]: given[column] for column in given})
    condition = None if where is None else f"({_text(where, dialect)})"
    if condition is not None:
        element = element.where(_literally(condition))
    typed = {target.c[column]: _typed(value) for column, value in given.items()}
    sql = _written(element.values(typed), dialect)
    said = tuple((c, _text(v, dialect) if _is_sql(v) else repr(v)) for c, v in values.items())
    context.perform(
        Backfill(name, said, condition, batch, float(pause), tuple(key or ()), sql, element)
    )


def _check(table: str, values: Mapping[str, Any], batch: int, pause: float) -> None:
    wrong = None
    if not isinstance(values, Mapping) or not values:
        wrong = "the second argument must map columns to values"
    elif isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        wrong = f"batch is {batch!r}, and must be a number of rows from 1 on"
    elif isinstance(pause, bool) or not 0 <= pause < float("inf"):
        wrong = f"pause is {pause!r}, and must be a number of seconds"
    if wrong:
        raise InvalidOperation(
            f"backfill of {table}: {wrong}.",
            hint='op.backfill("user", {"email": sa.text("lower(email)")}, "email IS NOT NULL")',
        )


def _is_sql(value: Any) -> bool:
    return isinstance(value, sa.ClauseElement) or hasattr(value, "__clause_element__")


def _expression(value: Any, dialect: Any) -> Any:
    """Return a value that is to be bound, or SQL as it will be sent."""
    return _literally(_text(value, dialect)) if _is_sql(value) else value


def _text(value: Any, dialect: Any) -> str:
    """Return SQL with its values in place: a table of its own must not come into the statement."""
    if isinstance(value, str):
        return value.replace("\\:", ":")
    if hasattr(value, "__clause_element__"):
        value = value.__clause_element__()
    return str(value.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _typed(value: Any) -> Any:
    """Give a plain value a type by which it can be written; one that is sent needs none."""
    if value is None:
        return sa.null()
    return value if _is_sql(value) else sa.literal(value)


def _written(element: Any, dialect: Any) -> str:
    try:
        return str(element.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    except (sa.exc.CompileError, NotImplementedError):  # Bytes, for one.
        return str(element.compile(dialect=dialect))


def _literally(text: str) -> Any:
    """Return SQL in which no colon begins a parameter."""
    return sa.text(text.replace(":", "\\:"))
