"""``flask db wait`` and ``on_startup``: whose database somebody else sees to, or nobody."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemamigrate import api
from flask_schemamigrate import errors
from flask_schemamigrate.run import session

from .conftest import Database
from .conftest import Project
from .states import States


@pytest.fixture
def states(database: Database, make_project: Any) -> States:
    """Give what brings a database into a state."""
    return States(database, make_project)


@pytest.fixture
def local(sqlite_database: Database, make_project: Any) -> States:
    """Give the same on SQLite alone."""
    return States(sqlite_database, make_project)


def settings(project: Project) -> Any:
    with project.app.app_context():
        return project.app.extensions["schemamigrate"].settings()


def ask(project: Project) -> Any:
    """Send a request, as a server does."""
    return project.app.test_client().get("/")


def test_what_is_ready_is_not_waited_for(states: States) -> None:
    result = states.current().run("wait")
    assert result.exit_code == 0
    assert "current: " in result.stderr and "waiting" not in result.stderr


def test_it_waits_until_somebody_has_migrated(states: States) -> None:
    project = states.behind()
    said: list[str] = []

    def sleep(seconds: float) -> None:
        assert 0 < seconds <= 5
        project.ok("upgrade")

    health = api.wait(settings(project), telling=said.append, sleep=sleep)
    assert health.ready
    (line,) = said
    assert line.startswith("waiting: behind: ") and "It lacks 1 revision. (b2)" in line


@pytest.mark.parametrize("state", ["empty", "behind", "ahead", "diverged", "dirty", "unmanaged"])
def test_in_time_or_not_at_all(local: States, state: str) -> None:
    result = getattr(local, state)().run("wait", "--timeout", "0")
    assert result.exit_code == 124
    assert "Error [D309]: The database is not ready" in result.stderr
    assert f"{state}: " in result.stderr


def test_a_server_that_does_not_answer_is_waited_for_too(states: States) -> None:
    project = states.unreachable()
    with pytest.raises(errors.NotReady) as raised:
        api.wait(settings(project), 0.2)
    assert raised.value.state == "unreachable"
    assert "s3cret" not in raised.value.message


def test_ahead_is_ready_where_it_is_allowed(states: States) -> None:
    states.ahead()
    assert states.app(SCHEMAMIGRATE_AHEAD="allow").run("wait", "--timeout", "0").exit_code == 0


# --- on_startup ---------------------------------------------------------------------------------


def test_warn_says_it_once(local: States, caplog: Any) -> None:
    project = local.behind(SCHEMAMIGRATE_ON_STARTUP="warn")
    assert not caplog.records
    assert [ask(project).status_code for _ in range(3)] == [404] * 3
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "It lacks 1 revision. (b2)  Next: flask db upgrade" in record.getMessage()


def test_fail_answers_503_from_then_on(local: States, caplog: Any) -> None:
    project = local.behind(SCHEMAMIGRATE_ON_STARTUP="fail")
    answer = ask(project)
    assert (answer.status_code, answer.text) == (503, "The database is not ready: behind.\n")
    assert answer.headers["Retry-After"]
    project.ok("upgrade")
    assert ask(project).status_code == 503
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_wait_answers_503_until_it_is_ready(local: States, monkeypatch: Any) -> None:
    monkeypatch.setattr("flask_schemamigrate.startup.PAUSE", 0)
    project = local.behind(SCHEMAMIGRATE_ON_STARTUP="wait")
    assert [ask(project).status_code for _ in range(2)] == [503, 503]
    project.ok("upgrade")
    assert [ask(project).status_code for _ in range(2)] == [404, 404]


def test_several_workers_upgrade_once(states: States, database: Database) -> None:
    states.empty()
    workers = [states.app(SCHEMAMIGRATE_ON_STARTUP="upgrade") for _ in range(3)]
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda w=worker: found.append(ask(w).status_code))  # type: ignore[misc]
        for worker in workers
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [404] * 6
    with database.engine().connect() as connection:
        query = "SELECT revision FROM schemamigrate_log ORDER BY id"
        assert connection.execute(sa.text(query)).scalars().all() == ["a1", "b2"]


def test_an_upgrade_that_fails_is_not_tried_again(local: States, caplog: Any) -> None:
    project = local.behind(SCHEMAMIGRATE_ON_STARTUP="upgrade")
    project.script("b2", "a1", "nowhere()")
    assert [ask(project).status_code for _ in range(3)] == [503] * 3
    (record,) = (r for r in caplog.records if r.levelname == "ERROR")
    assert "nowhere" in record.getMessage()


def test_a_lock_that_somebody_has_passes(states: States, monkeypatch: Any) -> None:
    monkeypatch.setattr("flask_schemamigrate.startup.PAUSE", 0)
    told = {"SCHEMAMIGRATE_ON_STARTUP": "upgrade", "SCHEMAMIGRATE_LOCK_TIMEOUT": 0.1}
    project = states.behind(**told)
    own = settings(project)
    with session.connect(own.databases[0], own) as opened, opened.locked(lambda said: None):
        answers = [ask(project) for _ in range(2)]
    assert [one.status_code for one in answers] == [503, 503]
    assert answers[0].text == "The database is not ready: LockTimeout.\n"
    assert ask(project).status_code == 404
    assert project.run("status").stdout.startswith("current")


def test_ctrl_c_is_no_state_of_the_database(local: States) -> None:
    project = local.behind(SCHEMAMIGRATE_ON_STARTUP="upgrade")
    script = (project.versions / "b2.py").read_text("utf-8")
    project.script("b2", "a1", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        ask(project)
    (project.versions / "b2.py").write_text(script, encoding="utf-8")
    assert ask(project).status_code == 404


def test_neither_commands_nor_tests_nor_imports_start_it(local: States) -> None:
    project = local.behind(SCHEMAMIGRATE_ON_STARTUP="upgrade")
    project.app.test_cli_runner().invoke(args=["routes"], catch_exceptions=False)
    assert project.run("status").stdout.startswith("behind")
    project.app.testing = True
    ask(project)
    assert project.run("status").stdout.startswith("behind")


def test_it_may_be_done_where_the_app_is_made(local: States) -> None:
    project = local.behind(SCHEMAMIGRATE_ON_STARTUP="fail")
    migrate = project.app.extensions["schemamigrate"]
    with pytest.raises(errors.NotReady):
        migrate.startup(project.app)
    other = local.app(SCHEMAMIGRATE_ON_STARTUP="upgrade")
    other.app.extensions["schemamigrate"].startup(other.app)
    migrate.startup(project.app)
    assert ask(project).status_code == 404
    plain = local.app()
    plain.app.extensions["schemamigrate"].startup(plain.app)


def test_a_factory_that_starts_it_leaves_commands_alone(local: States, tmp_path: Path) -> None:
    local.behind()
    (tmp_path / "shop.py").write_text(
        "from flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\n"
        "from flask_schemamigrate import Migrate\n\ndef create_app():\n    app = Flask('shop')\n"
        f"    app.config['SQLALCHEMY_DATABASE_URI'] = {local.database.text!r}\n"
        "    migrate = Migrate(app, SQLAlchemy(app), on_startup='fail')\n"
        "    migrate.startup(app)\n    return app\n"
    )

    def python(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        command = [sys.executable, *words]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    command = ("-m", "flask", "--app", "shop:create_app")
    assert python(*command, "db", "upgrade", "--plan").returncode == 0
    assert python(*command, "routes").returncode == 0
    served = python("-c", "import shop; shop.create_app()")
    assert served.returncode == 1 and "NotReady" in served.stderr


def test_a_word_that_it_cannot_be(local: States) -> None:
    with pytest.raises(errors.InvalidSetting, match="SCHEMAMIGRATE_ON_STARTUP is 'sometimes'"):
        local.app(SCHEMAMIGRATE_ON_STARTUP="sometimes")


def test_it_costs_nothing_where_it_is_not_set(local: States) -> None:
    project = local.app()
    assert type(project.app.wsgi_app).__name__ == "method"
