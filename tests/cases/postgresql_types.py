"""Types of PostgreSQL that change into each other, with what stands in the way."""

from __future__ import annotations

import uuid
from datetime import date
from datetime import datetime
from decimal import Decimal
from itertools import count

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from . import Case
from . import column
from . import made
from . import PG
from . import table
from . import tables
from .structure import one

ID = uuid.UUID("6f1a2b3c-0000-4000-8000-000000000001")
HSTORE = {"postgresql": ("CREATE EXTENSION hstore",)}
CITEXT = {"postgresql": ("CREATE EXTENSION citext",)}


def x(type_, **keywords):
    """Return a column ``x``."""
    return column("x", type_ if isinstance(type_, type) else lambda: type_, **keywords)


def change(name, before, after, value=None, default=(), **keywords):
    """Return the change of a column's type; ``default`` has one for each side."""
    sides = [{"server_default": text} for text in default] or [{}, {}]
    return Case(
        f"pg type: {name}",
        one(x(before, **sides[0])),
        one(x(after, **sides[1])),
        {"t": [{"id": 1, "x": value}, {"id": 2, "x": None}]},
        PG,
        **keywords,
    )


def identity(name, type_, **keywords):
    """Return a case of a type that comes with a column."""
    return Case(f"pg type: {name} comes", one(), one(x(type_)), {"t": [{"id": 1}]}, PG, **keywords)


def wide(*elements):
    return table("t", column("id", sa.Integer, primary_key=True), *elements)


numbers = count(1)
P = postgresql

