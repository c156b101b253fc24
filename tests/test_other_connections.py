"""Scripts that use other connections of the process than the migration's own."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool
from sqlalchemy.pool import QueuePool
from sqlalchemy.pool import SingletonThreadPool
from sqlalchemy.pool import StaticPool

from flask_schemamigrate.dialects import blocked

from .conftest import Database
from .conftest import Project

TOP = """
from flask import current_app
db = current_app.extensions["sqlalchemy"]
session, engine = db.session, db.engine
def sql(text, **values):
    return sa.text(text).bindparams(**values)
"""
ONE = (
    'op.create_table("one", sa.Column("id", sa.Integer, primary_key=True), '
    'sa.Column("n", sa.Integer))'
)
ONE_UP = ONE + '\nop.execute("INSERT INTO one (id, n) VALUES (1, 1)")'


def script(project: Project, id_: str, parent: str | None, body: str, down: str = "pass") -> None:
    project.script(id_, parent, TOP + textwrap.dedent(body), downgrade=down)


def rows(project: Project, sql: str) -> list[Any]:
    with project.app.app_context(), project.db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(sql))]


def applied(project: Project) -> list[str]:
    return [row[0] for row in rows(project, "SELECT version_num FROM alembic_version")]


POOLS = {
    "file": (None, {}),
    "file, one connection for all": (None, {"poolclass": StaticPool}),
    "file, no pool": (None, {"poolclass": NullPool}),
    "file, one for each thread": (None, {"poolclass": SingletonThreadPool}),
    "file, app that begins by itself": (None, {}),
    "memory": ("sqlite://", {}),
    "memory, one for each thread": ("sqlite://", {"poolclass": SingletonThreadPool}),
}


@pytest.fixture(params=POOLS)
def site(request: pytest.FixtureRequest, sqlite_database: Database, make_project: Any) -> Project:
    """A project on SQLite whose first revision has been applied: a table with a row."""
    url, options = POOLS[request.param]
    options = {"poolclass": QueuePool, **options} if url is None else options
    project: Project = make_project(
        url or sqlite_database.text, SQLALCHEMY_ENGINE_OPTIONS={**options}
    )
    if "begins" in request.param:
        with project.app.app_context():
            engine = project.db.engine
        sa.event.listen(engine, "connect", lambda d, r: setattr(d, "isolation_level", None))
        sa.event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN"))
    project.ok("init")
    script(project, "a0", None, ONE_UP)
    project.ok("upgrade")
    return project


def test_what_a_session_commits_and_rolls_back(site: Project) -> None:
    script(
        site,
        "a1",
        "a0",
        """
        op.create_table("two", sa.Column("id", sa.Integer, primary_key=True))
        session.execute(sql("INSERT INTO two (id) VALUES (1)"))
        session.commit()
        session.execute(sql("INSERT INTO two (id) VALUES (2)"))
        session.execute(sql("DELETE FROM one"))
        session.rollback()
        with session.begin_nested():
            session.execute(sql("INSERT INTO two (id) VALUES (3)"))
        try:
            with session.begin_nested():
                session.execute(sql("INSERT INTO two (id) VALUES (4)"))
                raise KeyError
        except KeyError:
            pass
        assert session.execute(sql("SELECT max(id) FROM two")).scalar() == 3
        session.commit()
        session.execute(sql("SELECT id FROM two")).all()
        op.add_column("two", sa.Column("n", sa.Integer))
        session.rollback()
        session.execute(sql("UPDATE two SET n = id"))
        session.commit()
        session.remove()
        """,
    )
    site.ok("upgrade")
    assert rows(site, "SELECT id, n FROM two ORDER BY id") == [(1, 1), (3, 3)]
    assert rows(site, "SELECT id FROM one") == [(1,)]
    assert applied(site) == ["a1"]


WRITES = {
    "session": 'session.execute(sql("INSERT INTO one (id) VALUES (7)"))\nsession.commit()',
    "connection": """
        with engine.begin() as connection:
            connection.execute(sql("INSERT INTO one (id) VALUES (7)"))
    """,
    "each by itself": """
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sql("INSERT INTO one (id) VALUES (7)"))
    """,
    "driver": """
        raw = engine.raw_connection()
        raw.cursor().execute("INSERT INTO one (id) VALUES (?)", (7,))
        raw.commit()
        raw.close()
    """,
    "statements": """
        raw = engine.raw_connection()
        raw.cursor().executescript("-- a comment\\nINSERT INTO one (id) VALUES (7); SELECT 1;")
        raw.close()
    """,
    "many": """
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO one (id) VALUES (?)", [(7,), (8,)])
            connection.exec_driver_sql("DELETE FROM one WHERE id = 8")
    """,
    "table": """
        metadata = sa.MetaData()
        seven = sa.Table("seven", metadata, sa.Column("id", sa.Integer, primary_key=True))
        metadata.create_all(engine)
        op.bulk_insert(seven, [{"id": 7}])
        with engine.begin() as connection:
            connection.execute(sql("INSERT INTO one (id) SELECT id FROM seven"))
    """,
    "begun by hand": """
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("INSERT INTO one (id) VALUES (7)")
            connection.exec_driver_sql("COMMIT")
    """,
}


@pytest.mark.parametrize("way", WRITES)
@pytest.mark.parametrize("site", ["file", "memory", "memory, one for each thread"], indirect=True)
def test_rows_are_kept_or_undone_with_the_revision(site: Project, way: str) -> None:
    body = f"{textwrap.dedent(WRITES[way]).strip()}\n"
    script(site, "a1", "a0", body + 'op.execute("SELECT x FROM nowhere")')
    result = site.run("upgrade")
    assert result.exit_code == 1 and "no such table: nowhere" in result.output, result.output
    assert rows(site, "SELECT id FROM one") == [(1,)]
    assert applied(site) == ["a0"]
    script(site, "a1", "a0", body)
    site.ok("upgrade")
    assert rows(site, "SELECT id FROM one ORDER BY id") == [(1,), (7,)]
    assert applied(site) == ["a1"]


def test_what_is_not_committed_is_not_kept(site: Project) -> None:
    script(
        site,
        "a1",
        "a0",
        """
        session.execute(sql("INSERT INTO one (id) VALUES (7)"))
        session.remove()
        engine.connect().execute(sql("INSERT INTO one (id) VALUES (8)"))
        import gc
        gc.collect()
        session.execute(sql("INSERT INTO one (id) VALUES (9)"))
        """,
    )
    site.ok("upgrade")
    assert rows(site, "SELECT id FROM one") == [(1,)]
    assert applied(site) == ["a1"]


def test_connections_that_were_taken_before(sqlite_database: Database, make_project: Any) -> None:
    site = make_project(sqlite_database, SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 2})
    site.ok("init")
    script(site, "a0", None, ONE_UP)
    site.ok("upgrade")
    with site.app.app_context():
        idle, held = site.db.engine.connect(), site.db.engine.connect()
        idle.close()
        assert held.scalar(sa.text("SELECT 1")) == 1
        site.app.held = held
        body = """
        held = current_app.held
        op.add_column("one", sa.Column("m", sa.Integer))
        held.execute(sql("UPDATE one SET m = 5"))
        held.commit()
        held.execute(sql("INSERT INTO one (id) VALUES (9)"))
        """
        script(site, "a1", "a0", body)
        script(site, "b1", "a1", body.replace('"m"', '"k"').replace("SET m", "SET k"))
        site.ok("upgrade")
        # It is its own again, and what it did not commit is gone.
        assert held.execute(sa.text("SELECT id, m, k FROM one")).all() == [(1, 5, 5)]
        held.rollback()
        held.execute(sa.text("INSERT INTO one (id) VALUES (2)"))
        held.commit()
        held.close()
    with sqlite_database.engine().connect() as connection:
        assert connection.scalars(sa.text("SELECT id FROM one ORDER BY id")).all() == [1, 2]


def test_engines_of_the_script_and_other_files(sqlite_database: Any, make_project: Any) -> None:
    site = make_project(sqlite_database)
    site.ok("init")
    other = sqlite_database.url.set(database=sqlite_database.url.database.replace("app", "other"))
    script(
        site,
        "a0",
        None,
        f"""
        {ONE}
        mine = sa.create_engine({sqlite_database.text!r})
        with mine.begin() as connection:
            connection.execute(sql("INSERT INTO one (id) VALUES (1)"))
        apart = sa.create_engine({str(other)!r})
        with apart.begin() as connection:
            connection.execute(sql("CREATE TABLE apart (id INTEGER)"))
            connection.execute(sql("INSERT INTO apart (id) VALUES (1)"))
        """,
    )
    site.ok("upgrade")
    assert rows(site, "SELECT id FROM one") == [(1,)]
    with sa.create_engine(other).connect() as connection:
        assert connection.scalars(sa.text("SELECT id FROM apart")).all() == [1]


def test_other_threads_are_left_alone(sqlite_database: Database, make_project: Any) -> None:
    site = make_project(sqlite_database)
    site.ok("init")
    script(site, "a0", None, ONE_UP)
    site.ok("upgrade")
    script(
        site,
        "a1",
        "a0",
        """
        import threading
        seen = []
        def look():
            with engine.connect() as connection:
                seen.append(connection.execute(sql("SELECT count(*) FROM one")).scalar())
        op.execute("INSERT INTO one (id) VALUES (2)")
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert seen == [1]
        """,
    )
    site.ok("upgrade")
    assert rows(site, "SELECT count(*) FROM one") == [(2,)]


def test_within_a_block_that_commits_each_statement(site: Project) -> None:
    script(
        site,
        "a1",
        "a0",
        """
        with op.get_context().autocommit_block():
            session.execute(sql("INSERT INTO one (id) VALUES (7)"))
            session.commit()
            session.execute(sql("INSERT INTO one (id) VALUES (8)"))
            session.rollback()
        op.get_bind().commit()
        session.execute(sql("INSERT INTO one (id) VALUES (9)"))
        session.commit()
        op.execute("SELECT x FROM nowhere")
        """,
    )
    assert site.run("upgrade").exit_code == 1
    assert rows(site, "SELECT id FROM one ORDER BY id") == [(1,), (7,)]


def test_what_can_no_longer_be_undone_is_an_error(site: Project) -> None:
    for id_, last in (("a1", "session.commit()"), ("b1", "session.rollback()")):
        parent = {"a1": "a0", "b1": "a1"}[id_]
        script(
            site,
            id_,
            parent,
            f"""
            session.execute(sql("INSERT INTO one (id) VALUES ({ord(id_[0])})"))
            op.create_table("{id_}", sa.Column("id", sa.Integer))
            {last}
            """,
        )
    result = site.run("upgrade")
    assert result.exit_code == 1 and "Traceback" not in result.output
    assert "Error [R407]" in result.output and "cannot be undone by itself" in result.output
    assert rows(site, "SELECT id FROM one ORDER BY id") == [(1,), (97,)]
    assert applied(site) == ["a1"]


def test_settings_do_not_reach_the_migration(site: Project) -> None:
    script(
        site,
        "a1",
        "a0",
        """
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        with op.get_context().autocommit_block():
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        assert op.get_bind().exec_driver_sql("PRAGMA foreign_keys").scalar() == 0
        """,
    )
    site.ok("upgrade")


def test_a_script_that_is_tried_on_a_copy_stays_there(
    sqlite_database: Database, make_project: Any
) -> None:
    site = make_project(sqlite_database)
    site.ok("init")
    script(site, "a0", None, ONE_UP)
    site.ok("upgrade")
    script(
        site,
        "a1",
        "a0",
        """
        op.add_column("one", sa.Column("m", sa.Integer))
        session.execute(sql("UPDATE one SET m = 5"))
        session.execute(sql("INSERT INTO one (id) VALUES (7)"))
        session.commit()
        """,
    )
    said = site.ok("upgrade", "--plan")
    assert "fails" not in said, said
    assert rows(site, "SELECT * FROM one") == [(1, 1)]
    site.ok("upgrade")
    assert rows(site, "SELECT id, m FROM one") == [(1, 5), (7, None)]


DEADLOCKS = {
    "the session reads what the migration has altered": """
        op.add_column("one", sa.Column("m", sa.Integer))
        session.execute(sql("SELECT n FROM one")).all()
    """,
    "the migration alters what the session has read": """
        session.execute(sql("SELECT n FROM one")).all()
        op.add_column("one", sa.Column("m", sa.Integer))
    """,
    "the session writes what the migration has written": """
        op.execute("UPDATE one SET n = 2")
        session.execute(sql("UPDATE one SET n = 3"))
    """,
    "the migration writes what the session has written": """
        session.execute(sql("UPDATE one SET n = 3"))
        op.execute("UPDATE one SET n = 2")
    """,
    "an engine alters what the migration has written": """
        op.execute("UPDATE one SET n = 2")
        with engine.begin() as connection:
            connection.execute(sql("ALTER TABLE one ADD COLUMN m INTEGER"))
    """,
}


@pytest.fixture(params=["postgresql", "mariadb"])
def served(request: Any, make_project: Any, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project on a server whose first revision has been applied: a table with a row."""
    monkeypatch.setattr(blocked, "PAUSE", 0.3)
    project: Project = make_project(request.getfixturevalue(f"{request.param}_database"))
    project.ok("init")
    script(project, "a0", None, ONE_UP)
    project.ok("upgrade")
    return project


