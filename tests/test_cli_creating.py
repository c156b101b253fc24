"""``init list-templates revision merge edit``, and what all commands share."""

from __future__ import annotations

import json
import os

import pytest

from flask_schemamigrate.cli import COMMANDS


@pytest.fixture
def empty(sqlite_database, make_project):
    project = make_project(sqlite_database)
    project.ok("init")
    return project


def test_there_are_all_commands_of_the_peers():
    peers = "branches check current downgrade edit heads history init list-templates merge migrate"
    assert {*peers.split(), "revision", "show", "stamp", "upgrade"} <= set(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_and_the_shared_options(name):
    command = COMMANDS[name]
    assert command.help
    options = {option for parameter in command.params for option in parameter.opts}
    assert {"--directory", "--x-arg", "--bind", "--quiet", "--verbose"} <= options
    for parameter in command.params:
        if parameter.param_type_name == "option" and not parameter.hidden:
            assert parameter.help, parameter.name


def test_group_lists_its_commands(empty):
    text = empty.app.test_cli_runner().invoke(args=["db", "--help"]).output
    for name in COMMANDS:
        assert name in text


def test_underscores_are_accepted(empty):
    assert empty.ok("list_templates") == empty.ok("list-templates")


def test_init(sqlite_database, make_project):
    project = make_project(sqlite_database)
    result = project.run("init")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert sorted(p.name for p in project.folder.iterdir()) == ["README", "versions"]
    again = project.run("init")
    assert again.exit_code == 1
    assert "Error [H203]" in again.stderr


def test_init_package(sqlite_database, make_project):
    project = make_project(sqlite_database)
    project.ok("init", "--package", "-t", "flask")
    assert (project.versions / "__init__.py").exists()
    project.ok("history")


def test_init_with_an_unknown_template(sqlite_database, make_project):
    result = make_project(sqlite_database).run("init", "-t", "multidbs")
    assert result.exit_code == 1
    assert "Did you mean 'multidb'?" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_unwritable_folder(sqlite_database, make_project, tmp_path):
    project = make_project(sqlite_database)
    tmp_path.chmod(0o500)
    try:
        result = project.run("init")
    finally:
        tmp_path.chmod(0o700)
    assert "Error [H202]" in result.stderr


def test_a_character_that_the_encoding_lacks(sqlite_database, make_project):
    project = make_project(sqlite_database, SCHEMAMIGRATE_OUTPUT_ENCODING="ascii")
    project.ok("init")
    result = project.run("revision", "-m", "né")
    assert result.exit_code == 1
    assert "Error [S106]" in result.stderr and "has 'é' in it" in result.stderr
    assert 'SCHEMAMIGRATE_OUTPUT_ENCODING = "utf-8"' in result.stderr
    assert list(project.versions.iterdir()) == []


def test_directory_on_group_and_on_command(empty, tmp_path):
    runner = empty.app.test_cli_runner()
    assert runner.invoke(args=["db", "-d", str(tmp_path / "one"), "init"]).exit_code == 0
    empty.ok("init", "-d", str(tmp_path / "two"))
    both = ["db", "-d", str(tmp_path / "no"), "history", "-d", str(tmp_path / "two")]
    assert runner.invoke(args=both).exit_code == 0
    assert (tmp_path / "one" / "versions").is_dir()


def test_revision_writes_an_empty_script(empty):
    path = empty.run("revision", "-m", "Add a thing", "--rev-id", "r1").stdout.strip()
    assert path.endswith("-r1_add_a_thing.py")
    empty.ok("revision", "-m", "second", "--rev-id", "r2", "--branch-label", "net,more")
    empty.ok("upgrade")
    empty.ok("downgrade", "base")
    newest = json.loads(empty.run("history", "--json").stdout)[0]
    assert (newest["revision"], newest["parents"]) == ("r2", ["r1"])
    assert newest["labels"] == ["more", "net"]


def test_several_labels_at_once(empty):
    empty.ok(
        "revision", "--rev-id", "r1", "--branch-label", "net, shop/cart", "--branch-label", "x"
    )
    (shown,) = json.loads(empty.run("show", "x", "--json").stdout)
    assert shown["labels"] == ["net", "shop/cart", "x"]
    empty.ok("upgrade", "shop/cart@head")


def test_message_cannot_break_the_script(empty):
    message = 'say """hello\\N" \\'
    empty.ok("revision", "-m", message, "--rev-id", "r1")
    empty.ok("upgrade")
    assert message.strip() in empty.run("history").stdout


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--rev-id", "a:b"], "H214"),
        (["--rev-id", "r1"], "H205"),
        (["--head", "nope"], "H210"),
        (["--head", "r1"], "H215"),
        (["--depends-on", "nope"], "H210"),
        (["--branch-label", "net"], "H208"),
        (["--branch-label", "a@b"], "H214"),
        (["--branch-label", "a\x1b[2Jb"], "H214"),
        (["--branch-label", "it's"], "H214"),
        (["--branch-label", 'a"b'], "H214"),
        (["--branch-label", "a b"], "H214"),
        (["--branch-label", "a\\b"], "H214"),
        (["--branch-label", "a,"], "H214"),
        (["--branch-label", "head"], "H214"),
        (["--branch-label", "current"], "H214"),
        (["--branch-label", "r1"], "H214"),
        (["--rev-id", "same", "--branch-label", "same"], "H214"),
        (["--version-path", "/nowhere"], "H213"),
    ],
)
def test_wrong_header_writes_nothing(empty, options, code):
    empty.ok("revision", "--rev-id", "r1", "--branch-label", "net")
    empty.ok("revision", "--rev-id", "r2")
    before = sorted(empty.versions.iterdir())
    result = empty.run("revision", *options)
    assert result.exit_code == 1
    assert f"Error [{code}]" in result.stderr
    assert sorted(empty.versions.iterdir()) == before
    empty.ok("history")


