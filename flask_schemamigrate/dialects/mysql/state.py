"""Whether DDL has changed something: fingerprints of definitions.

DDL is atomic from MariaDB 10.6 and MySQL 8.0 on: after a crash a statement has either run or not.
https://mariadb.com/kb/en/atomic-ddl/
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ...schema.names import Name
from ..direct import told

#: Error 1146: no such table.
_ABSENT = 1146
#: What statements that name no table may change, in the current database.
_EVERYTHING = (
    "SELECT table_name, table_type, engine, row_format, table_collation, create_options,"
    " table_comment FROM information_schema.tables WHERE table_schema = DATABASE()",
    "SELECT table_name, column_name, ordinal_position, column_default, is_nullable, column_type,"
    " collation_name, extra, column_comment"
    " FROM information_schema.columns WHERE table_schema = DATABASE()",
    "SELECT table_name, index_name, seq_in_index, column_name, non_unique, collation, sub_part,"
    " index_type, index_comment FROM information_schema.statistics WHERE table_schema = DATABASE()",
    "SELECT table_name, constraint_name, constraint_type"
    " FROM information_schema.table_constraints WHERE table_schema = DATABASE()",
    "SELECT constraint_name, check_clause"
    " FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()",
    "SELECT constraint_name, table_name, referenced_table_name, update_rule, delete_rule"
    " FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE()",
    "SELECT table_name, partition_name, partition_method, partition_expression,"
    " partition_description FROM information_schema.partitions WHERE table_schema = DATABASE()",
    "SELECT table_name, view_definition"
    " FROM information_schema.views WHERE table_schema = DATABASE()",
    "SELECT trigger_name, event_manipulation, event_object_table, action_timing, action_statement"
    " FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
    "SELECT routine_name, routine_type, routine_definition, last_altered"
    " FROM information_schema.routines WHERE routine_schema = DATABASE()",
    "SELECT event_name, event_definition, status, last_altered"
    " FROM information_schema.events WHERE event_schema = DATABASE()",
)


def fingerprint(connection: Connection, dialect: Any, names: Sequence[Name]) -> str:
    """Return a fingerprint of tables, or of the whole database where none is named."""
    parts = _tables(connection, dialect, names) if names else _all(connection)
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode())
    return digest.hexdigest()


def _tables(connection: Connection, dialect: Any, names: Sequence[Name]) -> Iterator[str]:
    quote = dialect.identifier_preparer.quote_identifier
    for name in names:
        full = ".".join(quote(part) for part in (name.schema, name.name) if part)
        try:
            row = told(connection, f"SHOW CREATE TABLE {full}")
        except DBAPIError as error:
            if getattr(error.orig, "args", (0,))[0] != _ABSENT:
                raise
            yield "absent"
        else:
            yield _without_counter(str(row[1]))


def _without_counter(text: str) -> str:
    """Leave AUTO_INCREMENT=n out: rows change it."""
    head, _, options = text.rpartition("\n)")
    words = [word for word in options.split(" ") if not word.startswith("AUTO_INCREMENT=")]
    return head + " ".join(words)


def _all(connection: Connection) -> Iterator[str]:
    for query in _EVERYTHING:
        rows = connection.exec_driver_sql(query).all()
        yield repr(sorted(map(repr, rows)))
