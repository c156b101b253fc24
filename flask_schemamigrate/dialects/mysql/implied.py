"""The indexes that the server makes by itself for foreign keys, and takes away again.

A foreign key needs an index that begins with its columns.  Where there is none, the server makes
one, called after the key or, if that has no name of its own, after its first column; it goes as
soon as another index does as well (``foreign_key_prefix``, sql/sql_table.cc, MariaDB 10.11).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ...schema.objects import ForeignKey
from ...schema.objects import Index
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.objects import Table
from ...schema.objects import Unique

if TYPE_CHECKING:
    from ...operations.constraints import DropConstraint


_NUMBER = re.compile(r"[1-9]\d*")


def number(table: str, name: str | None) -> int:
    """Return n of ``user_ibfk_n``, the server's name for a foreign key of ``user``; 0 of others."""
    start = f"{table}_ibfk_"
    rest = name.removeprefix(start) if name and name.startswith(start) else ""
    found = _NUMBER.fullmatch(rest)
    return int(found[0]) if found else 0


def next_number(table: Table) -> int:
    """Return the number that the server would give to one more foreign key without a name."""
    return 1 + max((number(table.name.name, key.name) for key in table.foreign_keys), default=0)


def indexes(table: Table) -> dict[str | None, tuple[str, ...]]:
    """Return the columns of each index, unique constraints too, by name."""
    keys: dict[str | None, tuple[str, ...]] = {u.name: u.columns for u in table.uniques}
    return keys | {i.name: i.columns for i in table.indexes}


def name(key: ForeignKey, table: Table) -> str:
    """Return what the server would call the index of a foreign key of ``table``."""
    if key.name is not None and not number(table.name.name, key.name):
        return key.name
    taken = {(known or "").lower() for known in indexes(table)} | {"primary"}
    first = key.columns[0]
    candidates = (first if n == 1 else f"{first}_{n}" for n in count(1))
    return next(each for each in candidates if each.lower() not in taken)


def is_like(index: Index, key: ForeignKey, table: Table) -> bool:
    """Whether the server may have made that index for the foreign key."""
    plain = not index.unique and index.definition.text == f"({', '.join(key.columns)})"
    if not plain:
        return False
    first = re.escape(key.columns[0])
    called = re.fullmatch(rf"{first}(_\d+)?", index.name or "", re.IGNORECASE)
    return called is not None or index.name in {k.name for k in table.foreign_keys}


def covers(columns: tuple[str, ...], key: ForeignKey) -> bool:
    """Whether an index on ``columns`` does for the foreign key."""
    return columns[: len(key.columns)] == key.columns


def is_covered(key: ForeignKey, table: Table) -> bool:
    """Whether any key or index of ``table`` does for the foreign key."""
    primary = [table.primary_key.columns] if table.primary_key else []
    plain = (i.columns for i in table.indexes if i.definition.text.startswith("("))
    return any(covers(c, key) for c in (*primary, *(u.columns for u in table.uniques), *plain))


def paired(have: Table, want: Table) -> tuple[Table, Table]:
    """Return both tables with the implied indexes that they have, or are to have.

    One that stays is in both; one that goes because a wanted index does as well is in ``have``
    only; one that has to come because the index goes that did as well is in ``want`` only.  What
    has been paired already stays as it is.
    """
    named = {i.name for i in want.indexes}
    keys = {key.columns for key in have.foreign_keys}
    hidden: list[Index] = []
    for key in {key.columns: key for key in want.foreign_keys}.values():
        found = [i for i in have.indexes if i.name not in named and is_like(i, key, have)]
        if is_covered(key, want):
            hidden.extend(i for i in found if _gives_way(i, key, want))
            continue
        if found:
            want = replace(want, indexes=(*want.indexes, found[0]))
        elif key.columns in keys:
            called = name(key, replace(want, indexes=(*want.indexes, *have.indexes)))
            # A unique constraint of that name leaves it behind by itself (``MySQLDDL.drop_index``).
            if called not in {u.name for u in have.uniques}:
                want = replace(want, indexes=(*want.indexes, made(key, want, have)))
    if hidden:
        have = replace(have, indexes=tuple(i for i in have.indexes if i not in hidden))
    return have, want


def _gives_way(index: Index, key: ForeignKey, want: Table) -> bool:
    """Whether a unique constraint takes the name of the index, and its place."""
    return any(covers(u.columns, key) and u.name in (None, index.name) for u in want.uniques)


def made(key: ForeignKey, want: Table, have: Table) -> Index:
    """Return the index that the server would make for a key without one."""
    both = replace(want, indexes=(*want.indexes, *have.indexes))
    called = name(key, both)
    columns = (sa.Column(column, sa.Integer()) for column in key.columns)
    holder = sa.Table(want.name.name, sa.MetaData(), *columns, schema=want.name.schema)
    element = sa.Index(called, *holder.c, _table=holder)
    text = f"({', '.join(key.columns)})"
    return Index(called, Sql(text, element), False, key.columns, None, element)


def preparation(
    key: ForeignKey | Unique, table: Table, quote: Callable[[str], str]
) -> tuple[str, bool]:
    """Return clauses to put before ``ADD key``, and whether to leave the name to the server.

    The index of a foreign key with a name is called like it, and the one that the server made
    before under another name goes: to keep that one, it has to be an index of its own.
    """
    if isinstance(key, Unique):
        index = table.index(key.name or "")
        is_in_the_way = index is not None and any(
            is_like(index, k, table) and covers(key.columns, k) for k in table.foreign_keys
        )
        return (f"DROP INDEX {quote(key.name or '')}, " if is_in_the_way else ""), False
    own = number(table.name.name, key.name)
    if not own or own == next_number(table):
        return "", bool(own)
    columns = ", ".join(map(quote, key.columns))
    found = next((i.name for i in table.indexes if is_like(i, key, table)), None)
    if found is not None:
        return f"DROP INDEX {quote(found)}, ADD INDEX {quote(found)} ({columns}), ", False
    if is_covered(key, table):
        return "", False
    return f"ADD INDEX {quote(name(key, table))} ({columns}), ", False


def gone(table: Table, dropped: Collection[str | None]) -> Iterator[ForeignKey]:
    """Yield the foreign keys that were without an index if those went."""
    rest = replace(
        table,
        uniques=tuple(u for u in table.uniques if u.name not in dropped),
        indexes=tuple(i for i in table.indexes if i.name not in dropped),
    )
    for key in table.foreign_keys:
        if is_covered(key, table) and not is_covered(key, rest):
            yield key


def left_by(operation: DropConstraint, before: Schema, finally_: Schema) -> str | None:
    """Return the name of the index that may be left behind when a foreign key is dropped."""
    key, table = operation.constraint, before.table(operation.table)
    if not isinstance(key, ForeignKey) or table is None:
        return None
    last = finally_.table(operation.table)
    others = [k for k in (last.foreign_keys if last is not None else ()) if k != key]
    if any(other.columns == key.columns for other in others) or is_covered(key, table):
        return None
    return name(replace(key, name=operation.name), table)
