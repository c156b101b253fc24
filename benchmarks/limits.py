"""The same work with nothing around it, by the driver alone.  Copied beside each app."""

from __future__ import annotations

import importlib
from typing import Any


def run(db: Any, work: str, *arguments: str) -> None:
    """Run one of the functions below on a bare connection; what only prints has none."""
    if work == "print":
        do_print(*arguments)
        return
    connection = db.engine.raw_connection()
    try:
        globals()[f"do_{work}"](connection, db.engine.dialect.name, *arguments)
    finally:
        connection.close()


def do_version(connection: Any, system: str) -> None:
    """Read the version table."""
    cursor = connection.cursor()
    cursor.execute("SELECT version_num FROM alembic_version")
    cursor.fetchall()


def do_statements(connection: Any, system: str, path: str) -> None:
    """Run a file of revisions, one transaction for each: a statement, and the version row."""
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.commit()
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file):
            if system == "sqlite":
                cursor.execute("BEGIN")
            cursor.execute(line)
            if number:
                cursor.execute(f"UPDATE alembic_version SET version_num = '{number}'")
            else:
                cursor.execute("INSERT INTO alembic_version VALUES ('0')")
            connection.commit()


def do_tenants(connection: Any, system: str, path: str, number: str) -> None:
    """Run a file of revisions in each of so many schemas."""
    for name in range(int(number)):
        connection.cursor().execute(f"SET search_path TO tenant_{name}")
        do_statements(connection, system, path)


def do_print(path: str) -> None:
    """Print a file of statements."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            print(line)


def do_rebuild(connection: Any, system: str, create: str, columns: str) -> None:
    """Copy a table into a new one, which takes its place."""
    cursor = connection.cursor()
    cursor.execute("BEGIN")
    cursor.execute(create)
    cursor.execute(f"INSERT INTO big_new ({columns}) SELECT {columns} FROM big")
    cursor.execute("DROP TABLE big")
    cursor.execute("ALTER TABLE big_new RENAME TO big")
    connection.commit()


def do_catalogue(connection: Any, system: str) -> None:
    """Read the names, types and keys of all columns, and the indexes, in bulk."""
    importlib.import_module("sqlalchemy")
    cursor = connection.cursor()
    for query in CATALOGUE[system]:
        cursor.execute(query)
        for row in cursor.fetchall():
            tuple(row)


CATALOGUE = {
    "postgresql": (
        "SELECT attrelid, attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute "
        "JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace "
        "AND relkind = 'r' AND attnum > 0",
        "SELECT adrelid, adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef",
        "SELECT conrelid, conname, contype, conkey, confrelid, confkey FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
        "SELECT indexrelid, indrelid, indkey, indisunique FROM pg_index JOIN pg_class ON "
        "pg_class.oid = indrelid WHERE relnamespace = 'public'::regnamespace",
    ),
    "mysql": (
        "SELECT * FROM information_schema.columns WHERE table_schema = DATABASE()",
        "SELECT * FROM information_schema.statistics WHERE table_schema = DATABASE()",
        "SELECT * FROM information_schema.key_column_usage WHERE table_schema = DATABASE()",
        "SELECT * FROM information_schema.referential_constraints "
        "WHERE constraint_schema = DATABASE()",
    ),
    "sqlite": (
        "SELECT name, sql FROM sqlite_master",
        "SELECT m.name, x.* FROM sqlite_master m, pragma_table_xinfo(m.name) x "
        "WHERE m.type = 'table'",
    ),
}
CATALOGUE["mariadb"] = CATALOGUE["mysql"]