CASES = [
    change("a text becomes an integer", sa.Text, sa.Integer, "12"),
    change("a text with a default becomes an integer", sa.Text, sa.Integer, "12", ("1", "2")),
    change("a default moves with its type", sa.String(10), sa.Integer, "12", ("5", "5")),
    change(
        "an integer becomes a boolean",
        sa.Integer,
        sa.Boolean,
        1,
        ("0", "false"),
        values={"t": [{"id": 1, "x": True}, {"id": 2, "x": None}]},
    ),
    change(
        "a small integer becomes a boolean and back",
        sa.SmallInteger,
        sa.Boolean,
        1,
        values={"t": [{"id": 1, "x": True}, {"id": 2, "x": None}]},
    ),
    change(
        "a boolean becomes a string",
        sa.Boolean,
        sa.String(5),
        True,
        values={"t": [{"id": 1, "x": "true"}, {"id": 2, "x": None}]},
    ),
    change(
        "a text becomes a date",
        sa.Text,
        sa.Date,
        "2020-01-02",
        values={"t": [{"id": 1, "x": date(2020, 1, 2)}, {"id": 2, "x": None}]},
    ),
    change(
        "a date gets a time",
        sa.Date,
        sa.DateTime,
        date(2020, 1, 2),
        values={"t": [{"id": 1, "x": datetime(2020, 1, 2)}, {"id": 2, "x": None}]},
    ),
    change("a text becomes an interval", sa.Text, sa.Interval),
    change(
        "a text becomes a uuid",
        sa.Text,
        sa.Uuid,
        str(ID),
        values={"t": [{"id": 1, "x": ID}, {"id": 2, "x": None}]},
    ),
    change(
        "a char(32) becomes a uuid and back",
        sa.CHAR(32),
        sa.Uuid,
        ID.hex,
        values={"t": [{"id": 1, "x": ID}, {"id": 2, "x": None}]},
    ),
    change(
        "a text becomes jsonb",
        sa.Text,
        P.JSONB,
        "[1]",
        values={"t": [{"id": 1, "x": [1]}, {"id": 2, "x": None}]},
    ),
    change("json becomes a text", P.JSONB(none_as_null=True), sa.Text),
    change("a text becomes a network", sa.Text, P.CIDR),
    change(
        "an address becomes a text",
        P.INET,
        sa.Text,
        "10.0.0.1",
        values={"t": [{"id": 1, "x": "10.0.0.1/32"}, {"id": 2, "x": None}]},
    ),
    change("bits grow", P.BIT(3), P.BIT(5, varying=True), "101"),
    change("money becomes a number", P.MONEY, sa.Numeric(10, 2)),
    change("a range grows", P.INT4RANGE, P.INT8RANGE),
    change("a text becomes an array", sa.Text, P.ARRAY(sa.Text)),
    change("strings in an array grow", P.ARRAY(sa.String(5)), P.ARRAY(sa.String(9)), ["a"]),
    change(
        "numbers in an array become texts",
        P.ARRAY(sa.Integer),
        P.ARRAY(sa.Text),
        [1],
        values={"t": [{"id": 1, "x": ["1"]}, {"id": 2, "x": None}]},
    ),
    change("a float becomes exact", sa.Float, sa.Numeric(10, 2), 1.5),
    change("a float gets its precision", sa.Float(24), sa.Float(53), 1.5),
    change("a number loses its bounds", sa.Numeric(10, 2), sa.Numeric, Decimal("1.50")),
    change("a time gets its precision", P.TIMESTAMP(precision=3), P.TIMESTAMP, None),
    change("an interval gets fields", P.INTERVAL, P.INTERVAL(fields="DAY TO SECOND"), None),
    change("a text gets a collation", sa.Text, sa.Text(collation="C"), "a"),
    change("a collation goes", sa.String(9, collation="de-x-icu"), sa.String(9), "a"),
    change("a string becomes citext", sa.String(9), P.CITEXT, "Ab", first=CITEXT),
    change("a text becomes a search vector", sa.Text, P.TSVECTOR),
    change("a char is padded no more", sa.CHAR(3), sa.String(9), "abc"),
    change("bytes become a text", sa.LargeBinary, sa.Text),
    identity("hstore", P.HSTORE, first=HSTORE),
    identity("a multirange", P.INT4MULTIRANGE),
    identity("an array of two dimensions", P.ARRAY(sa.Integer, dimensions=2)),
    identity("a variant", sa.JSON().with_variant(P.JSONB(), "postgresql")),
    identity("an object id", P.OID),
    identity("a hardware address", P.MACADDR8),
    Case(
        "pg type: a default goes with its type from a column with a percent sign",
        one(column("a%s", sa.String(9), server_default="x", nullable=False)),
        one(column("a%s", sa.Integer)),
        systems=PG,
    ),
    Case(
        "pg type: a check lists strings over it",
        one(x(sa.String(5)), made(sa.CheckConstraint, "x IN ('a', 'b')", name="ck_x")),
        one(x(sa.String(9)), made(sa.CheckConstraint, "x IN ('a', 'b')", name="ck_x")),
        {"t": [{"id": 1, "x": "a"}]},
        PG,
    ),
    Case(
        "pg type: an index lists strings over it",
        one(x(sa.String(5)), made(sa.Index, "ix", "id", postgresql_where=sa.text("x IN ('a')"))),
        one(x(sa.Text), made(sa.Index, "ix", "id", postgresql_where=sa.text("x IN ('a')"))),
        {"t": [{"id": 1, "x": "a"}]},
        PG,
    ),
    Case(
        "pg type: indexes stand on it",
        one(x(sa.String(5)), made(sa.Index, "ix_x", "x"), made(sa.UniqueConstraint, "x")),
        one(x(sa.Text), made(sa.Index, "ix_x", "x"), made(sa.UniqueConstraint, "x")),
        {"t": [{"id": 1, "x": "a"}]},
        PG,
    ),
    Case(
        "pg type: keys of both ends change together",
        tables(
            table("p", column("id", sa.Integer, primary_key=True)),
            one(x(sa.Integer), made(sa.ForeignKeyConstraint, ["x"], ["p.id"])),
        ),
        tables(
            table("p", column("id", sa.BigInteger, primary_key=True)),
            one(x(sa.BigInteger), made(sa.ForeignKeyConstraint, ["x"], ["p.id"])),
        ),
        {"p": [{"id": 1}], "t": [{"id": 1, "x": 1}]},
        PG,
    ),
]
