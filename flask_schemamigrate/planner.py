"""From what a run would do to a plan that a reviewer can judge: hazards beside each step."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import replace

from .dialects.base import Dialect
from .dialects.rules import Rules
from .dialects.rules import Size
from .dialects.rules import Surroundings
from .operations.base import Operation
from .operations.batch import AlterTable
from .operations.columns import AddColumn
from .operations.tables import CreateTable
from .operations.tables import RenameTable
from .schema.names import Name
from .schema.objects import Schema
from .steps import Hazard
from .steps import Part
from .steps import Plan
from .steps import Step


def assess(
    dialect: Dialect,
    parts: Sequence[Part],
    before: Schema,
    sizes: Mapping[Name, Size],
    notes: Sequence[str] = (),
) -> Plan:
    """Return ``parts`` as a plan with the hazards of each step.

    ``before`` is the schema at the start, ``sizes`` the rows of its tables.  A table that the plan
    itself creates is nobody's yet: what happens to it is no hazard.
    """
    around = Surroundings(before, dict(sizes), coming=frozenset(_coming(parts)))
    judged: list[Part] = []
    for part in parts:
        judged.append(_judged(dialect, part, around))
        if part.operation is not None:
            around = _after(part.operation, around)
    rules = dialect.rules(Surroundings(before, dict(sizes)))
    return Plan(tuple(judged), (*notes, *rules.of_plan(judged)))


def _coming(parts: Sequence[Part]) -> Iterator[tuple[Name, str]]:
    for part in parts:
        for one in _each(part.operation):
            if isinstance(one, AddColumn):
                yield one.table, one.column.name


def _each(operation: Operation | None) -> Sequence[Operation]:
    """Return the changes of a batch, or the operation itself."""
    if isinstance(operation, AlterTable):
        return operation.operations
    return () if operation is None else (operation,)


def _judged(dialect: Dialect, part: Part, around: Surroundings) -> Part:
    operation = part.operation
    if operation is None or not part.steps:
        return part
    found = tuple(_of_operation(dialect, operation, around))
    bearer = _bearer(part.steps)
    rules: Rules = dialect.rules(around)
    steps: list[Step] = []
    for place, step in enumerate(part.steps):
        own = (*(found if place == bearer else ()), *rules.of_step(operation, step))
        steps.append(replace(step, hazards=_once(own)))
    return Part(operation, tuple(steps))


def _of_operation(dialect: Dialect, operation: Operation, around: Surroundings) -> Iterator[Hazard]:
    for one in _each(operation):
        yield from dialect.rules(around).of_operation(one)
        around = _after(one, around)


def _bearer(steps: Sequence[Step]) -> int:
    """Return the place of the step that does the work: the one that rewrites, or the first."""
    heavy = (place for place, step in enumerate(steps) if step.effect.rewrites)
    return next(heavy, 0)


def _once(hazards: Sequence[Hazard]) -> tuple[Hazard, ...]:
    return tuple(dict.fromkeys(hazards))


def _after(operation: Operation, around: Surroundings) -> Surroundings:
    """Return what is there after an operation."""
    created, sizes, added = set(around.created), dict(around.sizes), set(around.added)
    for one in _each(operation):
        if isinstance(one, CreateTable) and one.table.name not in around.before.tables:
            created.add(one.table.name)
        elif isinstance(one, AddColumn) and one.column.nullable and one.column.default is None:
            added.add((one.table, one.column.name))
        elif isinstance(one, RenameTable):
            new = one.name.renamed(one.new)
            if one.name in created:
                created.add(new)
            if one.name in sizes:
                sizes[new] = sizes.pop(one.name)
    schema = operation.apply(around.before)
    return Surroundings(schema, sizes, frozenset(created), frozenset(added), around.coming)
