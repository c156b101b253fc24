"""What is sent to a database, as values: steps, and the units that commit together.

An operation becomes :class:`Step` and :class:`TableEvent` values; an executor takes them one by one
and either runs them (``run.live``), keeps them (``run.recorder``) or writes them down
(``run.sqlwriter``).  A step's ``fingerprint`` and its position within a revision identify it in a
journal, so that resuming after a crash needs nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Literal
from typing import TypeAlias

from .operations.base import Operation

#: What a hazard does: destroys data, breaks the running version of the app, blocks it, may fail, or
#: is only worth knowing.
Level: TypeAlias = Literal["loss", "break", "block", "fail", "note"]
#: What others cannot do to a table while a lock is held on it.
Blocks: TypeAlias = Literal["reads and writes", "writes", "schema changes", "nothing"]


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something a reviewer should know about a step before it runs.

    ``code`` is explained in ``docs/plan.rst``; ``remedy`` says what to do instead.
    """

    code: str
    level: Level
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that a step takes: on what, in the server's own word, and what that keeps off."""

    table: str
    mode: str
    blocks: Blocks


@dataclass(frozen=True, slots=True)
class Effect:
    """What a step does to a running database, besides its purpose.

    ``rewrites`` and ``scans`` name the tables of which every row is written anew or read;
    ``algorithm`` is the server's word for how, where it has one.  ``measured`` is whether that was
    seen on a server, rather than known of such statements.
    """

    locks: tuple[Lock, ...] = ()
    rewrites: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    algorithm: str = ""
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One statement.

    ``sql`` is the text without a terminator: what is printed and hashed.  ``element``, where given,
    is the SQLAlchemy executable that runs instead, once with each of ``parameters`` (rows; the
    SQL writer puts them in place as literals) and under the execution ``options``.  A step with
    ``transactional=False`` must run outside a transaction.
    """

    sql: str
    operation: Operation | None = None
    element: Any = field(default=None, compare=False, repr=False)
    parameters: tuple[Mapping[str, Any], ...] = field(default=(), compare=False, repr=False)
    options: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    transactional: bool = True
    effect: Effect = Effect()
    hazards: tuple[Hazard, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the text and its parameters, 64 hexadecimal digits."""
        given = [sorted(row.items()) for row in self.parameters]
        return hashlib.sha256(f"{self.sql}\0{given!r}".encode()).hexdigest()


EventName: TypeAlias = Literal["before_create", "after_create", "before_drop", "after_drop"]


@dataclass(frozen=True, slots=True)
class TableEvent:
    """A moment at which SQLAlchemy's table events fire (enum types are created by them)."""

    name: EventName
    table: Any
    operation: Operation | None = None


@dataclass(frozen=True, slots=True)
class Batches:
    """A change of many rows, which commits in pieces.  ``whole`` would do all of it at once."""

    whole: Step
    operation: Operation


Action: TypeAlias = Step | TableEvent | Batches


@dataclass(frozen=True, slots=True)
class Unit:
    """Steps that commit together; not ``transactional`` means: each by itself."""

    steps: tuple[Step, ...]
    transactional: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """One operation of a plan with its steps; None: statements that a script ran by itself."""

    operation: Operation | None
    steps: tuple[Step, ...] = ()

    @property
    def hazards(self) -> tuple[Hazard, ...]:
        """Those of all steps."""
        return tuple(hazard for step in self.steps for hazard in step.hazards)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a run would do, in order; ``notes`` say what could not be known.

    It is not ``complete`` where a script failed, or what follows could not be known.
    """

    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    complete: bool = True

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, flat."""
        return tuple(step for part in self.parts for step in part.steps)


def units(steps: tuple[Step, ...], transactional_ddl: bool) -> tuple[Unit, ...]:
    """Group steps into units: as long as possible where DDL is transactional, else one each."""
    groups: list[Unit] = []
    open_steps: list[Step] = []
    for step in steps:
        if transactional_ddl and step.transactional:
            open_steps.append(step)
            continue
        if open_steps:
            groups.append(Unit(tuple(open_steps)))
            open_steps = []
        groups.append(Unit((step,), transactional=False))
    if open_steps:
        groups.append(Unit(tuple(open_steps)))
    return tuple(groups)