def test_depends_on_is_written_in_full(empty):
    empty.ok("revision", "--rev-id", "aaaa1111")
    empty.ok("revision", "--rev-id", "bbbb1111", "--head", "base", "--depends-on", "aaaa")
    newest = json.loads(empty.run("show", "bbbb1111", "--json").stdout)[0]
    assert newest["depends_on"] == ["aaaa1111"]


def test_splice_and_merge(empty):
    empty.ok("revision", "--rev-id", "r1")
    empty.ok("revision", "--rev-id", "r2")
    empty.ok("revision", "--rev-id", "r3", "--head", "r1", "--splice")
    result = empty.run("revision")
    assert "Error [H212]" in result.stderr
    assert "--head r2" in result.stderr
    empty.ok("merge", "heads", "--rev-id", "m", "-m", "together")
    assert empty.run("history").stdout.startswith("r2, r3 -> m (head) (mergepoint), together\n")
    empty.ok("upgrade")
    empty.ok("downgrade", "base")


@pytest.mark.parametrize("revisions", [[], ["heads"], ["r1", "r1"], ["base"]])
def test_merging_nothing_is_an_error(empty, revisions):
    empty.ok("revision", "--rev-id", "r1")
    result = empty.run("merge", *revisions)
    assert result.exit_code == 1
    assert "Error [H213]" in result.stderr
    assert len(list(empty.versions.glob("*.py"))) == 1


@pytest.mark.parametrize("command", ["revision", "migrate"])
def test_sql_has_no_meaning_for_scripts(empty, command):
    result = empty.run(command, "--sql")
    assert result.exit_code == 2
    assert "flask db upgrade --sql" in result.stderr


def test_edit_opens_the_script(empty, monkeypatch, tmp_path):
    empty.ok("revision", "--rev-id", "r1", "-m", "first")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i s/first/edited/ "$1"\n')
    editor.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(editor))
    empty.ok("edit")
    assert "edited" in empty.run("history").stdout
    editor.write_text("#!/bin/sh\necho 'x = (' > \"$1\"\n")
    result = empty.run("edit", "r1")
    assert result.exit_code == 1
    assert "Error [H204]" in result.stderr
    assert "Error [H204]" in empty.run("history").stderr


def test_edit_needs_a_revision(empty):
    result = empty.run("edit", "base")
    assert result.exit_code == 1
    assert "Error [H213]" in result.stderr


def test_unknown_command(empty):
    assert empty.run("upgrad").exit_code == 2


def test_a_template_that_is_not_there_leaves_no_folder(sqlite_database, make_project):
    project = make_project(sqlite_database)
    result = project.run("init", "-t", "./missing")
    assert result.exit_code == 1 and "There is no folder" in result.stderr
    assert not project.folder.exists()
    project.ok("init")
