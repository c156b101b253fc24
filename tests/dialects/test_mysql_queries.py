"""MariaDB: rows that come gathered are those that come one by one, and none goes missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.engine import Connection

from flask_schemamigrate import dialects
from flask_schemamigrate.dialects.mysql import queries
from flask_schemamigrate.dialects.mysql.facts import Facts
from flask_schemamigrate.dialects.mysql.inspect import Catalogue
from flask_schemamigrate.schema.names import Name
from flask_schemamigrate.schema.objects import Schema
from flask_schemamigrate.schema.scope import Scope

from ..conftest import Database

ODD = r"""it''s "a" \\ b ü € 'x' , ] %s :y {z} / """


@pytest.fixture
def connection(mariadb_database: Database) -> Iterator[Connection]:
    """Give a connection to a database whose tables say odd things."""
    with mariadb_database.engine().connect() as connection:
        run = connection.exec_driver_sql
        said = ODD.replace("'x'", "''x''")
        options = {"no_parameters": True}
        run("CREATE TABLE o (id INT PRIMARY KEY, n INT, UNIQUE (n, id))")
        run(
            f"CREATE TABLE `t 'x' \"y\" \\` (id INT PRIMARY KEY COMMENT '{said}', "
            f"`b,\n\t\"c\" ü` VARCHAR(200) DEFAULT '{said}', "
            "d TEXT DEFAULT (concat('a\\n', char(7), '\\\\')), e INT AS (id * 2) STORED, "
            f"f ENUM('a', '{said}') NOT NULL, g JSON, "
            f"CONSTRAINT k FOREIGN KEY (e, id) REFERENCES o (n, id) ON DELETE CASCADE, "
            f"CHECK (`b,\n\t\"c\" ü` <> '{said}'), INDEX i (d(10), id DESC)) COMMENT '{said}'",
            execution_options=options,
        )
        yield connection


def read(connection: Connection, facts: Facts) -> tuple[Schema, dict[str, queries.Grouped]]:
    """Return the schema, and the rows of each question."""
    dialect = dialects.for_connection(connection)
    name = str(dialect.default_schema)
    catalogue = Catalogue(connection, dialect.reader, facts, {name: None})  # type: ignore[arg-type]
    given = {"schemas": [name], "every": True, "names": [""]}
    questions = ("COLUMNS", "INDEXES", "KEYS", "CHECKS_MARIADB")
    rows = {q: catalogue.rows(getattr(queries, q), given) for q in questions}
    return catalogue.schema(Scope()), rows


def test_gathered_rows_are_the_rows(connection: Connection) -> None:
    facts = Facts.of(connection.dialect)
    assert facts.gathers
    # From before JSON_ARRAY on, rows come one by one.
    gathered, plain = read(connection, facts), read(connection, replace(facts, version=(10, 2, 2)))
    assert gathered == plain
    assert [len(rows) for rows in gathered[1]["COLUMNS"].values()] == [2, 6]
    table = gathered[0].tables[Name("t 'x' \"y\" \\")]
    assert table.comment == table.columns[0].comment
    assert table.comment == "it's \"a\" \\ b ü € 'x' , ] %s :y {z} / "


def test_rows_that_the_server_cuts_off_are_asked_for_one_by_one(connection: Connection) -> None:
    limit = 0

    class Short(Facts):
        """Facts whose queries have a limit: in the middle of a row, or between two."""

        @property
        def plain_mode(self) -> str:
            """Cut off what is gathered."""
            return f"SET STATEMENT sql_mode = '', group_concat_max_len = {limit} FOR "

    facts = Facts.of(connection.dialect)
    expected = read(connection, facts)
    for limit in (4, 100, 160, 180):  # noqa: B007 - a closure reads it.
        assert read(connection, Short(facts.mariadb, facts.version)) == expected


@pytest.mark.parametrize("text", ['["a", 1]', '["a", 1],', '["a", 1],["b', "", '["a", 1] ["b", 2]'])
def test_fewer_rows_than_there_are_are_no_answer(text: str) -> None:
    assert queries.ungathered([("s", "t", 2, text)]) is None


def test_all_rows_are_an_answer() -> None:
    assert queries.ungathered([("s", "t", 2, '["a", 1],["b", null]')]) == {
        ("s", "t"): [["a", 1], ["b", None]]
    }
