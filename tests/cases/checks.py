"""Checks: named, unnamed, with every odd text, coming, changing and going."""

from __future__ import annotations

import sqlalchemy as sa

from . import Case
from . import column
from . import made
from . import table
from .structure import A
from .structure import N
from .structure import one

ROWS = {"t": [{"id": 1, "a": "x", "n": 5}, {"id": 2, "a": None, "n": None}]}


def check(text, name="ck"):
    """Return a check."""
    return made(sa.CheckConstraint, text, name=name)


def change(name, old, new):
    """Return a case that replaces the text of a check, with rows that keep both."""
    parts = [[check(text)] if text else [] for text in (old, new)]
    before, after = (one(A, N, *part) for part in parts)
    return Case(f"a check: {name}", before, after, ROWS)


CASES = [
    change("a number", "n > 0", "n > 1"),
    change("a number by one digit", "n < 100", "n < 101"),
    change("an operator", "n > 0", "n >= 0"),
    change("another column", "n > 0", "a <> '0'"),
    change("a conjunction grows", "n > 0", "n > 0 AND n < 10"),
    change("a disjunction", "n > 0 OR n < -5", "n > 0 OR n < -6"),
    change("brackets that matter", "(n > 0 OR n < 9) AND a > 'b'", "n > 0 OR (n < 9 AND a > 'b')"),
    change("a list of texts", "a IN ('x', 'y')", "a IN ('x', 'y', 'z')"),
    change("a list of numbers", "n IN (1, 5)", "n IN (5, 6)"),
    change("a negated list", "a NOT IN ('p')", "a NOT IN ('p', 'q')"),
    change("between", "n BETWEEN 1 AND 10", "n BETWEEN 1 AND 20"),
    change("like", "a LIKE 'x%'", "a LIKE '%x'"),
    change("a quote", "a <> 'it''s'", "a <> 'its'"),
    change("a percent sign", "a <> '5%'", "a <> '5%%'"),
    change("a colon", "a <> '\\:b'", "a <> '\\:c'"),
    change("letters beyond ASCII", "a <> 'ü'", "a <> 'ö'"),
    change("upper and lower case of a text", "a <> 'p'", "a <> 'P'"),
    change("a function", "length(a) < 10", "length(a) < 20"),
    change("a function to another", "lower(a) <> 'q'", "upper(a) <> 'Q'"),
    change("null", "n IS NOT NULL OR a IS NULL", "n IS NULL OR a IS NOT NULL"),
    change("arithmetic", "n + n > 0", "n * n > 0"),
    change("a remainder", "n % 10 <> 3", "n % 10 <> 4"),
    change("a case", "CASE WHEN n > 3 THEN 1 ELSE 0 END = 1 OR n IS NULL", "n > 3 OR n IS NULL"),
    change("with a percent sign comes", "", "a NOT LIKE '%q%'"),
    change("with a list comes", "", "a IN ('x', 'y')"),
    change("with a list goes", "a IN ('x', 'y')", ""),
    Case(
        "a check is renamed",
        one(N, check("n > 0", "ck_old")),
        one(N, check("n > 0", "ck_new")),
        {"t": [{"id": 1, "n": 5}]},
    ),
    Case(
        "one of two checks goes",
        one(N, check("n > 0", "c1"), check("n < 10", "c2")),
        one(N, check("n < 10", "c2")),
        {"t": [{"id": 1, "n": 5}]},
    ),
    Case(
        "two checks change places",
        one(N, check("n > 0", "c1"), check("n < 10", "c2")),
        one(N, check("n < 10", "c1"), check("n > 0", "c2")),
        {"t": [{"id": 1, "n": 5}]},
    ),
    Case(
        "one of two unnamed checks goes",
        one(N, check("n > 0", None), check("n < 10", None)),
        one(N, check("n < 10", None)),
        {"t": [{"id": 1, "n": 5}]},
    ),
    Case(
        "an unnamed check changes",
        one(N, check("n > 0", None)),
        one(N, check("n > 1", None)),
        {"t": [{"id": 1, "n": 5}]},
    ),
    Case(
        "a check gets a name",
        one(N, check("n > 0", None)),
        one(N, check("n > 0", "ck")),
        {"t": [{"id": 1, "n": 5}]},
    ),
    Case(
        "a column comes with a check",
        one(),
        one(N, check("n > 0")),
        {"t": [{"id": 1}]},
    ),
    Case(
        "a column goes with its check",
        one(A, N, check("n > 0")),
        one(A),
        {"t": [{"id": 1, "a": "x"}]},
    ),
    Case(
        "a column goes with its unnamed check",
        one(A, N, check("n > 0", None)),
        one(A),
        {"t": [{"id": 1, "a": "x"}]},
    ),
    Case(
        "a column of a check is renamed",
        one(N, check("n > 0")),
        one(column("m", sa.Integer), check("m > 0")),
        {"t": [{"id": 1, "n": 5}]},
        renames=("t.n:m",),
    ),
    Case(
        "a column of a check gets another type",
        one(N, check("n > 0")),
        one(column("n", sa.BigInteger), check("n > 0")),
        {"t": [{"id": 1, "n": 5}]},
    ),
    Case(
        "a check of a column that is a reserved word",
        table("t", column("order", sa.Integer, primary_key=True), check('"order" > 0', "ck")),
        table("t", column("order", sa.Integer, primary_key=True), check('"order" > 1', "ck")),
        {"t": [{"order": 5}]},
        ("sqlite", "postgresql"),
    ),
    Case(
        "the check of a longer enumeration without a name",
        one(column("e", lambda: sa.Enum("a", "b", native_enum=False, create_constraint=True))),
        one(
            column(
                "e", lambda: sa.Enum("a", "b", "long", native_enum=False, create_constraint=True)
            )
        ),
        {"t": [{"id": 1, "e": "a"}]},
    ),
    Case(
        "an enumeration gets a check in the place of its type",
        one(column("e", lambda: sa.Enum("a", "b", name="mood"))),
        one(
            column(
                "e",
                lambda: sa.Enum("a", "b", name="mood", native_enum=False, create_constraint=True),
            )
        ),
        {"t": [{"id": 1, "e": "a"}]},
    ),
    Case(
        "a check that a text is JSON, which is no JSON column",
        one(column("j", sa.Text)),
        one(column("j", sa.Text), check("json_valid(j)", "is_json")),
        {"t": [{"id": 1, "j": "{}"}]},
        ("sqlite", "mariadb"),
    ),
    Case(
        "a boolean gets its check",
        one(column("f", sa.Boolean)),
        one(column("f", lambda: sa.Boolean(create_constraint=True, name="ck_f"))),
        {"t": [{"id": 1, "f": True}]},
        ("sqlite", "mariadb"),  # PostgreSQL has booleans of its own.
    ),
]
