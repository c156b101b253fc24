"""The names that MariaDB and MySQL give to unique constraints and checks without one.

An index is called after its first column (``make_unique_key_name``, sql/sql_table.cc, MariaDB
10.11), a check ``CONSTRAINT_1`` in MariaDB and ``user_chk_1`` in MySQL 8.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from ...schema.objects import Check
from ...schema.objects import Constraint
from ...schema.objects import Table
from ...schema.objects import Unique
from .facts import Facts


def constraint_name(table: Table, constraint: Constraint, facts: Facts) -> str | None:
    """Return the name that the server would choose; None where we had better choose one.

    The name of a foreign key is that of its index too, and the server's would be another one for
    the index: ours can be told apart, and dropped together.
    """
    match constraint:
        case Unique():
            taken = {u.name for u in table.uniques} | {i.name for i in table.indexes}
            first = constraint.columns[0]
            candidates: Iterator[str] = (f"{first}_{n}" if n > 1 else first for n in count(1))
        case Check():
            taken = {item.name for item in table.constraints}
            prefix = "CONSTRAINT" if facts.mariadb else f"{table.name.name}_chk"
            candidates = (f"{prefix}_{n}" for n in count(1))
        case _:
            return None
    lower = {name.lower() for name in taken if name} | {"primary"}
    return next(name for name in candidates if name.lower() not in lower)
