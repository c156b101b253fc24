"""Databases that are used again: making one costs more than leading a case through the laws."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import ExitStack
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.engine import URL

from . import catalogue


@dataclass(frozen=True)
class Place:
    """A database of one worker's own, on one system, and the app's engine for it."""

    system: str
    engine: Engine

    def clear(self) -> None:
        """Leave nothing in it, and prove that."""
        if self.system == "sqlite":
            Path(str(self.engine.url.database)).unlink(missing_ok=True)
            return
        with self.engine.begin() as connection:
            {"postgresql": _clear_postgresql, "mariadb": _clear_mariadb}[self.system](connection)
        left = catalogue.read(self.engine)
        known = {"schema public", "extension plpgsql"}
        assert {*map(str, left)} <= known, f"not cleared: {', '.join(map(str, left))}"


def _clear_postgresql(connection: Connection) -> None:
    query = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> '{}'"
    for (name,) in connection.exec_driver_sql(query.format("information_schema")).all():
        connection.exec_driver_sql(f'DROP SCHEMA "{name}" CASCADE')
    connection.exec_driver_sql("CREATE SCHEMA public")
    for (name,) in connection.exec_driver_sql(
        "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'"
    ).all():
        connection.exec_driver_sql(f'DROP EXTENSION "{name}" CASCADE')


def _clear_mariadb(connection: Connection) -> None:
    connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 0")
    for name, kind in connection.exec_driver_sql("SHOW FULL TABLES").all():
        what = kind if kind in ("VIEW", "SEQUENCE") else "TABLE"
        quoted = name.replace("`", "``").replace("%", "%%")
        connection.exec_driver_sql(f"DROP {what} `{quoted}`")
    query = "SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE {}"
    for kind, name in connection.exec_driver_sql(query.format("ROUTINE_SCHEMA = DATABASE()")).all():
        connection.exec_driver_sql(f"DROP {kind} `{name}`")


@dataclass
class Places:
    """One database of each system for a whole session, made when it is first asked for."""

    server: Callable[[str], URL]
    folder: Path
    made: dict[str, Place] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)

    def __call__(self, system: str) -> Place:
        """Give the database of a system, empty."""
        if system not in self.made:
            url = self.stack.enter_context(_database(system, self.server, self.folder))
            # No pool: a statement that the driver prepared is wrong once its table has changed.
            # PyMySQL would read the certificates of the world at each connect, which takes longest.
            arguments = {"ssl_disabled": True} if system == "mariadb" else {}
            engine = sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args=arguments)
            self.made[system] = Place(system, engine)
        place = self.made[system]
        place.clear()
        return place


@contextmanager
def _database(system: str, server: Callable[[str], URL], folder: Path) -> Iterator[URL]:
    if system == "sqlite":
        yield URL.create("sqlite", database=str(folder / "app.db"))
        return
    url, name = server(system), f"sm_laws_{uuid4().hex[:12]}"
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
    with admin.connect() as connection:
        encoding = " CHARACTER SET utf8mb4" if system == "mariadb" else ""
        connection.exec_driver_sql(f"CREATE DATABASE {name}{encoding}")
    try:
        yield url.set(database=name)
    finally:
        force = " WITH (FORCE)" if system == "postgresql" else ""
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name}{force}")
