"""Any declared type of SQLite, as a script has it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_schemamigrate import api
from flask_schemamigrate import dialects
from flask_schemamigrate.dialects.sqlite import parse
from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.scope import Scope
from flask_schemamigrate.settings import Database
from flask_schemamigrate.settings import Settings

DECLARED = [
    "INT",
    "INTEGER",
    "BINARY(4)",
    "CLOB",
    "DATETIME_CHAR",
    "OWN(5)",
    "OWN(5, 6)",
    "UNSIGNED BIG INT",
    "DOUBLE PRECISION",
    "VARYING CHARACTER(9)",
    "",
    "TEXT COLLATE NOCASE",
    "INT COLLATE RTRIM",
]


@pytest.mark.parametrize("declared", DECLARED)
def test_a_dropped_column_comes_back_with_the_type_that_it_had(
    declared: str, tmp_path: Path
) -> None:
    url = sa.make_url(f"sqlite:///{tmp_path}/app.db")
    engine = sa.create_engine(url)
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True))
    with engine.begin() as connection:
        sql = f"CREATE TABLE t (id INTEGER NOT NULL, a {declared}, PRIMARY KEY (id))"
        connection.exec_driver_sql(sql)
    settings = Settings(
        tmp_path / "migrations", (Database(None, url, lambda: engine, (metadata,)),)
    )
    api.init(settings)
    api.migrate(settings)
    api.upgrade(settings)
    api.downgrade(settings)
    with engine.connect() as connection:
        found = dialects.for_connection(connection).inspect(Scope())
    column = found.tables[Name("t")].column("a")
    assert column is not None
    assert parse.normal(column.type.text) == parse.normal(declared)
    engine.dispose()
