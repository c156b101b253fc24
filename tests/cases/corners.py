"""Changes that an independent list has found wanting, of all kinds."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql

from . import ALL
from . import Case
from . import column
from . import key
from . import LITE
from . import made
from . import MY
from . import PG
from . import table
from . import tables
from .structure import one

MOOD = lambda *values: column("e", lambda: sa.Enum(*values, name="mood"))  # noqa: E731
TARGET = column("p_id", sa.Integer)
POINTING = made(sa.ForeignKeyConstraint, ["p_id"], ["p.id"], name="fk_p")
PARENT = table("p", key())
FAMILY = {"p": [{"id": 1}], "t": [{"id": 1, "p_id": 1}]}


def both(
    name: str, before: Any, after: Any, rows: Any = None, systems: Any = ALL, **more: Any
) -> list[Case]:
    """Return a change and the opposite one."""
    there = Case(name, before, after, rows or {}, systems, **more)
    return [there, Case(f"{name}, the other way", after, before, rows or {}, systems, **more)]


def counting(**options: Any) -> Any:
    """Return a table beside a sequence."""

    def define(metadata: sa.MetaData) -> None:
        one()(metadata)
        sa.Sequence("numbers", metadata=metadata, **options)

    return define


def kind(type_: Any) -> Any:
    return one(column("a", type_))


WORDS = [
    column("a", sa.String(20), server_default="q", nullable=False),
    column("b", sa.Text),
    column("j", sa.JSON),
    column("o", lambda: mysql.VARCHAR(20, collation="utf8mb4_bin")),
    column("e", lambda: sa.Enum("a", "b")),
]
KEPT = table("u", key(), postgresql_with={"fillfactor": 50})
CHECKS = [made(sa.CheckConstraint, text) for text in ("a > 0", "a < 60", "a < 70")]

CASES = [
    Case(
        "a column with a check within it is renamed",
        one(column("a", sa.Integer, made(sa.CheckConstraint, "a > 0"))),
        one(column("b", sa.Integer, made(sa.CheckConstraint, "b > 0"))),
        {"t": [{"id": 1, "a": 5}]},
        renames=("t.a:b",),
    ),
    *both(
        "a table's character set goes round its JSON and what has one of its own",
        table("t", key(), *WORDS, mysql_charset="latin1"),
        table("t", key(), *WORDS, mysql_charset="utf8mb4"),
        {"t": [{"id": 1, "a": "x", "b": "y", "j": {"a": "😀"}, "o": "😀", "e": "a"}]},
        MY,
    ),
    Case("a table goes that is stored in its own way", tables(one(), KEPT), one(), {}, PG),
    *both(
        "the first of three checks without names",
        one(column("a", sa.Integer), *CHECKS),
        one(column("a", sa.Integer), *CHECKS[1:]),
        {"t": [{"id": 1, "a": 5}]},
        PG,
    ),
    *both(
        "the second of three checks without names",
        one(column("a", sa.Integer), *CHECKS),
        one(column("a", sa.Integer), CHECKS[0], CHECKS[2]),
        {"t": [{"id": 1, "a": 5}]},
        PG,
    ),
    *both(
        "two of three checks without names",
        one(column("a", sa.Integer), *CHECKS),
        one(column("a", sa.Integer), CHECKS[2]),
        {"t": [{"id": 1, "a": 5}]},
        PG,
    ),
    *both(
        "a virtual column becomes a plain one",
        one(column("a", sa.Integer), column("c", sa.Integer, made(sa.Computed, "a * 2", False))),
        one(column("a", sa.Integer), column("c", sa.Integer)),
        {"t": [{"id": 1, "a": 5}]},
        (*LITE, *MY),
    ),
    *both(
        "types and more of several columns change",
        one(
            column("a", sa.Integer),
            column("b", sa.Integer, nullable=False),
            column("c", sa.String(20), server_default="x"),
            column("d", sa.Integer),
        ),
        one(
            column("a", sa.BigInteger),
            column("b", sa.BigInteger),
            column("c", sa.Text),
            column("d", sa.String(20), nullable=False, server_default="5"),
            made(sa.Index, "ix_d", "d"),
        ),
        {"t": [{"id": 1, "a": 1, "b": 2, "c": "q", "d": 4}]},
    ),
    Case(
        "the length of a key that descends",
        one(column("b", sa.String(200)), made(sa.Index, "ix", sa.text("b(5) DESC"))),
        one(column("b", sa.String(200)), made(sa.Index, "ix", sa.text("b(6)"))),
        {"t": [{"id": 1, "b": "x"}]},
        MY,
    ),
    *(
        Case(
            f"mysql: a table gets {option}",
            table("t", key()),
            table("t", key(), **{f"mysql_{option}": value}),
            {"t": [{"id": 1}]},
            MY,
        )
        for option, value in (("stats_persistent", "1"), ("max_rows", "500"), ("checksum", "1"))
    ),
    *both("a sequence comes", one(), counting(), {"t": [{"id": 1}]}, (*PG, *MY)),
    *(
        case
        for option, value in (
            ("start", 7),
            ("increment", 3),
            ("minvalue", -5),
            ("minvalue", 0),
            ("maxvalue", 900),
            ("cycle", True),
            ("cache", 9),
        )
        for case in both(
            f"a sequence gets {option} {value}",
            counting(),
            counting(**{option: value}),
            {"t": [{"id": 1}]},
            (*PG, *MY),
        )
    ),
    *both(
        "a sequence counts down",
        counting(),
        counting(start=-1, increment=-1, minvalue=-50, maxvalue=-1),
        {"t": [{"id": 1}]},
        (*PG, *MY),
    ),
    *both(
        "a unique constraint does for a foreign key",
        tables(PARENT, one(TARGET, POINTING)),
        tables(PARENT, one(TARGET, POINTING, made(sa.UniqueConstraint, "p_id", name="uq"))),
        FAMILY,
    ),
    *both(
        "an enumeration grows under a view that names a value",
        one(MOOD("a", "b")),
        one(MOOD("a", "b", "c")),
        {"t": [{"id": 1, "e": "a"}]},
        PG,
        beside={"postgresql": ("CREATE VIEW v AS SELECT id FROM t WHERE e = 'a'",)},
    ),
    Case(
        "an enumeration is made anew under views that name values",
        one(MOOD("a", "b")),
        one(MOOD("b", "a")),
        {"t": [{"id": 1, "e": "a"}]},
        PG,
        beside={
            "postgresql": (
                "CREATE VIEW v AS SELECT id, e FROM t WHERE e = 'a'",
                "CREATE VIEW w AS SELECT * FROM v WHERE e <> 'b'",
            )
        },
    ),
    *both(
        "digits become a UUID",
        kind(lambda: sa.CHAR(32)),
        kind(sa.UUID),
        {"t": [{"id": 1, "a": None}]},
        MY,
    ),
    Case(
        "a UUID becomes its digits",
        kind(sa.Uuid),
        kind(lambda: sa.Uuid(native_uuid=False)),
        {"t": [{"id": 1, "a": uuid.UUID(int=5)}]},
        (*PG, *MY),
        values={"t": [{"id": 1, "a": uuid.UUID(int=5).hex}]},
    ),
    Case(
        "BINARY becomes longer",
        kind(lambda: sa.BINARY(4)),
        kind(lambda: sa.BINARY(6)),
        {"t": [{"id": 1, "a": b"abcd"}]},
        MY,
        values={"t": [{"id": 1, "a": b"abcd\0\0"}]},
    ),
    *both(
        "a default in double quotes",
        kind(sa.Text),
        one(column("a", sa.Text, server_default=sa.text('"quoted"'))),
        {"t": [{"id": 1, "a": "x"}]},
        LITE,
    ),
    Case(
        "BIT becomes longer",
        kind(lambda: postgresql.BIT(3)),
        kind(lambda: postgresql.BIT(5)),
        {"t": [{"id": 1, "a": "101"}]},
        PG,
        values={"t": [{"id": 1, "a": "10100"}]},
        lossless=False,
    ),
    Case(
        "a range becomes a multirange",
        kind(postgresql.INT4RANGE),
        kind(postgresql.INT4MULTIRANGE),
        {"t": [{"id": 1, "a": "[1,3)"}, {"id": 2, "a": "empty"}, {"id": 3, "a": None}]},
        PG,
        values={"t": [{"id": 1}, {"id": 2}, {"id": 3}]},
    ),
    Case(
        "an enumerated value that has brackets comes",
        one(column("x", lambda: mysql.ENUM("a", "b"))),
        one(column("x", lambda: mysql.ENUM("a", "b", "(x)", ")"))),
        {"t": [{"id": 1, "x": "a"}]},
        MY,
    ),
]
