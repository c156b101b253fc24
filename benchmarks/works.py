"""What is measured: each function yields works, smaller ones with ``small``."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from . import project
from .measure import BARE
from .measure import FIRST
from .measure import LIMIT
from .measure import OURS
from .measure import Program
from .measure import THEIRS
from .measure import Work

SYSTEMS = ("postgresql", "mariadb", "sqlite")
NAME = "sm_bench"


def _systems(small: bool) -> tuple[str, ...]:
    return ("sqlite",) if small else SYSTEMS


class Place:
    """One database system: makes a database for the app in ``folder``, and takes it away."""

    def __init__(self, system: str, server: URL | None, folder: Path) -> None:
        self.system, self.server, self.folder = system, server, folder
        self.file = folder / "bench.db"
        self._engine = (
            sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
            if server is not None
            else None
        )

    @property
    def url(self) -> str:
        """Where the app finds its database."""
        if self.server is None:
            return f"sqlite:///{self.file}"
        return self.server.set(database=NAME).render_as_string(hide_password=False)

    def drop(self) -> None:
        """Take the database away."""
        if self._engine is None:
            for path in self.folder.glob("bench.db*"):
                path.unlink()
            return
        with self._engine.connect() as connection:
            force = " WITH (FORCE)" if self.system == "postgresql" else ""
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {NAME}{force}")

    def create(self) -> None:
        """Make an empty database in the place of what was there."""
        self.drop()
        if self._engine is not None:
            with self._engine.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {NAME}")

    def execute(self, *statements: str) -> None:
        """Run statements in the database."""
        engine = sa.create_engine(self.url, poolclass=sa.pool.NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def stamp(self, revision: str) -> None:
        """Make the version table."""
        self.execute(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
            f"INSERT INTO alembic_version VALUES ('{revision}')",
        )


def begun(folder: Path, tables: int = 1) -> Path:
    """Make an app, and a migrations folder for each package."""
    project.make(folder, tables)
    (folder / "ours_migrations" / "versions").mkdir(parents=True)
    command = [*project.FLASK, "peer", "db", "init", "-d", "peer_migrations"]
    environment = {**os.environ, "BENCH_URL": "sqlite://"}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return folder


def flask(place: Place, app: str, *arguments: str, **more: object) -> Program:
    """Return a ``flask`` command."""
    environment = {"BENCH_URL": place.url}
    return Program((*project.FLASK, app, *arguments), place.folder, environment, **more)  # type: ignore[arg-type]


def both(place: Place, *arguments: str, **more: object) -> dict[str, Program]:
    """Return the bare command, and ``flask db`` with these arguments of both packages."""
    command, rest = arguments[0], arguments[1:]
    programs = {BARE: flask(place, "bare", "nothing")}
    for name, app in ((OURS, "ours"), (THEIRS, "peer")):
        migrations = ("db", command, "-d", f"{app}_migrations", *rest)
        programs[name] = flask(place, app, *migrations, **more)
    return programs


def forget(folder: Path) -> None:
    """Remove what is kept beside our scripts, so that the next run is a first one."""
    shutil.rmtree(folder / "ours_migrations" / "versions" / "__pycache__", ignore_errors=True)


Servers = Callable[[str], "URL | None"]


def histories(
    root: Path, servers: Servers, small: bool, sizes: Sequence[tuple[int, int]] | None = None
) -> Iterator[Work]:
    """Yield questions about histories, and the upgrade that has nothing to do."""
    for size, branches in sizes or (((1000, 0), (10_000, 100)) if not small else ((30, 3),)):
        folder = begun(root / f"history{size}")
        project.history(folder, size, branches)
        place = Place("sqlite", None, folder)
        place.create()
        place.stamp(project.id_of(size - 1))
        with_branches = f", {branches} branches and merges" if branches else ""
        for command in ("heads", "history", "upgrade", "current"):
            programs = both(place, command)
            programs[FIRST] = Program(
                programs[OURS].arguments,
                folder,
                programs[OURS].environment,
                partial(forget, folder),
            )
            if command in ("upgrade", "current"):
                programs[LIMIT] = flask(place, "bare", "raw", "version")
            slow = command == "current" and size > 1000
            rounds = 1 if slow else 7 if size <= 1000 else 5
            yield Work(
                "Histories", f"``{command}``, {size:,} revisions{with_branches}", programs, rounds
            )
        shutil.rmtree(folder)


def comparisons(
    root: Path,
    servers: Servers,
    small: bool,
    sizes: Sequence[int] | None = None,
    systems: Sequence[str] | None = None,
) -> Iterator[Work]:
    """Yield ``check`` and ``migrate`` where nothing is different."""
    for size in sizes or ((1000, 3000) if not small else (20,)):
        for system in systems or _systems(small):
            folder = begun(root / f"tables{size}{system}", size)
            project.history(folder, 1)
            place = Place(system, servers(system), folder)
            place.create()
            create_all(place, size)
            place.stamp(project.id_of(0))
            for command in ("check", "migrate"):
                # The peer finds differences that are none; what counts is the work.
                programs = both(place, command, statuses=(0, 1))
                programs[LIMIT] = flask(place, "bare", "raw", "catalogue")
                yield Work(
                    "Comparisons",
                    f"``{command}``, {size:,} tables, {system}",
                    programs,
                    3 if size <= 1000 else 2,
                )
                for path in (folder / "peer_migrations" / "versions").glob("*_.py"):
                    path.unlink()
            place.drop()
            shutil.rmtree(folder)


def create_all(place: Place, tables: int) -> None:
    """Make the tables of the models."""

    class Holder:
        metadata = sa.MetaData()

    names: dict[str, object] = {}
    exec(project.models(tables), names)
    names["define"](Holder)  # type: ignore[operator]
    # A transaction of thousands of tables holds more locks than PostgreSQL has room for.
    level = None if place.server is None else "AUTOCOMMIT"
    engine = sa.create_engine(place.url, poolclass=sa.pool.NullPool, isolation_level=level)
    with engine.begin() as connection:
        Holder.metadata.create_all(connection, checkfirst=False)


def upgrades(
    root: Path,
    servers: Servers,
    small: bool,
    sizes: Sequence[int] | None = None,
    systems: Sequence[str] | None = None,
) -> Iterator[Work]:
    """Yield upgrades through whole histories, live and as SQL."""
    for size in sizes or ((1000, 5000) if not small else (12,)):
        for system in systems or (_systems(small) if size <= 1000 else ("postgresql",)):
            folder = begun(root / f"upgrade{size}{system}")
            project.history(folder, size, schema=True)
            place = Place(system, servers(system), folder)
            statements = folder / "statements.sql"
            statements.write_text("".join(f"{sql}\n" for *_, sql in project.steps(size)))
            programs = both(place, "upgrade", before=place.create)
            programs[LIMIT] = flask(
                place, "bare", "raw", "statements", str(statements), before=place.create
            )
            yield Work(
                "Upgrades",
                f"``upgrade``, {size:,} revisions, {system}",
                programs,
                3 if size <= 1000 else 2,
                after=place.drop,
            )
            if size <= 1000:
                programs = both(place, "upgrade", "--sql")
                programs[LIMIT] = flask(place, "bare", "raw", "print", str(statements))
                yield Work("Upgrades", f"``upgrade --sql``, {size:,} revisions, {system}", programs)
            shutil.rmtree(folder)


BIG = (
    "CREATE TABLE {name} (id INTEGER NOT NULL, a VARCHAR(30), b INTEGER, c VARCHAR(100), "
    "d FLOAT, PRIMARY KEY (id))"
)
REBUILD = """with op.batch_alter_table("big") as batch:
        batch.alter_column("a", existing_type=sa.String(30), type_=sa.String(60))"""


def rebuilds(
    root: Path, servers: Servers, small: bool, sizes: Sequence[int] | None = None
) -> Iterator[Work]:
    """Yield the rebuild of a large table of SQLite, also with the peer's own directive."""
    for size in sizes or ((1_000_000, 5_000_000) if not small else (1000,)):
        folder = begun(root / f"rebuild{size}")
        text = project.SCRIPT.format(
            message="wider", id="a1", below="", down=None, up=f"    {REBUILD}", down_body="    pass"
        )
        for name in ("ours", "peer"):
            (folder / f"{name}_migrations" / "versions" / "a1_wider.py").write_text(text)
        place = Place("sqlite", None, folder)
        place.create()
        _fill(place.file, size)
        kept = folder / "kept.db"
        place.file.rename(kept)
        again = partial(shutil.copyfile, kept, place.file)
        programs = both(place, "upgrade", before=again)
        create = BIG.format(name="big_new").replace("VARCHAR(30)", "VARCHAR(60)")
        programs[LIMIT] = flask(
            place, "bare", "raw", "rebuild", create, "id, a, b, c, d", before=again
        )
        yield Work(
            "Rebuilds on SQLite",
            f"{size:,} rows",
            programs,
            3 if size <= 1_000_000 else 1,
            wall=True,
        )
        shutil.rmtree(folder)


