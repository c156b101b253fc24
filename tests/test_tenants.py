"""One history for many tenants: schemas, databases, binds."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import Executor
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL

from flask_schemamigrate import upgrade_each
from flask_schemamigrate.errors import InvalidSetting
from flask_schemamigrate.errors import NoTenants
from flask_schemamigrate.errors import UnknownRevision

from .conftest import _fresh
from .conftest import Database
from .fleet import BODIES
from .fleet import Fleet
from .fleet import made

Making = Callable[..., Fleet]


@pytest.fixture
def tenants(database: Database, tmp_path: Path) -> Iterator[Making]:
    """Give a function from names to tenants, on each system in turn."""
    with ExitStack() as stack:

        def make(*names: str, **options: Any) -> Fleet:
            fleet = stack.enter_context(made(database, tmp_path, *names))
            fleet.prepare(**options)
            return fleet

        yield make


@pytest.fixture
def postgresql_tenants(postgresql_database: Database, tmp_path: Path) -> Making:
    """Give a function from names to schemas."""

    def make(*names: str, **options: Any) -> Fleet:
        fleet = Fleet(postgresql_database, tmp_path, names)
        fleet.prepare(**options)
        return fleet

    return make


def states(out: str) -> dict[str, str]:
    """Return what a table says of each tenant, without times."""
    rows = (re.split(" {2,}", line.partition(" (")[0]) for line in lines(out))
    return {name: "  ".join(rest) for name, *rest in rows}


def lines(out: str) -> list[str]:
    """Return the rows of a table without its head."""
    return out.splitlines()[1:]


def ran(fleet: Fleet, *arguments: str, status: int = 0) -> dict[str, list[str]]:
    """Upgrade, and return which revisions ran for which tenants, for none left out."""
    found = fleet.json("upgrade", *fleet.each, *arguments, status=status)
    return {name: one["applied"] for name, one in found.items() if one["applied"]}


def is_whole(fleet: Fleet, name: str) -> bool:
    """Whether a tenant has everything that the scripts make, once."""
    return (
        fleet.rows(name, "SELECT id, name, size FROM item") == [(1, "one", 7)]
        and fleet.rows(name, "SELECT item_id FROM part") == [(1,)]
        and fleet.version(name) == "r3"
    )


def test_each_tenant_gets_the_whole_history_and_nothing_else_is_touched(tenants: Making) -> None:
    fleet = tenants("a", "b", "c")
    out, err = fleet.run("upgrade", *fleet.each)
    assert out.splitlines()[0].split() == ["tenant", "revision"]
    assert states(out) == {fleet.full(name): "base -> r3  head" for name in fleet.names}
    assert err == "3 tenants: 3 upgraded.\n"
    for name in fleet.names:
        assert is_whole(fleet, name)
        logged = fleet.rows(name, "SELECT revision FROM schemamigrate_log ORDER BY revision")
        assert logged == [("r1",), ("r2",), ("r3",)]
    assert fleet.tables(None) == []  # The app's own database.


def test_a_second_run_goes_on_with_those_that_are_behind(tenants: Making) -> None:
    fleet = tenants("a", "b")
    assert ran(fleet, "r2") == {"a": ["r1", "r2"], "b": ["r1", "r2"]}
    assert ran(fleet, "r2") == {}
    found = fleet.json("current", *fleet.each)
    assert {name: (one["to"], one["behind"]) for name, one in found.items()} == {
        "a": (["r2"], 1),
        "b": (["r2"], 1),
    }
    fleet.execute("a", *(f"DROP TABLE {name}" for name in fleet.tables("a")))
    assert ran(fleet) == {"a": ["r1", "r2", "r3"], "b": ["r3"]}
    assert all(is_whole(fleet, name) for name in fleet.names)


def test_one_that_fails_half_way_stops_none_of_the_others(tenants: Making) -> None:
    fleet = tenants(*(f"n{number:02}" for number in range(20)))
    fleet.execute("n07", "CREATE TABLE part (own INTEGER)")
    out, err = fleet.run("upgrade", *fleet.each, "--workers", "2", status=1)
    assert "20 tenants: 19 upgraded, 1 failed." in err
    assert f"{fleet.full('n07')} failed [R401]: Upgrading to r3" in err
    assert err.count("failed [") == 1
    found = states(out)
    assert found.pop(fleet.full("n07")) == "base -> r2  failed: R401"
    assert set(found.values()) == {"base -> r3  head"} and len(found) == 19
    assert fleet.version("n07") == "r2"
    assert fleet.rows("n07", "SELECT size FROM item") == [(7,)]
    fleet.execute("n07", "DROP TABLE part")
    assert ran(fleet, "--workers", "2") == {"n07": ["r3"]}
    assert all(is_whole(fleet, name) for name in fleet.names)


def test_names_are_never_part_of_a_statement(tenants: Making) -> None:
    names = ('te"n; drop', "per%cent", "It's `so`", "Größe {0} :x")
    fleet = tenants(*sorted(names))
    assert ran(fleet, "--workers", "2") == {name: ["r1", "r2", "r3"] for name in names}
    assert all(is_whole(fleet, name) for name in names)
    assert set(fleet.json("current", *fleet.each)) == set(names)


def test_current_and_status_tell_who_is_where(tenants: Making) -> None:
    fleet = tenants("a", "b", "c")
    fleet.run("upgrade", *fleet.each, "r1")
    fleet.execute("b", "UPDATE alembic_version SET version_num = 'elsewhere'")
    out, err = fleet.run("current", *fleet.each)
    assert states(out) == {
        fleet.full("a"): "r1  2 revisions behind",
        fleet.full("b"): "elsewhere  failed: D302",
        fleet.full("c"): "r1  2 revisions behind",
    }
    assert f"{fleet.full('b')} failed [D302]: There is no script here of elsewhere." in err
    fleet.run("current", "--check-heads", *fleet.each, status=1)
    out, _ = fleet.run("status", *fleet.each, status=12)
    assert [line.split()[1] for line in lines(out)] == ["behind", "ahead", "behind"]
    fleet.execute("b", "UPDATE alembic_version SET version_num = 'r1'")
    fleet.run("upgrade", *fleet.each)
    fleet.run("current", "--check-heads", *fleet.each)
    fleet.run("status", *fleet.each)


def test_a_pattern_that_matches_nothing_is_an_error_with_what_there_is(tenants: Making) -> None:
    fleet = tenants("acme", "bolt")
    _, err = fleet.run("upgrade", "--each-schema", f"{fleet.prefix}acne", status=1)
    if fleet.database.system == "sqlite":
        assert "has no schemas of tenants" in err and "--each-bind" in err
        return
    noun = "database" if fleet.database.system == "mariadb" else "schema"
    assert f"Error [S109]: No {noun} at " in err
    assert f"is LIKE '{fleet.prefix}acne'. Did you mean '{fleet.prefix}acme'?" in err
    assert "There are: " in err
    _, err = fleet.run("current", "--each-bind", status=1)
    assert "Error [S109]: The app has no binds." in err


def test_a_wrong_target_is_told_once_and_nothing_is_done(tenants: Making) -> None:
    fleet = tenants("a", "b")
    out, err = fleet.run("upgrade", *fleet.each, "r4", status=1)
    assert out == "" and err.count("Error [H210]") == 1
    _, err = fleet.run("upgrade", *fleet.each, "--sql", status=2)
    assert "are for one database" in err
    _, err = fleet.run("upgrade", "--workers", "2", status=2)
    assert "--workers has a meaning with" in err
    assert fleet.tables("a") == []


# --- executors ----------------------------------------------------------------------------------


class Elsewhere(Executor):
    """Runs each call in a new process that knows nothing but the bytes that it gets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.threads = ThreadPoolExecutor(2)

    def submit(self, function: Any, /, *arguments: Any, **more: Any) -> Future[Any]:
        call = pickle.dumps((function, arguments, more))
        return self.threads.submit(self._run, call)

    def _run(self, call: bytes) -> Any:
        code = (
            "import pickle, sys; f, a, k = pickle.load(sys.stdin.buffer); "
            "pickle.dump(f(*a, **k), sys.stdout.buffer)"
        )
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=self.folder, input=call, capture_output=True, check=True)
        return pickle.loads(done.stdout)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.threads.shutdown(wait, cancel_futures=cancel_futures)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Give a function that makes the app in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    made: list[Any] = []

    def make() -> Any:
        made.append(import_module("shop").create_app())
        return made[-1]

    yield make
    module = sys.modules.pop("shop")
    for app in made:
        with app.app_context():
            for engine in module.db.engines.values():
                engine.dispose()


