"""Parts of SQLAlchemy's tables and constraints, as values have them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from .objects import Column


def called(name: str, same: Column, element: Any = None) -> Column:
    """Return a column that is defined as another one.

    Tables have many columns of few kinds, so this costs as little as it can: no ``replace()``.
    """
    return Column(
        name,
        same.type,
        same.nullable,
        same.default,
        same.computed,
        same.identity,
        same.autoincrement,
        same.comment,
        same.options,
        element,
        same.enum,
    )


def in_order(table: sa.Table) -> list[Any]:
    """Order constraints, those within columns too, as declared: the sets have no order."""
    found: list[Any] = [*table.constraints, *(c for col in table.columns for c in col.constraints)]
    return sorted(found, key=lambda c: c._creation_order)


def action(action: str | None) -> str | None:
    """Return what a key says of updates or deletions; None for the standard's NO ACTION."""
    if not action:
        return None
    words, parenthesis, columns = action.partition("(")
    if parenthesis:  # PostgreSQL's SET NULL (column, …)
        listed = ", ".join(column.strip() for column in columns.rstrip(") ").split(","))
        return f"{words.strip().upper()} ({listed})"
    return None if words.upper() == "NO ACTION" else words.upper()


def after_name(text: str) -> str:
    """Return the text of an EXCLUDE constraint without its name."""
    return text[text.index("EXCLUDE") :]
