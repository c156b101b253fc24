"""Every case on every database: forwards with rows, no difference, backwards, no difference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from flask_schemamigrate import api
from flask_schemamigrate.diff.differ import diff
from flask_schemamigrate.run import session
from flask_schemamigrate.schema.scope import Scope
from flask_schemamigrate.settings import Database as AppDatabase
from flask_schemamigrate.settings import Settings

from .cases import Case
from .cases import keys
from .cases import structure
from .cases import types
from .conftest import Database

CASES = [*structure.CASES, *keys.CASES, *types.CASES]


def settings_of(folder: Path, database: Database, engine: Engine, define: Any) -> Settings:
    metadata = sa.MetaData()
    define(metadata)
    return Settings(folder, (AppDatabase(None, database.url, lambda: engine, (metadata,)),))


def insert(engine: Engine, case: Case) -> None:
    metadata = sa.MetaData()
    case.before(metadata)
    with engine.begin() as connection:
        for name, rows in case.rows.items():
            connection.execute(metadata.tables[name].insert(), rows)


def counts(engine: Engine, case: Case) -> dict[str, int]:
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return {
            name: connection.execute(
                sa.select(sa.func.count()).select_from(sa.table(name))
            ).scalar_one()
            for name in case.rows
            if name in names
        }


def expect_silence(settings: Settings) -> None:
    """Fail if anything differs, or could not be compared."""
    with session.connect(settings.databases[0], settings) as opened:
        reader = opened.dialect.reader
        wanted = reader.schema(settings.databases[0].metadata[0].tables.values())
        scope = Scope.over(wanted.tables, own=[opened.versions.key])
        settled = opened.dialect.settle(opened.dialect.inspect(scope), wanted)
        found = diff(settled.actual, settled.wanted, batches=opened.dialect.batches)
    assert ([operation.describe() for operation in found], settled.notes) == ([], ())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, database: Database, tmp_path: Path) -> None:
    if database.system not in case.systems:
        pytest.skip(f"not for {database.system}")
    engine = database.engine()
    folder = tmp_path / "migrations"
    before = settings_of(folder, database, engine, case.before)
    after = settings_of(folder, database, engine, case.after)
    api.init(before)
    api.migrate(before)
    api.upgrade(before)
    expect_silence(before)
    insert(engine, case)
    held = counts(engine, case)
    created = api.migrate(after, renames=case.renames)
    assert created.path is not None, "the change was not seen"
    api.upgrade(after)
    expect_silence(after)
    assert counts(engine, case) == {n: c for n, c in held.items() if n in counts(engine, case)}
    if case.undo:
        api.downgrade(after)
        expect_silence(before)
        assert counts(engine, case) == held
        api.upgrade(after)
        expect_silence(after)


def test_case_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_tables_of_create_all_are_silent(case: Case, database: Database, tmp_path: Path) -> None:
    if database.system not in case.systems:
        pytest.skip(f"not for {database.system}")
    engine = database.engine()
    settings = settings_of(tmp_path / "migrations", database, engine, case.after)
    api.init(settings)
    settings.databases[0].metadata[0].create_all(engine)
    expect_silence(settings)
