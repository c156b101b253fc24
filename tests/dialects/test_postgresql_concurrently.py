"""Indexes built concurrently, and values of enumerated types, in any script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from ..conftest import Database
from ..conftest import Project

CREATE = "op.create_index('ix', 'p', ['n'], unique=True, postgresql_concurrently=True{})\n"


@pytest.fixture
def project(postgresql_database: Database, make_project: Callable[..., Project]) -> Project:
    made = make_project(postgresql_database)
    made.ok("init")
    with postgresql_database.engine().begin() as connection:
        connection.exec_driver_sql("CREATE TABLE p (id INTEGER PRIMARY KEY, n INTEGER)")
        connection.exec_driver_sql("INSERT INTO p VALUES (1, 1), (2, 1)")
    return made


def sent(database: Database, *statements: str) -> None:
    engine = database.engine(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def indexes(database: Database) -> list[tuple[str, bool]]:
    query = (
        "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE i.indrelid = 'p'::regclass AND NOT i.indisprimary"
    )
    with database.engine().connect() as connection:
        return [(name, valid) for name, valid in connection.execute(sa.text(query))]


@pytest.mark.parametrize("flag", ["", ", if_not_exists=True"])
def test_one_that_failed_is_built_anew(
    flag: str, project: Project, postgresql_database: Database
) -> None:
    before = "op.add_column('p', sa.Column('a', sa.Integer))\n"
    after = "op.execute('UPDATE p SET a = coalesce(a, 0) + 1')"
    project.script("a1", None, before + CREATE.format(flag) + after)
    result = project.run("upgrade")
    assert result.exit_code == 1
    assert "could not create unique index" in result.output
    assert indexes(postgresql_database) == [("ix", False)]
    sent(postgresql_database, "UPDATE p SET n = id")
    project.ok("upgrade")
    assert indexes(postgresql_database) == [("ix", True)]
    with postgresql_database.engine().connect() as connection:
        assert set(connection.scalars(sa.text("SELECT a FROM p"))) == {1}


def test_what_somebody_else_left_invalid_is_built_anew(
    project: Project, postgresql_database: Database
) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        sent(postgresql_database, "CREATE UNIQUE INDEX CONCURRENTLY ix ON p (n)")
    with pytest.raises(sa.exc.IntegrityError):
        sent(postgresql_database, "CREATE UNIQUE INDEX CONCURRENTLY other ON p (n)")
    sent(postgresql_database, "UPDATE p SET n = id")
    project.script("a1", None, CREATE.format(", if_not_exists=True"))
    project.ok("upgrade")
    assert sorted(indexes(postgresql_database)) == [("ix", True), ("other", False)]


@pytest.mark.parametrize("names", [('Ix"y', "P q"), ("ix", "p2")])
def test_names_with_quotes(
    names: tuple[str, str], project: Project, postgresql_database: Database
) -> None:
    quoted = [name.replace('"', '""') for name in names]
    sent(
        postgresql_database,
        "CREATE SCHEMA s",
        f'CREATE TABLE s."{quoted[1]}" (n INTEGER)',
        f'INSERT INTO s."{quoted[1]}" VALUES (1), (1)',
    )
    body = f"op.create_index({names[0]!r}, {names[1]!r}, ['n'], schema='s', unique=True,"
    project.script("a1", None, f"{body} postgresql_concurrently=True)")
    assert project.run("upgrade").exit_code == 1
    sent(postgresql_database, f'DELETE FROM s."{quoted[1]}"')
    project.ok("upgrade")


def test_created_and_dropped_between_other_changes(
    project: Project, postgresql_database: Database
) -> None:
    sent(postgresql_database, "UPDATE p SET n = id")
    drop = "op.drop_index('ix', 'p', postgresql_concurrently=True)\n"
    rows = "op.execute('UPDATE p SET n = n + 10')\n"
    body = rows + CREATE.format("") + rows + drop + rows + CREATE.format("")
    project.script("a1", None, body, downgrade=drop)
    written = project.ok("upgrade", "--sql")
    assert "COMMIT;\n\nCREATE UNIQUE INDEX CONCURRENTLY ix ON p (n);\n\nBEGIN;" in written
    assert "COMMIT;\n\nDROP INDEX CONCURRENTLY ix;\n\nBEGIN;" in written
    project.ok("upgrade")
    assert indexes(postgresql_database) == [("ix", True)]
    with postgresql_database.engine().connect() as connection:
        assert connection.scalars(sa.text("SELECT n FROM p ORDER BY n")).all() == [31, 32]
    project.ok("downgrade")
    assert indexes(postgresql_database) == []


def test_a_new_value_is_used_in_the_same_revision(
    project: Project, postgresql_database: Database
) -> None:
    sent(
        postgresql_database,
        "CREATE TYPE mood AS ENUM ('sad')",
        "ALTER TABLE p ADD COLUMN m mood",
    )
    add = "op.execute(\"ALTER TYPE mood ADD VALUE 'glad'\")\n"
    use = "op.execute(\"UPDATE p SET m = 'glad'\")"
    project.script("a1", None, add + use)
    result = project.run("upgrade")
    assert result.exit_code == 1
    assert "unsafe use of new value" in result.output
    assert "Commit the new value first, in a block of its own:" in result.output
    project.script("a1", None, f"with op.get_context().autocommit_block():\n    {add}{use}")
    project.ok("upgrade")
    with postgresql_database.engine().connect() as connection:
        assert set(connection.scalars(sa.text("SELECT m::text FROM p"))) == {"glad"}
