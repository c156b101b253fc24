"""The independent reader sees every change that a migration could get wrong."""

from __future__ import annotations

from ..conftest import Database
from . import catalogue

TABLES = (
    "CREATE TABLE parent (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20))",
    "CREATE TABLE child (id INTEGER NOT NULL, up INTEGER, a VARCHAR(20) DEFAULT 'x' NOT NULL, "
    "b INTEGER, CONSTRAINT child_pk PRIMARY KEY (id), CONSTRAINT up_fk FOREIGN KEY (up) "
    "REFERENCES parent (id), CONSTRAINT b_ck CHECK (b > 0), CONSTRAINT b_uq UNIQUE (b))",
    "CREATE INDEX a_ix ON child (a, b)",
)

#: Each is a different ``child``: a word of its definition, and what stands there instead.
CHANGES = {
    "type": ("a VARCHAR(20)", "a VARCHAR(21)"),
    "default": ("DEFAULT 'x'", "DEFAULT 'y'"),
    "no default": ("DEFAULT 'x'", ""),
    "nullable": ("DEFAULT 'x' NOT NULL", "DEFAULT 'x'"),
    "order": ("id INTEGER NOT NULL, up INTEGER", "up INTEGER, id INTEGER NOT NULL"),
    "primary key": ("PRIMARY KEY (id)", "PRIMARY KEY (id, up)"),
    "name of a foreign key": ("up_fk", "parent_fk"),
    "action of a foreign key": (
        "REFERENCES parent (id)",
        "REFERENCES parent (id) ON DELETE CASCADE",
    ),
    "no foreign key": ("CONSTRAINT up_fk FOREIGN KEY (up) REFERENCES parent (id), ", ""),
    "check": ("b > 0", "b > 1"),
    "name of a check": ("b_ck", "b_check"),
    "no check": ("CONSTRAINT b_ck CHECK (b > 0), ", ""),
    "name of a unique constraint": ("b_uq", "b_unique"),
    "columns of a unique constraint": ("UNIQUE (b)", "UNIQUE (b, a)"),
    "no unique constraint": (", CONSTRAINT b_uq UNIQUE (b)", ""),
    "index": ("(a, b)", "(b, a)"),
    "direction of an index": ("(a, b)", "(a, b DESC)"),
    "unique index": ("CREATE INDEX", "CREATE UNIQUE INDEX"),
    "name of an index": ("a_ix", "b_ix"),
}


def test_catalogue_differs_wherever_the_tables_do(database: Database) -> None:
    plain = _catalogue(database, TABLES)
    assert _catalogue(database, TABLES) == plain
    for what, (old, new) in CHANGES.items():
        changed = tuple(sql.replace(old, new) for sql in TABLES)
        assert changed != TABLES, what
        if database.system == "mariadb" and what == "direction of an index":
            continue  # SHOW CREATE TABLE tells it from MariaDB 10.8 on.
        assert _catalogue(database, changed) != plain, what


def _catalogue(database: Database, tables: tuple[str, ...]) -> catalogue.Catalogue:
    engine = database.engine()
    with engine.begin() as connection:
        for table in ("child", "parent"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
        for sql in tables:
            connection.exec_driver_sql(sql)
    return catalogue.read(engine)


def test_spelling_makes_no_difference_in_sqlite(sqlite_database: Database) -> None:
    quoted = tuple(
        sql.replace("TABLE child", 'TABLE "child"')
        .replace("b > 0", "\n b>0")
        .replace("PRIMARY", "primary")
        for sql in TABLES
    )
    assert _catalogue(sqlite_database, quoted) == _catalogue(sqlite_database, TABLES)
