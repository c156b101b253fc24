"""Tables that a batch of Alembic leaves when its process is stopped.

It copies a table to ``_alembic_tmp_<name>``, drops the table and renames the copy.  Each of these
commits by itself in many set-ups, so that a stop before the renaming leaves the rows in the copy.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from ..base import LeftBehind
from .dependents import quoted

_PREFIX = "_alembic_tmp_"
#: Longer names are cut.
_LONGEST = 50


def found(connection: Connection) -> tuple[LeftBehind, ...]:
    """Return what is there, in the order of the names."""
    tables = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    ).scalars()
    names = list(tables)
    return tuple(_of(connection, name, names) for name in names if name.startswith(_PREFIX))


def _of(connection: Connection, name: str, names: list[str]) -> LeftBehind:
    of = name.removeprefix(_PREFIX)
    is_cut = len(name) == _LONGEST
    there = [n for n in names if n == of or (is_cut and n.startswith(of))]
    rows = connection.exec_driver_sql(f"SELECT count(*) FROM {quoted(name)}").scalar_one()
    if there:
        return LeftBehind(name, there[0], rows, alone=False)
    return LeftBehind(name, None if is_cut else of, rows, alone=True)
