"""Scripts that were edited after they were applied."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flask_schemamigrate.api.edited import normalised

from .conftest import Database
from .conftest import Project
from .states import States


@pytest.fixture
def states(database: Database, make_project: Any) -> States:
    """Give what brings a database into a state."""
    return States(database, make_project)


def edit(project: Project, old: str, new: str, name: str = "b2.py") -> None:
    path = project.versions / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def notes(project: Project) -> list[str]:
    (told,) = json.loads(project.run("status", "--json").stdout)
    return list(told["notes"])


def test_it_is_said_and_accepted(states: States) -> None:
    project = states.current()
    assert notes(project) == []
    edit(project, "String(40)", "String(60)")
    (note,) = notes(project)
    assert "b2.py was edited after b2 was applied" in note
    assert "flask db resolve --accept b2" in note
    result = project.run("status")
    assert (result.exit_code, result.stdout.count("edited after")) == (0, 1)
    assert project.run("current", "-v").stderr.count("edited after") == 1
    assert "edited" not in project.ok("current")
    project.script("c3", "b2", "pass")
    upgraded = project.run("upgrade")
    assert (upgraded.exit_code, upgraded.stderr.count("edited after")) == (0, 1)
    assert "accepted" in project.ok("resolve", "--accept", "b2")
    assert notes(project) == []
    edit(project, "String(60)", "String(70)")
    assert len(notes(project)) == 1
    edit(project, "String(70)", "String(60)")
    assert notes(project) == []


def test_only_what_a_script_does_counts(states: States) -> None:
    project = states.current()
    edit(project, '"""b2"""', '"""Another message."""\n# A remark.\n\n')
    edit(project, "'person', ", "\n        'person',\n        ")
    assert notes(project) == []


def test_what_was_undone_or_is_new_is_nobodys_business(states: States) -> None:
    project = states.current()
    project.ok("downgrade")
    edit(project, "String(40)", "String(60)")
    assert notes(project) == []
    assert "edited" not in project.ok("upgrade")


def test_what_was_not_edited_cannot_be_accepted(states: States) -> None:
    result = states.current().run("resolve", "--accept", "b2")
    assert result.exit_code == 1
    assert "Error [D308]" in result.stderr
    assert states.app().run("resolve", "--accept", "--applied", "b2").exit_code == 2


def test_two_texts_that_do_the_same() -> None:
    one = '"""A."""\nimport a\n\ndef f():\n    """B."""\n    return 1  # c\n'
    assert normalised(one) == normalised("import a\ndef f():\n\n  return 1\n")
    assert normalised(one) != normalised("import a\ndef f():\n\n  return 2\n")
    assert normalised("no python at all") != normalised("no python")
