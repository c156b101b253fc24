"""Changes of models, as data: what was, what shall be, and the rows that must survive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import sqlalchemy as sa

ALL = ("sqlite", "postgresql", "mariadb")
Define = Callable[[sa.MetaData], Any]


@dataclass(frozen=True)
class Case:
    """One change.

    ``before`` and ``after`` define tables in a MetaData.  ``rows`` are inserted before the change
    (table -> dictionaries) and counted after each step.  ``undo`` is false where the old rows or
    types cannot come back.
    """

    name: str
    before: Define
    after: Define
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    systems: tuple[str, ...] = ALL
    renames: tuple[str, ...] = ()
    undo: bool = True


def table(name: str, *elements: Callable[[], Any], **keywords: Any) -> Define:
    """Return a function that defines a table; elements are made anew for each MetaData."""
    return lambda metadata: sa.Table(name, metadata, *(make() for make in elements), **keywords)


def tables(*definitions: Define) -> Define:
    """Return a function that defines several tables."""
    return lambda metadata: [define(metadata) for define in definitions]


def column(name: str, *parts: Any, **keywords: Any) -> Callable[[], Any]:
    """Return a function that makes a column."""
    return lambda: sa.Column(
        name, *(p() if callable(p) and not isinstance(p, type) else p for p in parts), **keywords
    )


def made(kind: Callable[..., Any], *parts: Any, **keywords: Any) -> Callable[[], Any]:
    """Return a function that makes a constraint or an index."""
    return lambda: kind(*parts, **keywords)


def key() -> Callable[[], Any]:
    """Return the usual primary key."""
    return column("id", sa.Integer, primary_key=True)