def each(fleet: Fleet) -> dict[str, Any]:
    """Return the arguments that name the tenants."""
    if fleet.database.system == "sqlite":
        return {"binds": True}
    return {"schemas": f"{fleet.prefix}%"}


@pytest.mark.parametrize("kind", ["none", "threads", "elsewhere"])
def test_any_executor_will_do(
    kind: str, tenants: Making, shop: Callable[[], Any], tmp_path: Path
) -> None:
    fleet = tenants("a", "b", "c", "d")
    fleet.execute("b", "CREATE TABLE part (own INTEGER)")
    told: list[str] = []
    with ExitStack() as stack:
        executor = None
        if kind != "none":
            executor = ThreadPoolExecutor(3) if kind == "threads" else Elsewhere(tmp_path)
            stack.enter_context(executor)
        with shop().app_context():
            found = upgrade_each(
                **each(fleet),
                executor=executor,
                app="shop:create_app",
                progress=lambda one: told.append(one.name),
            )
    assert [one.name for one in found] == [fleet.full(name) for name in fleet.names]
    assert sorted(told) == [fleet.full(name) for name in fleet.names]
    assert [one.code for one in found] == ["", "R401", "", ""]
    assert [one.after for one in found] == [("r3",), ("r2",), ("r3",), ("r3",)]
    assert all(is_whole(fleet, name) for name in "acd")


