"""Keys, exclusions and indexes with what PostgreSQL alone has for them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from . import Case
from . import column
from . import key
from . import made
from . import PG
from . import table
from . import tables
from .structure import one

A, B = column("a", sa.Integer), column("b", sa.Integer)
X, J = column("x", sa.String(20)), column("j", postgresql.JSONB)
R = column("r", postgresql.INT4RANGE)
ROWS = {"t": [{"id": 1, "a": 1, "b": 2, "x": "x"}]}
PARENT = table("p", key(), A, B, made(sa.UniqueConstraint, "a", "b", name="uq_p"))
TRIGRAMS = {"postgresql": ("CREATE EXTENSION pg_trgm",)}


def wide(*elements):
    """Return the table that the indexes are on."""
    return one(A, B, X, J, *elements)


def index(*keys, name="ix", **options):
    """Return an index; keys that are functions are called."""
    return lambda: sa.Index(name, *(k() if callable(k) else k for k in keys), **options)


def indexed(name, before, after, **keywords):
    """Return the change of an index."""
    sides = [wide(*([element] if element else [])) for element in (before, after)]
    return Case(f"pg index: {name}", *sides, ROWS, PG, **keywords)


def keyed(name, before, after):
    """Return the change of a foreign key of ``b``."""
    sides = [
        tables(PARENT, one(B, made(sa.ForeignKeyConstraint, ["b"], ["p.id"], **options)))
        for options in (before, after)
    ]
    rows = {"p": [{"id": 2, "a": 1, "b": 1}], "t": [{"id": 1, "b": 2}]}
    return Case(f"pg key: {name}", *sides, rows, PG)


def excluded(name, before, after):
    """Return the change of an exclusion."""
    sides = [
        one(A, R, *([lambda e=e: postgresql.ExcludeConstraint(*e[0], **e[1])] if e else []))
        for e in (before, after)
    ]
    return Case(f"pg exclusion: {name}", *sides, {"t": [{"id": 1, "a": 1}]}, PG)


def unique(name, before, after):
    """Return the change of a unique constraint's options."""
    sides = [one(A, B, made(sa.UniqueConstraint, "a", **o)) for o in (before, after)]
    return Case(f"pg unique: {name}", *sides, {"t": [{"id": 1, "a": 1}]}, PG)


TEXT = sa.text
PLAIN = index("a")
OVERLAP = ((("r", "&&"),), {"name": "ex"})

