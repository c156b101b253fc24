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

Named = TypeVar("Named", bound="Constraint | Index")


def paired(actual: Table, wanted: Table) -> Table:
    """Return ``wanted`` with the names of ``actual`` for whatever is unnamed and else the same."""
    key = wanted.primary_key
    keys = _paired(
        (actual.primary_key,) if actual.primary_key else (), (key,) if key is not None else ()
    )
    return replace(
        wanted,
        primary_key=keys[0] if keys else None,
        uniques=_paired(actual.uniques, wanted.uniques),
        foreign_keys=_paired(actual.foreign_keys, wanted.foreign_keys),
        checks=_paired(actual.checks, wanted.checks),
        excludes=_paired(actual.excludes, wanted.excludes),
        indexes=_paired(actual.indexes, wanted.indexes),
    )


def _paired(actual: tuple[Named, ...], wanted: tuple[Named, ...]) -> tuple[Named, ...]:
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


def _validated(item: Named, actual: tuple[Named, ...]) -> Named:
    """Let NOT VALID be as it is in the database: the model only says how it once came."""
    if isinstance(item, Check | ForeignKey):
        for other in actual:
            if item.name in (None, other.name) and isinstance(other, Check | ForeignKey):
                now: Any = replace(item, options=other.options)
                if replace(other, name=item.name) == now:
                    return now  # type: ignore[no-any-return]
    return item


def alike(actual: Table, wanted: Table) -> bool:
    """Whether two tables are equal, the order of their parts aside."""
    key = actual.primary_key == wanted.primary_key and actual.comment == wanted.comment
    return (
        key
        and actual.options == wanted.options
        and _same(actual.columns, wanted.columns)
        and _same(tuple(actual.constraints), tuple(wanted.constraints))
        and _same(actual.indexes, wanted.indexes)
    )


def _same(one: tuple[Any, ...], two: tuple[Any, ...]) -> bool:
    return len(one) == len(two) and all(item in two for item in one)
