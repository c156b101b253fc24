"""Several statements of ours in one round trip, and the end of the transaction with them.

The server takes any number of statements in one message of the simple query protocol, which has no
parameters: the driver puts them into the text.
https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Connection

from .. import direct
from ..direct import joined
from ..direct import RowMissing
from ..direct import Statement

#: PQTRANS_INTRANS
_IN_TRANSACTION = 2
#: division_by_zero
_NOTHING_CHANGED = "22012"
_REQUIRED = "WITH changed AS ({} RETURNING 1) SELECT 1 / count(*) FROM changed"


def send(connection: Connection, statements: Sequence[Statement], last: bool) -> bool:
    """Run statements in the open transaction, committed if they are its ``last``.

    False, and nothing done, where the driver cannot do it.  Raises RowMissing and DBAPIError.
    """
    driver: Any = connection.connection.dbapi_connection
    if not statements or type(driver).__module__ != "psycopg" or driver.autocommit:
        return False
    if driver.info.transaction_status != _IN_TRANSACTION:
        return False
    parts = [_REQUIRED.format(one.sql) if one.must_change else one.sql for one in statements]
    if last:
        parts.append("COMMIT")
    direct.begin(connection)
    text = _filled("; ".join(parts), dict(joined(statements)), driver)
    result = driver.pgconn.exec_(text)
    if result.error_message:
        from psycopg.errors import error_from_result

        error = error_from_result(result)
        if error.sqlstate == _NOTHING_CHANGED:
            raise RowMissing from error
        raise direct.wrapped(connection, "", error) from error
    return True


def _filled(sql: str, parameters: Mapping[str, Any], driver: Any) -> bytes:
    """Return SQL with its parameters, numbers and texts, in their places."""
    from psycopg.pq import Escaping

    encoding, quote = driver.info.encoding, Escaping(driver.pgconn).escape_literal
    literals = {
        name.encode(): b"%d" % value if isinstance(value, int) else quote(value.encode(encoding))
        for name, value in parameters.items()
    }
    return bytes(sql.encode(encoding) % literals)
