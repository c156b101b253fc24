"""Changes of models, as data: what was, what shall be, and the rows that must survive.

Every module beside this one that has ``CASES`` is collected; nobody keeps a list of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import sqlalchemy as sa

ALL = ("sqlite", "postgresql", "mariadb")
PG, MY, LITE = ("postgresql",), ("mariadb",), ("sqlite",)
Define = Callable[[sa.MetaData], Any]
Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Case:
    """One change, which is led through all laws on each of ``systems`` (``tests/laws/laws.py``).

    ``before`` and ``after`` define tables in a MetaData.  ``rows`` (table -> dictionaries) are put
    in before the change.  Where ``before`` and ``after`` mean the same, say ``silent=True``: the
    change must *not* be seen.

    ``values`` are the rows afterwards where the change makes them others than they were, by the
    table's new name; columns that it does not name are not looked at.  Without it a value must stay
    what it was, in the spelling of its new type.  ``lossless`` is false where values do not come
    back although their columns stay; the script must say so.

    ``undo`` is false where the way back is refused: then the script must say why.
    ``accepts`` names tables and types that are touched although they do not differ (a foreign key
    steps aside while what it points at changes).  ``renames`` and ``flags`` are given to
    ``api.migrate``, ``options`` to ``Settings(options=...)`` and ``settings`` to ``Settings``.

    ``first`` (system -> statements) runs in the empty database, ``beside`` once the tables are
    there: things that are not ours, which every step must leave alone.
    """

    name: str
    before: Define
    after: Define
    rows: Rows = field(default_factory=dict)
    systems: tuple[str, ...] = ALL
    renames: tuple[str, ...] = ()
    undo: bool = True
    silent: bool = False
    values: Rows = field(default_factory=dict)
    lossless: bool = True
    accepts: tuple[str, ...] = ()
    flags: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    first: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def topics() -> dict[str, list[Case]]:
    """Return the cases of every module in this package, by the name of the module."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return {name: list(module.CASES) for name, module in modules.items() if _has_cases(module)}


def _has_cases(module: object) -> bool:
    return bool(getattr(module, "CASES", ()))


def collect() -> list[Case]:
    """Return all cases, by module."""
    return [case for cases in topics().values() for case in cases]


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
