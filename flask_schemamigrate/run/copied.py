"""``copy_from`` of a batch that is to make the table anew, where none has to be made anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa

from ..diff.differ import diff
from ..operations.base import Operation
from ..operations.batch import require_columns
from ..schema.names import Name
from ..schema.objects import Schema
from .context import MigrationContext


def begun(context: MigrationContext, name: Name, given: sa.Table) -> Iterator[Operation]:
    """Yield what makes the table ``name`` the one that ``given`` describes.

    Alembic creates that one and moves the rows into it.  Here the same is reached in place, so
    that foreign keys, grants and sequences stay on the table.  Nothing is yielded where the table
    is not known (``--sql``).  Raises InvalidOperation for columns that it does not have.
    """
    there = context.tables.table(name)
    if there is None:
        return
    wanted = replace(context.builder.reader.table(given), name=name)
    require_columns(given, name, [column.name for column in there.columns])
    actual, wanted_too = Schema.of((there,)), Schema.of((wanted,))
    dialect = context.own_dialect
    if not context.as_sql:
        settled = dialect.settle(actual, wanted_too)
        actual, wanted_too = settled.actual, settled.wanted
    found = diff(actual, wanted_too, holds_type=dialect.holds_type, renamable=dialect.renamable)
    yield from (each for each in dialect.arranged(found, actual) if name in each.touches())
