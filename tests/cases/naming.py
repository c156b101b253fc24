"""Names: conventions that come, change and go, and identifiers of every kind."""

from __future__ import annotations

import sqlalchemy as sa

from . import Case
from . import column
from . import key
from . import made
from . import table
from . import tables

FIRST = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SECOND = {
    "ix": "idx_%(table_name)s_%(column_0_N_name)s",
    "uq": "%(table_name)s_%(column_0_N_name)s_unique",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_to_%(referred_table_name)s",
    "pk": "%(table_name)s_primary",
}


def under(convention, define):
    """Return a definition in a MetaData with a naming convention."""

    def with_convention(metadata):
        metadata.naming_convention = convention
        return define(metadata)

    return with_convention


FAMILY = tables(
    table("p", key()),
    table(
        "t",
        key(),
        column("n", sa.Integer, index=True),
        column("u", sa.String(20), unique=True),
        column("p_id", sa.Integer, made(sa.ForeignKey, "p.id")),
        made(sa.CheckConstraint, "n > 0", name="positive"),
    ),
)
ROWS = {"p": [{"id": 1}], "t": [{"id": 1, "n": 5, "u": "x", "p_id": 1}]}
LONG = "a_table_whose_name_is_long_but_not_too_long"


def long(size):
    """Return a table whose constraints would have names that are too long."""
    return table(
        LONG,
        key(),
        column("a_column_with_a_long_name", sa.String(size), unique=True, index=False),
        column("another_column_with_a_long_name", sa.Integer, index=True),
    )


NAMES = (
    "order",
    "Mixed",
    "has space",
    "naïve",
    'q"uote',
    "per%cent",
    "x:y",
    "表",
    "it's",
    "1st",
)

CASES = [
    Case("a naming convention changes", under(FIRST, FAMILY), under(SECOND, FAMILY), ROWS),
    Case("long names are shortened", under(FIRST, long(20)), under(FIRST, long(30))),
    Case("a convention for long names changes", under(FIRST, long(20)), under(SECOND, long(20))),
    *(
        Case(
            f"a column named {name}",
            table("t", key(), column("n", sa.Integer)),
            table("t", key(), column("n", sa.Integer), column(name, sa.String(9), index=True)),
            {"t": [{"id": 1, "n": 1}]},
        )
        for name in NAMES
    ),
    *(
        Case(
            f"a table named {name}",
            table(name, key(), column("n", sa.Integer)),
            table(name, key(), column("n", sa.BigInteger), column("u", sa.Integer, unique=True)),
            {name: [{"id": 1, "n": 1}]},
        )
        for name in NAMES
    ),
]