def test_an_app_that_cannot_be_imported_is_in_each_result(
    tenants: Making, shop: Callable[[], Any]
) -> None:
    fleet = tenants("a", "b")
    with shop().app_context(), ThreadPoolExecutor(2) as executor:
        found = upgrade_each(**each(fleet), executor=executor, app="nowhere:create_app")
    assert [(one.code, "nowhere" in one.error) for one in found] == [("E000", True)] * 2


def test_the_function_raises_before_anything_is_done(
    postgresql_tenants: Making, shop: Callable[[], Any]
) -> None:
    postgresql_tenants("a")
    with shop().app_context():
        with pytest.raises(InvalidSetting):
            upgrade_each()
        with pytest.raises(NoTenants):
            upgrade_each(schemas="nobody%")
        with pytest.raises(NoTenants):
            upgrade_each(binds=True)
        with pytest.raises(UnknownRevision):
            upgrade_each("r9", schemas="t_%")


# --- schemas of PostgreSQL ----------------------------------------------------------------------


def test_what_the_public_schema_has_is_not_taken_for_a_tenants(postgresql_tenants: Making) -> None:
    fleet = postgresql_tenants("a")
    fleet.execute(
        None,
        "CREATE TABLE alembic_version (version_num varchar(32))",
        "INSERT INTO alembic_version VALUES ('r3')",
        "CREATE TABLE item (own integer)",
    )
    assert ran(fleet) == {"a": ["r1", "r2", "r3"]}
    assert is_whole(fleet, "a")
    assert fleet.tables(None) == ["alembic_version", "item"]


