"""Every state with every command: the exit status of each, in a table that the run ends with."""

from __future__ import annotations

from typing import Any

import pytest

from . import tables
from .conftest import Database
from .states import States

#: What is typed; only the last of them changes anything.
COMMANDS = (
    "status",
    "status --drift",
    "current",
    "wait --timeout 0",
    "check",
    "migrate --plan",
    "drift",
    "baseline --dry-run",
    "log",
    "upgrade --plan",
    "upgrade",
)
TITLE = f"Exit statuses of flask db {', '.join(COMMANDS)}:"
#: The exit statuses, in that order.
EXPECTED = {
    "current": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    "empty": (10, 10, 0, 124, 1, 1, 0, 0, 0, 0, 0),
    "behind": (11, 11, 0, 124, 1, 1, 0, 0, 0, 0, 0),
    "ahead": (12, 12, 0, 124, 1, 1, 1, 0, 0, 1, 1),
    "drifted": (0, 13, 0, 0, 1, 0, 13, 0, 0, 0, 0),
    "unmanaged": (14, 14, 0, 124, 1, 1, 1, 0, 0, 0, 1),
    "diverged": (15, 15, 0, 124, 1, 1, 1, 0, 0, 1, 1),
    "dirty": (16, 16, 0, 124, 1, 1, 1, 0, 0, 0, 1),
    "unreachable": (17, 17, 1, 124, 1, 1, 1, 1, 1, 1, 1),
}


@pytest.mark.parametrize("state", EXPECTED)
def test_each_command_in_each_state(
    state: str, database: Database, make_project: Any, record_property: Any
) -> None:
    project = getattr(States(database, make_project), state)()
    found = []
    for command in COMMANDS:
        result = project.run(*command.split())
        assert "Traceback" not in result.output
        assert "s3cret" not in result.output
        if result.exit_code not in (0, *range(10, 20)):
            assert "Error [" in result.stderr or "nobody can tell" in result.stderr, command
        found.append(result.exit_code)
    record_property(tables.PROPERTY, (TITLE, state, database.system, " ".join(map(str, found))))
    assert dict(zip(COMMANDS, found)) == dict(zip(COMMANDS, EXPECTED[state]))
