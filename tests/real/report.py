"""The table of histories and databases that a run ends with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

#: The name under which a test remembers what it compared: it survives pytest-xdist.
PROPERTY = "real"
COLUMNS = ("revisions", "head", "down", "again", "known", "answers", "sql", "alternated")
LEGEND = (
    "Histories of other people. revisions: in all; head, down, again: things and tables with rows "
    "that are as Alembic leaves them; known: differences, listed in tests/real/packages.py; "
    "answers: commands that print what Flask-Migrate prints; sql: things made by the SQL of "
    "--sql, as by Alembic's; alternated: migrations written by one and run by the other."
)

Count = tuple[str, str, str, int]


def counts(reports: Iterable[Any]) -> list[Count]:
    """Return what tests remembered: package, system, column and number."""
    told = (value for r in reports for key, value in r.user_properties if key == PROPERTY)
    return [(package, system, column, number) for package, system, column, number in told]


def lines(found: list[Count]) -> list[str]:
    """Return the table."""
    if not found:
        return []
    rows: dict[str, dict[str, int]] = {}
    for package, system, column, number in found:
        row = rows.setdefault(f"{package} {system}", {})
        row[column] = row.get(column, 0) + number
    width = max(map(len, rows))
    head = f"{'':{width}}" + "".join(f"{column:>12}" for column in COLUMNS)
    body = [
        f"{name:{width}}" + "".join(f"{row.get(column, ''):>12}" for column in COLUMNS)
        for name, row in sorted(rows.items())
    ]
    return ["", LEGEND, "", head, *body, ""]
