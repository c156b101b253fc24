"""Time against how many there are: revisions, tables, rows, tenants.  Few sizes, for the plots."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from . import project
from . import works
from .measure import BARE
from .measure import LIMIT
from .measure import OURS
from .measure import Point
from .measure import Program
from .measure import THEIRS
from .measure import Work
from .works import Place
from .works import Servers

#: What the same work is done by, besides.
WORKERS, EACH = "ours, 2 workers", "peer, a command each"
#: From the size on which a program is not measured any more: it would take hours.
ENOUGH = {EACH: 1000}
REVISIONS = 4

ENVIRONMENT = '''"""What Alembic's cookbook says about a schema for each tenant, in our words."""
from alembic import context
from flask import current_app
from sqlalchemy import text

tenant = context.get_x_argument(as_dictionary=True)["tenant"]
with current_app.extensions["migrate"].db.engine.connect() as connection:
    connection.execute(text(f"SET search_path TO {tenant}"))
    connection.commit()
    connection.dialect.default_schema_name = tenant
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
'''
#: The peer in one process, and in one for each tenant.
LOOP = '''"""Upgrade all tenants with Flask-Migrate."""
import subprocess
import sys

names = [f"tenant_{number}" for number in range(int(sys.argv[2]))]
if sys.argv[1] == "each":
    for name in names:
        command = [sys.executable, "-m", "flask", "--app", "peer", "db", "upgrade"]
        subprocess.run([*command, "-d", "peer_migrations", "-x", f"tenant={name}"], check=True)
else:
    from flask_migrate import upgrade
    from peer import app

    with app.app_context():
        for name in names:
            upgrade("peer_migrations", x_arg=f"tenant={name}")
'''


def scale(root: Path, servers: Servers, small: bool) -> Iterator[Work]:
    """Yield works of few sizes, each a point of a plot."""
    for size in (100, 1000, 10_000) if not small else (10,):
        made = works.histories(root / f"idle{size}", servers, small, ((size, 0),))
        yield from _points(made, Point("revisions", size, "nothing to do"), "``upgrade``")
    systems = ("postgresql",) if not small else ("sqlite",)
    for size in (30, 100, 300, 1000) if not small else (4,):
        made = works.upgrades(root / f"run{size}", servers, small, (size,), systems)
        yield from _points(made, Point("revisions", size, "run"), "``upgrade``,")
    for size in (10, 100, 1000) if not small else (3,):
        made = works.comparisons(root / f"tables{size}", servers, small, (size,), systems)
        yield from _points(made, Point("tables", size), "``check``")
    for size in (10_000, 100_000, 1_000_000) if not small else (100,):
        made = works.rebuilds(root / f"rows{size}", servers, small, (size,))
        yield from _points(made, Point("rows", size), "")
    for size in (10, 100, 1000) if not small else (2,):
        yield from _tenants(root / f"tenants{size}", servers, size)


def _points(made: Iterator[Work], point: Point, begin: str) -> Iterator[Work]:
    """Yield those works whose names begin so, as points of a plot."""
    for one in made:
        if one.name.startswith(begin):
            rounds = 1 if one.rounds < 3 else 3
            yield replace(one, group="Scale", point=point, rounds=rounds)


def _tenants(folder: Path, servers: Servers, size: int) -> Iterator[Work]:
    """Yield the upgrade of so many schemas of PostgreSQL, and the one that has nothing to do."""
    works.begun(folder)
    project.history(folder, REVISIONS, schema=True)
    (folder / "peer_migrations" / "env.py").write_text(ENVIRONMENT)
    (folder / "loop.py").write_text(LOOP)
    statements = folder / "statements.sql"
    statements.write_text("".join(f"{sql}\n" for *_, sql in project.steps(REVISIONS)))
    place = Place("postgresql", servers("postgresql"), folder)
    made = partial(_made, place, size)
    programs = {**_programs(place, size, made), BARE: works.flask(place, "bare", "nothing")}
    programs[LIMIT] = works.flask(
        place, "bare", "raw", "tenants", str(statements), str(size), before=made
    )
    about = {"group": "Scale", "rounds": 1 if size > 10 else 3, "wall": True}
    yield Work(
        name=f"``upgrade`` of {size:,} tenants by {REVISIONS} revisions",
        programs=programs,
        point=Point("tenants", size, "run"),
        **about,  # type: ignore[arg-type]
    )
    # The last program has brought all tenants to the head, whichever that was.
    idle = {**_programs(place, size), BARE: programs[BARE]}
    ready = partial(_ready, place, made, idle[OURS])
    yield Work(
        name=f"``upgrade`` of {size:,} tenants with nothing to do",
        programs={name: replace(one, before=ready) for name, one in idle.items()},
        point=Point("tenants", size, "nothing to do"),
        after=place.drop,
        **about,  # type: ignore[arg-type]
    )
    shutil.rmtree(folder)


def _programs(
    place: Place, size: int, before: Callable[[], None] | None = None
) -> dict[str, Program]:
    ours = ("db", "upgrade", "-d", "ours_migrations", "--each-schema", "tenant_%")
    loop = (sys.executable, "loop.py")
    environment = {"BENCH_URL": place.url}
    programs = {
        OURS: works.flask(place, "ours", *ours, before=before),
        WORKERS: works.flask(place, "ours", *ours, "--workers", "2", before=before),
        THEIRS: Program((*loop, "here", str(size)), place.folder, environment, before),
        EACH: Program((*loop, "each", str(size)), place.folder, environment, before),
    }
    return {name: one for name, one in programs.items() if size < ENOUGH.get(name, sys.maxsize)}


def _made(place: Place, size: int) -> None:
    place.create()
    place.execute(*(f"CREATE SCHEMA tenant_{number}" for number in range(size)))


def _ready(place: Place, made: Callable[[], None], ours: Program) -> None:
    """Have all tenants at the head, once: whoever comes next finds nothing to do."""
    from .measure import run

    engine = sa.create_engine(place.url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        done = sa.inspect(connection).has_table("schemamigrate_log", schema="tenant_0")
    if not done:
        made()
        run(replace(ours, before=None))
