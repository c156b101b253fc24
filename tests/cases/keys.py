"""Tables that point at each other while they change."""

from __future__ import annotations

import sqlalchemy as sa

from . import Case
from . import column
from . import key
from . import made
from . import table
from . import tables


def parent(size: int, type_: type = sa.Integer):
    """Return a table with two keys that others point at."""
    return table(
        "a",
        column("id", type_, primary_key=True),
        column("code", sa.String(size)),
        made(sa.UniqueConstraint, "code", name="uq_code"),
    )


def child(size: int, type_: type = sa.Integer, name: str = "b"):
    """Return a table that points at both."""
    return table(
        name,
        key(),
        column("code", sa.String(size)),
        column("a_id", type_),
        made(sa.ForeignKeyConstraint, ["code"], ["a.code"], name=f"fk_{name}_code"),
        made(sa.ForeignKeyConstraint, ["a_id"], ["a.id"], name=f"fk_{name}_id"),
    )


ROWS = {"a": [{"id": 1, "code": "x"}], "b": [{"id": 1, "code": "x", "a_id": 1}]}
BARE = table("a", key())
C = table(
    "c",
    key(),
    column("b_id", sa.Integer),
    made(sa.ForeignKeyConstraint, ["b_id"], ["b.id"], name="fk_c"),
)
STAYING = [table(name, key()) for name in "xyz"]
ONE = {"a": ROWS["a"]}  # The rows of a table that goes do not come back.

CASES = [
    Case(
        "columns grow that keys point at",
        tables(parent(5), child(5)),
        tables(parent(9, sa.BigInteger), child(9, sa.BigInteger)),
        ROWS,
    ),
    Case("a table goes with what it points at", tables(parent(5), child(5)), BARE, ONE),
    Case(
        "a table goes, another comes, and what they point at changes",
        tables(parent(5), child(5)),
        tables(parent(9, sa.BigInteger), child(9, sa.BigInteger, "d")),
        ONE,
    ),
    Case(
        "a chain of tables goes",
        tables(parent(5), child(5), C, *STAYING),
        tables(BARE, *STAYING),
        ONE,
    ),
    Case(
        "a table points at what is new in another one",
        BARE,
        tables(parent(5), child(5)),
        {"a": [{"id": 1}]},
    ),
]
