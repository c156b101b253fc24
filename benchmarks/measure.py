"""Whole processes, measured: CPU seconds, wall time, peak memory, round trips to a server.

The programs of one :class:`Work` run in turn, round after round, so that whatever else the machine
does meanwhile hits all of them.  Ratios are those of medians, each less the bare command's.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Protocol

#: What is measured: the same app without migrations, the same work with nothing around it, and both
#: packages.  ``first``: ours, with nothing in its caches.
BARE, LIMIT, OURS, FIRST, THEIRS = "bare", "limit", "ours", "first run", "peer"


@dataclass(frozen=True)
class Spent:
    """What a process took: seconds, seconds, MiB; ``trips`` where they were counted."""

    cpu: float
    wall: float
    peak: float
    trips: int | None = None


class Counter(Protocol):
    """Counts round trips, such as :class:`.proxy.Proxy`."""

    trips: int


@dataclass(frozen=True)
class Program:
    """A command; ``before`` prepares what it finds, and is not measured."""

    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] | None = None
    statuses: tuple[int, ...] = (0,)
    counter: Counter | None = None


@dataclass(frozen=True)
class Point:
    """A place in the plot of time against ``size`` of ``of``; ``line`` is what lines begin with."""

    of: str
    size: int
    line: str = ""


@dataclass(frozen=True)
class Work:
    """The same work for several programs; ``wall`` tells that waiting is what is measured."""

    group: str
    name: str
    programs: Mapping[str, Program]
    rounds: int = 5
    wall: bool = False
    after: Callable[[], None] | None = None
    point: Point | None = None


@dataclass(frozen=True)
class Measured:
    """The rounds of a work."""

    work: Work
    spent: Mapping[str, Sequence[Spent]]

    def median(self, program: str, of: str) -> float | None:
        """Return the median of one program's ``cpu``, ``wall``, ``peak`` or ``trips``."""
        values = [getattr(one, of) for one in self.spent.get(program, ())]
        return statistics.median(values) if values and None not in values else None

    @property
    def measure(self) -> str:
        """What of a program is told: ``wall`` or ``cpu``."""
        return "wall" if self.work.wall else "cpu"

    def over(self, program: str, of: str) -> float | None:
        """Return what a program takes beyond the bare command, by medians."""
        whole, bare = self.median(program, of), self.median(BARE, of)
        return None if whole is None else max(whole - (bare or 0.0), 0.0)


def run(program: Program) -> Spent:
    """Run a program to its end.  Raises RuntimeError, with what it said, where it fails."""
    if program.before is not None:
        program.before()
    # Byte code is kept, as it is wherever a program runs twice.
    environment = {**os.environ, **program.environment, "PYTHONDONTWRITEBYTECODE": ""}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        trips = program.counter.trips if program.counter is not None else 0
        began = time.perf_counter()
        process = subprocess.Popen(
            program.arguments, cwd=program.folder, env=environment, stdout=out, stderr=err
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in program.statuses:
            err.seek(0)
            said = err.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(program.arguments)}: {process.returncode}\n{said}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    counted = program.counter.trips - trips if program.counter is not None else None
    return Spent(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / unit, counted)


def measure(work: Work, rounds: int | None = None) -> Measured:
    """Run the programs of a work in turn; the first round, which fills caches, does not count."""
    spent: dict[str, list[Spent]] = {name: [] for name in work.programs}
    rounds = rounds or work.rounds
    try:
        for number in range(-1 if rounds > 1 else 0, rounds):
            for name, program in work.programs.items():
                found = run(program)
                if number >= 0:
                    spent[name].append(found)
    finally:
        if work.after is not None:
            work.after()
    return Measured(work, spent)
