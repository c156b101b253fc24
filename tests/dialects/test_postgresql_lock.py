"""PostgreSQL: the migration lock."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest
import sqlalchemy as sa

from flask_schemamigrate import dialects
from flask_schemamigrate.errors import LockTimeout

from ..conftest import Database


def test_the_lock_is_held_once_and_its_holder_is_named(postgresql_database: Database) -> None:
    first = postgresql_database.engine()
    second = postgresql_database.engine()
    dialect = dialects.offline(postgresql_database.url)
    said: list[str] = []
    with dialect.lock(first, "key", 0, said.append):
        with dialect.lock(second, "another key", 0, said.append):
            pass
        assert said == []
        with (
            pytest.raises(LockTimeout, match="within 0 s: session .*flask db") as caught,
            dialect.lock(second, "key", 0, said.append),
        ):
            raise AssertionError("two hold the lock")
        assert "of user" in caught.value.message
        (sentence,) = said
        assert sentence.startswith("Another process is migrating this database: session ")
        assert "(flask db, " in sentence
        assert ", since " in sentence
    with dialect.lock(second, "key", 0, said.append):
        pass
    assert len(said) == 1


def test_the_lock_is_free_after_an_error_even_on_a_pooled_connection(
    postgresql_database: Database,
) -> None:
    engine = sa.create_engine(postgresql_database.url)
    other = postgresql_database.engine()
    dialect = dialects.offline(postgresql_database.url)
    with pytest.raises(ZeroDivisionError), dialect.lock(engine, "key", None, print):
        raise ZeroDivisionError
    with dialect.lock(other, "key", 0, print):
        pass
    engine.dispose()


def test_the_lock_dies_with_its_process(postgresql_database: Database) -> None:
    program = f"""
        import sys, sqlalchemy as sa
        from flask_schemamigrate import dialects
        engine = sa.create_engine({postgresql_database.text!r})
        with dialects.offline(engine.url).lock(engine, "key", None, print):
            print("held", flush=True)
            sys.stdin.read()
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == "held\n"
    said: list[str] = []

    def waiting(sentence: str) -> None:
        said.append(sentence)
        child.kill()

    dialect = dialects.offline(postgresql_database.url)
    with dialect.lock(postgresql_database.engine(), "key", 60, waiting):
        assert len(said) == 1
    child.wait()
    child.stdin.close()
    child.stdout.close()
