"""A short question to PostgreSQL takes one trip: no transaction is begun for it, or ended."""

from __future__ import annotations

from typing import Any

from psycopg.pq import TransactionStatus

from flask_schemamigrate import dialects

from ..conftest import Database


def test_a_short_question_opens_no_transaction(postgresql_database: Database) -> None:
    with postgresql_database.engine().connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        with dialects.for_connection(connection).asking():
            connection.exec_driver_sql("SELECT 1")
            assert driver.info.transaction_status == TransactionStatus.IDLE
        connection.rollback()
        connection.exec_driver_sql("SELECT 1")
        assert driver.info.transaction_status == TransactionStatus.INTRANS
