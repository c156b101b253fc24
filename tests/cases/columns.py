"""Columns: coming, going, and every change of a generic type, with what stands on them."""

from __future__ import annotations

import datetime
import uuid

import sqlalchemy as sa

from . import Case
from . import column
from . import key
from . import made
from . import PG
from . import table
from . import tables
from .structure import A
from .structure import N
from .structure import one

SEVEN = uuid.UUID(int=7)
DAY = datetime.date(2020, 1, 2)
MOMENT = datetime.datetime(2020, 1, 2, 3, 4, 5)

CHECK = made(sa.CheckConstraint, "n > 3", name="c")
COLLATED = sa.String(20)
for system, collation in (("sqlite", "NOCASE"), ("postgresql", "C"), ("mysql", "utf8mb4_bin")):
    COLLATED = COLLATED.with_variant(sa.String(20, collation=collation), system)
COLLATED = COLLATED.with_variant(sa.String(20, collation="utf8mb4_bin"), "mariadb")


def varied(length):
    """Return a type of which each database has its own variant."""
    own = sa.String(length)
    return sa.String(9).with_variant(own, "sqlite", "postgresql", "mysql", "mariadb")


def typed(name, old, new, value, systems=("sqlite", "postgresql", "mariadb"), **more):
    """Return a case that changes a type, with a row."""
    rows = {"t": [{"id": 1, "c": value}, {"id": 2, "c": None}]}
    return Case(
        f"a type: {name}", one(column("c", old)), one(column("c", new)), rows, systems, **more
    )


def two(*elements):
    """Return the table with what two more columns need."""
    return one(A, N, *elements)


