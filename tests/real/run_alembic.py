"""The oracle: runs a history with Alembic's commands and an ``env.py`` of ours."""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.real import wire


def config(folder: str, url: str = "") -> Config:
    """Return Alembic's configuration for the scripts in ``folder``."""
    made = Config(stdout=sys.stderr)
    made.set_main_option("script_location", str(Path(__file__).parent / "oracle"))
    made.set_main_option("path_separator", "newline")
    made.set_main_option("version_locations", str(Path(folder, "versions")))
    made.attributes["url"] = url
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


if __name__ == "__main__":
    wire.serve(
        {"upgrade": upgrade, "downgrade": downgrade, "history": history, "create": wire.create}
    )
