"""SERIAL, identity, sequences, and generated columns on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa

from . import Case
from . import column
from . import PG
from . import table
from .structure import one

V = column("v", sa.String(5))
ROWS = {"t": [{"id": 101, "v": "a"}, {"id": 102, "v": "b"}]}


def key(type_=sa.Integer, *parts, **keywords):
    """Return a table whose key is made so."""
    return table("t", column("id", type_, *parts, primary_key=True, **keywords), V)


def identity(**options):
    return lambda: sa.Identity(**options)


def with_sequence(**options):
    """Return a table and a sequence beside it."""
    return lambda m: (key()(m), sa.Sequence("ticket", metadata=m, **options))


def numbered(metadata):
    ticket = sa.Sequence("ticket", metadata=metadata)
    sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("v", sa.String(5)),
        sa.Column("n", sa.Integer, ticket, server_default=ticket.next_value()),
    )


def generated(text, *elements, name="c", type_=sa.Integer, n=sa.Integer):
    """Return a table with a generated column."""
    return one(
        column("n", n), column(name, type_, lambda: sa.Computed(text, persisted=True)), *elements
    )


N = {"t": [{"id": 1, "n": 5}]}
SERIAL, BIGSERIAL = key(), key(sa.BigInteger)
PLAIN = key(autoincrement=False)
IDENTITY = key(sa.Integer, identity())
BEYOND = key(sa.BigInteger, identity(maxvalue=10**12, cycle=True))
FULL = {"start": 500, "increment": 5, "minvalue": 3, "maxvalue": 9000, "cache": 7, "cycle": True}

CASES = [
    Case(
        "pg number: a Sequence that is the serial's own",
        SERIAL,
        key(sa.Integer, lambda: sa.Sequence("t_id_seq")),
        ROWS,
        PG,
        silent=True,
    ),
    Case("pg number: a serial takes its sequence along", SERIAL, BIGSERIAL, ROWS, PG),
    Case("pg number: a serial shrinks", BIGSERIAL, key(sa.SmallInteger), ROWS, PG),
    Case("pg number: a key becomes serial", PLAIN, SERIAL, ROWS, PG),
    Case(
        "pg number: a serial becomes plain",
        SERIAL,
        key(sa.BigInteger, autoincrement=False),
        ROWS,
        PG,
    ),
    Case("pg number: a serial becomes an identity", SERIAL, IDENTITY, ROWS, PG),
    Case(
        "pg number: a serial becomes a big identity",
        SERIAL,
        key(sa.BigInteger, identity(always=True)),
        ROWS,
        PG,
    ),
    Case("pg number: an identity becomes plain", IDENTITY, PLAIN, ROWS, PG),
    Case(
        "pg number: an identity gets options",
        IDENTITY,
        key(sa.Integer, identity(**FULL)),
        ROWS,
        PG,
        accepts=("t",),
    ),
    Case(
        "pg number: an identity loses options",
        key(sa.Integer, identity(**FULL)),
        IDENTITY,
        {},
        PG,
        accepts=("t",),
    ),
    Case(
        "pg number: an identity counts down", key(), key(sa.Integer, identity(increment=-1)), {}, PG
    ),
    Case("pg number: an identity grows", IDENTITY, key(sa.BigInteger, identity()), ROWS, PG),
    Case("pg number: an identity grows beyond its type", IDENTITY, BEYOND, ROWS, PG),
    Case("pg number: an identity shrinks from beyond its type", BEYOND, IDENTITY, ROWS, PG),
    Case("pg number: a text becomes a serial", key(sa.String(5)), SERIAL, {"t": [{"id": "7"}]}, PG),
    Case(
        "pg number: a serial of a table with an odd name",
        table("My Table's", column("Id é", sa.Integer, primary_key=True)),
        table("My Table's", column("Id é", sa.BigInteger, primary_key=True)),
        {},
        PG,
    ),
    Case(
        "pg number: a serial of a table with a long name",
        table("t" * 50, column("i" * 50, sa.Integer, primary_key=True)),
        table("t" * 50, column("i" * 50, sa.BigInteger, autoincrement=False, primary_key=True)),
        {},
        PG,
    ),
    Case(
        "pg number: a serial in another schema",
        table("t", column("id", sa.Integer, primary_key=True), schema="other"),
        table("t", column("id", sa.BigInteger, identity(), primary_key=True), schema="other"),
        {},
        PG,
    ),
    Case(
        "pg number: a serial key comes",
        one(column("n", sa.Integer)),
        table(
            "t",
            column("id", sa.Integer, nullable=False, autoincrement=False),
            column("n", sa.Integer),
            column("k", sa.Integer, primary_key=True),
        ),
        {},
        PG,
    ),
    Case("pg sequence: it comes", key(), with_sequence(), {}, PG),
    Case(
        "pg sequence: it comes with options",
        key(),
        with_sequence(start=5, increment=2, cache=4, cycle=True, maxvalue=99),
        {},
        PG,
    ),
    Case("pg sequence: it goes", with_sequence(), key(), {}, PG),
    Case(
        "pg sequence: it changes",
        with_sequence(increment=3, cycle=True),
        with_sequence(cache=9, maxvalue=1000),
        {},
        PG,
    ),
    Case(
        "pg sequence: it gets a type", with_sequence(), with_sequence(data_type=sa.Integer), {}, PG
    ),
    Case("pg sequence: it comes with its schema", key(), with_sequence(schema="other"), {}, PG),
    Case("pg sequence: a column numbers by it", key(), numbered, {}, PG),
    Case(
        "pg sequence: somebody else's stays",
        key(),
        one(),
        {},
        PG,
        first={"postgresql": ("CREATE SEQUENCE theirs",)},
    ),
    Case("pg generated: it comes", one(column("n", sa.Integer)), generated("n + 1"), N, PG),
    Case(
        "pg generated: its expression changes under an index",
        generated(
            "n + 1", lambda: sa.Index("ix_c", "c"), lambda: sa.UniqueConstraint("c", name="uq_c")
        ),
        generated(
            "n * 2", lambda: sa.Index("ix_c", "c"), lambda: sa.UniqueConstraint("c", name="uq_c")
        ),
        N,
        PG,
        values={"t": [{"id": 1, "n": 5, "c": 10}]},
    ),
    Case(
        "pg generated: it becomes plain",
        generated("n + 1"),
        one(column("n", sa.Integer), column("c", sa.Integer)),
        N,
        PG,
    ),
    Case(
        "pg generated: what it comes from changes its type",
        generated("n + 1", type_=sa.BigInteger),
        generated("n + 1", type_=sa.BigInteger, n=sa.BigInteger),
        N,
        PG,
    ),
    Case("pg generated: it goes with what it comes from", generated("n + 1"), one(), {}, PG),
]
