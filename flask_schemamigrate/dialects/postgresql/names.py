"""The names that PostgreSQL gives to constraints without one.

As ``makeObjectName`` and ``ChooseConstraintName`` do it (src/backend/commands/indexcmds.c and
src/backend/catalog/pg_constraint.c, PostgreSQL 15): table, columns and a label, cut to 63 bytes.
"""

from __future__ import annotations

import re

from ...schema.objects import Check
from ...schema.objects import Constraint
from ...schema.objects import Exclude
from ...schema.objects import ForeignKey
from ...schema.objects import PrimaryKey
from ...schema.objects import Table

LIMIT = 63
_IDENTIFIER = re.compile(r"[^\W\d]\w*")


def constraint_name(table: Table, constraint: Constraint) -> str:
    """Return the name that the server would choose for an unnamed constraint of ``table``."""
    taken = {c.name for c in table.constraints} | {i.name for i in table.indexes}
    columns, label = _columns(table, constraint), _label(constraint)
    name = object_name(table.name.name, columns, label)
    number = 0
    while name in taken:
        number += 1
        name = object_name(table.name.name, columns, f"{label}{number}")
    return name


def _label(constraint: Constraint) -> str:
    match constraint:
        case PrimaryKey():
            return "pkey"
        case ForeignKey():
            return "fkey"
        case Check():
            return "check"
        case Exclude():
            return "excl"
        case _:
            return "key"


def _columns(table: Table, constraint: Constraint) -> str:
    """Return the part of the name that stands for the columns."""
    if isinstance(constraint, PrimaryKey):
        return ""
    if isinstance(constraint, (Check, Exclude)):
        text = constraint.sql.text if isinstance(constraint, Check) else constraint.definition.text
        named = set(_IDENTIFIER.findall(text))
        used = [c.name for c in table.columns if c.name in named]
        if isinstance(constraint, Check) and len(used) != 1:
            return ""
        return "_".join(used)
    return "_".join(constraint.columns)


def object_name(table: str, columns: str, label: str) -> str:
    """Join the parts by ``_``, the longer one of table and columns cut until all of it fits."""
    first, second = table.encode(), columns.encode()
    room = LIMIT - len(label) - 1 - (1 if second else 0)
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    parts = [part.decode(errors="ignore") for part in (first, second) if part]
    return "_".join([*parts, label])
