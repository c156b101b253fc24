"""``upgrade downgrade stamp``: what is done, what is said, and the exit status."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

CREATE = "op.create_table('{0}', sa.Column('id', sa.Integer, primary_key=True))"


@pytest.fixture
def line(project):
    """Three revisions, one after the other, on each system."""
    for number, parent in ((1, None), (2, "rev1"), (3, "rev2")):
        project.script(
            f"rev{number}",
            parent,
            CREATE.format(f"t{number}"),
            downgrade=f"op.drop_table('t{number}')",
            message=f"make t{number}",
        )
    return project


def tables(database):
    own = {"alembic_version", "schemamigrate_log"}
    return sorted(set(sa.inspect(database.engine()).get_table_names()) - own)


def rows(database):
    with database.engine().connect() as connection:
        return sorted(connection.scalars(sa.text("SELECT version_num FROM alembic_version")))


def test_up_and_down(line, database):
    result = line.run("upgrade")
    assert result.exit_code == 0
    assert result.stdout == ""
    said = [words.split("  ")[:3] for words in result.stderr.splitlines()]
    assert said == [["upgraded", f"rev{n}", f"make t{n}"] for n in (1, 2, 3)]
    assert tables(database) == ["t1", "t2", "t3"]
    assert rows(database) == ["rev3"]

    result = line.run("downgrade")
    assert result.stderr.startswith("rev3 destroys every row of t3.\ndowngraded  rev3  make t3  (")
    assert tables(database) == ["t1", "t2"]
    line.ok("downgrade", "-1")
    line.ok("upgrade", "+1")
    assert rows(database) == ["rev2"]
    line.ok("downgrade", "base")
    assert tables(database) == []
    assert rows(database) == []


def test_nothing_to_do_is_said(line):
    assert "Nothing to downgrade" in line.run("downgrade").stderr
    line.ok("upgrade")
    result = line.run("upgrade")
    assert result.exit_code == 0
    assert "Nothing to upgrade" in result.stderr
    assert "is at rev3" in result.stderr
    assert "Nothing to downgrade" in line.run("downgrade", "head").stderr


def test_quiet_says_nothing(line):
    result = line.run("upgrade", "-q")
    assert (result.output, result.exit_code) == ("", 0)


def test_json_tells_what_was_applied(line):
    result = line.run("upgrade", "--json", "-q")
    told = json.loads(result.stdout)
    assert [one["revision"] for one in told[0]["applied"]] == ["rev1", "rev2", "rev3"]
    assert told[0]["before"] == []
    assert told[0]["after"] == ["rev3"]


def test_failure_keeps_what_was_done_before(line, database):
    line.script("rev4", "rev3", "op.execute('SELECT no_such_thing()')", message="broken")
    result = line.run("upgrade")
    assert result.exit_code == 1
    assert "Error [R401]" in result.stderr
    assert "rev4" in result.stderr
    assert "Traceback" not in result.output
    assert rows(database) == ["rev3"]


def test_sql_is_complete(line, database):
    result = line.run("upgrade", "--sql")
    assert result.exit_code == 0
    assert "CREATE TABLE alembic_version" in result.stdout
    assert (
        result.stdout.count("INTO alembic_version") + result.stdout.count("UPDATE alembic_version")
        == 3
    )
    assert tables(database) == []


def test_sql_of_a_range(line):
    text = line.run("upgrade", "--sql", "rev1:+1").stdout
    assert "t2" in text
    assert "t1" not in text
    assert "CREATE TABLE alembic_version" not in text
    down = line.run("downgrade", "--sql").stdout
    assert "DROP TABLE t3" in down
    assert "t2" not in down
    assert "DROP TABLE t1" in line.run("downgrade", "--sql", "head:base").stdout


def test_sql_downgrade_needs_a_start(line):
    result = line.run("downgrade", "--sql", "rev1")
    assert result.exit_code == 1
    assert "Error [H216]" in result.stderr
    assert "flask db downgrade --sql head:rev1" in result.stderr


@pytest.mark.parametrize(
    "words",
    [("upgrade", "current:head"), ("downgrade", "current:base"), ("stamp", "current:head")],
)
def test_sql_does_not_know_where_a_database_is(line, words):
    result = line.run(words[0], "--sql", words[1])
    assert result.exit_code == 1
    assert "'current' depends on a database, and none is asked here." in result.stderr


def test_range_without_sql_is_refused(line):
    result = line.run("upgrade", "rev1:rev2")
    assert result.exit_code == 1
    assert "Error [H216]" in result.stderr


def test_stamp(line, database):
    line.ok("stamp")
    assert rows(database) == ["rev3"]
    assert tables(database) == []
    line.ok("stamp", "rev1")
    assert rows(database) == ["rev1"]
    line.ok("stamp", "rev1", "rev3")
    assert rows(database) == ["rev3"]
    line.ok("stamp", "base")
    assert rows(database) == []


def test_stamp_sql(line):
    text = line.run("stamp", "--sql").stdout
    assert "INSERT INTO alembic_version (version_num) VALUES ('rev3')" in text
    assert "UPDATE alembic_version" in line.run("stamp", "--sql", "rev1:rev2").stdout
    assert line.run("stamp", "--sql", "--purge").exit_code == 2


@pytest.mark.parametrize(
    ("command", "near"), [("upgrade --sqll", "--sql"), ("downgrade --tagg x", "--tag")]
)
def test_mistyped_option_is_an_error(line, command, near):
    result = line.run(*command.split())
    assert result.exit_code == 2
    assert f"'{near}'" in result.stderr


def test_two_heads_are_explained(line):
    line.script("rev3b", "rev2", "pass")
    result = line.run("upgrade")
    assert result.exit_code == 1
    assert "Error [H212]" in result.stderr
    assert "flask db merge heads" in result.stderr
    line.ok("upgrade", "heads")
    assert line.run("downgrade").exit_code == 1
    line.ok("merge", "heads", "--rev-id", "joined")
    line.ok("upgrade")
    assert line.run("current").stdout == "joined (head) (mergepoint)\n"


def test_password_is_never_shown(make_project, tmp_path, postgresql_database):
    url = postgresql_database.url.set(password="s3cret", port=1)
    project = make_project(url.render_as_string(hide_password=False))
    project.ok("init")
    result = project.run("current")
    assert result.exit_code == 1
    assert "Error [D301]" in result.stderr
    assert "s3cret" not in result.output
    assert "***" in result.output


def test_no_colour_when_not_asked_for(line, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in line.run("upgrade", color=True).output


def test_what_is_destroyed_is_said_before_it_runs(database, make_project):
    project = make_project(database)
    project.ok("init")
    table = "'t', sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer)"
    more = f"op.create_table({table})\nop.drop_column('t', 'a')\n"
    project.script("a1", None, more, downgrade="op.drop_table('t')")
    project.script("b1", "a1", f"op.create_table({table.replace('t', 'u', 1)})")
    drops = (
        "with op.batch_alter_table('u') as batch:\n    batch.drop_column('a')\nop.drop_table('u')"
    )
    project.script("c1", "b1", drops)
    assert "destroys" not in project.ok("upgrade", "b1")  # Nobody had anything in it before.
    said = project.ok("upgrade")
    assert "c1 destroys the values of u.a.\nc1 destroys every row of u.\nupgraded  c1" in said
    project.ok("stamp", "a1")
    assert "a1 destroys every row of t.\ndowngraded  a1" in project.ok("downgrade")
    project.ok("upgrade", "b1")
    with database.engine().begin() as connection:
        connection.exec_driver_sql("DROP TABLE u")
    assert "c1 destroys" in project.run("upgrade").output  # Though it fails then.


def test_computed_values_are_not_said_to_be_destroyed(database, make_project):
    project = make_project(database)
    project.ok("init")
    made = "sa.Column('g', sa.Integer, sa.Computed('a * 2', persisted=True))"
    table = (
        f"'t', sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer), {made}"
    )
    project.script("a1", None, f"op.create_table({table})")
    project.ok("upgrade")
    with database.engine().begin() as connection:
        connection.exec_driver_sql("INSERT INTO t (id, a) VALUES (1, 2)")
    project.script("b1", "a1", "op.drop_column('t', 'g')")
    plan = project.ok("upgrade", "--plan")
    assert "BC04 break: The running version of the app may ask for t.g, which is computed" in plan
    assert "loses" not in plan
    assert "destroys" not in project.ok("upgrade")
    made = made.replace("* 2", "* 3")
    project.script("c1", "b1", f"op.add_column('t', {made})")
    again = f"op.drop_column('t', 'g')\nop.add_column('t', {made.replace('* 3', '* 4')})"
    project.script("d1", "c1", again)
    project.ok("upgrade", "c1")
    plan = project.ok("upgrade", "--plan")
    assert "BC04" not in plan
    assert "loses" not in plan
    assert "destroys" not in project.ok("upgrade")


@pytest.mark.parametrize("command", ["upgrade", "downgrade"])
def test_a_plan_and_sql_are_two_things(line, command):
    result = line.run(command, "--plan", "--sql")
    assert result.exit_code == 2
    assert "say one of them" in result.stderr
