"""Which tables and columns come, go, or are looked at more closely."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from sqlalchemy import event
from sqlalchemy import MetaData
from sqlalchemy import schema as sa_schema
from sqlalchemy import Table
from sqlalchemy.types import NULLTYPE
from sqlalchemy.util import OrderedSet

from .....run.log import NAME as LOG
from .....run.opening import JOURNAL
from ...ddl.spec import fk_spec
from ...operations import ops
from ...runtime.plugins import Plugin
from ...util import PriorityDispatchResult
from .util import _InspectorConv

log = logging.getLogger("alembic.autogenerate.compare.tables")
Key = tuple[Any, str]


def _autogen_for_tables(
    autogen_context: Any, upgrade_ops: Any, schemas: Any
) -> PriorityDispatchResult:
    inspector = autogen_context.inspector
    context = autogen_context.migration_context
    version = (context.version_table_schema, context.version_table)
    # Tables of this package beside it are no part of the app's schema either.
    own = {version, *((context.version_table_schema, name) for name in (JOURNAL, LOG))}
    existing: OrderedSet[Key] = OrderedSet()
    for schema in sorted(schemas, key=lambda s: s or ""):
        existing.update(
            (schema, name)
            for name in inspector.get_table_names(schema=schema)
            if (schema, name) not in own
            and autogen_context.run_name_filters(name, "table", {"schema_name": schema})
        )
    in_models: OrderedSet[Key] = OrderedSet(
        [(table.schema, table.name) for table in autogen_context.sorted_tables]
    ).difference([version])
    _compare_tables(existing, in_models, inspector, upgrade_ops, autogen_context)
    return PriorityDispatchResult.CONTINUE


def _compare_tables(
    conn_table_names: Any,
    metadata_table_names: Any,
    inspector: Any,
    upgrade_ops: Any,
    autogen_context: Any,
) -> None:
    """Compare two sets of tables, given as (schema, name)."""
    default = inspector.bind.dialect.default_schema_name
    existing = OrderedSet(conn_table_names)
    # The models may name the default schema, or not name it.
    named = OrderedSet(metadata_table_names)
    wanted = OrderedSet([(None if s == default else s, t) for s, t in named])
    spelled = {(None if s == default else s, t): (s, t) for s, t in named}
    both = existing.intersection(wanted)
    tables = _models(autogen_context) if named else {}
    reader = _InspectorConv(inspector)
    for schema in {schema for schema, _ in existing}:
        reader.pre_cache_tables(schema, [name for s, name in existing if s == schema])
    for key in wanted.difference(existing):
        _table_added(tables[spelled[key]], upgrade_ops, autogen_context)
    removed_metadata = MetaData()
    for schema, name in sorted(existing.difference(wanted), key=_sorting):
        _table_removed(schema, name, removed_metadata, reader, upgrade_ops, autogen_context)
    reflected = {}
    existing_metadata = MetaData()
    for key in sorted(both, key=_sorting):
        reflected[key] = _reflected(key[0], key[1], existing_metadata, reader, autogen_context)
    for key in sorted(both, key=_sorting):
        schema, name = key
        found, table = reflected[key], tables[spelled[key]]
        if not autogen_context.run_object_filters(table, name, "table", False, found):
            continue
        changes = ops.ModifyTableOps(name, [], schema=table.schema)
        with _compare_columns(schema, name, found, table, changes, autogen_context, reader):
            autogen_context.comparators.dispatch("table", qualifier=autogen_context.dialect.name)(
                autogen_context, changes, schema, name, found, table
            )
        if not changes.is_empty():
            upgrade_ops.ops.append(changes)


def _sorting(key: Any) -> tuple[str, str]:
    return key[0] or "", key[1]


def _models(autogen_context: Any) -> dict[Key, Any]:
    return {(t.schema, t.name): t for t in autogen_context.table_key_to_table.values()}


def _full(schema: str | None, name: str) -> str:
    return f"{schema}.{name}" if schema else name


def _table_added(table: Any, upgrade_ops: Any, autogen_context: Any) -> None:
    if not autogen_context.run_object_filters(table, table.name, "table", False, None):
        return
    upgrade_ops.ops.append(ops.CreateTableOp.from_table(table))
    log.info("Detected added table %r", _full(table.schema, table.name))
    changes = ops.ModifyTableOps(table.name, [], schema=table.schema)
    autogen_context.comparators.dispatch("table", qualifier=autogen_context.dialect.name)(
        autogen_context, changes, table.schema, table.name, None, table
    )
    if not changes.is_empty():
        upgrade_ops.ops.append(changes)


def _table_removed(
    schema: Any, name: str, metadata: Any, reader: Any, upgrade_ops: Any, autogen_context: Any
) -> None:
    table = _reflected(schema, name, metadata, reader, autogen_context)
    if not autogen_context.run_object_filters(table, name, "table", True, None):
        return
    changes = ops.ModifyTableOps(name, [], schema=schema)
    autogen_context.comparators.dispatch("table", qualifier=autogen_context.dialect.name)(
        autogen_context, changes, schema, name, table, None
    )
    if not changes.is_empty():
        upgrade_ops.ops.append(changes)
    upgrade_ops.ops.append(ops.DropTableOp.from_table(table))
    log.info("Detected removed table %r", _full(schema, name))


def _reflected(schema: Any, name: str, metadata: Any, reader: Any, autogen_context: Any) -> Table:
    """Return a table as the database has it."""
    key = sa_schema._get_table_key(name, schema)
    table = metadata.tables.get(key)
    if table is not None and not getattr(table, "_alembic_placeholder", False):
        return table  # type: ignore[no-any-return]
    if table is not None:
        metadata.remove(table)
    table = Table(name, metadata, schema=schema)
    adapt = autogen_context.migration_context.impl._compat_autogen_column_reflect(reader)
    event.listen(table, "column_reflect", lambda inspector, t, info: adapt(t, info))
    reader.reflect_table(table, include_columns=None)
    for constraint in table.foreign_key_constraints:
        _stand_in(constraint, metadata)
    return table


def _stand_in(constraint: Any, metadata: Any) -> None:
    """Make a stand-in for a table that a foreign key points at and that is not read."""
    spec = fk_spec(constraint)
    found = sa_schema._get_table_key(spec.target_table, spec.target_schema)
    table: Any = metadata.tables.get(found)
    if table is None:
        table = Table(spec.target_table, metadata, schema=spec.target_schema)
        table._alembic_placeholder = True
    if getattr(table, "_alembic_placeholder", False):
        for name, key in zip(spec.target_columns, constraint.elements, strict=True):
            if name not in table.c:
                type_ = NULLTYPE if key.parent is None else key.parent.type
                table.append_column(sa_schema.Column(name, type_))


@contextlib.contextmanager
def _compare_columns(
    schema: Any,
    tname: str,
    conn_table: Any,
    metadata_table: Any,
    changes: Any,
    autogen_context: Any,
    reader: Any,
) -> Iterator[None]:
    """Compare columns: new ones before the block, those that go after it."""
    wanted = {c.name: c for c in metadata_table.c if not c.system}
    found = {
        c.name: c
        for c in conn_table.c
        if autogen_context.run_name_filters(
            c.name, "column", {"table_name": tname, "schema_name": schema}
        )
    }
    for name in [n for n in wanted if n not in found]:
        column = wanted[name]
        if autogen_context.run_object_filters(column, name, "column", False, None):
            added = ops.AddColumnOp.from_column_and_tablename(metadata_table.schema, tname, column)
            changes.ops.append(added)
            log.info("Detected added column '%s.%s'", _full(schema, tname), name)
    for name in [n for n in wanted if n in found]:
        _compare_column(schema, tname, found[name], wanted[name], changes, autogen_context)
    yield
    for name in [n for n in found if n not in wanted]:
        if autogen_context.run_object_filters(found[name], name, "column", True, None):
            dropped = ops.DropColumnOp.from_column_and_tablename(schema, tname, found[name])
            changes.ops.append(dropped)
            log.info("Detected removed column '%s.%s'", _full(schema, tname), name)


def _compare_column(
    schema: Any, tname: str, found: Any, wanted: Any, changes: Any, autogen_context: Any
) -> None:
    name = wanted.name
    if not autogen_context.run_object_filters(wanted, name, "column", False, found):
        return
    alter = ops.AlterColumnOp(tname, name, schema=schema)
    autogen_context.comparators.dispatch("column", qualifier=autogen_context.dialect.name)(
        autogen_context, alter, schema, tname, name, found, wanted
    )
    if alter.has_changes():
        changes.ops.append(alter)


def setup(plugin: Plugin) -> None:
    """Register."""
    plugin.add_autogenerate_comparator(_autogen_for_tables, "schema", "tables")
