"""Histories that other people wrote end in the schema, and with the rows, that Alembic leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property

import pytest

from ..conftest import Database
from ..laws import catalogue
from . import rows
from .conftest import Fresh
from .conftest import Programs
from .environment import Failed
from .environment import Program
from .packages import chosen
from .packages import Package
from .report import PROPERTY

pytestmark = pytest.mark.real

RUNS = [
    pytest.param((package, system), id=id_, marks=pytest.mark.xdist_group(f"real-{id_}"))
    for package in chosen()
    for system in package.systems
    for id_ in [f"{package.name}-{system}"]
]

#: Everything in a database, flat: the entries of its catalogue, and each table's rows.
State = dict[str, object]


@dataclass(frozen=True)
class States:
    """Two databases at the same point: where we led one, and where Alembic led the other."""

    ours: State
    alembics: State

    def differences(self) -> dict[str, tuple[object, object]]:
        """Return what is not the same in both, as (ours, Alembic's)."""
        keys = sorted({*self.ours, *self.alembics})
        both = {key: (self.ours.get(key), self.alembics.get(key)) for key in keys}
        return {key: pair for key, pair in both.items() if pair[0] != pair[1]}


@dataclass
class Run:
    """One package's history on one database system.

    The properties are the stations of a journey that both programs make, each in its own database;
    each one is reached when it is first asked for, from the one before.
    """

    package: Package
    system: str
    programs: Programs
    fresh: Fresh

    def half(self, program: Program) -> Database:
        """Return a new database, with a row in each table, halfway through the history."""
        database = self.fresh(self.system)
        if self.package.before:
            program("create", url=database.text, metadata=self.package.before)
        program("upgrade", url=database.text, target=self.ids[len(self.ids) // 2])
        assert rows.fill(database.engine(), self.package.fill)
        return database

    @cached_property
    def ids(self) -> list[str]:
        """All revisions, oldest first."""
        found: list[str] = self.programs.alembic("history")["ids"]
        return found

    @cached_property
    def pair(self) -> tuple[tuple[Program, Database], tuple[Program, Database]]:
        """Both programs and their databases, halfway through."""
        ours, alembic = self.programs.ours, self.programs.alembic
        return (ours, self.half(ours)), (alembic, self.half(alembic))

    @cached_property
    def heads(self) -> States:
        """At the head for the first time."""
        return self._moved("upgrade", "head")

    @cached_property
    def down(self) -> States:
        """As far back as the package's downgrades lead, with rows in tables of the second half."""
        assert self.heads
        for _, database in self.pair:
            rows.fill(database.engine(), self.package.fill)
        return self._moved("downgrade", self.package.down.get(self.system, "base"))

    @cached_property
    def again(self) -> States:
        """At the head once more."""
        assert self.down
        return self._moved("upgrade", "head")

    @cached_property
    def down_again(self) -> States:
        """Back there a second time."""
        assert self.again
        return self._moved("downgrade", self.package.down.get(self.system, "base"))

    def unknown(self, states: States) -> dict[str, tuple[object, object]]:
        """Return the differences but for those that are known, kept and better."""
        kept = self.package.kept.get(self.system)
        same = {kept.key: (kept.ours, kept.alembics)} if kept else {}
        patterns = self.package.better.get(self.system, {})
        return {
            key: pair
            for key, pair in states.differences().items()
            if pair != same.get(key) and not any(fnmatch(key, pattern) for pattern in patterns)
        }

    def _moved(self, command: str, target: str) -> States:
        for program, database in self.pair:
            program(command, url=database.text, target=target)
        return self.states()

    def states(self) -> States:
        """Read both databases."""
        return States(*(self.state(database) for _, database in self.pair))

    def state(self, database: Database) -> State:
        """Read a database, without the values that are random."""
        engine = database.engine()
        found: State = {str(key): text for key, text in catalogue.read(engine).items()}
        for table, lines in catalogue.rows(engine).items():
            hidden = dict.fromkeys(self.package.random_columns(table), "random")
            found[f"rows {table}"] = [
                {name: hidden.get(name, value) for name, value in line.items()} for line in lines
            ]
        return found


@pytest.fixture(scope="module", params=RUNS)
def run(
    request: pytest.FixtureRequest, programs: Callable[[Package], Programs], fresh: Fresh
) -> Run:
    """Give each package on each of its databases."""
    package, system = request.param
    return Run(package, system, programs(package), fresh)


@pytest.fixture
def count(run: Run, record_property: Callable[..., None]) -> Callable[..., None]:
    """Remember how much was compared, for the table at the end."""

    def remember(**counts: int) -> None:
        for column, number in counts.items():
            record_property(PROPERTY, [run.package.pin, run.system, column, number])

    return remember


def test_history_has_the_ids_that_alembic_finds(run: Run, count: Callable[..., None]) -> None:
    assert run.programs.ours("history") == run.programs.alembic("history")
    count(revisions=len(run.ids))


def test_head_has_the_schema_and_the_rows_that_alembic_leaves(
    run: Run, count: Callable[..., None]
) -> None:
    assert len(run.heads.ours) > 30
    assert run.unknown(run.heads) == {}
    known = run.heads.differences()
    count(head=len(run.heads.ours) - len(known), known=len(known))
    # A pattern that no longer says anything goes from the list.
    for pattern in run.package.better.get(run.system, {}):
        assert any(fnmatch(key, pattern) for key in known)


def test_history_begun_by_alembic_is_ended_by_us_and_stays_so(run: Run) -> None:
    database = run.half(run.programs.alembic)
    run.programs.ours("upgrade", url=database.text, target="head")
    state = run.state(database)
    assert run.unknown(States(state, run.heads.alembics)) == {}
    assert run.programs.ours("upgrade", url=database.text, target="head") == []
    assert run.state(database) == state


def test_history_begun_by_us_is_ended_by_alembic(run: Run) -> None:
    database = run.half(run.programs.ours)
    run.programs.alembic("upgrade", url=database.text, target="head")
    assert run.unknown(States(run.state(database), run.heads.alembics)) == {}


def test_way_back_is_alembics(run: Run, count: Callable[..., None]) -> None:
    assert run.unknown(run.down) == {}
    count(down=len(run.down.ours))


def test_way_up_again_is_alembics(run: Run, count: Callable[..., None]) -> None:
    assert run.down
    if run.system in run.package.not_again:
        with pytest.raises(Failed):
            run.programs.alembic("upgrade", url=run.pair[1][1].text, target="head")
    else:
        assert run.unknown(run.again) == {}
        count(again=len(run.again.ours))


def test_downgrade_that_alembic_cannot_do_succeeds_or_leaves_no_trace(run: Run) -> None:
    stuck = run.package.stuck.get(run.system)
    if stuck is None:
        return
    before = run.down_again.ours
    (ours, our_database), (alembic, alembics) = run.pair
    with pytest.raises(Failed):
        alembic("downgrade", url=alembics.text, target="-1")
    if stuck.ours is None:
        assert len(ours("downgrade", url=our_database.text, target="-1")) == 1
        return
    with pytest.raises(Failed) as raised:
        ours("downgrade", url=our_database.text, target="-1")
    assert raised.value.kind == stuck.ours
    assert run.state(our_database) == before