def test_scripts_may_name_what_shared_schemas_have(postgresql_tenants: Making) -> None:
    body = 'op.execute("CREATE TABLE face (m mood)")'
    fleet = postgresql_tenants("a", "b", bodies=(body,))
    fleet.execute(None, "CREATE SCHEMA common", "CREATE TYPE common.mood AS ENUM ('glad')")
    _, err = fleet.run("upgrade", *fleet.each, status=1)
    assert 'type "mood" does not exist' in err
    fleet.names, names = (), fleet.names  # They are there already.
    fleet.prepare((body,), SCHEMAMIGRATE_SHARED_SCHEMAS=["common"])
    fleet.names = names
    assert ran(fleet) == {"a": ["r1"], "b": ["r1"]}
    for name in names:
        assert fleet.rows(name, "SELECT count(*) FROM face") == [(0,)]


# --- binds --------------------------------------------------------------------------------------


DISPATCHING = """
globals()["upgrade_" + name]()


def upgrade_t_a():
    op.create_table("of_a", sa.Column("id", sa.Integer, primary_key=True))


def upgrade_t_b():
    op.create_table("of_b", sa.Column("id", sa.Integer, primary_key=True))


def upgrade_():
    op.create_table("of_default", sa.Column("id", sa.Integer, primary_key=True))
"""


def test_scripts_with_a_part_for_each_bind_stay_what_they_are(
    server: Callable[[str], URL], tmp_path: Path
) -> None:
    (database,) = _fresh("sqlite", server, tmp_path)
    fleet = Fleet(database, tmp_path, ("a", "b"))
    fleet.prepare(bodies=("pass",))
    path = tmp_path / "migrations" / "versions" / "r1.py"
    text = path.read_text().replace("def upgrade():\n    pass\n", "def upgrade(name):\n    {}\n")
    path.write_text(text.replace("{}", DISPATCHING.strip()))
    assert ran(fleet) == {"a": ["r1"], "b": ["r1"]}
    for name in fleet.names:
        assert f"of_{name}" in fleet.tables(name)
    fleet.run("upgrade")
    assert "of_default" in fleet.tables(None)


def test_an_env_py_chooses_its_databases_itself(tenants: Making, tmp_path: Path) -> None:
    fleet = tenants("a")
    (tmp_path / "migrations" / "env.py").write_text("raise SystemExit('not reached')\n")
    _, err = fleet.run("upgrade", *fleet.each, status=1)
    assert "says which databases there are, so tenants cannot be named" in err


WAITING = """
other = op.get_bind().engine.connect()
try:
    other.execute(sa.text("LOCK TABLE item"))
    op.add_column("item", sa.Column("size", sa.Integer))
finally:
    other.close()
"""


def test_a_script_that_waits_for_itself_is_found_at_each_tenant(
    postgresql_tenants: Making,
) -> None:
    fleet = postgresql_tenants("a", "b", bodies=(BODIES[0], WAITING))
    found = fleet.json("upgrade", *fleet.each, status=1)
    assert [found[name]["code"] for name in "ab"] == ["R408", "R408"]
    assert [found[name]["to"] for name in "ab"] == [["r1"], ["r1"]]


def test_migrate_compares_with_the_tenant_that_the_url_names(
    postgresql_database: Database, make_project: Callable[..., Any]
) -> None:
    def define(db: Any) -> None:
        sa.Table("item", db.metadata, sa.Column("id", sa.Integer, primary_key=True))

    with postgresql_database.engine().begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA t_a")
        connection.exec_driver_sql("CREATE SCHEMA t_b")
    url = postgresql_database.url.update_query_dict({"options": "-csearch_path=t_a"})
    project = make_project(url.render_as_string(hide_password=False), define)
    project.ok("init")
    project.ok("migrate", "-m", "items")
    (script,) = project.versions.glob("*.py")
    assert "op.create_table(\n        'item'" in script.read_text().replace('"', "'")
    assert "t_a" not in script.read_text()
    project.ok("upgrade", "--each-schema", "t_%")
    project.ok("check")
    with postgresql_database.engine().begin() as connection:
        for schema in ("t_a", "t_b"):
            assert "item" in sa.inspect(connection).get_table_names(schema=schema)
        assert sa.inspect(connection).get_table_names(schema="public") == []
