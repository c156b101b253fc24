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


def indexed(*columns):
    """Return a table whose foreign key stands on an index that does for more, or on its own."""
    return table(
        "c",
        key(),
        column("a_id", sa.Integer),
        column("n", sa.Integer),
        made(sa.ForeignKeyConstraint, ["a_id"], ["a.id"], name="fk_a"),
        made(sa.Index, "ix_c", *columns),
    )


STOOD_ON = {"a": [{"id": 1}], "c": [{"id": 1, "a_id": 1, "n": 2}]}

CASES = [
    Case(
        "the index under a foreign key loses its column",
        tables(BARE, indexed("a_id", "n")),
        tables(BARE, indexed("n")),
        STOOD_ON,
    ),
    Case(
        "an index gets the column of a foreign key",
        tables(BARE, indexed("n")),
        tables(BARE, indexed("a_id", "n")),
        STOOD_ON,
    ),
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
