"""Histories that other people wrote end in the schema, and with the rows, that Alembic leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ..conftest import Database
from . import catalogue
from . import rows
from .conftest import Fresh
from .conftest import Programs
from .environment import Failed
from .environment import Program
from .packages import Package
from .packages import PACKAGES

pytestmark = pytest.mark.real

RUNS = [
    pytest.param((package, system), id=id_, marks=pytest.mark.xdist_group(f"real-{id_}"))
    for package in PACKAGES
    for system in package.systems
    for id_ in [f"{package.name}-{system}"]
]


#: Everything in a database, flat: the entries of its catalogue, and each table's rows.
State = dict[str, object]


def differences(ours: State, alembics: State) -> dict[str, tuple[object, object]]:
    """Return what is not the same in both, as (ours, Alembic's)."""
    keys = sorted({*ours, *alembics})
    both = {key: (ours.get(key), alembics.get(key)) for key in keys}
    return {key: pair for key, pair in both.items() if pair[0] != pair[1]}


@dataclass(frozen=True)
class Run:
    """One package's history on one database system."""

    package: Package
    system: str
    programs: Programs
    fresh: Fresh

    def half(self, program: Program) -> Database:
        """Return a new database, with a row in each table, halfway through the history."""
        database = self.fresh(self.system)
        if self.package.before:
            program("create", url=database.text, metadata=self.package.before)
        ids = self.programs.alembic("history")["ids"]
        program("upgrade", url=database.text, target=ids[len(ids) // 2])
        assert rows.fill(database.engine(), self.package.fill)
        return database

    def back(self, program: Program) -> Database:
        """Return a new database that was at the head, full of rows, and went back down."""
        database = self.half(program)
        program("upgrade", url=database.text, target="head")
        rows.fill(database.engine(), self.package.fill)
        target = self.package.down.get(self.system, "base")
        program("downgrade", url=database.text, target=target)
        return database

    def state(self, database: Database) -> State:
        """Read a database, without the values that are random."""
        engine = database.engine()
        found = catalogue.rows(engine)
        for table, lines in found.items():
            for column in [c for c in (lines[0] if lines else ()) if self._is_random(table, c)]:
                for line in lines:
                    line[column] = "random"
        lines_of = {f"rows {table}": lines for table, lines in found.items()}
        return {**catalogue.read(engine), **lines_of}

    def _is_random(self, table: str, column: str) -> bool:
        return f"{table}.{column}" in self.package.random


@pytest.fixture(scope="module", params=RUNS)
def run(
    request: pytest.FixtureRequest, programs: Callable[[Package], Programs], fresh: Fresh
) -> Run:
    """Give each package on each of its databases."""
    package, system = request.param
    return Run(package, system, programs(package), fresh)


@dataclass(frozen=True)
class Heads:
    """Two databases at the head: one that Alembic led there, one that we did."""

    alembics: Database
    ours: Database


@pytest.fixture(scope="module")
def heads(run: Run) -> Heads:
    """Give the two databases, brought to the head in two steps, with rows put in between."""
    made = []
    for program in (run.programs.alembic, run.programs.ours):
        database = run.half(program)
        program("upgrade", url=database.text, target="head")
        made.append(database)
    return Heads(*made)


def test_history_has_the_ids_that_alembic_finds(run: Run) -> None:
    assert run.programs.ours("history") == run.programs.alembic("history")


def test_head_has_the_schema_and_the_rows_that_alembic_leaves(run: Run, heads: Heads) -> None:
    ours, alembics = run.state(heads.ours), run.state(heads.alembics)
    assert len(ours) > 50
    assert differences(ours, alembics) == {}


def test_upgrade_at_the_head_does_nothing(run: Run, heads: Heads) -> None:
    before = run.state(heads.ours)
    assert run.programs.ours("upgrade", url=heads.ours.text, target="head") == []
    assert differences(run.state(heads.ours), before) == {}


def test_history_begun_by_alembic_is_ended_by_us(run: Run, heads: Heads) -> None:
    database = run.half(run.programs.alembic)
    run.programs.ours("upgrade", url=database.text, target="head")
    assert differences(run.state(database), run.state(heads.alembics)) == {}


def test_history_begun_by_us_is_ended_by_alembic(run: Run, heads: Heads) -> None:
    database = run.half(run.programs.ours)
    run.programs.alembic("upgrade", url=database.text, target="head")
    assert differences(run.state(database), run.state(heads.alembics)) == {}


def test_way_back_and_up_again_is_alembics(run: Run) -> None:
    alembics, ours = run.back(run.programs.alembic), run.back(run.programs.ours)
    assert differences(run.state(ours), run.state(alembics)) == {}
    if run.system not in run.package.not_again:
        run.programs.alembic("upgrade", url=alembics.text, target="head")
        run.programs.ours("upgrade", url=ours.text, target="head")
        assert differences(run.state(ours), run.state(alembics)) == {}


def test_downgrade_that_alembic_cannot_do_succeeds_or_leaves_no_trace(run: Run) -> None:
    stuck = run.package.stuck.get(run.system)
    if stuck is None:
        return
    alembics, ours = run.back(run.programs.alembic), run.back(run.programs.ours)
    before = run.state(ours)
    with pytest.raises(Failed):
        run.programs.alembic("downgrade", url=alembics.text, target="-1")
    if stuck.ours is None:
        assert len(run.programs.ours("downgrade", url=ours.text, target="-1")) == 1
        return
    with pytest.raises(Failed) as raised:
        run.programs.ours("downgrade", url=ours.text, target="-1")
    assert raised.value.kind == stuck.ours
    # MariaDB commits each statement by itself: what came before the failing one stays.
    expected = run.state(alembics) if run.system == "mariadb" else before
    assert differences(run.state(ours), expected) == {}
