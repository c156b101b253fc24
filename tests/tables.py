"""Tables that a run of the tests ends with: one line for each subject, one column for each system.

A test puts a cell into one by ``record_property(tables.PROPERTY, (title, subject, system, cell))``.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

#: The name under which a test remembers its cells: it survives pytest-xdist.
PROPERTY = "cell"
SYSTEMS = ("sqlite", "postgresql", "mariadb")


def lines(reports: Iterable[Any]) -> Iterator[str]:
    """Yield the tables, sorted by their titles."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for report in reports:
        for name, value in report.user_properties:
            if name == PROPERTY:
                title, subject, system, cell = value
                found.setdefault(title, {}).setdefault(subject, {})[system] = cell
    for title, rows in sorted(found.items()):
        width = max(map(len, rows))
        cells = [cell for row in rows.values() for cell in row.values()]
        wide = max(len(text) for text in (*cells, *SYSTEMS)) + 2
        yield from ("", title, f"{'':{width}}  " + "".join(f"{s:{wide}}" for s in SYSTEMS).rstrip())
        for subject, row in sorted(rows.items()):
            line = f"{subject:{width}}  " + "".join(f"{row.get(s, ''):{wide}}" for s in SYSTEMS)
            yield line.rstrip()
