"""What SQLAlchemy wants to know of a server first, by one query."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy.engine import Engine

from .. import first

#: Statement of SQLAlchemy's -> expression.
_ASKED = {
    "select pg_catalog.version()": "pg_catalog.version()",
    "select current_schema()": "current_schema()",
    "show transaction isolation level": "pg_catalog.current_setting('transaction_isolation')",
    "show standard_conforming_strings": (
        "pg_catalog.current_setting('standard_conforming_strings')"
    ),
}
_HSTORE = "pg_catalog.to_regtype('hstore') IS NOT NULL"
_QUERY = f"SELECT {', '.join((*_ASKED.values(), _HSTORE))}"


def asking(engine: Engine) -> AbstractContextManager[None]:
    """Let the engine ask by one query where it connects first within the block."""
    return first.answered(engine, _ask)


def _ask(driver: Any) -> first.Answers | None:
    if not type(driver).__module__.startswith("psycopg"):
        return None
    before = driver.autocommit
    driver.autocommit = True  # To begin a transaction and to end it is a trip each.
    try:
        cursor = driver.cursor()
        cursor.execute(_QUERY)
        *answers, has_hstore = cursor.fetchone()
        cursor.close()
    finally:
        driver.autocommit = before
    # Where there is no such type, its number need not be asked for.
    methods = {} if has_hstore else {"_type_info_fetch": lambda connection, name: None}
    return dict(zip(_ASKED, answers)), methods
