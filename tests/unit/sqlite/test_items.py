"""Texts of CREATE TABLE and CREATE INDEX, taken apart the short way and word by word."""

from __future__ import annotations

import sqlite3

import pytest

from flask_schemamigrate.dialects.sqlite import items
from flask_schemamigrate.dialects.sqlite import parse

TABLES = (
    "CREATE TABLE t (\n\tid INTEGER NOT NULL, \n\tname VARCHAR(50) DEFAULT 'a, (b' NOT NULL, \n\t"
    "PRIMARY KEY (id), \n\tCONSTRAINT fk FOREIGN KEY(name) REFERENCES o (id) ON DELETE CASCADE\n)",
    'CREATE TABLE "a ""(" ("x ,y" NUMERIC(10, 2), `z``` TEXT, [w ,] INT)',
    "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT COLLATE NOCASE) STRICT",
    "CREATE TABLE t (a INT, PRIMARY KEY (a)) WITHOUT ROWID",
    "CREATE TABLE t (a INT DEFAULT (1 + (2)), b AS (a * 2) STORED, CHECK (a > (0)))",
    "CREATE TABLE t (a INT, CONSTRAINT \"c (\" CHECK (a <> ')'), UNIQUE (a) ON CONFLICT IGNORE)",
    "CREATE TABLE t (a INT, CHECK (a > 0) UNIQUE (a), CONSTRAINT c CHECK (a < 9))",
    "CREATE TABLE t (a INT -- a comment, (\n, b /* , */ TEXT, CHECK (a > 0) -- the end\n)",
    "CREATE TABLE t (a INT DEFAULT '-- none', b)",
    "CREATE TABLE t (a, 'b' INT, check_c INT, unique_ INT, primary_key TEXT)",
    "CREATE TABLE t (a INT  ,  b   INT  NOT   NULL  )",
    "CREATE TABLE t (a INT CONSTRAINT n NOT NULL CONSTRAINT u UNIQUE REFERENCES o (x))",
    "CREATE TABLE t (a x'00', b X, c INT DEFAULT x'00')",
    'CREATE TABLE t (a INT, primary  key ("a"), Unique(a), foreign key (a) references o)',
    "CREATE TABLE t (a DECIMAL ( 10 , 2 ) , b DEFAULT CURRENT_TIMESTAMP)",
)
INDEXES = (
    "CREATE INDEX i ON t (a)",
    'CREATE UNIQUE INDEX "i ON x" ON "t ON" (a DESC, lower(b)) WHERE a > 0',
    "CREATE INDEX i ON t(a)",
    "CREATE INDEX i /* ON y */ ON t (a)",
    "CREATE INDEX 'i' ON [t] ( a )",
)


@pytest.mark.parametrize("sql", TABLES)
def test_a_table_is_taken_apart_as_it_is_word_by_word(sql: str) -> None:
    found, expected = items.table(sql), parse.table(sql)
    assert found == expected
    for one, other in zip(_clauses(found), _clauses(expected), strict=True):
        assert (one.inner(), one.columns()) == (other.inner(), other.columns())


@pytest.mark.parametrize("sql", INDEXES)
def test_an_index_is_taken_apart_as_it_is_word_by_word(sql: str) -> None:
    assert items.index_definition(sql) == parse.index_definition(sql)


def test_what_the_database_keeps_is_read_the_short_way() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(TABLES[0])
    (sql,) = connection.execute("SELECT sql FROM sqlite_master").fetchone()
    assert [column.name for column in items.table(sql).columns] == ["id", "name"]
    connection.close()


def _clauses(table: parse.TableText) -> list[parse.Clause]:
    return [*(clause for column in table.columns for clause in column.clauses), *table.constraints]
