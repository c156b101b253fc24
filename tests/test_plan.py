"""``--plan``: what would be done, whom that blocks, and what it loses; nothing is changed.

The whole text of each system is in ``tests/plans``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from .conftest import Database
from .conftest import Project

Make = Callable[..., Project]
PLANS = Path(__file__).parent / "plans"


def before(db: Any) -> None:
    metadata = db.metadata
    sa.Table("parent", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "user",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40)),
        sa.Column("price", sa.Numeric(10, 4)),
        sa.Column("kind", sa.String(10), server_default="new", nullable=False),
        sa.Column("age", sa.Integer, index=True),
        sa.Column("parent_id", sa.Integer),
        sa.Column("note", sa.Text),
    )
    sa.Table("gone", metadata, sa.Column("id", sa.Integer, primary_key=True))


def after(db: Any) -> None:
    metadata = db.metadata
    sa.Table("parent", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "user",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(20)),
        sa.Column("price", sa.Numeric(10, 2)),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("age", sa.Integer, nullable=False),
        sa.Column("parent_id", sa.Integer, index=True),
        sa.Column("email", sa.String(80), nullable=False),
        sa.CheckConstraint("age > 0", name="adult"),
        sa.UniqueConstraint("name", name="one_name"),
        sa.ForeignKeyConstraint(["parent_id"], ["parent.id"], name="to_parent"),
    )
    sa.Table(
        "came",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.ForeignKey("user.id")),
    )


def with_rows(database: Database, make_project: Make) -> Project:
    """Give a project whose models are ahead of a database with rows."""
    first = make_project(database, before)
    first.ok("init")
    first.ok("migrate", "-m", "first", "--no-verify")
    first.ok("upgrade")
    with database.engine().begin() as connection:
        tables = first.db.metadata.tables
        connection.execute(tables["parent"].insert(), [{"id": 1}])
        connection.execute(tables["gone"].insert(), [{"id": 1}, {"id": 2}])
        rows = [{"name": f"n{n}", "age": 30, "price": 1.25, "parent_id": 1} for n in range(3)]
        connection.execute(tables["user"].insert(), rows)
    return make_project(database, after)


def everything(database: Database) -> Any:
    """Return what is in the database, and which databases there are beside it."""
    with database.engine().connect() as connection:
        inspector = sa.inspect(connection)
        names = sorted(inspector.get_table_names())
        columns = {n: [c["name"] for c in inspector.get_columns(n)] for n in names}
        rows = {n: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(n, sa.column("id")))) for n in names}  # fmt: skip  # noqa: E501
    return columns, rows


@pytest.mark.slow
def test_the_whole_plan(database: Database, make_project: Make) -> None:
    project = with_rows(database, make_project)
    scripts = list(project.versions.iterdir())
    there = everything(database)
    result = project.run("migrate", "--plan", "--fill", "user.email=none@example.org")
    expected = (PLANS / f"{database.system}.txt").read_text(encoding="utf-8")
    assert result.stdout + result.stderr == expected
    assert result.exit_code == 0
    assert list(project.versions.iterdir()) == scripts
    assert everything(database) == there


@pytest.mark.slow
def test_check_tells_the_same_as_json(database: Database, make_project: Make) -> None:
    project = with_rows(database, make_project)
    result = project.run("check", "--json")
    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)
    assert set(found) == {
        "added",
        "database",
        "url",
        "tables",
        "models",
        "operations",
        "remarks",
        "undecided",
        "unmanaged",
        "notes",
        "plan",
        "plan_notes",
    }
    assert {o["kind"] for o in found["operations"]} >= {"create_table", "drop_table"}
    steps = [s for part in found["plan"] for s in part["statements"]]
    drop = next(s for s in steps if s["sql"] == "DROP TABLE gone")
    assert set(drop) == {
        "sql",
        "transactional",
        "locks",
        "rewrites",
        "scans",
        "algorithm",
        "measured",
        "loses",
        "hazards",
    }
    assert drop["loses"] is True
    assert drop["hazards"] == [
        {
            "code": "DL01",
            "level": "loss",
            "message": "Dropping table gone destroys its 2 rows; downgrade brings back an empty "
            "table.",
            "remedy": "Stop using it and deploy that; rename it; drop it a release later:\n"
            "  op.rename_table('gone', 'gone_old')",
        }
    ]


def test_check_is_calm_where_nothing_differs(sqlite_database: Database, make_project: Make) -> None:
    project = make_project(sqlite_database, before)
    project.ok("init")
    project.ok("migrate")
    project.ok("upgrade")
    result = project.run("check")
    assert (result.exit_code, result.stdout) == (
        0,
        f"No changes: 3 tables of app.db ({sqlite_database.url}) equal the 3 models "
        "(gone, parent, user).\n",
    )
    (found,) = json.loads(project.run("check", "--json").stdout)
    assert (found["operations"], found["plan"]) == ([], [])
    result = project.run("migrate", "--plan")
    assert (result.stdout, result.stderr) == ("", "No changes: there is nothing to do.\n")


def test_a_plan_of_scripts(sqlite_database: Database, make_project: Make) -> None:
    project = make_project(sqlite_database)
    project.ok("init")
    body = "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))"
    project.script("a1", None, body, downgrade="op.drop_table('t')")
    project.ok("upgrade")
    with sqlite_database.engine().begin() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    body = """
        for (id,) in op.get_bind().execute(sa.text("SELECT id FROM t")):
            op.execute(f"INSERT INTO t VALUES ({id + 1})")
        op.execute("DELETE FROM t")
        op.get_bind().execute(sa.text("UPDATE t SET id = 7"))
    """
    project.script("b1", "a1", body)
    result = project.run("upgrade", "--plan")
    assert result.exit_code == 0
    assert result.stdout == (
        "  ! Execute INSERT INTO t VALUES (2)\n"
        "      INSERT INTO t VALUES (2);\n"
        "        RESERVED on the whole file: blocks writes; rewrites nothing\n"
        "  ! Execute DELETE FROM t\n"
        "      DELETE FROM t;\n"
        "        RESERVED on the whole file: blocks writes; rewrites nothing; loses data\n"
        "        DL14 loss: DELETE FROM t deletes every row.\n"
        "             Say which rows: DELETE FROM … WHERE …\n"
        "  ! Statements of the script itself\n"
        "      UPDATE t SET id = 7;\n"
        "        not measured\n"
    )
    assert result.stderr == "1 revision: 3 operations, 3 statements; 1 loss.\n"
    assert project.ok("current") == "a1\n"
    assert everything(sqlite_database)[1]["t"] == 1
    down = project.run("downgrade", "--plan", "base")
    assert "DL01 loss: Dropping table t destroys its 1 row; downgrade brings" in down.stdout
    (found,) = json.loads(project.run("upgrade", "--plan", "--json").stdout)
    assert (found["revisions"], len(found["operations"])) == (["b1"], 3)
    project.ok("upgrade")
    result = project.run("upgrade", "--plan")
    assert (result.stdout, result.stderr) == ("", "There is nothing to upgrade.\n")


def test_a_script_that_fails_is_planned_so_far(
    sqlite_database: Database, make_project: Make
) -> None:
    project = make_project(sqlite_database)
    project.ok("init")
    body = "op.execute('CREATE TABLE t (id INTEGER)')\nop.execute('DROP TABLE missing')"
    path = project.script("a1", None, body)
    result = project.run("upgrade", "--plan")
    assert result.exit_code == 0
    assert "      CREATE TABLE t (id INTEGER);\n" in result.stdout
    assert result.stdout.endswith(
        f"\nNote: On a copy it fails here (a1 at {path}:12). "
        "statement: DROP TABLE missing database: no such table: missing\n"
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("op.add_column('usr', sa.Column('a', sa.Integer))", "usr"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import nowhere", "No module named 'nowhere'"),
        ("op.execute('selct 1')", "selct"),
        ("pass", ""),
    ],
)
def test_what_is_pending_is_never_nothing(
    project: Project, database: Database, body: str, words: str
) -> None:
    path = project.script("a1", None, body)
    result = project.run("upgrade", "--plan")
    assert result.exit_code == 0
    assert "nothing to upgrade" not in result.stderr
    assert result.stderr.startswith("1 revision: ")
    (found,) = json.loads(project.run("upgrade", "--plan", "--json").stdout)
    assert found["revisions"] == ["a1"]
    if not words:
        assert result.stderr == "1 revision: 0 operations, 0 statements; no hazards.\n"
        return
    assert words in " ".join(result.stdout.split())
    if "selct" in body and database.system == "mariadb":
        assert "Note: Nothing was measured: it may reach beyond a copy: selct 1." in result.stdout
        return
    assert result.stderr.endswith("; not all of it is known, see the notes.\n")
    assert found["complete"] is False
    if not found["operations"]:  # MariaDB records the statements; the server refuses them later.
        assert f"(a1 at {path}:11). " in result.stdout


def test_mariadb_records_what_people_wrote(mariadb_database: Database, make_project: Make) -> None:
    project = make_project(mariadb_database)
    project.ok("init")
    body = """
        op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))
        op.execute("INSERT INTO t VALUES (1)")
        op.add_column("t", sa.Column("a", sa.Integer))
        if op.get_bind().execute(sa.text("SELECT id FROM t")).scalar() == 1:
            op.execute("DELETE FROM t WHERE id = 1")
    """
    project.script("a1", None, body)
    result = project.run("upgrade", "--plan")
    assert result.exit_code == 0
    notes = [line for line in result.stdout.splitlines() if line.startswith("Note: ")]
    assert notes[0].startswith("Note: What follows cannot be known without running it (a1 at ")
    assert "      INSERT INTO t VALUES (1);\n        not measured\n" in result.stdout
    assert (
        "      ALTER TABLE t ADD COLUMN a INTEGER;\n"
        "        ALGORITHM=INSTANT; blocks nobody; rewrites nothing\n"
    ) in result.stdout
    assert sa.inspect(mariadb_database.engine()).get_table_names() == []


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM {}.t", "DELETE FROM `{}` . `t`", "USE {}", "CALL away()", "DROP DATABASE {}"],
)
def test_mariadb_measures_nothing_that_may_leave_the_copy(
    mariadb_database: Database, make_project: Make, statement: str
) -> None:
    project = make_project(mariadb_database)
    project.ok("init")
    project.script("a1", None, "op.create_table('t', sa.Column('id', sa.Integer))")
    project.ok("upgrade")
    with mariadb_database.engine().begin() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    sql = statement.format(mariadb_database.url.database)
    project.script("b1", "a1", f"op.execute({sql!r})\nop.drop_column('t', 'id')")
    result = project.run("upgrade", "--plan")
    assert result.exit_code == 0
    assert (
        f"\nNote: Nothing was measured: it may reach beyond a copy: {sql[:60]}.\n" in result.stdout
    )
    assert everything(mariadb_database)[1]["t"] == 1