@pytest.mark.parametrize("way", DEADLOCKS)
def test_two_that_would_wait_for_each_other(served: Project, way: str) -> None:
    script(served, "a1", "a0", DEADLOCKS[way])
    result = served.run("upgrade")
    system = served.app.config["SQLALCHEMY_DATABASE_URI"].split(":")[0]
    if "mysql" in system and way == "the session reads what the migration has altered":
        assert result.exit_code == 0  # DDL has committed.
        return
    assert result.exit_code == 1 and "Traceback" not in result.output
    assert "Error [R408]: Upgrading to a1 (a1) failed at " in result.output, result.output
    assert "waits for a lock" in result.output and "Session(bind=op.get_bind())" in result.output
    assert rows(served, "SELECT id, n FROM one") == [(1, 1)]
    assert applied(served) == ["a0"]


def test_a_transaction_that_was_open_before(served: Project) -> None:
    with served.app.app_context(), served.db.engine.connect() as held:
        held.execute(sa.text("SELECT n FROM one"))
        script(served, "a1", "a0", 'op.add_column("one", sa.Column("m", sa.Integer))')
        result = served.run("upgrade")
        assert "Error [R408]" in result.output, result.output
    served.ok("upgrade")


def test_a_transaction_whose_connection_is_gone_hides_nobody(served: Project) -> None:
    """An app may have left one behind; its driver no longer tells its number."""
    with served.app.app_context(), served.db.engine.connect() as held:
        left = served.db.engine.connect()
        left.execute(sa.text("SELECT n FROM one"))
        left.connection.dbapi_connection.close()
        held.execute(sa.text("SELECT n FROM one"))
        script(served, "a1", "a0", 'op.add_column("one", sa.Column("m", sa.Integer))')
        served.app.config["SCHEMAMIGRATE_TABLE_LOCK_RETRIES"] = 0
        result = served.run("upgrade")
        left.invalidate()
        left.close()
        assert "Error [R408]" in result.output, result.output


