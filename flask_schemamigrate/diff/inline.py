"""Values that a column lists itself, in its type (MariaDB's ENUM) or in a check."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping

from ..operations.base import Operation
from ..operations.columns import AlterColumn
from ..operations.columns import Existing
from ..operations.constraints import DropConstraint
from ..operations.data import ReplaceValue
from ..schema.names import Name
from ..schema.objects import Check
from ..schema.objects import Column
from ..schema.objects import Schema
from ..schema.objects import Sql
from ..schema.objects import Table

#: The type of a column with values more; None where no type lists them (``Dialect.with_values``).
WithValues = Callable[[Column, tuple[str, ...]], Sql | None]


def listed(table: Table, column: Column) -> tuple[str, ...]:
    """Return the values that a column takes; () where nothing of the database lists them."""
    if column.type.text.lower().startswith("enum("):
        return _literals(column.type.text)
    return next((_literals(check.sql.text) for check in _checks(table, column.name)), ())


def is_native(column: Column) -> bool:
    """Whether the type of a column lists its values."""
    return column.type.text.lower().startswith("enum(")


def restricted(table: Table, column: Column) -> tuple[str, ...]:
    """Return the values of a model's ``Enum`` that the database holds the column to, or ()."""
    values = tuple(getattr(column.type.element, "enums", None) or ())
    held = is_native(column) or any(
        set(values) <= set(_literals(check.sql.text)) for check in _checks(table, column.name)
    )
    return values if held else ()


def listed_until_now(before: Table, column: Column, after: Table) -> tuple[str, ...]:
    """Return the values that a column takes by its type, or by a check that goes."""
    if is_native(column):
        return _literals(column.type.text)
    kept = {check.sql for check in after.checks}
    going = (check for check in _checks(before, column.name) if check.sql not in kept)
    return tuple(dict.fromkeys(value for check in going for value in _literals(check.sql.text)))


def _checks(table: Table, column: str) -> Iterator[Check]:
    """Yield the checks that name a column, and no other, beside strings."""
    names = {c.name for c in table.columns}
    for check in table.checks:
        bare = re.sub(r"'(?:[^']|'')*'", "", check.sql.text)
        found = set(re.findall(r"[^\W\d]\w*", bare)) & names
        if found == {column} and _literals(check.sql.text):
            yield check


def _literals(text: str) -> tuple[str, ...]:
    found = re.findall(r"'((?:[^']|'')*)'", text)
    return tuple(one.replace("''", "'") for one in found)


def replacing(
    values: Mapping[tuple[Name, str, str], str],
    actual: Schema,
    with_values: WithValues,
    taken: Collection[tuple[Name, str, str]] = (),
) -> Iterator[Operation]:
    """Yield what gives rows another value in place of one: what forbids it goes first.

    It is a new name for the value, or one that rows may have already.  The rest, the type or the
    check as the model has it, is a difference like any other.
    ``taken`` are the new values of rows that have one by then.
    """
    for name, column in dict.fromkeys((table, column) for table, column, _ in values):
        table = actual.tables[name]
        before = table.column(column)
        assert before is not None
        replaced = {old: new for (t, c, old), new in values.items() if (t, c) == (name, column)}
        known = listed(table, before)
        come = tuple(dict.fromkeys(new for new in replaced.values() if new not in known))
        if come:
            for check in _checks(table, column):
                yield DropConstraint(name, check.name, "check", constraint=check)
            wider = with_values(before, come)
            if wider is not None:
                existing = Existing(before.type, before.nullable, before.default, before.comment)
                yield AlterColumn(name, column, type=wider, existing=existing)
        held = {*known, *(new for t, c, new in taken if (t, c) == (name, column))}
        for old, new in replaced.items():
            merges = new in held
            held.add(new)
            yield ReplaceValue(name, column, old, new, merges)
