"""Views that hold the type of a column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from flask_schemamigrate import api
from flask_schemamigrate.dialects.postgresql import views
from flask_schemamigrate.errors import InvalidOperation
from flask_schemamigrate.settings import Database as AppDatabase
from flask_schemamigrate.settings import Settings

from ..conftest import Database


@pytest.fixture
def connection(postgresql_database: Database) -> Iterator[Connection]:
    with postgresql_database.engine().connect() as opened:
        opened.exec_driver_sql("CREATE TABLE t (id serial PRIMARY KEY, a varchar(9), b int)")
        yield opened


def test_those_that_others_stand_on_come_first(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE VIEW z AS SELECT a FROM t")
    connection.exec_driver_sql("CREATE VIEW y AS SELECT a FROM z")
    connection.exec_driver_sql("CREATE MATERIALIZED VIEW x AS SELECT a FROM y WITH NO DATA")
    found = views.over(connection, "t", "a")
    assert [view.drop for view in found] == [
        "DROP VIEW public.z",
        "DROP VIEW public.y",
        "DROP MATERIALIZED VIEW public.x",
    ]
    assert found[2].again[0].endswith("WITH NO DATA")


def test_a_view_over_another_column_does_not_matter(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE VIEW v AS SELECT b FROM t")
    assert views.over(connection, "t", "a") == ()


@pytest.mark.parametrize(
    "more",
    [
        "CREATE RULE r AS ON INSERT TO v DO INSTEAD NOTHING",
        "ALTER VIEW v ALTER COLUMN a SET DEFAULT 'x'",
        "COMMENT ON COLUMN v.a IS 'x'",
    ],
)
def test_a_view_with_more_than_its_query_is_refused_by_name(
    connection: Connection, more: str
) -> None:
    connection.exec_driver_sql("CREATE VIEW v AS SELECT a FROM t")
    connection.exec_driver_sql(more)
    with pytest.raises(
        InvalidOperation, match=r"column a of table t cannot change under public\.v"
    ):
        views.over(connection, "t", "a")


def test_a_refused_upgrade_changes_nothing(postgresql_database: Database, tmp_path: Path) -> None:
    engine = postgresql_database.engine()

    def settings(type_: sa.types.TypeEngine[str]) -> Settings:
        metadata = sa.MetaData()
        sa.Table(
            "t", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", type_)
        )
        url = postgresql_database.url
        return Settings(tmp_path / "m", (AppDatabase(None, url, lambda: engine, (metadata,)),))

    api.init(settings(sa.Text()))
    api.migrate(settings(sa.Text()))
    api.upgrade(settings(sa.Text()))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW v AS SELECT a FROM t")
        connection.exec_driver_sql("COMMENT ON COLUMN v.a IS 'x'")
    api.migrate(settings(sa.String(9)))
    with pytest.raises(InvalidOperation) as refused:
        api.upgrade(settings(sa.String(9)))
    assert "make it again after it" in str(refused.value.hint)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM v").scalar() == 0
        types = sa.inspect(connection).get_columns("t")
    assert str(types[1]["type"]) == "TEXT"