def _fill(file: Path, size: int) -> None:
    with suppress(FileNotFoundError):
        file.unlink()
    connection = sqlite3.connect(file)
    connection.execute(BIG.format(name="big"))
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO big SELECT i, 'name ' || i, i % 1000, 'some text of a row ' || i, i / 3.0 "
        "FROM n",
        (size,),
    )
    connection.commit()
    connection.close()


def trips(root: Path, servers: Servers, small: bool, latency: float = 0.02) -> Iterator[Work]:
    """Yield short commands on servers that are far away; their round trips are counted."""
    for system in ("postgresql", "mariadb"):
        folder = begun(root / f"trips{system}", 3)
        project.history(folder, 5, schema=True)
        near = Place(system, servers(system), folder)
        yield from _distant(near, folder, latency, small)
        near.drop()
        shutil.rmtree(folder)


def _distant(near: Place, folder: Path, latency: float, small: bool) -> Iterator[Work]:
    from . import proxy

    server = near.server
    assert server is not None
    rounds = 1 if small else 5

    with proxy.before(server.host or "127.0.0.1", server.port or _port(near.system), latency) as to:
        far = Place(near.system, server.set(host="127.0.0.1", port=to.port), folder)
        from dataclasses import replace

        def counting(programs: dict[str, Program]) -> dict[str, Program]:
            return {name: replace(one, counter=to) for name, one in programs.items()}

        def at(revision: str, tables: bool = False) -> Callable[[], None]:
            def prepare() -> None:
                near.create()
                if tables:
                    create_all(near, 3)
                if revision:
                    near.stamp(revision)

            return prepare

        def ready(number: int) -> None:
            near.create()
            command = [*project.FLASK, "ours", "db", "upgrade", "-d", "ours_migrations"]
            command += [project.id_of(number)]
            environment = {**os.environ, "BENCH_URL": near.url}
            subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)

        last = project.id_of(4)
        works = (
            ("``upgrade`` with nothing to do", at(last), ("upgrade",)),
            ("``upgrade`` by one revision (an index)", partial(ready, 1), ("upgrade", "+1")),
            ("``upgrade`` by one revision (rows)", partial(ready, 2), ("upgrade", "+1")),
            ("``check``", at(last, True), ("check",)),
        )
        for name, before, arguments in works:
            programs = both(far, *arguments, before=before, statuses=(0, 1))
            programs[LIMIT] = flask(far, "bare", "raw", "version", before=at(last))
            yield Work(
                "Round trips",
                f"{name}, {near.system}, {latency * 1000:.0f} ms away",
                counting(programs),
                rounds,
                wall=True,
            )


def _port(system: str) -> int:
    return 5432 if system == "postgresql" else 3306
