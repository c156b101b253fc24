"""Tables, columns, keys, constraints and indexes."""

from __future__ import annotations

import sqlalchemy as sa

from . import Case
from . import column
from . import key
from . import made
from . import table
from . import tables

ROWS = {"t": [{"id": 1, "a": "x"}, {"id": 2, "a": "y"}]}
NUMBERS = {"t": [{"id": 1, "n": 5}, {"id": 2, "n": 7}]}
A = column("a", sa.String(20))
N = column("n", sa.Integer)


def one(*elements, **keywords):
    """Return the table that nearly every case is about."""
    return table("t", key(), *elements, **keywords)


def fk(name=None, **options):
    """Return a foreign key from ``parent_id``."""
    return made(sa.ForeignKeyConstraint, ["parent_id"], ["p.id"], name=name, **options)


PARENT = table("p", key())
CHILD = column("parent_id", sa.Integer)
FAMILY = {"p": [{"id": 1}], "t": [{"id": 1, "parent_id": 1}]}

CASES = [
    Case("create a table", one(A), tables(one(A), table("u", key(), N)), ROWS),
    Case("drop a table", tables(one(A), table("u", key())), one(A), ROWS),
    Case("rename a table", one(A), table("t2", key(), A), renames=("t:t2",)),
    Case("add a column", one(A), one(A, N), ROWS),
    Case(
        "add a column with a default",
        one(A),
        one(A, column("n", sa.Integer, server_default="3")),
        ROWS,
    ),
    Case(
        "add a required column with a default",
        one(A),
        one(A, column("n", sa.Integer, server_default="3", nullable=False)),
        ROWS,
    ),
    Case(
        "add a column with a function",
        one(A),
        one(A, column("w", sa.DateTime, server_default=sa.func.now())),
        ROWS,
    ),
    Case("drop a column", one(A, N), one(A), ROWS),
    Case("rename a column", one(A), one(column("b", sa.String(20))), ROWS, renames=("t.a:b",)),
    Case(
        "rename an indexed column",
        one(column("a", sa.String(20), index=True)),
        one(column("b", sa.String(20), index=True)),
        ROWS,
        renames=("t.a:b",),
    ),
    Case("widen a string", one(A), one(column("a", sa.String(90))), ROWS),
    Case("a string becomes text", one(A), one(column("a", sa.Text)), ROWS),
    Case("an integer grows", one(N), one(column("n", sa.BigInteger)), NUMBERS),
    Case(
        "a number gets digits",
        one(column("n", sa.Numeric(8, 2))),
        one(column("n", sa.Numeric(12, 4))),
        NUMBERS,
    ),
    Case("an integer becomes a string", one(N), one(column("n", sa.String(20))), NUMBERS),
    Case(
        "a string becomes an integer",
        one(A),
        one(column("a", sa.Integer)),
        {"t": [{"id": 1, "a": "12"}]},
    ),
    Case(
        "a column becomes required", one(A), one(column("a", sa.String(20), nullable=False)), ROWS
    ),
    Case(
        "a column becomes optional", one(column("a", sa.String(20), nullable=False)), one(A), ROWS
    ),
    Case(
        "a default comes",
        one(A),
        one(column("a", sa.String(20), server_default="it's 5% \\ :x")),
        ROWS,
    ),
    Case(
        "a default changes",
        one(column("n", sa.Integer, server_default="1")),
        one(column("n", sa.Integer, server_default="2")),
        NUMBERS,
    ),
    Case("a default goes", one(column("a", sa.String(20), server_default="x")), one(A), ROWS),
    Case(
        "a boolean default",
        one(A),
        one(A, column("f", sa.Boolean, server_default=sa.true(), nullable=False)),
        ROWS,
    ),
    Case(
        "several changes of one column",
        one(A),
        one(column("a", sa.String(50), nullable=False, server_default="z")),
        ROWS,
    ),
    Case(
        "a generated column comes",
        one(N),
        one(N, column("g", sa.Integer, lambda: sa.Computed("n + 1", persisted=True))),
        NUMBERS,
    ),
    Case(
        "a generated column changes",
        one(N, column("g", sa.Integer, lambda: sa.Computed("n + 1", persisted=True))),
        one(N, column("g", sa.Integer, lambda: sa.Computed("n + 2", persisted=True))),
        NUMBERS,
    ),
    Case(
        "a column with values becomes a generated one",
        one(N, column("g", sa.Integer)),
        one(N, column("g", sa.Integer, lambda: sa.Computed("n + 1", persisted=True))),
        {"t": [{**row, "g": 5} for row in NUMBERS["t"]]},
    ),
    Case(
        "a generated column goes",
        one(N, column("g", sa.Integer, lambda: sa.Computed("n + 1", persisted=True))),
        one(N),
        NUMBERS,
    ),
    Case(
        "a generated column and what it is made from go",
        one(A, N, column("g", sa.Integer, lambda: sa.Computed("n + 1", persisted=True))),
        one(A),
        NUMBERS,
    ),
    Case(
        "a table is renamed, and its generated column changes",
        one(N, column("g", sa.Integer, lambda: sa.Computed("n + 1", persisted=True))),
        table("u", key(), N, column("g", sa.Integer, lambda: sa.Computed("n + 2", persisted=True))),
        NUMBERS,
        renames=("t:u",),
    ),
    Case(
        "an unnamed unique constraint comes",
        one(A),
        one(column("a", sa.String(20), unique=True)),
        ROWS,
    ),
    Case(
        "a named unique constraint comes",
        one(A, N),
        one(A, N, made(sa.UniqueConstraint, "a", "n", name="uq")),
        ROWS,
    ),
    Case(
        "a named unique constraint goes",
        one(A, made(sa.UniqueConstraint, "a", name="uq")),
        one(A),
        ROWS,
    ),
    Case(
        "an unnamed unique constraint goes",
        one(column("a", sa.String(20), unique=True)),
        one(A),
        ROWS,
    ),
    Case(
        "a unique constraint gets a column",
        one(A, N, made(sa.UniqueConstraint, "a", name="uq")),
        one(A, N, made(sa.UniqueConstraint, "a", "n", name="uq")),
        ROWS,
    ),
    Case("an index comes", one(A), one(column("a", sa.String(20), index=True)), ROWS),
    Case("an index goes", one(column("a", sa.String(20), index=True)), one(A), ROWS),
    Case(
        "an index becomes unique",
        one(A, made(sa.Index, "ix", "a")),
        one(A, made(sa.Index, "ix", "a", unique=True)),
        ROWS,
    ),
    Case(
        "an index gets a column",
        one(A, N, made(sa.Index, "ix", "a")),
        one(A, N, made(sa.Index, "ix", "a", "n")),
        ROWS,
    ),
    Case(
        "an index turns around",
        one(N, made(sa.Index, "ix", "n")),
        one(N, lambda: sa.Index("ix", sa.desc("n"))),
        NUMBERS,
    ),
    Case(
        "an expression index comes",
        one(A),
        one(A, lambda: sa.Index("ix", sa.text("lower(a)"))),
        ROWS,
        ("sqlite", "postgresql"),
    ),
    Case(
        "an expression index changes",
        one(A, lambda: sa.Index("ix", sa.text("lower(a)"))),
        one(A, lambda: sa.Index("ix", sa.text("upper(a)"))),
        ROWS,
        ("sqlite", "postgresql"),
    ),
    Case(
        "a partial index changes",
        one(
            N,
            lambda: sa.Index(
                "ix", "n", sqlite_where=sa.text("n > 1"), postgresql_where=sa.text("n > 1")
            ),
        ),
        one(
            N,
            lambda: sa.Index(
                "ix", "n", sqlite_where=sa.text("n > 2"), postgresql_where=sa.text("n > 2")
            ),
        ),
        NUMBERS,
        ("sqlite", "postgresql"),
    ),
    Case("a check comes", one(N), one(N, made(sa.CheckConstraint, "n > 0", name="ck")), NUMBERS),
    Case(
        "a check changes",
        one(N, made(sa.CheckConstraint, "n > 0", name="ck")),
        one(N, made(sa.CheckConstraint, "n > 1", name="ck")),
        NUMBERS,
    ),
    Case("a check goes", one(N, made(sa.CheckConstraint, "n > 0", name="ck")), one(N), NUMBERS),
    Case("an unnamed check comes", one(N), one(N, made(sa.CheckConstraint, "n <> 3")), NUMBERS),
    Case("an unnamed check goes", one(N, made(sa.CheckConstraint, "n <> 3")), one(N), NUMBERS),
    Case(
        "a foreign key comes",
        tables(PARENT, one(CHILD)),
        tables(PARENT, one(CHILD, fk("fk"))),
        FAMILY,
    ),
    Case(
        "an unnamed foreign key comes",
        tables(PARENT, one(CHILD)),
        tables(PARENT, one(CHILD, fk())),
        FAMILY,
    ),
    Case(
        "a foreign key goes",
        tables(PARENT, one(CHILD, fk("fk"))),
        tables(PARENT, one(CHILD)),
        FAMILY,
    ),
    Case(
        "an unnamed foreign key goes",
        tables(PARENT, one(CHILD, fk())),
        tables(PARENT, one(CHILD)),
        FAMILY,
    ),
    Case(
        "a foreign key cascades",
        tables(PARENT, one(CHILD, fk("fk"))),
        tables(PARENT, one(CHILD, fk("fk", ondelete="CASCADE"))),
        FAMILY,
    ),
    Case(
        "a column with a foreign key comes",
        tables(PARENT, one(A)),
        tables(PARENT, one(A, CHILD, fk("fk"))),
        {"p": [{"id": 1}], **ROWS},
    ),
    Case(
        "a column with a foreign key and an index goes",
        tables(PARENT, one(A, column("parent_id", sa.Integer, index=True), fk("fk"))),
        tables(PARENT, one(A)),
        {"p": [{"id": 1}], **ROWS},
    ),
    Case(
        "a parent's column changes under its children",
        tables(table("p", key(), A), one(CHILD, fk("fk", ondelete="CASCADE"))),
        tables(
            table("p", key(), column("a", sa.String(99), nullable=False)),
            one(CHILD, fk("fk", ondelete="CASCADE")),
        ),
        {"p": [{"id": 1, "a": "x"}], "t": [{"id": 1, "parent_id": 1}]},
    ),
    Case(
        "tables that refer to each other come",
        one(A),
        tables(
            one(A),
            table(
                "b",
                key(),
                column("c_id", sa.Integer),
                made(sa.ForeignKeyConstraint, ["c_id"], ["c.id"], name="bc"),
            ),
            table(
                "c",
                key(),
                column("b_id", sa.Integer),
                made(sa.ForeignKeyConstraint, ["b_id"], ["b.id"], name="cb"),
            ),
        ),
        ROWS,
    ),
    Case(
        "tables that refer to each other go",
        tables(
            one(A),
            table(
                "b",
                key(),
                column("c_id", sa.Integer),
                made(sa.ForeignKeyConstraint, ["c_id"], ["c.id"], name="bc", use_alter=True),
            ),
            table(
                "c",
                key(),
                column("b_id", sa.Integer),
                made(sa.ForeignKeyConstraint, ["b_id"], ["b.id"], name="cb"),
            ),
            table("d", key()),
            table("e", key()),
        ),
        tables(one(A), table("d", key()), table("e", key())),
        ROWS,
        ("postgresql", "mariadb"),
    ),
    Case(
        "a table that refers to itself comes",
        one(A),
        tables(
            one(A),
            table(
                "s",
                key(),
                column("up", sa.Integer),
                made(sa.ForeignKeyConstraint, ["up"], ["s.id"], name="su"),
            ),
        ),
        ROWS,
    ),
    Case(
        "a column joins the primary key",
        table(
            "t",
            column("a", sa.String(20), primary_key=True),
            column("b", sa.String(20), nullable=False),
        ),
        table(
            "t",
            column("a", sa.String(20), primary_key=True),
            column("b", sa.String(20), primary_key=True),
        ),
        {"t": [{"a": "x", "b": "y"}]},
    ),
    Case(
        "a comment comes",
        one(A),
        one(column("a", sa.String(20), comment="it's 5%")),
        ROWS,
        ("postgresql", "mariadb"),
    ),
    Case(
        "a table's comment comes",
        one(A),
        one(A, comment="it's 5%"),
        ROWS,
        ("postgresql", "mariadb"),
    ),
    Case("a table's comment goes", one(A, comment="c"), one(A), ROWS, ("postgresql", "mariadb")),
    Case(
        "odd names",
        table(
            "order",
            column("id", sa.Integer, primary_key=True),
            column("Mixed Case", sa.String(9)),
            column("naïve", sa.Integer),
        ),
        table(
            "order",
            column("id", sa.Integer, primary_key=True),
            column("Mixed Case", sa.String(19), nullable=False, server_default="x"),
            column("select", sa.Integer, index=True),
        ),
        {"order": [{"id": 1, "Mixed Case": "a"}]},
    ),
]
