"""Reflection in which every name is final."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.engine.reflection import ObjectScope
from sqlalchemy.sql.elements import conv
from sqlalchemy.sql.elements import quoted_name


def _final(name: Any) -> Any:
    """Return a name to which no naming convention is applied, quoting kept."""
    if name is None or isinstance(name, conv):
        return name
    if isinstance(name, quoted_name):
        return conv(name, quote=name.quote)
    return conv(name)


class _InspectorConv:
    """An inspector whose names of constraints and indexes are final.

    What is read of several tables is asked for at once (:meth:`pre_cache_tables`).
    """

    def __init__(self, inspector: Any) -> None:
        self.inspector = inspector
        # Kept with the inspector, as its own cache is: each comparison makes one of these.
        self._known: dict[str | None, Any] = vars(inspector).setdefault("_known_at_once", {})

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inspector, name)

    def pre_cache_tables(self, schema: str | None, tablenames: Iterable[str]) -> None:
        """Read several tables in as few queries as the dialect can."""
        names = list(tablenames)
        if names:
            self._known[schema] = self.inspector._get_reflection_info(
                schema, filter_names=names, kind=ObjectKind.ANY, scope=ObjectScope.ANY
            )

    def _found(self, word: str, table: str, schema: str | None) -> list[dict[str, Any]]:
        known = getattr(self._known.get(schema), word, None)
        if known and (schema, table) in known:
            found = known[schema, table]
        else:
            found = getattr(self.inspector, f"get_{word}")(table, schema=schema)
        copied = [dict(one) for one in found or ()]
        for one in copied:
            one["name"] = _final(one.get("name"))
        return copied

    def get_unique_constraints(self, table: str, schema: str | None = None) -> Any:
        """Return the unique constraints."""
        return self._found("unique_constraints", table, schema)

    def get_indexes(self, table: str, schema: str | None = None) -> Any:
        """Return the indexes."""
        return self._found("indexes", table, schema)

    def get_check_constraints(self, table: str, schema: str | None = None) -> Any:
        """Return the checks."""
        return self._found("check_constraints", table, schema)

    def get_foreign_keys(self, table: str, schema: str | None = None) -> Any:
        """Return the foreign keys."""
        return self._found("foreign_keys", table, schema)

    def reflect_table(self, table: Any, *, include_columns: Any = None) -> None:
        """Fill a table with columns and constraints; what it refers to is not read."""
        known = self._known.get(table.schema)
        self.inspector.reflect_table(
            table, include_columns=include_columns, resolve_fks=False, _reflect_info=known
        )
        for constraint in table.constraints:
            constraint.name = _final(constraint.name)
        for index in table.indexes:
            index.name = _final(index.name)
