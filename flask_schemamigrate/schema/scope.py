"""Which of a database's objects are ours to compare."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace
from fnmatch import fnmatchcase

from .names import Name


@dataclass(frozen=True, slots=True)
class Scope:
    """What a comparison looks at.

    ``schemas`` are read, None standing for the default one.  ``own`` names tables of this package
    (the version table), never compared.  ``ignore`` holds patterns: ``celery_*`` for tables of any
    schema, ``schema:audit_*`` for whole schemas.  ``only``, where given, names the tables wanted.
    """

    schemas: tuple[str | None, ...] = (None,)
    own: frozenset[Name] = frozenset()
    ignore: tuple[str, ...] = ()
    only: frozenset[Name] | None = None

    def covers(self, name: Name) -> bool:
        """Whether the table ``name`` is to be compared."""
        if name in self.own or (self.only is not None and name not in self.only):
            return False
        return not any(_matches(pattern, name) for pattern in self.ignore)

    @classmethod
    def over(
        cls,
        names: Iterable[Name],
        own: Iterable[Name] = (),
        ignore: Iterable[str] = (),
        places: Iterable[str] = (),
    ) -> Scope:
        """Return a scope over the default schema, ``places``, and every schema of ``names``."""
        found = cls((), frozenset(own), tuple(ignore))
        beside = sorted({*places, *(name.schema for name in names if name.schema)})
        return replace(found, schemas=(None, *filter(found.looks_into, beside)))

    def looks_into(self, schema: str) -> bool:
        """Whether a schema is read at all."""
        return not any(
            fnmatchcase(schema, pattern[len("schema:") :])
            for pattern in self.ignore
            if pattern.startswith("schema:")
        )


def _matches(pattern: str, name: Name) -> bool:
    if pattern.startswith("schema:"):
        return name.schema is not None and fnmatchcase(name.schema, pattern[len("schema:") :])
    return fnmatchcase(name.name, pattern) or fnmatchcase(str(name), pattern)
