"""Several statements of ours in one round trip: a compound statement of MariaDB's.

https://mariadb.com/kb/en/begin-end/
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ..direct import changed
from ..direct import joined
from ..direct import RowMissing
from ..direct import Statement
from . import waits
from .facts import Facts

#: Drivers that put parameters into the text themselves: the server prepares no compound statement.
_DRIVERS = ("pymysql", "mysqldb")
#: Error 1644, ER_SIGNAL_EXCEPTION.
_SIGNALLED = 1644
_REQUIRE = "IF ROW_COUNT() <> 1 THEN SIGNAL SQLSTATE '45000'; END IF"


def send(connection: Connection, facts: Facts, statements: Sequence[Statement]) -> bool:
    """Run statements in the open transaction; false, and nothing done, where they cannot be joined.

    Raises RowMissing and DBAPIError.
    """
    if not facts.compound or len(statements) < 2 or connection.dialect.driver not in _DRIVERS:
        return False
    parts = []
    for one in statements:
        parts.append(one.sql)
        if one.must_change:
            parts.append(_REQUIRE)
    try:
        changed(connection, f"BEGIN NOT ATOMIC {'; '.join(parts)}; END", joined(statements))
    except DBAPIError as error:
        if waits.number_of(error) == _SIGNALLED:
            raise RowMissing from error
        raise
    return True
