"""Primary keys and foreign keys: coming, going, growing, renamed, with rows."""

from __future__ import annotations

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

SERVERS = ("postgresql", "mariadb")
PLAIN = {"t": [{"id": 1, "a": "x"}, {"id": 2, "a": "y"}]}
ID = column("id", sa.Integer, nullable=False, autoincrement=False)
CODE = column("code", sa.String(20), nullable=False)


def primary(*columns, name=None):
    """Return a primary key."""
    return made(sa.PrimaryKeyConstraint, *columns, name=name)


def foreign(columns, target, name="fk", **options):
    """Return a foreign key to some columns of a table."""
    there = [f"{target[0]}.{column}" for column in target[1:]]
    return made(sa.ForeignKeyConstraint, list(columns), there, name=name, **options)


PARENT = table("p", key())
PAIR = table("p", column("x", sa.Integer, primary_key=True, autoincrement=False),
             column("y", sa.Integer, primary_key=True, autoincrement=False))  # fmt: skip
CHILD = column("p_id", sa.Integer)
FAMILY = {"p": [{"id": 1}], "t": [{"id": 1, "p_id": 1}, {"id": 2, "p_id": None}]}


def change(name, old, new, systems=("sqlite", "postgresql", "mariadb"), rows=FAMILY):
    """Return a case of a foreign key to ``p``."""
    before, after = (tables(PARENT, one(CHILD, *part)) for part in (old, new))
    return Case(f"a foreign key: {name}", before, after, rows, systems)


PLAIN_KEY = foreign(["p_id"], ("p", "id"))


def options(**keywords):
    """Return the key to ``p`` with options."""
    return [foreign(["p_id"], ("p", "id"), **keywords)]


