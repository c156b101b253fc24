"""The names that MariaDB and MySQL give to constraints without one.

An index is called after its first column (``make_unique_key_name``, sql/sql_table.cc, MariaDB
10.11), a check ``CONSTRAINT_1`` in MariaDB and ``user_chk_1`` in MySQL 8, a foreign key
``user_ibfk_1``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from ...schema.objects import Check
from ...schema.objects import Constraint
from ...schema.objects import ForeignKey
from ...schema.objects import Index
from ...schema.objects import Table
from ...schema.objects import Unique
from .facts import Facts
from .implied import covers
from .implied import is_like
from .implied import next_number


def constraint_name(table: Table, constraint: Constraint, facts: Facts) -> str | None:
    """Return the name that the server would choose; None where it has none to choose."""
    match constraint:
        case Unique():
            taken = {u.name for u in table.uniques}
            # An index that the server made for a foreign key gives way.
            taken |= {i.name for i in table.indexes if not _gives_way(i, constraint, table)}
            first = constraint.columns[0]
            candidates: Iterator[str] = (f"{first}_{n}" if n > 1 else first for n in count(1))
        case Check():
            taken = {item.name for item in table.constraints}
            prefix = "CONSTRAINT" if facts.mariadb else f"{table.name.name}_chk"
            candidates = (f"{prefix}_{n}" for n in count(1))
        case ForeignKey():
            candidates, taken = iter((f"{table.name.name}_ibfk_{next_number(table)}",)), set()
            if len(table.name.name) > 57:  # The server refuses a name of more than 64 characters.
                return None
        case _:
            return None
    lower = {name.lower() for name in taken if name} | {"primary"}
    return next(name for name in candidates if name.lower() not in lower)


def _gives_way(index: Index, unique: Unique, table: Table) -> bool:
    keys = (key for key in table.foreign_keys if covers(unique.columns, key))
    return any(is_like(index, key, table) for key in keys)
