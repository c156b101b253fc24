"""SQLite: primary keys, what tables are stored like, generated columns, and rebuilds."""

from __future__ import annotations

import sqlalchemy as sa

from . import Case
from . import column
from . import key
from . import LITE
from . import made
from . import table
from . import tables
from .sqlite_constraints import both
from .structure import A
from .structure import CHILD
from .structure import fk
from .structure import N
from .structure import NUMBERS
from .structure import one
from .structure import ROWS

X = column("x", sa.Integer, nullable=False)
Y = column("y", sa.Integer, nullable=False)
PX = column("x", sa.Integer, primary_key=True)
PY = column("y", sa.Integer, primary_key=True)
W = column("w", sa.Text)
THREE = {"t": [{"x": 1, "y": 2, "w": "q"}, {"x": 5, "y": 2, "w": "r"}]}
TWO = {"t": [{"x": 1, "w": "q"}, {"x": 5, "w": "r"}]}


def bare(*elements, **keywords):
    """Return the table without the usual key."""
    return table("t", *elements, **keywords)


def primary(*columns, **options):
    """Return a primary key constraint."""
    return made(sa.PrimaryKeyConstraint, *columns, **options)


def generated(text, persisted, **options):
    """Return a generated column."""
    return column("g", sa.Integer, lambda: sa.Computed(text, persisted=persisted), **options)


VIEW = "CREATE VIEW v AS SELECT id, a FROM t"
TRIGGER = "CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE log SET a = new.a; END"
LOG = table("log", key(), A)
BESIDE = {"sqlite": (VIEW, TRIGGER)}
WIDE = column("a", sa.String(50), nullable=False)

CASES = [
    *both("a primary key", bare(X, Y, W), bare(PX, Y, W), THREE),
    *both("a named primary key", bare(X, W), bare(X, W, primary("x", name="pk_t")), TWO),
    *both("a column of the primary key", bare(PX, Y, W), bare(PX, PY, W), THREE),
    *both(
        "a name of the primary key",
        bare(X, W, primary("x", name="one")),
        bare(X, W, primary("x", name="two")),
        TWO,
    ),
    Case(
        "SQLite: the primary key moves",
        bare(PX, Y, W),
        bare(X, column("y", sa.Integer, primary_key=True), W),
        {"t": [{"x": 1, "y": 2, "w": "q"}]},
        LITE,
    ),
    Case(
        "SQLite: the primary key turns around",
        bare(X, Y, W, primary("x", "y")),
        bare(X, Y, W, primary("y", "x")),
        THREE,
        LITE,
    ),
    Case(
        "SQLite: a key of integers becomes one of texts",
        bare(PX, W),
        bare(column("x", sa.String(9), primary_key=True), W),
        TWO,
        LITE,
    ),
    Case(
        "SQLite: an integer key grows",
        bare(PX, W),
        bare(column("x", sa.BigInteger, primary_key=True), W),
        TWO,
        LITE,
    ),
    *both("AUTOINCREMENT", bare(PX, W), bare(PX, W, sqlite_autoincrement=True), TWO),
    *both(
        "AUTOINCREMENT over a named key",
        bare(X, W, primary("x", name="pk")),
        bare(X, W, primary("x", name="pk"), sqlite_autoincrement=True),
        TWO,
    ),
    Case(
        "SQLite: AUTOINCREMENT survives",
        bare(PX, W, sqlite_autoincrement=True),
        bare(PX, column("w", sa.String(9), nullable=False), sqlite_autoincrement=True),
        TWO,
        LITE,
    ),
    *both("WITHOUT ROWID", bare(PX, W), bare(PX, W, sqlite_with_rowid=False), TWO),
    *both(
        "WITHOUT ROWID over two columns",
        bare(PX, PY, W),
        bare(PX, PY, W, sqlite_with_rowid=False),
        THREE,
    ),
    *both("STRICT", bare(PX, W), bare(PX, W, sqlite_strict=True), TWO),
    *both(
        "STRICT and WITHOUT ROWID",
        bare(PX, W),
        bare(PX, W, sqlite_strict=True, sqlite_with_rowid=False),
        TWO,
    ),
    *both(
        "a conflict clause of the key",
        bare(X, W, primary("x", name="pk")),
        bare(X, W, primary("x", name="pk", sqlite_on_conflict="FAIL")),
        TWO,
    ),
    *(
        case
        for kind, persisted in (("stored", True), ("virtual", False), ("unsaid", None))
        for case in (
            *both(
                f"a {kind} generated column", one(N), one(N, generated("n + 1", persisted)), NUMBERS
            ),
            Case(
                f"SQLite: a {kind} generated column changes",
                one(N, generated("n + 1", persisted)),
                one(N, generated("n + 2", persisted)),
                NUMBERS,
                LITE,
            ),
            Case(
                f"SQLite: beside a {kind} generated column",
                one(N, generated("n + 1", persisted)),
                one(column("n", sa.BigInteger), generated("n + 1", persisted)),
                NUMBERS,
                LITE,
            ),
        )
    ),
    Case(
        "SQLite: a generated column is stored",
        one(N, generated("n + 1", False)),
        one(N, generated("n + 1", True)),
        NUMBERS,
        LITE,
    ),
    Case(
        "SQLite: a rebuild beside a view and a trigger",
        tables(LOG, one(A)),
        tables(LOG, one(WIDE)),
        ROWS,
        LITE,
        beside=BESIDE,
    ),
    Case(
        "SQLite: a column comes beside a view and a trigger",
        tables(LOG, one(A)),
        tables(LOG, one(A, N)),
        ROWS,
        LITE,
        beside=BESIDE,
    ),
    Case(
        "SQLite: a column goes beside a view and a trigger",
        tables(LOG, one(A, N)),
        tables(LOG, one(A)),
        ROWS,
        LITE,
        beside=BESIDE,
    ),
    Case(
        "SQLite: a parent is rebuilt over rows that would cascade",
        tables(table("p", key(), A), one(CHILD, fk("fk", ondelete="CASCADE"))),
        tables(table("p", key(), WIDE), one(CHILD, fk("fk", ondelete="CASCADE"))),
        {"p": [{"id": 1, "a": "x"}], "t": [{"id": 1, "parent_id": 1}]},
        LITE,
    ),
    Case("SQLite: a table is renamed in case", one(A), table("T", key(), A), ROWS, LITE, ("t:T",)),
    Case(
        "SQLite: a column is renamed in case",
        one(A),
        one(column("A", sa.String(20))),
        ROWS,
        LITE,
        ("t.a:A",),
    ),
]
