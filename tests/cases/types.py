"""Types that one database has, and enumerations."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql

from . import Case
from . import column
from . import key
from . import table
from .structure import one

PG = ("postgresql",)
MY = ("mariadb",)
ENUM = {"t": [{"id": 1, "e": "a"}]}


def enum(*values, name="mood"):
    """Return a column of an enumerated type."""
    return column("e", lambda: sa.Enum(*values, name=name))


CASES = [
    Case("an enum column comes", one(), one(enum("a", "b"))),
    Case(
        "a table with an enum comes",
        one(),
        lambda m: (one()(m), table("u", key(), enum("a", "b"))(m)),
    ),
    Case("an enum column goes", one(enum("a", "b")), one()),
    Case(
        "an enum grows at its end",
        one(enum("a", "b")),
        one(enum("a", "b", "c")),
        ENUM,
        ("postgresql", "mariadb"),
    ),
    Case("an enum grows within", one(enum("a", "c")), one(enum("a", "b", "c")), ENUM, PG),
    Case("an enum loses a value", one(enum("a", "b")), one(enum("a")), ENUM, PG),
    Case(
        "an enum with a default grows",
        one(column("e", lambda: sa.Enum("a", "b", name="mood"), server_default="a")),
        one(column("e", lambda: sa.Enum("a", "c", name="mood"), server_default="a")),
        ENUM,
        PG,
    ),
    Case(
        "an enum by a check grows",
        one(
            column(
                "e",
                lambda: sa.Enum("a", "b", name="mood", native_enum=False, create_constraint=True),
            )
        ),
        one(
            column(
                "e",
                lambda: sa.Enum(
                    "a", "b", "c", name="mood", native_enum=False, create_constraint=True
                ),
            )
        ),
        ENUM,
    ),
    Case(
        "json becomes jsonb",
        one(column("j", sa.JSON)),
        one(column("j", postgresql.JSONB)),
        {"t": [{"id": 1, "j": {"a": 1}}]},
        PG,
    ),
    Case(
        "a time gets its zone",
        one(column("w", sa.DateTime)),
        one(column("w", sa.DateTime(timezone=True))),
        systems=PG,
    ),
    Case(
        "an array's items grow",
        one(column("x", postgresql.ARRAY(sa.Integer))),
        one(column("x", postgresql.ARRAY(sa.BigInteger))),
        {"t": [{"id": 1, "x": [1, 2]}]},
        PG,
    ),
    Case(
        "a text becomes a uuid",
        one(column("x", sa.Text)),
        one(column("x", postgresql.UUID)),
        systems=PG,
    ),
    Case(
        "an index gets a method",
        one(column("j", postgresql.JSONB)),
        one(column("j", postgresql.JSONB), lambda: sa.Index("ix", "j", postgresql_using="gin")),
        systems=PG,
    ),
    Case(
        "an index gets columns beside it",
        one(column("a", sa.Integer), column("b", sa.Integer), lambda: sa.Index("ix", "a")),
        one(
            column("a", sa.Integer),
            column("b", sa.Integer),
            lambda: sa.Index("ix", "a", postgresql_include=["b"]),
        ),
        systems=PG,
    ),
    Case(
        "an identity comes",
        table("t", column("id", sa.Integer, primary_key=True, autoincrement=False)),
        table("t", column("id", sa.Integer, lambda: sa.Identity(), primary_key=True)),
        {"t": [{"id": 1}]},
        PG,
    ),
    Case(
        "an identity changes",
        table("t", column("id", sa.Integer, lambda: sa.Identity(), primary_key=True)),
        table(
            "t",
            column(
                "id", sa.Integer, lambda: sa.Identity(always=True, cycle=True), primary_key=True
            ),
        ),
        systems=PG,
    ),
    Case(
        "an integer loses its sign",
        one(column("n", sa.Integer)),
        one(column("n", mysql.INTEGER(unsigned=True))),
        {"t": [{"id": 1, "n": 5}]},
        MY,
    ),
    Case(
        "a time gets fractions",
        one(column("w", mysql.DATETIME)),
        one(column("w", mysql.DATETIME(fsp=6))),
        systems=MY,
    ),
    Case(
        "a text grows",
        one(column("x", sa.Text)),
        one(column("x", mysql.LONGTEXT)),
        {"t": [{"id": 1, "x": "y"}]},
        MY,
    ),
    Case(
        "a collation changes",
        one(column("x", sa.String(9))),
        one(column("x", sa.String(9, collation="utf8mb4_bin"))),
        {"t": [{"id": 1, "x": "y"}]},
        MY,
    ),
    Case(
        "an index gets a length",
        one(column("x", sa.String(90)), lambda: sa.Index("ix", "x")),
        one(column("x", sa.String(90)), lambda: sa.Index("ix", "x", mysql_length=10)),
        systems=MY,
    ),
    Case(
        "a full-text index comes",
        one(column("x", sa.Text)),
        one(column("x", sa.Text), lambda: sa.Index("ix", "x", mysql_prefix="FULLTEXT")),
        systems=MY,
    ),
    Case(
        "a key grows",
        table("t", column("id", sa.Integer, primary_key=True)),
        table("t", column("id", sa.BigInteger, primary_key=True)),
        {"t": [{"id": 3}]},
        ("postgresql", "mariadb"),
    ),
]