CASES = [
    typed("a smaller integer", sa.Integer, sa.SmallInteger, 5),
    typed("a small integer grows", sa.SmallInteger, sa.BigInteger, 5),
    typed("an integer becomes a decimal", sa.Integer, sa.Numeric(8, 2), 5),
    typed("a decimal becomes an integer", sa.Numeric(8, 0), sa.Integer, 5),
    typed("a decimal gets places", sa.Numeric(8, 2), sa.Numeric(8, 3), 5),
    typed("a decimal gets digits", sa.Numeric(8, 2), sa.Numeric(10, 2), 5),
    typed("a decimal loses its limits", sa.Numeric(8, 2), sa.Numeric, 5),
    typed("an integer becomes a float", sa.Integer, sa.Float, 5),
    typed("a float becomes a decimal", sa.Float, sa.Numeric(8, 2), 1.5),
    typed("a float becomes a double", sa.REAL, sa.Double, 1.5, ("sqlite", "postgresql")),
    typed("a text shrinks", sa.String(40), sa.String(10), "x"),
    typed("a text gets a fixed length", sa.String(5), sa.CHAR(5), "abcde"),
    typed("a text of no length gets one", sa.Text, sa.String(50), "x"),
    typed("a big integer becomes a text", sa.BigInteger, sa.String(40), 9000000000),
    typed("a date becomes a moment", sa.Date, sa.DateTime, DAY,
          values={"t": [{"id": 1}, {"id": 2}]}),
    typed("a moment becomes a date", sa.DateTime, sa.Date, None),
    typed("a date becomes a text", sa.Date, sa.String(20), DAY),
    typed("a text becomes a date", sa.String(20), sa.Date, "2020-01-02"),
    typed("a text becomes a moment", sa.String(30), sa.DateTime, "2020-01-02 03:04:05",
          values={"t": [{"id": 1}, {"id": 2}]}, ),
    typed("a text becomes a decimal", sa.String(20), sa.Numeric(8, 2), "1.25"),
    typed("a decimal becomes a text", sa.Numeric(8, 2), sa.String(20), 5),
    typed("a text becomes a boolean", sa.String(5), sa.Boolean, "true", PG,
          values={"t": [{"c": True}, {"c": None}]}),
    typed("an integer becomes a boolean", sa.Integer, sa.Boolean, 1),
    typed("a boolean becomes an integer", sa.Boolean, sa.Integer, True),
    typed("text becomes bytes", sa.Text, sa.LargeBinary, r"abc\\ü",
          values={"t": [{"c": "abc\\\\ü".encode()}, {"c": None}]}),
    typed("bytes become a text", sa.LargeBinary, sa.Text, "abc\\ü".encode(),
          values={"t": [{"c": "abc\\ü"}, {"c": None}]}),
    typed("a dashed text becomes a UUID", sa.String(36), sa.Uuid, str(SEVEN), ("sqlite",),
          values={"t": [{"c": SEVEN.hex}, {"c": None}]}),
    typed("JSON becomes bytes", sa.JSON(none_as_null=True), sa.LargeBinary, {"a": 1},
          values={"t": [{"id": 1}, {"id": 2}]}),
    typed("a UUID becomes a number", sa.Uuid, sa.Integer, None, ("mariadb",)),
    typed("a UUID becomes a moment", sa.Uuid, sa.DateTime, None, ("mariadb",)),
    typed("a number becomes a UUID", sa.Numeric(9, 2), sa.Uuid, None, ("mariadb",)),
    typed("a day becomes a UUID", sa.Date, sa.Uuid, None, ("mariadb",)),
    typed("a text becomes JSON", sa.Text, sa.JSON, '{"a": 1}',
          values={"t": [{"id": 1}, {"id": 2}]}),
    Case("a column comes between others", one(A, N), one(A, column("x", sa.Integer), N),
         {"t": [{"id": 1, "a": "x", "n": 5}]}),
    Case("three columns come", one(A), one(A, *(column(f"x{n}", sa.Integer) for n in range(3))),
         {"t": [{"id": 1, "a": "x"}]}),
    Case("three columns go", one(A, *(column(f"x{n}", sa.Integer) for n in range(3))), one(A),
         {"t": [{"id": 1, "a": "x", "x0": 1}]}),
    Case("a column goes and another comes", one(A), one(N), {"t": [{"id": 1, "a": "x"}]}),
    Case("a column goes and one of the same type comes", one(A), one(column("b", sa.String(20))),
         {"t": [{"id": 1, "a": "x"}]}),
    Case("a required column goes", one(A, column("n", sa.Integer, nullable=False)), one(A),
         {"t": [{"id": 1, "a": "x", "n": 5}]}),
    Case("a required column with a default goes",
         one(A, column("n", sa.Integer, nullable=False, server_default="3")), one(A),
         {"t": [{"id": 1, "a": "x", "n": 5}]}),
    Case("columns of two tables change", tables(one(A), table("u", key(), N)),
         tables(one(column("a", sa.String(50))), table("u", key(), column("n", sa.BigInteger))),
         {"t": [{"id": 1, "a": "x"}], "u": [{"id": 1, "n": 5}]}),
    Case("every column of a table changes", one(A, N),
         one(column("a", sa.Text, nullable=False), column("n", sa.BigInteger, server_default="1")),
         {"t": [{"id": 1, "a": "x", "n": 5}]}),
    Case("a type changes and the column becomes required", one(N),
         one(column("n", sa.BigInteger, nullable=False)), {"t": [{"id": 1, "n": 5}]}),
    Case("a unique column gets another type", one(N, made(sa.UniqueConstraint, "n", name="uq")),
         one(column("n", sa.BigInteger), made(sa.UniqueConstraint, "n", name="uq")),
         {"t": [{"id": 1, "n": 5}]}),
    Case("a collation comes", one(A), one(column("a", COLLATED)), {"t": [{"id": 1, "a": "x"}]}),
    Case("a variant changes", one(column("a", varied(30))), one(column("a", varied(40))),
         {"t": [{"id": 1, "a": "x"}]}),
    Case(
        "a required unique column goes",
        one(A, column("n", sa.Integer, nullable=False, unique=True)),
        one(A),
        {"t": [{"id": 1, "a": "x", "n": 5}, {"id": 2, "a": "y", "n": 6}]},
    ),
    Case(
        "a required column with a check goes",
        one(A, column("n", sa.Integer, nullable=False), CHECK),
        one(A),
        {"t": [{"id": 1, "a": "x", "n": 5}]},
    ),
]  # fmt: skip
