"""Random graphs of tables, cycles included: what leads from one to another runs, with rows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemamigrate import api
from flask_schemamigrate.api import differing
from flask_schemamigrate.run import session
from flask_schemamigrate.settings import Database as AppDatabase
from flask_schemamigrate.settings import Settings

from .conftest import Database

NAMES = "abcde"
#: How many random pairs are tried on each database; more at night.
SEEDS = int(os.environ.get("SCHEMAMIGRATE_TEST_SEEDS", "12"))


@dataclass(frozen=True)
class Edge:
    """A foreign key: to the key of another table or to its code, with an index or without."""

    source: str
    target: str
    to_code: bool
    indexed: bool
    cascades: bool


@dataclass(frozen=True)
class Graph:
    """Tables, those of them that have a code, and their foreign keys."""

    tables: tuple[str, ...]
    coded: frozenset[str]
    big: frozenset[str]
    edges: tuple[Edge, ...]


def graph(random: Random) -> Graph:
    """Return a random graph."""
    tables = tuple(name for name in NAMES if random.random() < 0.75) or ("a",)
    coded = frozenset(name for name in tables if random.random() < 0.5)
    big = frozenset(name for name in tables if random.random() < 0.3)
    edges = tuple(
        Edge(
            one,
            other,
            other in coded and random.random() < 0.5,
            random.random() < 0.5,
            random.random() < 0.3,
        )
        for one in tables
        for other in tables
        if random.random() < 0.35
    )
    return Graph(tables, coded, big, edges)


def define(made: Graph, metadata: sa.MetaData) -> None:
    """Define the tables of a graph."""
    for name in made.tables:
        parts: list[Any] = [sa.Column("id", sa.Integer, primary_key=True)]
        if name in made.coded:
            parts.append(sa.Column("code", sa.String(9), unique=True))
        parts.append(sa.Column("n", sa.BigInteger if name in made.big else sa.Integer, index=True))
        for edge in (e for e in made.edges if e.source == name):
            kind = sa.String(9) if edge.to_code else sa.Integer()
            column = f"{edge.target}_{'code' if edge.to_code else 'id'}"
            parts.append(sa.Column(column, kind, index=edge.indexed or None))
            target = f"{edge.target}.{'code' if edge.to_code else 'id'}"
            action = "CASCADE" if edge.cascades else None
            parts.append(
                sa.ForeignKeyConstraint(
                    [column], [target], name=f"fk_{name}_{column}", ondelete=action
                )
            )
        sa.Table(name, metadata, *parts)


def settings(folder: Path, database: Database, made: Graph) -> Settings:
    metadata = sa.MetaData()
    define(made, metadata)
    engine = database.engine()
    return Settings(folder, (AppDatabase(None, database.url, lambda: engine, (metadata,)),))


def fill(settings_: Settings, made: Graph) -> None:
    """Give each table a row, and let it point at the rows of the others."""
    (metadata,) = settings_.databases[0].metadata
    with settings_.databases[0].engine().begin() as connection:
        for name in made.tables:
            table = metadata.tables[name]
            code = {"code": name} if name in made.coded else {}
            connection.execute(table.insert().values(id=1, n=5, **code))
        for edge in made.edges:
            table = metadata.tables[edge.source]
            column = f"{edge.target}_{'code' if edge.to_code else 'id'}"
            value = edge.target if edge.to_code else 1
            connection.execute(table.update().values({column: value}))


def count(settings_: Settings, names: set[str]) -> int:
    with settings_.databases[0].engine().connect() as connection:
        return sum(
            connection.execute(sa.select(sa.func.count()).select_from(sa.table(n))).scalar_one()
            for n in names
        )


def expect_silence(settings_: Settings) -> None:
    """Fail if the database differs from the models, wherever it is in the history."""
    with session.connect(settings_.databases[0], settings_) as opened, opened.reading():
        found = differing.difference(opened).operations
    assert [operation.describe() for operation in found] == []


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_order_runs(seed: int, database: Database, tmp_path: Path) -> None:
    random = Random(seed)
    one, other = graph(random), graph(random)
    folder = tmp_path / "migrations"
    before, after = (settings(folder, database, made) for made in (one, other))
    api.init(before)
    api.migrate(before, verify=False)
    api.upgrade(before)
    fill(before, one)
    kept = set(one.tables) & set(other.tables)
    created = api.migrate(after, allow_drop=True, verify=False)
    if created.path is None:
        return
    api.upgrade(after)
    expect_silence(after)
    assert count(after, kept) == len(kept)
    api.downgrade(after)
    expect_silence(before)
    assert count(before, kept) == len(kept)
    api.downgrade(before, "base")
    api.upgrade(after)
