"""Reading MariaDB's and MySQL's catalogue: what SHOW CREATE writes, taken apart by lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy.engine import Connection

Line = tuple[str, str, str, int, str]


def read(connection: Connection) -> Iterator[Line]:
    """Tell everything that a database holds: kind, owner, name, place and text."""
    for name, kind in connection.exec_driver_sql("SHOW FULL TABLES").all():
        what = kind if kind in ("VIEW", "SEQUENCE") else "TABLE"
        quoted = name.replace("`", "``").replace("%", "%%")
        text = connection.exec_driver_sql(f"SHOW CREATE {what} `{quoted}`").one()[1]
        if what == "TABLE":
            yield from _table(name, text)
        else:
            yield what.lower(), name, "", 0, text
    for query in (
        "SELECT 'trigger', EVENT_OBJECT_TABLE, TRIGGER_NAME, 0, concat_ws(' ', ACTION_TIMING,"
        " EVENT_MANIPULATION, ACTION_STATEMENT)"
        " FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()",
        "SELECT lower(ROUTINE_TYPE), ROUTINE_NAME, '', 0, ROUTINE_DEFINITION"
        " FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()",
    ):
        for kind, owner, name, place, text in connection.exec_driver_sql(query):
            yield kind, owner, name, place, text


def _table(table: str, created: str) -> Iterator[Line]:
    """Take SHOW CREATE TABLE apart: it writes each column, key and constraint on its own line."""
    begin, _, rest = created.partition("(\n")
    assert begin.startswith("CREATE TABLE")
    body, _, last = rest.rpartition("\n)")
    yield "table", table, "", 0, re.sub(r" AUTO_INCREMENT=\d+", "", f"){last}")
    for place, line in enumerate(body.split(",\n"), 1):
        text = line.strip()
        quoted = re.search(r"`((?:[^`]|``)*)`", text)
        name = quoted[1].replace("``", "`") if quoted else ""
        if text.startswith("`"):
            yield "column", table, name, place, text
        else:
            yield text.partition("`")[0].strip().lower(), table, name, 0, text
