"""SQLite: constraints without a name, what they say of conflicts, and of foreign keys."""

from __future__ import annotations

import sqlalchemy as sa

from . import Case
from . import column
from . import key
from . import LITE
from . import made
from . import table
from . import tables
from .structure import A
from .structure import CHILD
from .structure import FAMILY
from .structure import fk
from .structure import N
from .structure import NUMBERS
from .structure import one
from .structure import PARENT
from .structure import ROWS

B = column("b", sa.String(20))
PAIR = {"t": [{"id": 1, "a": "x", "b": "y"}]}


def check(text, name=None, **options):
    """Return a check, without a name unless one is given."""
    return made(sa.CheckConstraint, text, name=name, **options)


def unique(*columns, name=None, **options):
    """Return a unique constraint, without a name unless one is given."""
    return made(sa.UniqueConstraint, *columns, name=name, **options)


def both(name, without, with_, rows):
    """Return two cases: something comes, and it goes."""
    return [
        Case(f"SQLite: {name} comes", without, with_, rows, LITE),
        Case(f"SQLite: {name} goes", with_, without, rows, LITE),
    ]


def enum(*values, **options):
    """Return a column of an enumerated type that brings its CHECK."""
    return column("e", lambda: sa.Enum(*values, create_constraint=True, **options))


def keyed(**options):
    """Return a family whose foreign key has no name."""
    return tables(PARENT, one(CHILD, fk(**options)))


CONFLICT = {"sqlite_on_conflict": "IGNORE"}
FLAG = column("f", lambda: sa.Boolean(create_constraint=True))
ENUM = {"t": [{"id": 1, "e": "a"}]}

CASES = [
    *both(
        "one of two unnamed checks",
        one(N, check("n > 0")),
        one(N, check("n > 0"), check("n < 9")),
        NUMBERS,
    ),
    *both("a check twice", one(N, check("n > 0")), one(N, check("n > 0"), check("n > 0")), NUMBERS),
    *both("a check on a column", one(N), one(column("n", sa.Integer, check("n > 0"))), NUMBERS),
    *both("a flag with its check", one(A), one(A, FLAG), ROWS),
    *both("an enum with its check", one(A), one(A, enum("a", "b", name="mood")), ROWS),
    *both("an enum with an unnamed check", one(A), one(A, enum("a", "b", native_enum=False)), ROWS),
    Case(
        "SQLite: an unnamed check of a type changes",
        one(enum("a", "b", native_enum=False)),
        one(enum("a", "b", "c", native_enum=False)),
        ENUM,
        LITE,
    ),
    Case(
        "SQLite: a flag gets its check",
        one(column("f", sa.Boolean)),
        one(FLAG),
        {"t": [{"id": 1, "f": True}]},
        LITE,
    ),
    *both("an unnamed pair", one(A, B), one(A, B, unique("a", "b")), PAIR),
    Case(
        "SQLite: an unnamed pair turns around",
        one(A, B, unique("a", "b")),
        one(A, B, unique("b", "a")),
        PAIR,
        LITE,
    ),
    *both(
        "a column with an unnamed unique constraint",
        one(A),
        one(A, column("b", sa.String(20), unique=True)),
        ROWS,
    ),
    Case(
        "SQLite: a unique constraint becomes an index",
        one(column("a", sa.String(20), unique=True)),
        one(column("a", sa.String(20), unique=True, index=True)),
        ROWS,
        LITE,
    ),
    *both(
        "a conflict clause of a named constraint",
        one(A, unique("a", name="u")),
        one(A, unique("a", name="u", **CONFLICT)),
        ROWS,
    ),
    *both(
        "a conflict clause of an unnamed constraint",
        one(A, unique("a")),
        one(A, unique("a", sqlite_on_conflict="FAIL")),
        ROWS,
    ),
    *both(
        "a conflict clause of a column",
        one(column("a", sa.String(20), unique=True)),
        one(column("a", sa.String(20), unique=True, sqlite_on_conflict_unique="IGNORE")),
        ROWS,
    ),
    *both(
        "a conflict clause of NOT NULL",
        one(column("a", sa.String(20), nullable=False)),
        one(column("a", sa.String(20), nullable=False, sqlite_on_conflict_not_null="FAIL")),
        ROWS,
    ),
    *both(
        "NOT NULL with a conflict clause",
        one(A),
        one(column("a", sa.String(20), nullable=False, sqlite_on_conflict_not_null="ABORT")),
        ROWS,
    ),
    *both(
        "a conflict clause of a check",
        one(N, check("n > 0", "ck")),
        one(N, check("n > 0", "ck", **CONFLICT)),
        NUMBERS,
    ),
    *both("an unnamed key that cascades", keyed(), keyed(ondelete="CASCADE"), FAMILY),
    *both(
        "an unnamed key that waits", keyed(), keyed(deferrable=True, initially="DEFERRED"), FAMILY
    ),
    Case(
        "SQLite: a key need not say that it does not wait",
        keyed(),
        keyed(deferrable=False),
        FAMILY,
        LITE,
        silent=True,
    ),
    *both(
        "an unnamed key that sets NULL",
        keyed(),
        keyed(ondelete="SET NULL", onupdate="CASCADE"),
        FAMILY,
    ),
    *both(
        "a column with an unnamed key",
        tables(PARENT, one(A)),
        tables(PARENT, one(A, column("parent_id", sa.Integer, made(sa.ForeignKey, "p.id")))),
        {"p": [{"id": 1}], **ROWS},
    ),
    *both(
        "an unnamed key to itself",
        one(CHILD),
        one(CHILD, made(sa.ForeignKeyConstraint, ["parent_id"], ["t.id"])),
        {"t": [{"id": 1, "parent_id": None}]},
    ),
    Case(
        "SQLite: an unnamed key points elsewhere",
        tables(PARENT, table("q", key()), one(CHILD, fk())),
        tables(
            PARENT,
            table("q", key()),
            one(CHILD, made(sa.ForeignKeyConstraint, ["parent_id"], ["q.id"])),
        ),
        {"p": [{"id": 1}], "q": [{"id": 1}], "t": [{"id": 1, "parent_id": 1}]},
        LITE,
    ),
    Case(
        "SQLite: what a key says without need",
        keyed(),
        keyed(ondelete="NO ACTION"),
        FAMILY,
        LITE,
        silent=True,
    ),
]
