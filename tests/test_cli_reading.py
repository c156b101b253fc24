"""``history heads branches show current``: what people's scripts parse."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa


@pytest.fixture
def forked(sqlite_database, make_project):
    """A history with two branches, one of which needs the other."""
    project = make_project(sqlite_database)
    project.ok("init")
    project.script("aaaa1111", None, "pass", message="base one")
    project.script("bbbb1111", "aaaa1111", "pass", message="b line")
    path = project.script("cccc1111", "aaaa1111", "pass", message="c line")
    header = "branch_labels = ('net',)\ndepends_on = 'bbbb1111'\n\n\ndef upgrade"
    path.write_text(path.read_text().replace("\n\ndef upgrade", header), encoding="utf-8")
    return project


def test_history_lines_are_those_of_the_peers(forked):
    assert forked.run("history").stdout.splitlines() == [
        "aaaa1111 (bbbb1111) -> cccc1111 (net) (head), c line",
        "aaaa1111 -> bbbb1111 (effective head), b line",
        "<base> -> aaaa1111 (branchpoint), base one",
    ]


def test_history_range_and_indicated_revision(forked):
    forked.ok("upgrade", "bbbb1111")
    assert forked.run("history", "-i", "-r", "base:bbbb").stdout.splitlines() == [
        "aaaa1111 -> bbbb1111 (effective head) (current), b line",
        "<base> -> aaaa1111 (branchpoint), base one",
    ]
    assert forked.run("history", "-r-1:current").exit_code == 0
    assert forked.run("history", "-r", ":current").stdout.count("\n") == 2


def test_history_without_revisions_says_so(sqlite_database, make_project):
    project = make_project(sqlite_database)
    project.ok("init")
    result = project.run("history")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert "There are no revisions yet" in result.stderr


def test_verbose_history_has_a_block_each(forked):
    blocks = forked.run("history", "-v").stdout
    assert blocks.startswith("Rev: cccc1111 (head)\nParent: aaaa1111\nAlso depends on: bbbb1111\n")
    assert "Branches into: bbbb1111, cccc1111" in blocks


def test_heads(forked):
    assert forked.run("heads").stdout == "bbbb1111 (effective head)\ncccc1111 (net) (head)\n"
    assert forked.run("heads", "--resolve-dependencies").stdout == "cccc1111 (net) (head)\n"


def test_branches(forked):
    assert forked.run("branches").stdout.splitlines() == [
        "aaaa1111 (branchpoint)",
        "         -> bbbb1111 (effective head)",
        "         -> cccc1111 (net) (head)",
        "",
    ]


def test_show(forked):
    text = forked.run("show", "net").stdout
    assert text.splitlines() == [
        "Rev: cccc1111 (head)",
        "Parent: aaaa1111",
        "Also depends on: bbbb1111",
        "Branch names: net",
        f"Path: {forked.versions / 'cccc1111.py'}",
        "",
        "    c line",
        "",
    ]
    assert forked.run("show", "base").stdout == ""
    assert forked.run("show", "bb").stdout.startswith("Rev: bbbb1111")


def test_current_before_and_after(forked):
    before = forked.run("current")
    assert before.stdout == ""
    assert "is at the base, before the first revision" in before.stderr
    forked.ok("upgrade", "heads")
    assert forked.run("current").stdout.splitlines() == [
        "bbbb1111 (effective head)",
        "cccc1111 (head)",
    ]
    forked.ok("current", "--check-heads")


def test_current_leaves_no_table_behind(sqlite_database, forked):
    for command in (["current"], ["history", "-i"], ["show", "current"]):
        forked.ok(*command)
    assert sa.inspect(sqlite_database.engine()).get_table_names() == []


def test_check_heads_counts_what_is_missing(forked):
    forked.ok("upgrade", "aaaa1111")
    result = forked.run("current", "--check-heads")
    assert result.exit_code == 1
    assert "Error [D306]" in result.stderr
    assert "is 2 revisions behind" in result.stderr


def three(project):
    for parent, id_ in ((None, "a1"), ("a1", "add_current_flag"), ("add_current_flag", "c3")):
        project.script(id_, parent, "pass")
    return project


@pytest.mark.parametrize(
    "words",
    [
        "show add_current_flag",
        "history -r a1:add_current_flag",
        "history -r -2:",
        "history -r a1:+1",
    ]
    + ["show c3-1"],
)
def test_what_the_scripts_tell_needs_no_database(make_project, words):
    project = make_project("sqlite:////nowhere/at/all/app.db")
    project.ok("init")
    assert "add_current_flag" in three(project).run(*words.split()).stdout


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("show +1", ["c3"]),
        ("show a1@+1", ["c3"]),
        ("show current+1", ["c3"]),
        ("show current", ["add_current_flag"]),
        ("history -r +1:", ["c3"]),
        ("history -r :a1@+1", ["c3", "add_current_flag", "a1"]),
    ],
)
def test_what_counts_from_the_database_asks_it(project, words, shown):
    three(project).ok("upgrade", "add_current_flag")
    found = json.loads(project.run(*words.split(), "--json").stdout)
    assert [one["revision"] for one in found] == shown


def test_unknown_applied_revision_is_shown(sqlite_database, forked):
    forked.ok("upgrade", "heads")
    with sqlite_database.engine().begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '77525ee61b5b'"))
    result = forked.run("current")
    assert result.exit_code == 0
    assert result.stdout == "77525ee61b5b (no such script)\n"
    assert "says that it is at 77525ee61b5b" in result.stderr
    assert forked.run("history", "-i").exit_code == 0
    for command in (["upgrade", "heads"], ["downgrade"], ["stamp", "heads"]):
        failed = forked.run(*command)
        assert failed.exit_code == 1
        assert "Error [D302]" in failed.stderr
        assert "flask db stamp --purge" in failed.stderr
    forked.ok("stamp", "--purge", "heads")
    assert forked.ok("current", "-c")


def test_json(forked):
    forked.ok("upgrade", "heads")
    history = json.loads(forked.run("history", "--json").stdout)
    assert [one["revision"] for one in history] == ["cccc1111", "bbbb1111", "aaaa1111"]
    assert history[0]["depends_on"] == ["bbbb1111"]
    current = json.loads(forked.run("current", "--json").stdout)
    assert current[0]["rows"] == ["cccc1111"]
    assert current[0]["at_heads"] is True
    for command in ("heads", "branches", "show net"):
        json.loads(forked.run(*command.split(), "--json").stdout)


def test_unknown_identifier(forked):
    result = forked.run("show", "cccc1112")
    assert result.exit_code == 1
    assert "Error [H210]" in result.stderr
    assert "Did you mean 'cccc1111'?" in result.stderr


def test_history_needs_no_database(tmp_path, forked):
    from flask import Flask

    from flask_schemamigrate import SchemaMigrate

    app = Flask("bare")
    SchemaMigrate(app, directory=forked.folder)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["db", "heads"]).exit_code == 0
    assert "Error [S101]" in runner.invoke(args=["db", "current"]).stderr


def test_missing_folder_names_the_nearest(sqlite_database, make_project):
    result = make_project(sqlite_database, folder="nowhere").run("heads")
    assert result.exit_code == 1
    assert "Error [H201]" in result.stderr
    assert "flask db init" in result.stderr
