"""What SQLAlchemy wants to know of a server first, by one query."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy.engine import Engine

from .. import first

_ASKED = ("VERSION()", "DATABASE()", "@@sql_mode", "@@lower_case_table_names")


def asking(engine: Engine) -> AbstractContextManager[None]:
    """Let the engine ask by one query where it connects first within the block."""
    return first.answered(engine, _ask)


def _ask(driver: Any) -> first.Answers | None:
    said = getattr(driver, "get_server_info", None)  # As the server greeted the driver.
    if said is None:
        return None
    level = "@@tx_isolation" if "MariaDB" in str(said()) else "@@transaction_isolation"
    cursor = driver.cursor()
    try:
        cursor.execute(f"SELECT {', '.join((*_ASKED, level))}")
        answers = cursor.fetchone()
    except Exception:  # A server that has one of them under another name.
        return None
    finally:
        cursor.close()
    return {f"SELECT {name}": value for name, value in zip((*_ASKED, level), answers)}, {}
