"""What ``existing_type`` of ``alter_column`` changes: Alembic repeats it in MODIFY and CHANGE."""

from __future__ import annotations

import re
from dataclasses import replace

from ...operations.base import UNSET
from ...operations.columns import AlterColumn
from ...schema.objects import Table
from ..narrowing import INTEGERS
from ..narrowing import narrowed
from ..narrowing import parts
from ..narrowing import TEXTS
from .types import strings

_VARCHAR = re.compile(r"(?i)varchar\((\d+)\)")
_LISTED = re.compile(r"(?is)(enum|set)\s*\((.*)\)")
_TIMES = ("datetime", "timestamp", "time")
_FAMILIES = (frozenset(INTEGERS), frozenset(TEXTS))


def stated(op: AlterColumn, table: Table | None) -> AlterColumn:
    """Return a change with the type that its script says the column has, where that widens it.

    Scripts rely on it: OpenStack's cyborg gives enumerations more values so, solum and watcher
    widen columns.  A type that holds less, or is another one, is taken for a mistake and not
    followed, except for another length of a varchar where the script changes nothing else: then
    that is all that it can mean.
    """
    type_ = op.existing.type
    if table is None or type_ is UNSET or op.type is not UNSET or not op.changes():
        return op
    column = table.column(op.column)
    if column is None or column.computed is not None:
        return op
    if wider(type_.text, column.type.text):
        return replace(op, type=type_)
    given, is_now = (_VARCHAR.match(one.text) for one in (type_, column.type))
    if given is None or (is_now is not None and given[1] == is_now[1]):
        return op
    same = all(value == getattr(column, name) for name, value in op.changes().items())
    return replace(op, type=type_) if same else op


def wider(new: str, old: str) -> bool:
    """Whether a type holds all that another one of its kind does, and more."""
    listed = _LISTED.match(new), _LISTED.match(old)
    if listed[0] and listed[1]:
        values = [set(strings(found[2])) for found in listed if found]
        return listed[0][1].lower() == listed[1][1].lower() and values[0] > values[1]
    (name, has, rest), (former, had, ended) = parts(new), parts(old)
    if rest.partition(" collate ")[0] != ended.partition(" collate ")[0]:
        return False
    if (former, had) == ("tinyint", (1,)):
        return False  # A boolean.
    if name in _TIMES:
        return name == former and (*has, 0)[0] > (*had, 0)[0]
    if name != former and not any({name, former} <= family for family in _FAMILIES):
        return False
    return narrowed(old, new) is None and narrowed(new, old) is not None
