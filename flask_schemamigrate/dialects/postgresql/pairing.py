"""Unnamed constraints of a model, matched with the names that the database gave them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from typing import TypeVar

from ...schema.objects import Check
from ...schema.objects import Constraint
from ...schema.objects import ForeignKey
from ...schema.objects import Index
from ...schema.objects import Table
from .names import constraint_name

Named = TypeVar("Named", bound="Constraint | Index")


def paired(actual: Table, wanted: Table) -> Table:
    """Return ``wanted`` with the names of ``actual`` for whatever is unnamed and else the same."""
    key = wanted.primary_key
    keys = _paired(
        (actual.primary_key,) if actual.primary_key else (), (key,) if key is not None else ()
    )
    return Table(
        wanted.name,
        wanted.columns,
        keys[0] if keys else None,
        _paired(actual.uniques, wanted.uniques),
        _paired(actual.foreign_keys, wanted.foreign_keys),
        _renumbered(actual, wanted, _paired(actual.checks, wanted.checks)),
        _paired(actual.excludes, wanted.excludes),
        _paired(actual.indexes, wanted.indexes),
        wanted.comment,
        wanted.options,
        wanted.element,
    )


def _paired(actual: tuple[Named, ...], wanted: tuple[Named, ...]) -> tuple[Named, ...]:
    if not wanted or wanted == actual:
        return wanted
    wanted = tuple(_validated(item, actual) for item in wanted)
    free = [item for item in actual if item not in wanted]
    found: list[Named] = []
    for item in wanted:
        same: Any = None
        if item.name is None:
            same = next((a for a in free if replace(a, name=None) == item), None)
        if same is not None:
            free.remove(same)
            item = replace(item, name=same.name)
        found.append(item)
    return tuple(found)


def _renumbered(actual: Table, wanted: Table, checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Return checks, unnamed ones with the numbers that a new table would give to them.

    The server numbers names that it has made already.  Where a check comes or goes, so do the
    numbers of those beside it; where none does, they stay as they are.
    """
    if not checks:
        return checks
    names = {check.name for check in checks}
    if None not in names and all(check.name in names for check in actual.checks):
        return checks
    made = replace(wanted, checks=tuple(c for c in wanted.checks if c.name is not None))
    shifts: dict[int, tuple[str, str]] = {}
    for place, (check, found) in enumerate(zip(wanted.checks, checks, strict=True)):
        if check.name is None:
            name = constraint_name(made, check)
            made = made.with_constraint(replace(check, name=name))
            if found.name not in (None, name) and _base(found.name) == _base(name):
                shifts[place] = (found.name, name)
    return tuple(
        replace(check, name=shifts[place][1]) if place in shifts else check
        for place, check in enumerate(checks)
    )


def _base(name: str) -> str:
    return name.rstrip("0123456789")


def _validated(item: Named, actual: tuple[Named, ...]) -> Named:
    """Let NOT VALID be as it is in the database: the model only says how it once came."""
    if isinstance(item, Check | ForeignKey):
        for other in actual:
            if item.name in (None, other.name) and isinstance(other, Check | ForeignKey):
                now: Any = replace(item, options=other.options)
                if replace(other, name=item.name) == now:
                    return now  # type: ignore[no-any-return]
    return item


def alike_but_columns(actual: Table, wanted: Table) -> bool:
    """Whether two tables are equal, their columns and the order of their parts aside."""
    return (
        actual.primary_key == wanted.primary_key
        and actual.comment == wanted.comment
        and actual.options == wanted.options
        and _same(actual.uniques, wanted.uniques)
        and _same(actual.foreign_keys, wanted.foreign_keys)
        and _same(actual.checks, wanted.checks)
        and _same(actual.excludes, wanted.excludes)
        and _same(actual.indexes, wanted.indexes)
    )


def _same(one: tuple[Any, ...], two: tuple[Any, ...]) -> bool:
    return one == two or (len(one) == len(two) and all(item in two for item in one))
