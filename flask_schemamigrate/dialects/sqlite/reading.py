"""The models' side, read back from an empty database: so that both sides were read alike.

SQLite keeps what it is told, so the tables that SQLAlchemy would create are created in memory and
read by the same code that reads the app's database; what SQLAlchemy knows of them is put back.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex
from sqlalchemy.schema import CreateTable

from ...schema.metadata import Reader
from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Computed
from ...schema.objects import ForeignKey
from ...schema.objects import Index
from ...schema.objects import Sql
from ...schema.objects import Table
from ...schema.objects import Unique
from ...schema.scope import Scope
from . import inspect
from . import parse
from .dependents import quoted

_UNKNOWN = re.compile(r"no such (function|collation sequence): (\w+)")
Keyed = TypeVar("Keyed", Unique, ForeignKey)


def run(driver: sqlite3.Connection, statement: str) -> list[Any]:
    """Execute a statement, standing in for the functions and collations that an app registers."""
    while True:
        try:
            return driver.execute(statement).fetchall()
        except sqlite3.Error as error:
            unknown = _UNKNOWN.search(str(error))
            if unknown is None:
                raise
            if unknown[1] == "function":
                driver.create_function(unknown[2], -1, _nothing, deterministic=True)
            else:
                driver.create_collation(unknown[2], _equal)


def _nothing(*values: Any) -> None:
    """Stand in for a function."""


def _equal(one: str, other: str) -> int:
    """Stand in for a collation."""
    return (one > other) - (one < other)


def reread(reader: Reader, tables: Iterable[Table]) -> dict[Name, Table]:
    """Return tables as they read after SQLAlchemy created them; without those that it could not."""
    engine = sa.create_engine("sqlite://")
    read: dict[Name, Table] = {}
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        driver.isolation_level = None
        made = [table for table in tables if _create(reader, driver, table)]
        for schema in {table.name.schema for table in made}:
            names = frozenset(table.name for table in made if table.name.schema == schema)
            found = inspect.schema(connection, reader, Scope((schema,), only=names))
            read.update(found.tables)
    engine.dispose()
    return {t.name: joined(read[t.name], t) for t in made if t.name in read}


def _create(reader: Reader, driver: Any, table: Table) -> bool:
    if table.element is None:
        return False
    attached = {row[1] for row in driver.execute("PRAGMA database_list")}
    try:
        if table.name.schema and table.name.schema not in attached:
            driver.execute(f"ATTACH ':memory:' AS {quoted(table.name.schema)}")
        run(driver, str(CreateTable(table.element).compile(dialect=reader.dialect)))
        for index in table.indexes:
            run(driver, str(CreateIndex(index.element).compile(dialect=reader.dialect)))
    except (sqlite3.Error, DBAPIError, SQLAlchemyError):
        return False
    return True


def joined(read: Table, wanted: Table) -> Table:
    """Return what was read, with SQLAlchemy's objects of ``wanted`` in place."""
    key = read.primary_key
    if key is not None and wanted.primary_key is not None:
        key = replace(key, element=wanted.primary_key.element)
    columns = {column.name: column for column in wanted.columns}
    indexes = {index.name: index for index in wanted.indexes}
    return replace(
        read,
        name=wanted.name,
        columns=tuple(_column(c, columns.get(c.name, c)) for c in read.columns),
        primary_key=key,
        uniques=tuple(_keyed(u, wanted.uniques) for u in read.uniques),
        foreign_keys=tuple(_keyed(f, wanted.foreign_keys) for f in read.foreign_keys),
        checks=tuple(_check(c, wanted.checks) for c in read.checks),
        indexes=tuple(_index(i, indexes.get(i.name, i)) for i in read.indexes),
        element=wanted.element,
    )


def _column(read: Column, wanted: Column) -> Column:
    computed = read.computed
    if computed is not None and wanted.computed is not None:
        computed = Computed(_spelled(computed.sql, wanted.computed.sql), computed.persisted)
    default = read.default
    if default is not None and wanted.default is not None:
        default = _spelled(default, wanted.default)
    return replace(
        read,
        type=_spelled(read.type, wanted.type),
        default=default,
        computed=computed,
        element=wanted.element,
    )


def _spelled(read: Sql, wanted: Sql) -> Sql:
    return Sql(read.text, wanted.element)


def _keyed(read: Keyed, wanted: Iterable[Keyed]) -> Keyed:
    for key in wanted:
        if (key.columns, key.name) == (read.columns, read.name):
            if isinstance(read, ForeignKey) and isinstance(key, ForeignKey):
                if key.target != read.target:
                    continue
                return replace(read, element=key.element, use_alter=key.use_alter)
            return replace(read, element=key.element)
    return read


def _check(read: Check, wanted: Iterable[Check]) -> Check:
    for check in wanted:
        if check.name == read.name and parse.normal(check.sql.text) == parse.normal(read.sql.text):
            sql = _spelled(read.sql, check.sql)
            return replace(read, sql=sql, of_type=check.of_type, element=check.element)
    return read


def _index(read: Index, wanted: Index) -> Index:
    return replace(
        read,
        definition=_spelled(read.definition, wanted.definition),
        columns=wanted.columns,
        element=wanted.element,
    )
