"""Random schemas, as values that a database could have."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.objects import Check
from flask_schemamigrate.schema.objects import Column
from flask_schemamigrate.schema.objects import Computed
from flask_schemamigrate.schema.objects import ForeignKey
from flask_schemamigrate.schema.objects import Identity
from flask_schemamigrate.schema.objects import Index
from flask_schemamigrate.schema.objects import PrimaryKey
from flask_schemamigrate.schema.objects import Schema
from flask_schemamigrate.schema.objects import Sql
from flask_schemamigrate.schema.objects import Table
from flask_schemamigrate.schema.objects import Unique

NAMES = ("a", "b", "c", "d")
COLUMNS = ("id", "x", "y", "z")
TYPES = tuple(map(Sql, ("INTEGER", "VARCHAR(20)", "TEXT")))
ACTIONS = (None, "CASCADE", "SET NULL")
comments = st.sampled_from((None, "it's", "two"))


@st.composite
def columns(draw: st.DrawFn, name: str) -> Column:
    """Draw a column; few are generated or numbered."""
    kind = draw(st.sampled_from(("plain",) * 6 + ("default", "computed", "identity")))
    return Column(
        name,
        draw(st.sampled_from(TYPES)),
        draw(st.booleans()),
        Sql(draw(st.sampled_from(("1", "'x'")))) if kind == "default" else None,
        Computed(Sql(draw(st.sampled_from(("id", "id + 1"))))) if kind == "computed" else None,
        Identity(always=draw(st.booleans())) if kind == "identity" else None,
        comment=draw(comments),
    )


@st.composite
def tables(draw: st.DrawFn, name: Name, schema: Sequence[Name]) -> Table:
    """Draw a table with ``id``, which its own and others' foreign keys point at."""
    chosen = draw(st.lists(st.sampled_from(COLUMNS[1:]), unique=True, max_size=3))
    there = ("id", *chosen)
    subsets = st.lists(st.sampled_from(there), unique=True, min_size=1, max_size=2).map(tuple)

    def some(prefix: str, most: int = 2) -> list[str]:
        numbers = draw(st.lists(st.integers(1, 3), unique=True, max_size=most))
        return [f"{prefix}_{name.name}_{number}" for number in numbers]

    identifier = Column("id", TYPES[0], nullable=False, autoincrement=draw(st.booleans()))
    return Table(
        name,
        (identifier, *(draw(columns(c)) for c in chosen)),
        PrimaryKey(("id",), f"pk_{name.name}"),
        tuple(Unique(draw(subsets), n) for n in some("uq")),
        tuple(
            ForeignKey(
                (draw(st.sampled_from(there)),),
                draw(st.sampled_from(schema)),
                ("id",),
                n,
                ondelete=draw(st.sampled_from(ACTIONS)),
            )
            for n in some("fk")
        ),
        tuple(Check(Sql(f"id > {draw(st.integers(0, 2))}"), n) for n in some("ck")),
        indexes=tuple(_index(n, draw(subsets), draw(st.booleans())) for n in some("ix")),
        comment=draw(comments),
        options=(("mysql_engine", draw(st.sampled_from(("InnoDB", "Aria")))),),
    )


def _index(name: str, keys: tuple[str, ...], unique: bool) -> Index:
    return Index(name, Sql(f"({', '.join(keys)})"), unique, keys)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """Draw a schema whose foreign keys all point at tables that are there."""
    chosen = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    names = [Name(n) for n in chosen]
    return Schema.of(draw(tables(name, names)) for name in names)
