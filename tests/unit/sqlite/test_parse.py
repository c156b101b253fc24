"""SQLite: CREATE TABLE is taken apart and put together without losing a character."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_schemamigrate.dialects.sqlite import items
from flask_schemamigrate.dialects.sqlite import parse

ODD = """CREATE TABLE "a b" ( -- head (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the id, really
  /* x, y */ "n(,"  VARCHAR ( 10 ) NOT NULL DEFAULT ('a,b)' || '') COLLATE nocase
    CHECK ("n(," > ')'),
  [c d] DECIMAL(10, 2) DEFAULT -1.5
    constraint "fk" REFERENCES p(id) ON DELETE SET NULL NOT DEFERRABLE,
  g INT GENERATED ALWAYS AS (id*2) STORED, h AS (id), `q``r`, d DEFAULT NULL NULL, "" TEXT UNIQUE,
  CONSTRAINT u UNIQUE (g) ON CONFLICT REPLACE  CHECK (id>0), foreign key (h, g) references q -- end
)"""


def test_every_piece_is_found() -> None:
    table = parse.table(ODD)
    assert [(c.name, c.type) for c in table.columns] == [
        ("id", "INTEGER"),
        ("n(,", "VARCHAR ( 10 )"),
        ("c d", "DECIMAL(10, 2)"),
        ("g", "INT"),
        ("h", ""),
        ("q`r", ""),
        ("d", ""),
        ("", "TEXT"),
    ]
    kinds = [[c.kind for c in column.clauses] for column in table.columns]
    assert kinds == [
        ["PRIMARY KEY"],
        ["NOT NULL", "DEFAULT", "COLLATE", "CHECK"],
        ["DEFAULT", "REFERENCES"],
        ["GENERATED"],
        ["GENERATED"],
        [],
        ["DEFAULT", "NULL"],
        ["UNIQUE"],
    ]
    assert [(c.kind, c.name) for c in table.constraints] == [
        ("UNIQUE", "u"),
        ("CHECK", None),
        ("FOREIGN KEY", None),
    ]
    assert table.constraints[2].columns() == ("h", "g")
    assert table.has_autoincrement
    assert table.has_rowid


def test_what_is_not_edited_keeps_every_character() -> None:
    table = parse.table(ODD.replace("REPLACE  CHECK", "REPLACE, CHECK"))
    assert table.sql('"a b"') == ODD.replace("REPLACE  CHECK", "REPLACE, CHECK")


def test_an_edited_column_keeps_its_clauses_and_its_comment() -> None:
    column = parse.table(ODD).columns[1].with_type("TEXT").having("NOT NULL", None)
    assert column.text == (
        "\"n(,\" TEXT DEFAULT ('a,b)' || '') COLLATE nocase CHECK (\"n(,\" > ')')"
    )
    assert "/* x, y */" in column.lead


@pytest.mark.parametrize(
    ("sql", "name", "found"),
    [
        ("a > 1", "A", True),
        ('"A" > 1', "a", True),
        ("'it''s a' || b", "a", False),
        ("ab > 1", "a", False),
        ("b -- a\n > 1", "a", False),
        ("[a]", "a", True),
    ],
)
def test_mentions_looks_at_names_alone(sql: str, name: str, found: bool) -> None:
    assert parse.mentions(sql, name) is found


NAMES = st.sampled_from(["a", '"b c"', "[d)]", "`e,`", '"f""g"', "'h'"])
TYPES = st.sampled_from(["", "INT", "VARCHAR ( 3 )", "DECIMAL(4,2)", "double precision"])
CLAUSES = st.sampled_from(
    [
        "",
        "NOT NULL",
        "not  null on conflict fail",
        "DEFAULT 'a,''b'",
        "DEFAULT (1 + (2))",
        "CONSTRAINT n CHECK (1 IN (1, 2))",
        "COLLATE /* , */ NOCASE",
        "REFERENCES t ON DELETE SET DEFAULT DEFERRABLE INITIALLY DEFERRED",
        "UNIQUE",
    ]
)
SPACES = st.sampled_from(["", " ", "\n", " -- x, (\n", "/* ) */"])
COLUMNS = st.lists(st.tuples(SPACES, NAMES, TYPES, CLAUSES, SPACES), min_size=1, max_size=6)


@given(COLUMNS)
@settings(max_examples=150, deadline=None)
def test_writing_undoes_parsing(columns: list[tuple[str, str, str, str, str]]) -> None:
    unique = list({parse.unquoted(c[1]): c for c in columns}.values())
    parts = [f"{before}{n} {t} {c}{after}" for before, n, t, c, after in unique]
    sql = f"CREATE TABLE t ({','.join(parts)}\n)"
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(sql)
        named = [row[1] for row in connection.execute("PRAGMA table_info(t)")]
        assert [c.name for c in parse.table(sql).columns] == named
    assert parse.table(sql).sql("t") == sql
    assert items.table(sql) == parse.table(sql)
