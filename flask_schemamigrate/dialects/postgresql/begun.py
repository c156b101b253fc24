"""Beginning a transaction and asking something in it, in one round trip.

A driver sends BEGIN when the first statement comes, and waits for the answer.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError


def first(connection: Connection, sql: str, isolation: str | None = None) -> str | None:
    """Begin the driver's transaction with ``sql``, and return its last row's first value.

    ``isolation`` is another level than the connection's own.  None, and nothing done: the driver
    cannot do it, or a transaction is open.  Raises DBAPIError.
    """
    driver: Any = connection.connection.dbapi_connection
    if type(driver).__module__ != "psycopg" or driver.autocommit:
        return None
    if not (driver.info.transaction_status == 0 and driver.read_only is driver.deferrable is None):
        return None
    level = isolation or (driver.isolation_level and driver.isolation_level.name.replace("_", " "))
    begin = f"BEGIN ISOLATION LEVEL {level}" if level else "BEGIN"
    whole = f"{begin}; {sql}"
    result = driver.pgconn.exec_(whole.encode())
    if result.error_message:
        from psycopg.errors import error_from_result

        error = error_from_result(result)
        raise DBAPIError(whole, None, error) from error
    return str(result.get_value(0, 0).decode())