CASES = [
    Case(
        "pg key: the primary key may wait",
        one(A),
        table(
            "t", column("id", sa.Integer), A, made(sa.PrimaryKeyConstraint, "id", deferrable=True)
        ),
        ROWS,
        PG,
    ),
    Case(
        "pg key: the primary key waits no more",
        table(
            "t",
            column("id", sa.Integer),
            A,
            made(sa.PrimaryKeyConstraint, "id", deferrable=True, initially="DEFERRED"),
        ),
        one(A),
        ROWS,
        PG,
    ),
    indexed("a method comes", PLAIN, index("a", postgresql_using="brin")),
    indexed(
        "a method and an operator class",
        None,
        index("j", postgresql_using="gin", postgresql_ops={"j": "jsonb_path_ops"}),
    ),
    indexed(
        "an operator class of an expression",
        None,
        index(
            lambda: sa.func.lower(sa.column("x")).label("l"),
            postgresql_ops={"l": "text_pattern_ops"},
        ),
    ),
    indexed(
        "an operator class with options",
        None,
        index(lambda: TEXT("x gist_trgm_ops(siglen=32)"), postgresql_using="gist"),
        first=TRIGRAMS,
    ),
    indexed(
        "included columns change",
        index("a", postgresql_include=["b"]),
        index("a", postgresql_include=["b", "x"]),
    ),
    indexed("nulls come first", PLAIN, index(lambda: sa.column("a").asc().nulls_first())),
    indexed("it turns around, nulls last", PLAIN, index(lambda: TEXT("a DESC NULLS LAST"), "b")),
    indexed(
        "nulls are not distinct",
        index("a", unique=True),
        index("a", unique=True, postgresql_nulls_not_distinct=True),
    ),
    indexed("a fill factor", PLAIN, index("a", postgresql_with={"fillfactor": 70})),
    indexed(
        "a condition with a percent sign", PLAIN, index("a", postgresql_where=TEXT("x LIKE '100%'"))
    ),
    indexed("a condition with a quote", PLAIN, index("a", postgresql_where=TEXT("x = 'it''s :a'"))),
    indexed(
        "a condition changes",
        index("a", postgresql_where=TEXT("b > 0")),
        index("a", postgresql_where=sa.column("b") > 5),
    ),
    indexed("a key of json", None, index(lambda: TEXT("((j ->> 'a')::int)"))),
    indexed(
        "a search vector",
        None,
        index(lambda: TEXT("to_tsvector('english', x)"), postgresql_using="gin"),
    ),
    indexed("a collation", index("x"), index(lambda: TEXT('x COLLATE "de-x-icu" DESC'))),
    indexed(
        "all at once",
        PLAIN,
        index(
            "a",
            lambda: TEXT("lower(x) DESC"),
            unique=True,
            postgresql_include=["b"],
            postgresql_where=TEXT("a > 0"),
            postgresql_with={"fillfactor": 80},
        ),
    ),
    indexed("a name with a percent sign", None, index("a", name='100% "sure" é')),
    keyed("it cascades", {}, {"ondelete": "CASCADE", "onupdate": "SET NULL"}),
    keyed("it sets one column", {}, {"ondelete": "SET NULL (b)"}),
    keyed(
        "it may wait", {"name": "fk"}, {"name": "fk", "deferrable": True, "initially": "DEFERRED"}
    ),
    keyed(
        "it need not wait any more",
        {"initially": "DEFERRED"},
        {"deferrable": True, "initially": "IMMEDIATE"},
    ),
    keyed("it matches fully", {"match": "SIMPLE"}, {"match": "FULL"}),
    Case(
        "pg key: it crosses schemas",
        tables(table("p", key(), schema="other"), one(B)),
        tables(
            table("p", key(), schema="other"),
            one(B, made(sa.ForeignKeyConstraint, ["b"], ["other.p.id"])),
        ),
        {},
        PG,
    ),
    Case(
        "pg key: a cycle across schemas comes",
        table("z", key()),
        tables(
            table("z", key()),
            table("x", key(), B, made(sa.ForeignKeyConstraint, ["b"], ["other.y.id"], name="fk_x")),
            table(
                "y",
                key(),
                B,
                made(sa.ForeignKeyConstraint, ["b"], ["x.id"], name="fk_y"),
                schema="other",
            ),
        ),
        {},
        PG,
    ),
    Case(
        "pg key: three tables in a ring come",
        table("z", key()),
        tables(
            table("z", key()),
            *(
                table(
                    n, key(), B, made(sa.ForeignKeyConstraint, ["b"], [f"{m}.id"], name=f"fk_{n}")
                )
                for n, m in ("ab", "bc", "ca")
            ),
        ),
        {},
        PG,
    ),
    Case(
        "pg key: both ends become numbers",
        tables(
            table("p", column("id", sa.String(9), primary_key=True)),
            one(column("b", sa.String(9)), made(sa.ForeignKeyConstraint, ["b"], ["p.id"])),
        ),
        tables(
            table("p", column("id", sa.Integer, primary_key=True, autoincrement=False)),
            one(B, made(sa.ForeignKeyConstraint, ["b"], ["p.id"])),
        ),
        {"p": [{"id": "1"}], "t": [{"id": 1, "b": "1"}]},
        PG,
    ),
    Case(
        "pg key: a primary key includes a column",
        table("t", column("id", sa.Integer), A, made(sa.PrimaryKeyConstraint, "id")),
        table(
            "t",
            column("id", sa.Integer),
            A,
            made(sa.PrimaryKeyConstraint, "id", postgresql_include=["a"]),
        ),
        {},
        PG,
    ),
    unique("nulls are not distinct", {}, {"postgresql_nulls_not_distinct": True}),
    unique("it includes a column", {"name": "uq"}, {"name": "uq", "postgresql_include": ["b"]}),
    unique(
        "it may wait", {"name": "uq"}, {"name": "uq", "deferrable": True, "initially": "DEFERRED"}
    ),
    excluded("it comes", None, OVERLAP),
    excluded("it has no name", None, ((("r", "&&"),), {})),
    excluded(
        "a condition comes", OVERLAP, ((("r", "&&"),), {"name": "ex", "where": TEXT("a > 0")})
    ),
    excluded(
        "it may wait",
        OVERLAP,
        ((("r", "&&"),), {"name": "ex", "deferrable": True, "initially": "DEFERRED"}),
    ),
    excluded(
        "an operator class", None, ((("r", "&&"),), {"name": "ex", "ops": {"r": "range_ops"}})
    ),
    excluded("an expression", None, (((TEXT("int4range(a, a + 1)"), "&&"),), {})),
    Case(
        "pg exclusion: it comes with a table",
        table("z", key()),
        tables(
            table("z", key()),
            one(R, lambda: postgresql.ExcludeConstraint(("r", "&&"), deferrable=True)),
        ),
        {},
        PG,
    ),
]
