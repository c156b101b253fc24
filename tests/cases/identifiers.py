"""Names that need quotes, and renames, of tables, columns, indexes and constraints."""

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

ODD = ("Mixed", "UPPER", "select", "two words", "naïve", "日本", "per%cent", "it's", "semi;colon",
       'quo"ted', "back`tick", "dash-ed", "1st", "with.dot", "a" * 55)  # fmt: skip


def names(odd):
    """Return cases of a table, a column, an index and a check that have an odd name."""
    rows = {odd: [{"id": 1, "a": "x"}]}
    plain, required = A, column("a", sa.String(40), nullable=False)
    odd_column = column(odd, sa.String(20))
    yield Case(f"a table called {odd}", table(odd, key(), plain), table(odd, key(), required), rows)
    yield Case(
        f"a column called {odd} comes", one(A), one(A, odd_column), {"t": [{"id": 1, "a": "x"}]}
    )
    yield Case(
        f"a column called {odd} changes",
        one(odd_column),
        one(column(odd, sa.String(40), nullable=False, server_default="x")),
        {"t": [{"id": 1, odd: "x"}]},
    )
    yield Case(
        f"what is called {odd} goes",
        one(A, N, made(sa.Index, odd, "a"), made(sa.CheckConstraint, "n > 0", name=f"c{odd}")),
        one(A, N),
        {"t": [{"id": 1, "a": "x", "n": 5}]},
    )


CASES = [
    *(case for odd in ODD for case in names(odd)),
    Case(
        "two columns change names",
        one(A, N),
        one(column("b", sa.String(20)), column("m", sa.Integer)),
        {"t": [{"id": 1, "a": "x", "n": 5}]},
        renames=("t.a:b", "t.n:m"),
    ),
    Case(
        "a table and its column are renamed",
        one(A),
        table("u", key(), column("b", sa.String(20))),
        {"t": [{"id": 1, "a": "x"}]},
        renames=("t:u", "u.a:b"),
    ),
    Case(
        "a renamed column grows",
        one(A),
        one(column("b", sa.String(40))),
        {"t": [{"id": 1, "a": "x"}]},
        renames=("t.a:b",),
    ),
    Case(
        "a column is renamed to a reserved word",
        one(A),
        one(column("order", sa.String(20))),
        {"t": [{"id": 1, "a": "x"}]},
        renames=("t.a:order",),
    ),
    Case(
        "a table is renamed and another takes its name",
        tables(one(A), table("v", key())),
        tables(table("u", key(), A), table("t", key(), N), table("v", key())),
        {"t": [{"id": 1, "a": "x"}]},
        renames=("t:u",),
        accepts=("t_id_seq",),
    ),
]
