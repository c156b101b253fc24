"""Comparing where the role may make no temporary tables."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from flask_schemamigrate.dialects.base import Dialect
from flask_schemamigrate.dialects.postgresql.dialect import Dialect as PostgreSQL
from flask_schemamigrate.diff.differ import diff
from flask_schemamigrate.schema.scope import Scope

from ..conftest import Database


@pytest.fixture
def restricted(postgresql_database: Database) -> Iterator[Connection]:
    """Give a connection of a role that owns tables and may not make temporary ones."""
    role = f"sm_{uuid4().hex[:12]}"
    with postgresql_database.engine().connect() as opened:
        opened.exec_driver_sql(f"CREATE ROLE {role}")
        opened.exec_driver_sql(
            f"REVOKE TEMPORARY ON DATABASE {postgresql_database.url.database} FROM PUBLIC"
        )
        opened.exec_driver_sql(f"GRANT ALL ON SCHEMA public TO {role}")
        opened.exec_driver_sql(f"SET ROLE {role}")
        opened.commit()
        try:
            yield opened
        finally:
            opened.rollback()
            opened.exec_driver_sql("RESET ROLE")
            opened.exec_driver_sql(f"DROP OWNED BY {role}")
            opened.exec_driver_sql(f"DROP ROLE {role}")
            opened.commit()


def models(length: int) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.String(length), server_default="it's"),
        sa.Column("w", sa.DateTime, server_default=sa.func.now()),
        sa.CheckConstraint("id > 0", name="ck"),
        sa.Index("ix", sa.text("lower(a)"), postgresql_where=sa.text("id > 5")),
    )
    return metadata


def compared(connection: Connection, metadata: sa.MetaData) -> tuple[list[str], tuple[str, ...]]:
    dialect: Dialect = PostgreSQL(connection.dialect, connection)
    wanted = dialect.reader.schema(metadata.tables.values())
    settled = dialect.settle(dialect.inspect(Scope.over(wanted.tables)), wanted)
    found = diff(settled.actual, settled.wanted, beside=dialect.beside)
    return [operation.describe() for operation in found], settled.notes


def test_equal_models_are_silent_and_a_changed_type_is_seen(restricted: Connection) -> None:
    models(20).create_all(restricted)
    assert compared(restricted, models(20))[0] == []
    found, notes = compared(restricted, models(30))
    assert [line for line in found if "type" in line] == [
        "Change type (from character varying(20) to VARCHAR(30)) of column t.a"
    ]
    assert "permission denied to create temporary tables" in notes[0]
    assert notes[1:] == ("Whether index ix of table t has changed is not known.",)


def test_nothing_is_left_behind(restricted: Connection) -> None:
    models(20).create_all(restricted)
    restricted.commit()
    compared(restricted, models(30))
    assert restricted.in_transaction()
    count = "SELECT count(*) FROM pg_catalog.pg_class WHERE relname LIKE 'schemamigrate%%'"
    assert restricted.exec_driver_sql(count).scalar() == 0