CASES = [
    Case("a primary key comes", table("t", ID, A), table("t", ID, A, primary("id")), PLAIN),
    Case("a primary key goes", table("t", ID, A, primary("id")), table("t", ID, A), PLAIN),
    Case("a primary key of two columns comes", table("t", ID, CODE),
         table("t", ID, CODE, primary("id", "code")), {"t": [{"id": 1, "code": "x"}]}),
    Case("a primary key loses a column", table("t", ID, CODE, primary("id", "code")),
         table("t", ID, CODE, primary("id")), {"t": [{"id": 1, "code": "x"}]}),
    Case("a primary key moves to another column", table("t", ID, CODE, primary("id")),
         table("t", ID, CODE, primary("code")), {"t": [{"id": 1, "code": "x"}]}),
    Case("the columns of a primary key change places", table("t", ID, CODE, primary("id", "code")),
         table("t", ID, CODE, primary("code", "id")), {"t": [{"id": 1, "code": "x"}]}),
    Case("a primary key gets a name", table("t", ID, A, primary("id")),
         table("t", ID, A, primary("id", name="pk_t")), PLAIN, PG),
    Case("a primary key is renamed", table("t", ID, A, primary("id", name="pk_old")),
         table("t", ID, A, primary("id", name="pk_new")), PLAIN, PG),
    Case("a text key grows", table("t", column("code", sa.String(20), primary_key=True), N),
         table("t", column("code", sa.String(40), primary_key=True), N),
         {"t": [{"code": "x", "n": 5}]}),
    Case("a key is renamed", one(A), table("t", column("number", sa.Integer, primary_key=True), A),
         PLAIN, renames=("t.id:number",)),
    change("ON DELETE SET NULL", [PLAIN_KEY], options(ondelete="SET NULL")),
    change("ON UPDATE CASCADE", [PLAIN_KEY], options(onupdate="CASCADE")),
    change("RESTRICT", options(ondelete="CASCADE"), options(ondelete="RESTRICT")),
    change("no more CASCADE", options(ondelete="CASCADE"), [PLAIN_KEY]),
    change("is renamed", options(name="fk_old"), options(name="fk_new")),
    change("becomes deferrable", [PLAIN_KEY],
           options(deferrable=True, initially="DEFERRED"), ("sqlite", "postgresql")),
    change("is deferred no more", options(deferrable=True, initially="DEFERRED"),
           options(deferrable=True, initially="IMMEDIATE"), ("sqlite", "postgresql")),
    change("goes with its column's index", [PLAIN_KEY, made(sa.Index, "ix", "p_id")], []),
    change("an index under it comes", [PLAIN_KEY], [PLAIN_KEY, made(sa.Index, "ix", "p_id")]),
    Case("a foreign key of two columns comes", tables(PAIR, one(N, CHILD)),
         tables(PAIR, one(N, CHILD, foreign(["n", "p_id"], ("p", "x", "y")))),
         {"p": [{"x": 1, "y": 2}], "t": [{"id": 1, "n": 1, "p_id": 2}]}),
    Case("a foreign key of two columns goes",
         tables(PAIR, one(N, CHILD, foreign(["n", "p_id"], ("p", "x", "y")))),
         tables(PAIR, one(N, CHILD)),
         {"p": [{"x": 1, "y": 2}], "t": [{"id": 1, "n": 1, "p_id": 2}]}),
    Case("a foreign key points at another table",
         tables(PARENT, table("q", key()), one(CHILD, PLAIN_KEY)),
         tables(PARENT, table("q", key()), one(CHILD, foreign(["p_id"], ("q", "id")))),
         {**FAMILY, "q": [{"id": 1}]}),
    Case("a foreign key to itself comes", one(CHILD),
         one(CHILD, foreign(["p_id"], ("t", "id"))), {"t": [{"id": 1, "p_id": 1}]}),
    Case("a foreign key to itself goes", one(CHILD, foreign(["p_id"], ("t", "id"))),
         one(CHILD), {"t": [{"id": 1, "p_id": 1}]}),
    Case("a column that others point at is renamed", tables(PARENT, one(CHILD, PLAIN_KEY)),
         tables(table("p", column("number", sa.Integer, primary_key=True)),
                one(CHILD, foreign(["p_id"], ("p", "number")))),
         FAMILY, renames=("p.id:number",)),
    Case("a table that others point at is renamed", tables(PARENT, one(CHILD, PLAIN_KEY)),
         tables(table("r", key()), one(CHILD, foreign(["p_id"], ("r", "id")))),
         FAMILY, renames=("p:r",)),
    Case("a column with a foreign key is renamed", tables(PARENT, one(CHILD, PLAIN_KEY)),
         tables(PARENT, one(column("up", sa.Integer), foreign(["up"], ("p", "id")))),
         FAMILY, renames=("t.p_id:up",)),
    Case("a column with a foreign key becomes required", tables(PARENT, one(CHILD, PLAIN_KEY)),
         tables(PARENT, one(column("p_id", sa.Integer, nullable=False), PLAIN_KEY)),
         {"p": [{"id": 1}], "t": [{"id": 1, "p_id": 1}]}),
    Case("the child goes and the parent stays", tables(PARENT, one(CHILD, PLAIN_KEY)), PARENT,
         FAMILY),
    Case("three tables in a circle come", one(A), tables(one(A), *(
        table(name, key(), column("next", sa.Integer),
              foreign(["next"], (after, "id"), f"fk_{name}"))
        for name, after in (("x", "y"), ("y", "z"), ("z", "x")))), PLAIN),
    Case("a circle closes", tables(
        table("x", key(), N), table("y", key(), N, foreign(["n"], ("x", "id"), "fk_y"))),
        tables(table("x", key(), N, foreign(["n"], ("y", "id"), "fk_x")),
               table("y", key(), N, foreign(["n"], ("x", "id"), "fk_y"))),
        {"x": [{"id": 1}], "y": [{"id": 1, "n": 1}]}),
    Case("a circle opens", tables(
        table("x", key(), N, foreign(["n"], ("y", "id"), "fk_x")),
        table("y", key(), N, foreign(["n"], ("x", "id"), "fk_y"))),
        tables(table("x", key(), N), table("y", key(), N, foreign(["n"], ("x", "id"), "fk_y"))),
        {"x": [{"id": 1}], "y": [{"id": 1}]}),
]  # fmt: skip