def test_a_script_is_left_alone_while_it_is_looked_after(
    served: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds all objects of the process makes a tuple fail that is just being built."""
    monkeypatch.setattr(blocked, "PAUSE", 0.05)
    system = served.app.config["SQLALCHEMY_DATABASE_URI"].split(":")[0]
    nap = "SELECT SLEEP(0.15)" if "mysql" in system else "SELECT pg_sleep(0.15)"
    script(
        served,
        "a1",
        "a0",
        f"""
        for _ in range(10):
            assert len(tuple(op.get_bind().scalar(sql("{nap}")) for _ in range(2))) == 2
        """,
    )
    served.ok("upgrade")


def test_a_stranger_is_waited_for(served: Project) -> None:
    """Somebody else's lock ends by itself, even while the script has a session open."""
    script(
        served,
        "a1",
        "a0",
        """
        import threading
        stranger = engine.connect()
        session.execute(sql("SELECT 1"))
        def end():
            stranger.commit()
            stranger.close()
        timer = threading.Timer(1.5, end)
        timer.start()
        op.execute("UPDATE one SET n = n + 1")
        timer.join()
        """.replace("stranger = engine.connect()", STRANGER),
    )
    served.ok("upgrade")
    assert rows(served, "SELECT n FROM one") == [(10,)]


STRANGER = """made = []
        def take():
            made.append(engine.connect())
            made[0].execute(sql("UPDATE one SET n = 9"))
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
        stranger = made[0]"""


def test_on_a_copy_nothing_else_is_reached(served: Project) -> None:
    script(
        served,
        "a1",
        "a0",
        """
        op.add_column("one", sa.Column("m", sa.Integer))
        session.execute(sql("UPDATE one SET n = 5"))
        session.commit()
        """,
    )
    said = served.ok("upgrade", "--plan")
    assert "cannot be tried without it" in said, said
    assert rows(served, "SELECT * FROM one") == [(1, 1)]
