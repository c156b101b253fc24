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


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something a reviewer should know about a step before it runs."""

    code: str
    message: str
    remedy: str = ""


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


Action: TypeAlias = Step | TableEvent


@dataclass(frozen=True, slots=True)
class Unit:
    """Steps that commit together; not ``transactional`` means: each by itself."""

    steps: tuple[Step, ...]
    transactional: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps of a run, in units, in order."""

    units: tuple[Unit, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, flat."""
        return tuple(step for unit in self.units for step in unit.steps)


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
