"""The oracle: runs a history with Alembic's commands and an ``env.py`` of ours."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.real import cli
from tests.real import wire

# isort: split
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask_migrate import Migrate


def config(folder: str, url: str = "") -> Config:
    """Return Alembic's configuration for the scripts in ``folder``."""
    made = Config(stdout=sys.stderr)
    made.set_main_option("script_location", str(Path(__file__).parent / "oracle"))
    made.set_main_option("path_separator", "newline")
    made.set_main_option("version_locations", str(Path(folder, "versions")))
    made.attributes["url"] = url
    made.attributes["metadata"] = wire.metadata()
    return made


def upgrade(folder: str, url: str, target: str) -> None:
    """Upgrade to ``target``."""
    command.upgrade(config(folder, url), target)


def downgrade(folder: str, url: str, target: str) -> None:
    """Downgrade to ``target``."""
    command.downgrade(config(folder, url), target)


def history(folder: str) -> dict[str, list[str]]:
    """Return all ids, oldest first, and the heads."""
    scripts = ScriptDirectory.from_config(config(folder))
    ids = [script.revision for script in scripts.walk_revisions()]
    return {"ids": ids[::-1], "heads": scripts.get_heads(), "bases": scripts.get_bases()}


def flask(**arguments: Any) -> list[Any]:
    """Run ``flask db`` of Flask-Migrate."""
    return cli.run(Migrate, **arguments)


if __name__ == "__main__":
    commands = (upgrade, downgrade, history, flask, wire.create)
    wire.serve({command.__name__: command for command in commands})
