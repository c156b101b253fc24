"""Schemas, names, partitions, and what is not ours on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa

from . import Case
from . import column
from . import key
from . import made
from . import PG
from . import table
from . import tables
from .structure import one

A, N = column("a", sa.String(20)), column("n", sa.Integer)
ROWS = {"t": [{"id": 1, "a": "x"}]}
REST = table("z", key())
NAMES = ("order", "User", "with space", 'qu"ote', "pct%s", "日本語", "it's", ":colon", "ü" * 31)


def other(*elements, **keywords):
    """Return a table in another schema."""
    return table("u", key(), *elements, schema="other", **keywords)


def named(name):
    """Return a case of a table, a column, an index and comments of that name."""
    made_of = column(name, sa.Integer, server_default="1", comment=name)
    there = table(name, key(), made_of, made(sa.Index, f"i{name}"[:60], name), comment=name)
    return Case(f"pg name: {name[:12]}", REST, tables(REST, there), {}, PG)


def partitioned(*elements):
    return table("t", key(), N, *elements, postgresql_partition_by="RANGE (id)")


PARTS = {
    "postgresql": (
        "CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (1) TO (100)",
        "CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM (100) TO (1000)",
    )
}
BESIDE = {
    "postgresql": (
        "CREATE VIEW v AS SELECT id, a FROM t WHERE a IS NOT NULL",
        "CREATE MATERIALIZED VIEW m AS SELECT a FROM t",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()",
    )
}
OVER = {
    "postgresql": (
        "CREATE VIEW v WITH (security_barrier=true) AS "
        "SELECT id, a::text AS a FROM t WHERE a <> 'it''s'",
        "CREATE VIEW w AS SELECT v.a, count(*) AS n FROM v GROUP BY v.a",
        "CREATE MATERIALIZED VIEW m AS SELECT a FROM w",
        "CREATE INDEX mi ON m (a)",
        "COMMENT ON VIEW v IS 'it''s a view'",
        "GRANT SELECT ON v TO PUBLIC",
    )
}

CASES = [
    *(named(name) for name in NAMES),
    Case("pg schema: it comes with a table", one(A), tables(one(A), other(A)), ROWS, PG),
    Case("pg schema: it goes with its last table", tables(one(A), other(A)), one(A), ROWS, PG),
    Case(
        "pg schema: a name like in the default one",
        one(A),
        tables(one(A), table("t", key(), A, schema="other")),
        ROWS,
        PG,
    ),
    Case(
        "pg schema: a table changes in it",
        other(A),
        other(column("a", sa.Text, nullable=False, server_default="x", index=True), comment="it's"),
        {},
        PG,
    ),
    Case(
        "pg schema: somebody else's is left alone",
        one(A),
        one(A, N),
        ROWS,
        PG,
        first={"postgresql": ("CREATE SCHEMA theirs", "CREATE TABLE theirs.thing (id int)")},
    ),
    Case("pg partition: it comes", REST, tables(REST, partitioned()), {}, PG),
    Case(
        "pg partition: children are not ours",
        tables(REST, partitioned()),
        tables(table("z", key(), A), partitioned()),
        {"t": [{"id": 1, "n": 1}, {"id": 101, "n": 2}]},
        PG,
        beside=PARTS,
    ),
    Case(
        "pg partition: a parent gets an index",
        partitioned(),
        partitioned(made(sa.Index, "ix_n", "n")),
        systems=PG,
    ),
    Case(
        "pg beside: views, triggers and functions stay", one(A), one(A, N), ROWS, PG, beside=BESIDE
    ),
    Case(
        "pg beside: views are made again around a change of type",
        one(A),
        one(column("a", sa.String(50))),
        ROWS,
        PG,
        beside=OVER,
    ),
    Case(
        "pg beside: tables of an extension stay",
        tables(REST, one(A)),
        tables(REST, one(A, N)),
        ROWS,
        PG,
        first={
            "postgresql": (
                "CREATE EXTENSION hstore",
                "CREATE TABLE spatial (id int)",
                "ALTER EXTENSION hstore ADD TABLE spatial",
            )
        },
    ),
]
