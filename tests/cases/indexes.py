"""Indexes and unique constraints: what is in them, their order, their options."""

from __future__ import annotations

import sqlalchemy as sa

from . import Case
from . import column
from . import key
from . import LITE
from . import made
from . import PG
from . import table
from . import tables
from .structure import A
from .structure import N
from .structure import one

ROWS = {"t": [{"id": 1, "a": "x", "n": 5}, {"id": 2, "a": "y", "n": 7}]}
BOTH = (*LITE, *PG)


def index(*parts, name="ix", **keywords):
    """Return an index; a part is a column's name, or makes an expression."""
    return lambda: sa.Index(name, *(p() if callable(p) else p for p in parts), **keywords)


def unique(*columns, name="uq", **keywords):
    """Return a unique constraint."""
    return made(sa.UniqueConstraint, *columns, name=name, **keywords)


def where(text):
    """Return the keywords of a partial index."""
    return {f"{system}_where": sa.text(text) for system in BOTH}


def change(name, old, new, systems=(*LITE, *PG, "mariadb"), **more):
    """Return a case that replaces what indexes a table has."""
    return Case(f"an index: {name}", one(A, N, *old), one(A, N, *new), ROWS, systems, **more)


def low():
    return sa.text("lower(a)")


def up():
    return sa.text("upper(a)")


CASES = [
    change("over two columns comes", [], [index("a", "n")]),
    change("two come", [], [index("a"), index("n", name="ix2")]),
    change("unique comes", [], [index("a", unique=True)]),
    change("unique no more", [index("a", unique=True)], [index("a")]),
    change("its columns change places", [index("a", "n")], [index("n", "a")]),
    change("another column", [index("a")], [index("n")]),
    change("loses a column", [index("a", "n")], [index("a")]),
    change("is renamed", [index("a", name="ix_old")], [index("a", name="ix_new")]),
    change(
        "two change places",
        [index("a"), index("n", name="i2")],
        [index("n"), index("a", name="i2")],
    ),
    change("one column turns around", [index("a", "n")], [index("a", lambda: sa.desc("n"))]),
    change("turns back", [index(lambda: sa.desc("n"))], [index("n")]),
    change("becomes a unique constraint", [index("a", unique=True)], [unique("a")]),
    change("comes from a unique constraint", [unique("a")], [index("a", unique=True)]),
    change("nulls first", [index("n")], [index(lambda: sa.nulls_first(sa.column("n")))], PG),
    change("an expression comes to a column", [index("n")], [index("n", low)], BOTH),
    change("an expression goes", [index(low)], [], BOTH),
    change("an expression is renamed", [index(low, name="i1")], [index(low, name="i2")], BOTH),
    change("a unique expression", [index(low)], [index(low, unique=True)], BOTH),
    change("an expression instead of the column", [index("a")], [index(low)], BOTH),
    change("of two expressions one changes", [index(low, up)], [index(low, low)], BOTH),
    change("a partial one comes", [], [index("n", **where("n > 1"))], BOTH),
    change("a partial one goes", [index("n", **where("n > 1"))], [], BOTH),
    change("becomes partial", [index("n")], [index("n", **where("n > 1"))], BOTH),
    change("becomes whole", [index("n", **where("n > 1"))], [index("n")], BOTH),
    change(
        "a condition with a percent sign",
        [index("n", **where("a LIKE 'x%'"))],
        [index("n", **where("a LIKE '%x'"))],
        BOTH,
    ),
    change(
        "a condition with a list",
        [index("n", **where("a IN ('x', 'y')"))],
        [index("n", **where("a IN ('x', 'z')"))],
        BOTH,
    ),
    change(
        "a unique partial one",
        [index("a", unique=True, **where("n > 1"))],
        [index("a", unique=True, **where("n > 2"))],
        BOTH,
    ),
    change("a collation", [index("a")], [index(lambda: sa.text("a COLLATE NOCASE"))], LITE),
    change(
        "percent signs in an expression", [], [index(lambda: sa.text("replace(a, '%', '')"))], BOTH
    ),
    change("a unique constraint is renamed", [unique("a", name="u1")], [unique("a", name="u2")]),
    change("a unique constraint loses a column", [unique("a", "n")], [unique("a")]),
    change(
        "the columns of a unique constraint change places", [unique("a", "n")], [unique("n", "a")]
    ),
    change("a unique constraint gets a name", [unique("a", name=None)], [unique("a")]),
    change(
        "a unique constraint is deferrable",
        [unique("a")],
        [unique("a", deferrable=True, initially="DEFERRED")],
        PG,
    ),
    change(
        "one of two unnamed unique constraints goes",
        [unique("a", name=None), unique("n", name=None)],
        [unique("n", name=None)],
    ),
    change("goes with its column", [column("x", sa.Integer), index("x")], []),
    change("loses a column that goes", [column("x", sa.Integer), index("a", "x")], [index("a")]),
    change("a unique constraint goes with its column", [column("x", sa.Integer), unique("x")], []),
    change("a column and its index come", [], [column("x", sa.Integer), index("x")]),
    change("a column and its unique constraint come", [], [column("x", sa.Integer), unique("x")]),
    Case(
        "an index on a column that changes its type",
        one(column("n", sa.Integer, index=True)),
        one(column("n", sa.BigInteger, index=True)),
        {"t": [{"id": 1, "n": 5}]},
    ),
    Case(
        "an index on a column that becomes required",
        one(column("n", sa.Integer, index=True)),
        one(column("n", sa.Integer, index=True, nullable=False)),
        {"t": [{"id": 1, "n": 5}]},
    ),
    Case(
        "an index moves to another table",
        tables(one(N, index("n")), table("u", key(), N)),
        tables(one(N), table("u", key(), N, index("n"))),
        {"t": [{"id": 1, "n": 5}], "u": [{"id": 1, "n": 6}]},
    ),
    Case(
        "the columns of an index change places in the table",
        one(A, N, index("a", "n")),
        one(N, A, index("a", "n"), column("z", sa.Integer)),
        ROWS,
    ),
]
