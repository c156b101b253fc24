"""The peers' callbacks about parts of tables: what they leave out counts as equal on both sides.

``include_object`` and ``include_name`` are asked about columns, indexes, constraints
of tables that both sides have, ``compare_type`` and ``compare_server_default`` about
columns that they both have.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..run.session import Session
from ..schema.objects import Column
from ..schema.objects import Table
from .renaming import Renamed

#: What the peers call a kind of part, and where a table has it.
KINDS = {
    "column": "columns",
    "index": "indexes",
    "unique_constraint": "uniques",
    "foreign_key_constraint": "foreign_keys",
    "check_constraint": "checks",
}

#: Alembic's plugins of a comparison, and what of a column each looks at.
COLUMN_PLUGINS = {
    "types": "type",
    "defaults": "default",
    "comments": "comment",
    "constraints": "nullable",
}
PLUGINS = frozenset(COLUMN_PLUGINS)
#: What the plugin for constraints looks at besides.
PLUGGED = ("index", "unique_constraint", "foreign_key_constraint")


def asked(opened: Session, found: Renamed) -> Renamed:
    """Return both sides with what is not to be compared as the database has it."""
    asking = _Asking(opened.connection, opened.settings.options)
    if not asking.is_needed:
        return found
    models, actual = found.settled.wanted, found.settled.actual
    for name, table in models.tables.items():
        there = actual.tables.get(name)
        if there is not None:
            models = models.with_table(asking.table(there, table))
    return replace(found, settled=replace(found.settled, wanted=models))


@dataclass(frozen=True)
class _Asking:
    connection: Connection
    options: Mapping[str, Any]

    @property
    def is_needed(self) -> bool:
        """Whether any callback is there."""
        given = self.options.get
        return (
            bool(self.left_out)
            or any(map(given, ("include_object", "include_name")))
            or any(
                given(name) is not None and given(name) is not True
                for name in ("compare_type", "compare_server_default")
            )
        )

    @cached_property
    def left_out(self) -> frozenset[str]:
        """What ``autogenerate_plugins`` does not name of what Alembic compares by itself."""
        given = self.options.get("autogenerate_plugins")
        if not given:
            return frozenset()
        from ..compat.alembic.runtime.plugins import chosen

        return PLUGINS - chosen(given, PLUGINS, "alembic.autogenerate.")

    def table(self, there: Table, table: Table) -> Table:
        """Return a table of the models, adapted."""
        if "comments" in self.left_out:
            table = replace(table, comment=there.comment)
        for kind, attribute in KINDS.items():
            found = {_key(part): part for part in getattr(there, attribute)}
            parts = {_key(part): part for part in getattr(table, attribute)}
            for key in [*parts, *(key for key in found if key not in parts)]:
                if self.is_compared(kind, there, table, found.get(key), parts.get(key)):
                    continue
                if key in found:
                    parts[key] = found[key]
                else:
                    del parts[key]
            adapted: dict[str, Any] = {attribute: tuple(parts.values())}
            table = replace(table, **adapted)
        columns = {column.name: column for column in there.columns}
        return replace(
            table,
            columns=tuple(
                self.column(there, columns[column.name], column)
                if column.name in columns
                else column
                for column in table.columns
            ),
        )

    def is_compared(self, kind: str, there: Table, table: Table, found: Any, model: Any) -> bool:
        """Ask the callbacks about a part that one side or both have."""
        if "constraints" in self.left_out and kind in PLUGGED:
            return False
        name = (model or found).name
        by_name = self.options.get("include_name")
        if model is None and by_name is not None:
            parents = {
                "schema_name": there.name.schema,
                "table_name": there.name.name,
                "schema_qualified_table_name": str(there.name),
            }
            if not by_name(name, kind, parents):
                return False
        by_object = self.options.get("include_object")
        if by_object is None:
            return True
        reflected = None if found is None else _object(kind, there, found)
        given = reflected if model is None else model.element
        if given is None:
            given = _object(kind, table, model)
        other = None if model is None else reflected
        return bool(by_object(given, name, kind, model is None, other))

    def column(self, there: Table, found: Column, model: Column) -> Column:
        """Return a column of the models, its type and default as the database has them if equal."""
        kept = {
            attribute: getattr(found, attribute)
            for plugin, attribute in COLUMN_PLUGINS.items()
            if plugin in self.left_out
        }
        model = replace(model, **kept)
        if found.type != model.type and self.is_same("compare_type", there, found, model):
            model = replace(model, type=found.type)
        if found.default != model.default and self.is_same(
            "compare_server_default", there, found, model
        ):
            model = replace(model, default=found.default)
        return model

    def is_same(self, option: str, there: Table, found: Column, model: Column) -> bool:
        """Whether a callback, or False in its place, says that nothing is different."""
        compare = self.options.get(option)
        if not callable(compare) or model.element is None:
            return compare is False
        try:
            reflected = self.reflected(there).c.get(found.name)
        except sa.exc.NoSuchTableError:
            return False  # It is about to be renamed.
        if reflected is None:
            return False
        element = model.element
        if option == "compare_type":
            answer = compare(self.context, reflected, element, reflected.type, element.type)
        else:
            default = getattr(reflected.server_default, "arg", None)
            rendered = None if model.default is None else model.default.text
            said = None if default is None else str(default)
            answer = compare(
                self.context, reflected, element, said, element.server_default, rendered
            )
        return answer is not None and not answer

    @cached_property
    def context(self) -> Any:
        """What the callbacks get as context: Alembic's."""
        from ..compat.alembic.runtime.migration import MigrationContext

        return MigrationContext.configure(self.connection, opts=dict(self.options))

    def reflected(self, there: Table) -> sa.Table:
        """Return a table as SQLAlchemy reads it; each is read once."""
        key = sa.schema._get_table_key(there.name.name, there.name.schema)
        if key not in self._metadata.tables:
            sa.Table(
                there.name.name,
                self._metadata,
                schema=there.name.schema,
                autoload_with=self.connection,
                resolve_fks=False,
            )
        return self._metadata.tables[key]

    @cached_property
    def _metadata(self) -> sa.MetaData:
        return sa.MetaData()


def _key(part: Any) -> Any:
    return part.name or getattr(part, "columns", None) or part.sql


def _object(kind: str, table: Table, part: Any) -> Any:
    """Return a part as an object of SQLAlchemy, on a table with nothing else."""
    columns = [sa.Column(column.name, sa.types.NULLTYPE) for column in table.columns]
    holder = sa.Table(table.name.name, sa.MetaData(), *columns, schema=table.name.schema)
    makers: dict[str, Callable[[], Any]] = {
        "column": lambda: holder.c[part.name],
        "index": lambda: sa.Index(
            part.name, *(holder.c[c] for c in part.columns), unique=part.unique, _table=holder
        ),
        "unique_constraint": lambda: sa.UniqueConstraint(
            *(holder.c[c] for c in part.columns), name=part.name
        ),
        "foreign_key_constraint": lambda: sa.ForeignKeyConstraint(
            [holder.c[c] for c in part.columns],
            [f"{part.target}.{c}" for c in part.target_columns],
            name=part.name,
        ),
        "check_constraint": lambda: sa.CheckConstraint(sa.text(part.sql.text), name=part.name),
    }
    made = makers[kind]()
    if kind in ("foreign_key_constraint", "check_constraint"):
        holder.append_constraint(made)
    return made
