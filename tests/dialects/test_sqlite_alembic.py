"""What is written for constraints without a name, and for table options, runs under Alembic too."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from flask_schemamigrate import api
from flask_schemamigrate.settings import Database
from flask_schemamigrate.settings import Settings

Element = Callable[[], Any]


def define(*elements: Element, **keywords: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("p", metadata, sa.Column("id", sa.Integer, primary_key=True))
    columns = [sa.Column(name, sa.Integer, nullable=False) for name in ("a", "b", "p_id")]
    sa.Table("t", metadata, *columns, *(make() for make in elements), **keywords)
    return metadata


CHANGES: dict[str, tuple[tuple[Element, ...], dict[str, Any]]] = {
    "a unique constraint": ((lambda: sa.UniqueConstraint("a", "b"),), {}),
    "a primary key": ((lambda: sa.PrimaryKeyConstraint("a", "b"),), {}),
    "a foreign key": ((lambda: sa.ForeignKeyConstraint(["p_id"], ["p.id"]),), {}),
    "a flag with its check": ((lambda: sa.Column("f", sa.Boolean(create_constraint=True)),), {}),
    "a key that is numbered": (
        (lambda: sa.PrimaryKeyConstraint("a"),),
        {"sqlite_autoincrement": True},
    ),
}


#: Alembic says of itself that a check without a name is lost in its rebuilds.
@pytest.mark.filterwarnings("ignore:Unnamed CHECK constraint")
@pytest.mark.parametrize("name", CHANGES)
def test_a_script_runs_under_alembic(name: str, tmp_path: Path) -> None:
    url = sa.make_url(f"sqlite:///{tmp_path}/app.db")
    engine = sa.create_engine(url)
    define().create_all(engine)
    elements, keywords = CHANGES[name]
    after = define(*elements, **keywords)
    folder = tmp_path / "migrations"
    settings = Settings(folder, (Database(None, url, lambda: engine, (after,)),))
    api.init(settings)
    created = api.migrate(settings)
    assert created.path is not None
    spec = importlib.util.spec_from_file_location("script", created.path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    for function in (script.upgrade, script.downgrade):
        with engine.begin() as connection:
            context = MigrationContext.configure(connection)
            with Operations.context(context):
                function()
    with engine.connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) == {"p", "t"}
    engine.dispose()
