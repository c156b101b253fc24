"""The names that PostgreSQL gives to constraints without one.

As ``makeObjectName`` and ``ChooseConstraintName`` do it (src/backend/commands/indexcmds.c and
src/backend/catalog/pg_constraint.c, PostgreSQL 15): table, columns and a label, cut to 63 bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...operations.renaming import in_text
from ...schema.objects import Check
from ...schema.objects import Constraint
from ...schema.objects import Exclude
from ...schema.objects import ForeignKey
from ...schema.objects import PrimaryKey
from ...schema.objects import Table

LIMIT = 63
_KEY = re.compile(r'"(?P<quoted>(?:[^"]|"")*)"|(?P<word>[^\W\d]\w*)')


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
    if isinstance(constraint, Exclude):
        return "_".join(_numbered(map(_key_name, _keys(constraint.definition.text))))
    if isinstance(constraint, Check):
        # ``in_text`` knows identifiers from strings and calls.
        text = constraint.sql.text
        used = [c.name for c in table.columns if in_text(text, c.name, "") != text]
        return used[0] if len(used) == 1 else ""
    return "_".join(constraint.columns)


def _keys(definition: str) -> list[str]:
    """Return the keys of an exclusion, as ``EXCLUDE USING gist (key WITH &&, …)`` lists them."""
    depth, found = 0, [""]
    for character in definition[definition.index("(") :]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            break
        if depth == 1 and character == ",":
            found.append("")
        elif not (depth == 1 and character == "("):
            found[-1] += character
    return [key.rpartition(" WITH ")[0].strip() for key in found]


def _key_name(key: str) -> str:
    """Return a column's own name, that of a function, or what the server calls the rest."""
    found = _KEY.match(key)
    if found is None:
        return "expr"
    return str(found["quoted"] or found["word"]).replace('""', '"')


def _numbered(names: Iterable[str]) -> list[str]:
    """Tell names that are the same apart."""
    found: list[str] = []
    for name in names:
        number, given = 0, name
        while given in found:
            number += 1
            given = f"{name}{number}"
        found.append(given)
    return found


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
