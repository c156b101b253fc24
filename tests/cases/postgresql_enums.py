"""The life of PostgreSQL's enumerated types and domains."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from . import Case
from . import column
from . import made
from . import PG
from . import table
from . import tables
from .structure import one

ROW = {"t": [{"id": 1, "e": "a"}, {"id": 2, "e": None}]}
LIST = {"t": [{"id": 1, "x": ["a", "b"]}, {"id": 2, "x": None}]}
ODD = ("it's", "a", 'd"q', "100%", ":x", "ü", " s", "a\\b")

GLAD = column("g", sa.Boolean, lambda: sa.Computed("e = 'a'", persisted=True))


def kind(*values, schema=None, name="mood"):
    """Return a function that makes the type."""
    return lambda: sa.Enum(*values, name=name, schema=schema)


def mood(*values, schema=None, name="mood", **keywords):
    """Return a column of the type."""
    return column("e", kind(*values, schema=schema, name=name), **keywords)


def moods(*values, schema=None, name="mood", **keywords):
    """Return a column of arrays of the type."""
    return column(
        "x", lambda: postgresql.ARRAY(kind(*values, schema=schema, name=name)()), **keywords
    )


def second(*elements):
    """Return another table."""
    return table("u", column("id", sa.Integer, primary_key=True), *elements)


def check(text, name):
    return made(sa.CheckConstraint, text, name=name)


def where(text):
    return made(sa.Index, "ix_w", "id", postgresql_where=sa.text(text))


def domain(**options):
    return column("e", lambda: postgresql.DOMAIN("word", sa.Text(), **options))


CASES = [
    Case("pg enum: a table brings it", second(), tables(second(), one(mood("a", "b"))), {}, PG),
    Case("pg enum: a table takes it along", tables(second(), one(mood("a"))), second(), {}, PG),
    Case(
        "pg enum: two tables share it from the beginning",
        second(),
        tables(second(mood("a", "b")), one(mood("a", "b"))),
        {},
        PG,
    ),
    Case("pg enum: an array of it comes", one(), one(moods("a", "b")), systems=PG),
    Case("pg enum: it comes with an array of it", one(), one(mood("a"), moods("a")), systems=PG),
    Case(
        "pg enum: another table uses it too",
        tables(one(mood("a", "b")), second()),
        tables(one(mood("a", "b")), second(mood("a", "b"))),
        ROW,
        PG,
    ),
    Case(
        "pg enum: one of two users goes",
        tables(one(mood("a", "b")), second(mood("a", "b"))),
        tables(one(mood("a", "b")), second()),
        ROW,
        PG,
    ),
    Case(
        "pg enum: it comes with its schema",
        one(),
        one(mood("a", "b", schema="other")),
        systems=PG,
    ),
    Case(
        "pg enum: values come everywhere",
        one(mood("a", "b")),
        one(mood("x", "a", "m", "n", "b", "z")),
        ROW,
        PG,
    ),
    Case(
        "pg enum: a value comes in another schema",
        one(mood("a", "b", schema="other")),
        one(mood("a", "m", "b", schema="other")),
        ROW,
        PG,
    ),
    Case(
        "pg enum: the new value is the default",
        one(mood("a", "b", server_default="a")),
        one(mood("a", "b", "c", server_default="c")),
        ROW,
        PG,
    ),
    Case(
        "pg enum: the new value is the default of a new column",
        one(mood("a", "b")),
        one(mood("a", "c", "b"), column("f", kind("a", "c", "b"), server_default="c")),
        ROW,
        PG,
    ),
    Case(
        "pg enum: the new value is in the default of arrays",
        one(moods("a", "b", server_default="{a}")),
        one(moods("a", "b", "c", server_default="{b,c}")),
        {"t": [{"id": 1, "x": ["a"]}]},
        PG,
    ),
    Case(
        "pg enum: a condition names the new value",
        one(mood("a", "b")),
        one(mood("a", "b", "c"), where("e = 'c'"), check("e <> 'c' OR id > 0", "ck_e")),
        ROW,
        PG,
    ),
    Case(
        "pg enum: a new table defaults to the new value",
        one(mood("a", "b")),
        tables(one(mood("a", "b", "c")), second(mood("a", "b", "c", server_default="c"))),
        ROW,
        PG,
    ),
    Case("pg enum: a value goes", one(mood("a", "b", "c")), one(mood("a", "b")), ROW, PG),
    Case(
        "pg enum: a value goes from arrays",
        one(moods("a", "b", "c", server_default="{a}")),
        one(moods("a", "b", server_default="{a}")),
        LIST,
        PG,
    ),
    Case(
        "pg enum: the default goes with its value",
        one(mood("a", "b", "c", server_default="c")),
        one(mood("a", "b")),
        ROW,
        PG,
    ),
    Case(
        "pg enum: the default was the value that goes",
        one(mood("a", "b", "c", server_default="c")),
        one(mood("a", "b", server_default="a")),
        ROW,
        PG,
    ),
    Case(
        "pg enum: checks and conditions live through it",
        one(mood("a", "b", "c"), check("e <> 'b'", "ck_e"), where("e = 'a'")),
        one(mood("a", "b"), check("e <> 'b'", "ck_e"), where("e = 'a'")),
        ROW,
        PG,
    ),
    Case(
        "pg enum: a generated column lives through it",
        one(mood("a", "b"), GLAD),
        one(mood("b", "a"), GLAD),
        ROW,
        PG,
    ),
    Case(
        "pg enum: keys live through it",
        tables(
            table("p", column("e", kind("a", "b"), primary_key=True)),
            one(mood("a", "b"), made(sa.ForeignKeyConstraint, ["e"], ["p.e"], name="fk_e")),
        ),
        tables(
            table("p", column("e", kind("b", "a"), primary_key=True)),
            one(mood("b", "a"), made(sa.ForeignKeyConstraint, ["e"], ["p.e"], name="fk_e")),
        ),
        {"p": [{"e": "a"}], **ROW},
        PG,
    ),
    Case(
        "pg enum: its order changes",
        one(mood("a", "b", "c", server_default="b")),
        one(mood("c", "a", "b", server_default="b")),
        ROW,
        PG,
    ),
    Case(
        "pg enum: all tables lose a value",
        tables(one(mood("a", "b", "c")), second(mood("a", "b", "c"), moods("a", "b", "c"))),
        tables(one(mood("a", "b")), second(mood("a", "b"), moods("a", "b"))),
        ROW,
        PG,
    ),
    Case(
        "pg enum: it grows while a user goes",
        tables(one(mood("a", "b")), second(mood("a", "b"))),
        tables(one(mood("a", "b", "c")), second()),
        ROW,
        PG,
    ),
    Case(
        "pg enum: another type takes its place",
        one(mood("a", "b", server_default="a")),
        one(mood("a", "b", name="feeling", server_default="b")),
        ROW,
        PG,
    ),
    Case(
        "pg enum: arrays get another type",
        one(moods("a", "b")),
        one(moods("a", "b", name="feeling")),
        LIST,
        PG,
    ),
    Case(
        "pg enum: it moves to another schema",
        one(mood("a", "b")),
        one(mood("a", "b", schema="other")),
        ROW,
        PG,
    ),
    Case(
        "pg enum: it becomes a string with a check",
        one(mood("a", "b")),
        one(
            column(
                "e",
                lambda: sa.Enum("a", "b", name="ck_e", native_enum=False, create_constraint=True),
            )
        ),
        ROW,
        PG,
    ),
    Case(
        "pg enum: a string becomes it",
        one(column("e", sa.String(20), server_default="a")),
        one(mood("a", "b", server_default="a")),
        ROW,
        PG,
    ),
    Case("pg enum: odd values come", one(), one(mood(*ODD, name="Odd 'N%ame")), systems=PG),
    Case(
        "pg enum: odd values go",
        one(mood(*ODD, name="Odd 'N%ame", server_default=":x")),
        one(mood("a", "100%", ":x", name="Odd 'N%ame", server_default=":x")),
        ROW,
        PG,
    ),
    Case(
        "pg enum: a long name",
        one(mood("a", "b", "c", name="m" * 63)),
        one(mood("a", "b", name="m" * 63)),
        ROW,
        PG,
    ),
    Case(
        "pg enum: a reserved name",
        one(mood("a", "b", "c", name="order")),
        one(mood("a", "c", name="order")),
        ROW,
        PG,
    ),
    Case(
        "pg enum: a value gets another name",
        one(mood("a", "b", server_default="a"), check("e <> 'a' OR id < 9", "ck_e")),
        one(mood("A", "b", server_default="A"), check("e <> 'A' OR id < 9", "ck_e")),
        ROW,
        PG,
        renames=("mood.a:A",),
        values={"t": [{"id": 1, "e": "A"}, {"id": 2, "e": None}]},
    ),
    Case(
        "pg enum: a table of its name takes its place",
        one(mood("a")),
        tables(
            second(),
            table("mood", column("id", sa.Integer, primary_key=True)),
            one(column("m", sa.Integer, lambda: sa.ForeignKey("mood.id"))),
        ),
        ROW,
        PG,
    ),
    Case(
        "pg enum: a table of its name comes while its column becomes a text",
        one(mood("a")),
        tables(
            table("mood", column("id", sa.Integer, primary_key=True)), one(column("e", sa.Text))
        ),
        ROW,
        PG,
    ),
    Case(
        "pg enum: somebody else's stays",
        tables(one(mood("a")), second()),
        second(),
        systems=PG,
        first={"postgresql": ("CREATE TYPE theirs AS ENUM ('x')",)},
    ),
    Case("pg domain: it comes with a column", one(), one(domain(check="VALUE <> ''")), systems=PG),
    Case("pg domain: it comes with a table", second(), tables(second(), one(domain())), {}, PG),
    Case("pg domain: it goes", one(domain(not_null=False, default="x")), one(), {}, PG),
    Case("pg domain: a text becomes one", one(column("e", sa.Text)), one(domain()), ROW, PG),
]
