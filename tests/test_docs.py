"""The documentation names everything there is, and its tutorial works."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flask_schemamigrate import cli
from flask_schemamigrate import errors
from flask_schemamigrate import options

DOCS = Path(__file__).parent.parent / "docs"
CODES = {
    value.code
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, errors.SchemaMigrateError)
}


@pytest.mark.parametrize("command", sorted(cli.COMMANDS))
def test_every_command_is_documented(command: str) -> None:
    assert f":prog: flask db {command}\n" in (DOCS / "commands.rst").read_text(encoding="utf-8")


@pytest.mark.parametrize("option", sorted({*options.DEFAULTS, *options.PLACES}))
def test_every_setting_is_documented(option: str) -> None:
    assert f"\n``{option}``" in (DOCS / "configuration.rst").read_text(encoding="utf-8")


def test_every_error_has_a_page_and_every_page_an_error() -> None:
    pages = {path.stem for path in (DOCS / "errors").glob("*.rst")} - {"index"}
    assert pages == CODES
    index = (DOCS / "errors" / "index.rst").read_text(encoding="utf-8")
    assert all(f"   {code}\n" in index for code in CODES)


def test_codes_of_errors_are_unique() -> None:
    classes = [v for v in vars(errors).values() if inspect.isclass(v) and hasattr(v, "code")]
    assert len({c.code for c in classes}) == len(classes)


def blocks(text: str) -> list[tuple[str, str]]:
    """Return the language and the text of each code block."""
    found = re.findall(r"\.\. code-block:: (\w+)\n\n((?:    .*\n|\n)+)", text)
    return [(kind, re.sub(r"(?m)^    ", "", body).strip() + "\n") for kind, body in found]


def test_the_tutorial_works(tmp_path: Path) -> None:
    app = tmp_path / "app.py"
    environment = {**os.environ, "NO_COLOR": "1"}

    def flask(*arguments: str, given: str = "") -> None:
        command = [sys.executable, "-W", "ignore", "-m", "flask", "--app", "app", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, input=given, text=True, capture_output=True, env=environment
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"

    commands = 0
    for kind, body in blocks((DOCS / "tutorial.rst").read_text(encoding="utf-8")):
        if kind == "python" and body.startswith("from flask"):
            app.write_text(body, encoding="utf-8")
        elif kind == "python" and body.startswith("class"):
            kept = app.read_text(encoding="utf-8").partition("class ")[0]
            app.write_text(kept + body, encoding="utf-8")
        for line in re.findall(r"(?m)^\$ flask (db .*)$", body):
            words = [a or b for a, b in re.findall(r'"([^"]*)"|(\S+)', line)]
            flask(*words)
            commands += 1
        typed = re.findall(r"(?m)^>>> (.*)$", body)
        if typed:
            flask("shell", given="\n".join(typed) + "\n")
    assert commands >= 9


def test_every_hazard_is_documented_and_nothing_else() -> None:
    sources = (Path(errors.__file__).parent.parent / "dialects").rglob("rules.py")
    found = {
        code
        for path in sources
        for code in re.findall(r'"([A-Z]{2}\d\d)[":]', path.read_text(encoding="utf-8"))
    }
    text = (DOCS / "plan.rst").read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)^``([A-Z]{2}\d\d)``", text)) == found
