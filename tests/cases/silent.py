"""Models that are written in another way and mean the same: nothing may be seen."""

from __future__ import annotations

import sqlalchemy as sa

from . import Case
from . import column
from . import key
from . import made
from . import table
from . import tables
from .structure import A
from .structure import N
from .structure import one


def same(name, before, after, systems=("sqlite", "postgresql", "mariadb")):
    """Return a case in which nothing may be seen."""
    return Case(f"the same: {name}", before, after, systems=systems, silent=True)


def columns(name, old, new, **more):
    """Return a case of a column that is written in two ways."""
    return same(name, one(old), one(new), **more)


class Code(sa.TypeDecorator):
    """A type of the app's own."""

    impl = sa.String
    cache_ok = True


PARENT = table("p", key())
NOW = ("sqlite", "mariadb")

CASES = [
    same("the order of columns", one(A, N), one(N, A)),
    same("the order of tables", tables(one(A), PARENT), tables(PARENT, one(A))),
    columns("VARCHAR", A, column("a", sa.VARCHAR(20))),
    columns("Unicode", A, column("a", sa.Unicode(20))),
    columns("a decorated type", A, column("a", Code(20))),
    columns("a variant of another database", A, column("a", sa.String(20).with_variant(
        sa.Text(), "oracle"))),
    columns("INTEGER", N, column("n", sa.INTEGER)),
    columns("DECIMAL", column("n", sa.Numeric(8, 2)), column("n", sa.DECIMAL(8, 2)),
            systems=("postgresql", "mariadb")),
    columns("a scale of nothing", column("n", sa.Numeric(8)), column("n", sa.Numeric(8, 0)),
            systems=("postgresql", "mariadb")),
    columns("a default as SQL", column("n", sa.Integer, server_default="1"),
            column("n", sa.Integer, server_default=sa.text("1")),
            systems=("postgresql", "mariadb")),
    columns("a default that the app sets", N, column("n", sa.Integer, default=5)),
    columns("a value for updates", N, column("n", sa.Integer, onupdate=5)),
    columns("information", N, column("n", sa.Integer, info={"label": "Number"})),
    columns("a key of the app's own", N, column("n", sa.Integer, key="number")),
    columns("now", column("w", sa.DateTime, server_default=sa.func.now()),
            column("w", sa.DateTime, server_default=sa.text("CURRENT_TIMESTAMP")), systems=NOW),
    columns("true", column("f", sa.Boolean, server_default=sa.true()),
            column("f", sa.Boolean, server_default=sa.text("true"))),
    columns("unique", column("a", sa.String(20), unique=True),
            column("a", sa.String(20), unique=True, doc="A code.")),
    same("a unique constraint of the table", one(column("a", sa.String(20), unique=True)),
         one(A, made(sa.UniqueConstraint, "a"))),
    same("an index of the table", one(column("a", sa.String(20), index=True)),
         one(A, made(sa.Index, "ix_t_a", "a"))),
    same("a primary key of the table", one(A),
         table("t", column("id", sa.Integer), A, made(sa.PrimaryKeyConstraint, "id"))),
    same("a foreign key of the table",
         tables(PARENT, one(column("p_id", sa.Integer, lambda: sa.ForeignKey("p.id")))),
         tables(PARENT, one(column("p_id", sa.Integer), made(
             sa.ForeignKeyConstraint, ["p_id"], ["p.id"])))),
    same("NO ACTION",
         tables(PARENT, one(column("p_id", sa.Integer, lambda: sa.ForeignKey("p.id")))),
         tables(PARENT, one(column("p_id", sa.Integer, lambda: sa.ForeignKey(
             "p.id", ondelete="NO ACTION", onupdate="NO ACTION"))))),
    same("the type of a foreign key is the parent's",
         tables(PARENT, one(column("p_id", sa.Integer, lambda: sa.ForeignKey("p.id")))),
         tables(PARENT, one(column("p_id", lambda: sa.ForeignKey("p.id"))))),
    same("white space in a check", one(N, made(sa.CheckConstraint, "n > 0", name="ck")),
         one(N, made(sa.CheckConstraint, "n>0", name="ck"))),
    same("brackets around a check", one(N, made(sa.CheckConstraint, "n > 0", name="ck")),
         one(N, made(sa.CheckConstraint, "(n > 0)", name="ck"))),
    same("an expression for a check", one(N, made(sa.CheckConstraint, "n > 0", name="ck")),
         one(N, lambda: sa.CheckConstraint(sa.column("n") > 0, name="ck"))),
    same("the order of checks",
         one(N, made(sa.CheckConstraint, "n > 0", name="c1"), made(
             sa.CheckConstraint, "n < 9", name="c2")),
         one(N, made(sa.CheckConstraint, "n < 9", name="c2"), made(
             sa.CheckConstraint, "n > 0", name="c1"))),
    same("an expression for a computed column",
         one(N, column("g", sa.Integer, lambda: sa.Computed("n + 1", persisted=True))),
         one(N, column("g", sa.Integer, lambda: sa.Computed("(n+1)", persisted=True)))),
    same("a comment of nothing", one(A), one(column("a", sa.String(20), comment=None))),
    same("an enum of a class",
         one(column("e", lambda: sa.Enum("a", "b", name="mood"))),
         one(column("e", lambda: sa.Enum("a", "b", name="mood", validate_strings=True)))),
]  # fmt: skip
