"""Running what ``--sql`` printed, as people feed it to their database's own client."""

from __future__ import annotations

import sqlite3

import psycopg
import pymysql
from pymysql.constants import CLIENT
from sqlalchemy.engine import URL


class Refused(Exception):
    """The database did not take it; the message is its own."""


def execute(url: URL, text: str) -> None:
    """Execute statements that end with semicolons, all in one go.  Raises Refused."""
    try:
        {"sqlite": _sqlite, "postgresql": _postgresql, "mysql": _mysql}[url.get_backend_name()](
            url, text
        )
    except (sqlite3.Error, psycopg.Error, pymysql.Error) as error:
        raise Refused(f"{type(error).__name__}: {error}") from error


def _sqlite(url: URL, text: str) -> None:
    connection = sqlite3.connect(str(url.database))
    try:
        connection.executescript(text)
    finally:
        connection.close()


def _postgresql(url: URL, text: str) -> None:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(text.encode())


def _mysql(url: URL, text: str) -> None:
    connection = pymysql.connect(
        host=url.host,
        port=url.port or 3306,
        user=url.username,
        password=str(url.password or ""),
        database=url.database,
        client_flag=CLIENT.MULTI_STATEMENTS,
        unix_socket=url.query.get("unix_socket"),
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(text)
            while cursor.nextset():
                pass
        connection.commit()
    finally:
        connection.close()
