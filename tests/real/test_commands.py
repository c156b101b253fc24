"""The commands answer as Flask-Migrate's do, on histories and folders of other people."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ..conftest import Database
from ..laws import catalogue
from . import environment
from . import sql
from .conftest import _environment
from .conftest import Fresh
from .conftest import Programs
from .environment import Program
from .packages import chosen
from .packages import Package
from .report import PROPERTY

pytestmark = pytest.mark.real

#: In CI, a package of each kind once; all that there is with SCHEMAMIGRATE_TEST_REAL.
QUICK = (
    "cornflow-postgresql",
    "argilla-server-sqlite",
    "quetz-server-sqlite",
    "burp-ui-mariadb",
)
RUNS = [
    pytest.param((package, system), id=id_, marks=pytest.mark.xdist_group(f"real-{id_}"))
    for package in chosen()
    for system in package.systems
    for id_ in [f"{package.name}-{system}"]
    if os.environ.get("SCHEMAMIGRATE_TEST_REAL") or id_ in QUICK
]
#: Read-only commands; {half} and {before} are revisions in the middle.
READING = (
    "history",
    "history -v",
    "history -i",
    "history -r base:{half}",
    "history -r {half}:",
    "history -r -2:",
    "heads",
    "heads -v",
    "heads --resolve-dependencies",
    "branches",
    "branches -v",
    "show {half}",
    "show head",
    "current",
    "current -v",
)


@dataclass
class Site:
    """A package's migrations folder in a project, and a database halfway through its history."""

    package: Package
    programs: Programs
    folder: Path
    database: Database
    fresh: Fresh
    ids: list[str]

    @property
    def half(self) -> str:
        return self.ids[len(self.ids) // 2]

    def flask(self, program: Program, words: str, **arguments: Any) -> tuple[int, str]:
        """Run ``flask db WORDS`` and return its exit status and what it printed."""
        url = arguments.pop("url", self.database.text)
        given = {"folder": str(self.folder), "url": url, "words": words.split(), **arguments}
        status, output = program("flask", **given)
        return status, output

    def upgraded(self, program: Program, target: str) -> Database:
        """Return a new database, upgraded."""
        database = self.fresh(self.database.system)
        if self.package.before:
            program("create", url=database.text, metadata=self.package.before)
        program("upgrade", url=database.text, target=target)
        return database


@pytest.fixture(scope="module", params=RUNS)
def site(
    request: pytest.FixtureRequest,
    programs: Callable[[Package], Programs],
    fresh: Fresh,
    tmp_path_factory: pytest.TempPathFactory,
) -> Site:
    """Give each package on each of its databases."""
    package, system = request.param
    both = programs(package)
    folder = tmp_path_factory.mktemp("project") / "migrations"
    environment.project(_environment(package), package, folder)
    ids = both.alembic("history")["ids"]
    made = Site(package, both, folder, Database(system, sa.make_url("sqlite://")), fresh, ids)
    made.database = made.upgraded(both.alembic, made.half)
    return made


def test_what_reads_prints_what_flask_migrate_prints(
    site: Site, record_property: Callable[..., None]
) -> None:
    different = {}
    for words in (words.format(half=site.half) for words in READING):
        both = (site.programs.ours, site.programs.alembic)
        answers = [_plain(*site.flask(program, words)) for program in both]
        if answers[0] != answers[1]:
            different[words] = answers
    assert different == {}
    record_property(PROPERTY, [site.package.pin, site.database.system, "answers", len(READING)])


def _plain(status: int, output: str) -> tuple[int, list[str]]:
    """Leave out what is chance in Alembic, the order of branches, and white space at the ends.

    A URL of MariaDB has Flask-SQLAlchemy's charset, or not, if an old ``env.py`` opened it.
    """
    lines = (line.strip().replace("?charset=utf8mb4", "") for line in output.strip().splitlines())
    into = "Branches into: "
    return status, sorted(
        into + ", ".join(sorted(line.removeprefix(into).split(", ")))
        if line.startswith(into)
        else line
        for line in lines
    )


@pytest.mark.parametrize("words", ["upgrade --sql", "downgrade {half}:base --sql"])
def test_sql_makes_what_alembics_makes(
    site: Site, words: str, record_property: Callable[..., None]
) -> None:
    """Where Alembic's can be run at all: of scripts that read the database it cannot."""
    words = words.format(half=site.half)
    start = "base" if words.startswith("upgrade") else site.half
    states = []
    for program in (site.programs.alembic, site.programs.ours):
        status, text = site.flask(program, words)
        database = site.fresh(site.database.system)
        if start != "base" or site.package.before:
            database = site.upgraded(site.programs.alembic, start)
        try:
            assert status == 0, text
            sql.execute(database.url, text)
        except (AssertionError, sql.Refused):
            if program is site.programs.alembic:
                return
            raise
        states.append(catalogue.read(database.engine()))
    assert catalogue.differences(states[1], states[0]) == {}
    record_property(PROPERTY, [site.package.pin, site.database.system, "sql", len(states[0])])


def test_migrations_of_both_alternate_on_one_database(
    site: Site, record_property: Callable[..., None]
) -> None:
    """Each writes a migration for a change, which the other runs; then all of it goes back."""
    ours, alembic = site.programs.ours, site.programs.alembic
    database = site.upgraded(alembic, "head")
    before = catalogue.read(database.engine())
    table = next(e.owner for e in before if e.kind == "table" and "alembic" not in e.owner)
    added: list[list[str]] = []

    def flask(program: Program, words: str) -> str:
        status, output = site.flask(program, words, url=database.text, added=added)
        assert status == 0, output
        return output

    scripts = {*site.folder.rglob("*.py")}
    for writes, runs, name in ((ours, alembic, "real_one"), (alembic, ours, "real_two")):
        added.append([name, table])
        flask(writes, f"migrate -m {name}")
        flask(runs, "upgrade")
        columns = {e.name for e in catalogue.read(database.engine()) if e.owner == name}
        assert {"id", "word"} <= columns
        assert flask(ours, "current") == flask(alembic, "current")
    new = {*site.folder.rglob("*.py")} - scripts
    assert len([path for path in new if "create_table" in path.read_text("utf-8")]) == 2
    flask(ours, "downgrade")
    flask(alembic, "downgrade")
    for path in new:
        path.unlink()
    after = catalogue.read(database.engine())
    left = catalogue.differences(after, before)
    # What a table of SQLite said twice (Aim's do), Alembic's copy of it says once.
    said = {(entry.owner, text) for entry, text in after.items()}
    assert {e: pair for e, pair in left.items() if (e.owner, before.get(e)) not in said} == {}
    record_property(PROPERTY, [site.package.pin, site.database.system, "alternated", 2])
