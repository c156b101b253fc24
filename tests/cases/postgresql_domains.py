"""Domains of PostgreSQL that change, in place where they stay on their type."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from . import Case
from . import column
from . import PG
from . import table
from . import tables
from .structure import one

ROWS = {"t": [{"id": 1, "n": 5}, {"id": 2, "n": 7}]}


def domain(kind=sa.Integer, name="small", **options):
    """Return a column of a domain."""
    return column("n", lambda: postgresql.DOMAIN(name, kind, **options))


def shared(kind):
    """Return two tables that use a domain."""
    required = column(
        "n",
        lambda: postgresql.DOMAIN("small", kind, check="VALUE > 0"),
        nullable=False,
    )
    first = one(domain(kind, check="VALUE > 0"))
    return tables(first, table("u", column("id", sa.Integer, primary_key=True), required))


def many(kind):
    """Return an array of a domain."""
    array = lambda: postgresql.ARRAY(postgresql.DOMAIN("small", kind, check="VALUE > 0"))  # noqa: E731
    return one(column("n", array))


def change(name, before, after, **more):
    """Return both directions of a change."""
    sides = (one(before), one(after))
    yield Case(f"pg domain: {name}", *sides, ROWS, PG, **more)
    yield Case(f"pg domain: {name}, the other way", *reversed(sides), ROWS, PG, **more)


CASES = [
    *change("its check changes", domain(check="VALUE > 0"), domain(check="VALUE > 1")),
    *change("a check comes", domain(), domain(check="VALUE > 1")),
    *change("a default comes", domain(), domain(default="7")),
    *change("a default changes", domain(default="6"), domain(default="7")),
    *change("it becomes required", domain(), domain(not_null=True)),
    *change(
        "all of it changes",
        domain(check="VALUE > 0", constraint_name="My c", default="5", not_null=True),
        domain(check="VALUE > 1", constraint_name="c2"),
    ),
    *change(
        "its type changes",
        domain(check="VALUE > 0", default="1"),
        domain(sa.BigInteger, check="VALUE > 0", default="1"),
    ),
    *change("a column goes from one to another", domain(), domain(name="tiny", check="VALUE > 0")),
    Case(
        "pg domain: its collation changes",
        one(domain(sa.Text)),
        one(domain(sa.Text, collation="C")),
        {"t": [{"id": 1, "n": "a"}]},
        PG,
    ),
    Case(
        "pg domain: one of another schema changes",
        one(domain(schema="apart")),
        one(domain(schema="apart", check="VALUE > 0")),
        ROWS,
        PG,
    ),
    Case(
        "pg domain: that of two tables gets another type",
        shared(sa.Integer),
        shared(sa.BigInteger),
        {"t": ROWS["t"], "u": [{"id": 1, "n": 4}]},
        PG,
    ),
    Case(
        "pg domain: that of an array gets another type",
        many(sa.Integer),
        many(sa.BigInteger),
        {"t": [{"id": 1, "n": [7, 8]}]},
        PG,
    ),
    Case(
        "pg domain: the same check in other words",
        one(domain(check="VALUE > 0 AND VALUE <> 5")),
        one(domain(check="(value>0) and VALUE != 5")),
        systems=PG,
        silent=True,
    ),
]
