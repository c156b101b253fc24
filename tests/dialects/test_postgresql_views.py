"""Views that hold the type of a column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

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


def retyping(engine: Engine, folder: Path, new: str, old: str) -> Settings:
    """Return settings with a script that gives column ``t.a`` a new type, and the old one back."""
    settings = Settings(folder, (AppDatabase(None, engine.url, lambda: engine),))
    api.init(settings)
    (folder / "versions" / "a1.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\nrevision, down_revision = 'a1', None\n"
        f"def upgrade():\n    op.alter_column('t', 'a', type_=sa.{new})\n"
        f"def downgrade():\n    op.alter_column('t', 'a', type_=sa.{old})\n"
    )
    return settings


def test_a_policy_on_the_column_comes_back_as_it_was(
    postgresql_database: Database, tmp_path: Path
) -> None:
    """PostgreSQL: "cannot alter type of a column used in a policy definition"."""
    engine = postgresql_database.engine()
    question = """SELECT tablename, policyname, permissive, roles, cmd,
          qual, with_check, obj_description(p.oid)
        FROM pg_policies JOIN pg_policy p ON polname = policyname ORDER BY 1, 2"""
    with engine.begin() as connection:
        for sql in (
            "CREATE TABLE t (id serial PRIMARY KEY, a integer, b int)",
            "INSERT INTO t (a) VALUES (5)",
            "CREATE TABLE u (id serial PRIMARY KEY, t_a integer)",
            "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
            'CREATE POLICY "Of A" ON t AS RESTRICTIVE FOR UPDATE TO PUBLIC, CURRENT_USER '
            "USING (a > 1) WITH CHECK (a < 9 AND b IS NULL)",
            "CREATE POLICY asks ON u FOR SELECT USING (EXISTS (SELECT FROM t WHERE t.a = u.t_a))",
            "CREATE POLICY other ON t FOR INSERT WITH CHECK (b > 1)",
            "COMMENT ON POLICY \"Of A\" ON t IS 'it''s theirs'",
        ):
            connection.exec_driver_sql(sql)
        before = connection.exec_driver_sql(question).all()
    assert len(before) == 3
    settings = retyping(engine, tmp_path, "BigInteger()", "Integer()")
    for move in (api.upgrade, api.downgrade):
        move(settings)
        with engine.connect() as connection:
            assert connection.exec_driver_sql(question).all() == before
            assert connection.exec_driver_sql("SELECT a FROM t").scalar_one() == 5


def test_a_trigger_on_the_column_comes_back_as_it_was(
    postgresql_database: Database, tmp_path: Path
) -> None:
    """PostgreSQL: "cannot alter type of a column used in a trigger definition"."""
    engine = postgresql_database.engine()
    question = """SELECT tgname, pg_get_triggerdef(oid), tgenabled, obj_description(oid)
        FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"""
    with engine.begin() as connection:
        for sql in (
            "CREATE TABLE t (id serial PRIMARY KEY, a varchar(9), b int)",
            "INSERT INTO t (a) VALUES ('x')",
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            'CREATE TRIGGER "On A" BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()',
            "CREATE TRIGGER asks AFTER INSERT ON t FOR EACH ROW WHEN (NEW.a <> 'it''s') "
            "EXECUTE FUNCTION f()",
            "CREATE TRIGGER other AFTER UPDATE OF b ON t FOR EACH ROW EXECUTE FUNCTION f()",
            "ALTER TABLE t ENABLE ALWAYS TRIGGER asks",
            "COMMENT ON TRIGGER \"On A\" ON t IS 'it''s theirs'",
        ):
            connection.exec_driver_sql(sql)
        before = connection.exec_driver_sql(question).all()
    settings = retyping(engine, tmp_path, "String(40)", "String(9)")
    api.upgrade(settings)
    with engine.connect() as connection:
        assert connection.exec_driver_sql(question).all() == before
        assert connection.exec_driver_sql("SELECT a FROM t").scalar_one() == "x"
    api.downgrade(settings)
    with engine.connect() as connection:
        assert connection.exec_driver_sql(question).all() == before
