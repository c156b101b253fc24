"""What comparing and rendering work with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.util import memoized_property

from .. import util
from ..runtime.plugins import Plugin
from ..util import CommandError


class AutogenContext:
    """One comparison: its connection, its models, its filters; the imports of what is rendered."""

    def __init__(
        self,
        migration_context: Any,
        metadata: Any = None,
        opts: Mapping[str, Any] | None = None,
        autogenerate: bool = True,
    ) -> None:
        if autogenerate and migration_context is not None and metadata is None:
            metadata = migration_context.opts.get("target_metadata", None)
        script = migration_context.script if migration_context is not None else None
        if autogenerate and metadata is None and script is not None:
            raise util.CommandError(
                "Can't proceed with --autogenerate option; environment script "
                f"{script.env_py_location} does not provide a MetaData object or sequence of "
                "objects to the context."
            )
        if opts is None:
            opts = migration_context.opts
        self.opts: Any = opts
        self.metadata = metadata
        self.imports: set[str] = set()
        self._has_batch = False
        self._object_filters = [opts["include_object"]] if opts.get("include_object") else []
        self._name_filters = [opts["include_name"]] if opts.get("include_name") else []
        if opts.get("include_symbol"):
            include_symbol = opts["include_symbol"]
            self._object_filters.append(
                lambda obj, name, type_, reflected, compare_to: (
                    type_ != "table" or include_symbol(name, obj.schema)
                )
            )
        self.migration_context = migration_context
        self.connection: Any = None
        self.dialect: Any = None
        if migration_context is not None:
            self.connection = migration_context.bind
            self.dialect = migration_context.dialect
        self.comparators = util.PriorityDispatcher()
        if migration_context is not None:
            from . import compare

            if opts.get("others_compare", True):
                self.comparators.populate_with(compare.comparators)
            plugins = opts.get("autogenerate_plugins") or ["alembic.autogenerate.*"]
            Plugin.populate_autogenerate_priority_dispatch(
                self.comparators, include_plugins=plugins
            )

    @memoized_property
    def inspector(self) -> Any:
        """SQLAlchemy's inspector of the connection.  Raises TypeError without one."""
        if self.connection is None:
            raise TypeError(
                "can't return inspector as this AutogenContext has no database connection"
            )
        if self.migration_context.as_sql:
            raise CommandError(
                "autogenerate can't use as_sql=True as it prevents querying the database for "
                "schema information"
            )
        return inspect(self.connection)

    @contextlib.contextmanager
    def _within_batch(self) -> Iterator[None]:
        self._has_batch = True
        try:
            yield
        finally:
            self._has_batch = False

    def run_name_filters(self, name: Any, type_: str, parent_names: dict[str, Any]) -> bool:
        """Whether ``include_name`` wants what the database has under a name."""
        if "schema_name" in parent_names:
            table = name if type_ == "table" else parent_names.get("table_name")
            if table:
                schema = parent_names["schema_name"]
                qualified = f"{schema}.{table}" if schema else table
                parent_names["schema_qualified_table_name"] = qualified
        return all(wants(name, type_, parent_names) for wants in self._name_filters)

    def run_object_filters(
        self, object_: Any, name: Any, type_: str, reflected: bool, compare_to: Any
    ) -> bool:
        """Whether ``include_object`` wants something of the models or of the database."""
        return all(
            wants(object_, name, type_, reflected, compare_to) for wants in self._object_filters
        )

    run_filters = run_object_filters

    @memoized_property
    def sorted_tables(self) -> list[Any]:
        """The tables of all models, each after those that it refers to."""
        return [t for m in util.to_list(self.metadata, []) for t in m.sorted_tables]

    @memoized_property
    def table_key_to_table(self) -> dict[str, Any]:
        """The tables of all models by their keys.  Raises ValueError for a key that is twice."""
        found: dict[str, Any] = {}
        for metadata in util.to_list(self.metadata, []):
            both = set(found).intersection(metadata.tables)
            if both:
                listed = ", ".join(f'"{key}"' for key in sorted(both))
                raise ValueError(f"Duplicate table keys across multiple MetaData objects: {listed}")
            found.update(metadata.tables)
        return found
