"""Nullability, indexes, unique constraints and foreign keys."""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.schema import Index
from sqlalchemy.schema import UniqueConstraint

from ...ddl._autogen import ConstraintSig
from ...operations import ops
from ...runtime.plugins import Plugin
from ...util import PriorityDispatchResult
from ...util import sqla_compat
from .util import _InspectorConv

log = logging.getLogger("alembic.autogenerate.compare.constraints")
CONTINUE = PriorityDispatchResult.CONTINUE


def _compare_nullable(
    autogen_context: Any,
    alter_column_op: Any,
    schema: Any,
    tname: str,
    cname: str,
    conn_col: Any,
    metadata_col: Any,
) -> PriorityDispatchResult:
    wanted, found = metadata_col.nullable, conn_col.nullable
    alter_column_op.existing_nullable = found
    if found is wanted:
        return CONTINUE
    if sqla_compat._server_default_is_computed(
        metadata_col.server_default, conn_col.server_default
    ) and getattr(metadata_col, "_user_defined_nullable", None) not in (True, False):
        log.info("Ignoring nullable change on Computed column '%s.%s'", tname, cname)
        return CONTINUE
    if sqla_compat._server_default_is_identity(
        metadata_col.server_default, conn_col.server_default
    ):
        log.info("Ignoring nullable change on identity column '%s.%s'", tname, cname)
        return CONTINUE
    alter_column_op.modify_nullable = wanted
    log.info("Detected %s on column '%s.%s'", "NULL" if wanted else "NOT NULL", tname, cname)
    return CONTINUE


def _autoincrement(
    autogen_context: Any,
    alter_column_op: Any,
    schema: Any,
    tname: str,
    cname: str,
    conn_col: Any,
    metadata_col: Any,
) -> PriorityDispatchResult:
    """Keep AUTO_INCREMENT where a column is changed that has it."""
    if (
        metadata_col.table._autoincrement_column is metadata_col
        or metadata_col.autoincrement is True
    ):
        alter_column_op.kw["autoincrement"] = True
    elif metadata_col.autoincrement is False:
        alter_column_op.kw["autoincrement"] = False
    return CONTINUE


# --- indexes and unique constraints ---------------------------------------------------------------


class _Comparison:
    """The indexes and unique constraints of one table, on both sides."""

    def __init__(
        self,
        autogen_context: Any,
        changes: Any,
        schema: Any,
        tname: str,
        conn_table: Any,
        metadata_table: Any,
    ) -> None:
        self.context = autogen_context
        self.impl = autogen_context.migration_context.impl
        self.changes = changes
        self.schema = schema
        self.tname = tname
        self.conn_table = conn_table
        self.table = metadata_table
        self.is_create_table = conn_table is None
        self.is_drop_table = metadata_table is None
        self.supports_unique = False
        self.doubled_as_index: set[Any] = set()
        self.read_models()
        self.read_database()

    def read_models(self) -> None:
        """Read the models' side."""
        self.wanted_uniques: set[Any] = set()
        self.wanted_indexes: set[Any] = set()
        if self.table is not None:
            uniques = (c for c in self.table.constraints if isinstance(c, UniqueConstraint))
            self.wanted_uniques = set(uniques)
            self.wanted_indexes = set(self.table.indexes)

    def read_database(self) -> None:
        """Read the database's side."""
        self.found_uniques: set[Any] = set()
        self.found_indexes: set[Any] = set()
        if self.conn_table is None:
            return
        reader = _InspectorConv(self.context.inspector)
        where = {"schema": self.schema}
        try:
            uniques = reader.get_unique_constraints(self.tname, **where)
            self.supports_unique = True
        except (NotImplementedError, TypeError):
            uniques = []
        parents = {"table_name": self.tname, "schema_name": self.schema}
        uniques = [
            u
            for u in uniques
            if self.context.run_name_filters(u["name"], "unique_constraint", dict(parents))
        ]
        # MySQL and Oracle report a unique constraint as an index, or the other way round.
        self.doubled_as_index = {u["name"] for u in uniques if u.get("duplicates_index")}
        try:
            indexes = reader.get_indexes(self.tname, **where)
        except NotImplementedError:
            indexes = []
        indexes = [
            i for i in indexes if self.context.run_name_filters(i["name"], "index", dict(parents))
        ]
        if self.is_drop_table:
            # Dropping the table drops the unique constraints that are its own.
            uniques = [] if not self.doubled_as_index else uniques
        self.found_uniques = {self.make_unique(u) for u in uniques if not self.is_drop_table}
        self.found_indexes = {self.make_index(i) for i in indexes}
        self.settle_doubles()

    def settle_doubles(self) -> None:
        """Keep one of what the database shows twice: what the models call it."""
        indexes = {index.name: index for index in self.found_indexes}
        wanted_indexes = {self.final_name(index) for index in self.wanted_indexes if index.unique}
        sig = ConstraintSig.from_constraint
        for unique in list(self.found_uniques):
            index = indexes.get(unique.name)
            if index is None or not unique.info.get("duplicates_index"):
                continue
            shape = sig(False, self.impl, unique).unnamed
            is_unique = any(
                self.final_name(c) == unique.name
                or (
                    not sqla_compat._constraint_is_named(c, self.impl.dialect)
                    and sig(True, self.impl, c).unnamed == shape
                )
                for c in self.wanted_uniques
            )
            if is_unique and unique.name not in wanted_indexes:
                self.found_indexes.discard(index)
            else:
                self.found_uniques.discard(unique)

    def make_unique(self, params: Any) -> Any:
        """Return a reflected unique constraint on the reflected table."""
        columns = [self.conn_table.c[name] for name in params["column_names"]]
        options = self.impl.adjust_reflected_dialect_options(params, "unique_constraint")
        found = UniqueConstraint(*columns, name=params["name"], **options)
        if "duplicates_index" in params:
            found.info["duplicates_index"] = params["duplicates_index"]
        return found

    def make_index(self, params: Any) -> Any:
        """Return a reflected index on the reflected table."""
        keys: list[Any] = []
        for at, name in enumerate(params["column_names"]):
            item: Any
            if name is None:
                said = params["expressions"][at]
                item = text(said)
            else:
                said, item = name, self.conn_table.c[name]
            for direction in params.get("column_sorting", {}).get(said, ()):
                item = _SORTING.get(direction, lambda element: element)(item)
            keys.append(item)
        found = Index(
            params["name"],
            *keys,
            unique=params["unique"],
            _table=self.conn_table,
            **self.impl.adjust_reflected_dialect_options(params, "index"),
        )
        if "duplicates_constraint" in params:
            found.info["duplicates_constraint"] = params["duplicates_constraint"]
        return found

    # --- the result ------------------------------------------------------------------------------

    def run(self) -> None:
        """Append what differs to the changes."""
        self.impl.correct_for_autogen_constraints(
            self.found_uniques, self.found_indexes, self.wanted_uniques, self.wanted_indexes
        )
        self.impl._skip_functional_indexes(self.wanted_indexes, self.found_indexes)
        sig = ConstraintSig.from_constraint
        wanted = [
            sig(True, self.impl, c)
            for c in sorted([*self.wanted_uniques, *self.wanted_indexes], key=_by_name)
        ]
        found = [
            sig(False, self.impl, c)
            for c in sorted([*self.found_uniques, *self.found_indexes], key=_by_name)
        ]
        found = [c for c in found if self.is_compared(c)]
        wanted_by_name = {str(c.name): c for c in wanted if c.is_named}
        found_by_name = {str(c.name): c for c in found if c.is_named}
        found_unnamed = {c.unnamed: c for c in found if c.is_unique and not c.is_index}
        for name in sorted(str(n) for n in found_by_name if n not in wanted_by_name):
            existing = found_by_name[name]
            if not self.stands_for_unnamed(existing, wanted):
                self.removed(existing)
        for name in sorted(str(n) for n in found_by_name if n in wanted_by_name):
            self.compared(found_by_name[name], wanted_by_name[name])
        for name in sorted(str(n) for n in wanted_by_name if n not in found_by_name):
            self.added(wanted_by_name[name])
        for constraint in wanted:
            if not constraint.is_named and constraint.unnamed not in found_unnamed:
                self.added(constraint)

    def is_compared(self, found: Any) -> bool:
        """Whether a reflected one counts: not where it stands for another one."""
        if found.is_index:
            other = found.const.info.get("duplicates_constraint")
            return not other or not self.has_unique(other)
        return not self.has_index_only(found)

    def has_unique(self, name: str) -> bool:
        """Whether the models have a unique constraint that an index stands for."""
        return any(self.final_name(c) == name for c in self.wanted_uniques) or any(
            c.name == name for c in self.found_uniques
        )

    def has_index_only(self, found: Any) -> bool:
        """Whether the models have an index under the name of a reflected unique constraint."""
        if not found.const.info.get("duplicates_index"):
            return False
        return not any(self.final_name(c) == found.name for c in self.wanted_uniques) and any(
            i.name == found.name for i in self.found_indexes
        )

    def final_name(self, constraint: Any) -> str | None:
        """Return a name of the models as the database has it."""
        return sqla_compat._get_constraint_final_name(constraint, self.impl.dialect)

    def stands_for_unnamed(self, existing: Any, wanted: Any) -> bool:
        """Whether the server has named what the models do not name."""
        return not existing.is_index and any(
            not c.is_named and not c.is_index and c.unnamed == existing.unnamed for c in wanted
        )

    def compared(self, found: Any, wanted: Any) -> None:
        """Compare two of one name."""
        if found.is_index != wanted.is_index:
            self.removed(found)
            self.added(wanted)
            return
        result = wanted.compare_to_reflected(found)
        word = "index" if wanted.is_index else "unique constraint"
        if result.is_different:
            kind = "index" if wanted.is_index else "unique_constraint"
            if not self.context.run_object_filters(
                wanted.const, wanted.name, kind, False, found.const
            ):
                return
            log.info(
                "Detected changed %s %r on %r: %s", word, found.name, self.tname, result.message
            )
            self.changes.ops.append(self.drop_op(found))
            self.changes.ops.append(self.create_op(wanted))
        elif result.is_skip:
            log.info(
                "Cannot compare %s %r, assuming equal and skipping. %s",
                word,
                found.name,
                result.message,
            )

    def added(self, wanted: Any) -> None:
        """Append what the models have alone; a new table brings its unique constraints itself."""
        kind = "index" if wanted.is_index else "unique_constraint"
        if not wanted.is_index and (self.is_create_table or self.is_drop_table):
            return
        if not wanted.is_index and not self.supports_unique:
            return
        if not self.context.run_object_filters(wanted.const, wanted.name, kind, False, None):
            return
        self.changes.ops.append(self.create_op(wanted))
        log.info("Detected added %s %r on %r", kind.replace("_", " "), wanted.name, self.tname)

    def removed(self, found: Any) -> None:
        """Append what the database has alone."""
        kind = "index" if found.is_index else "unique_constraint"
        if not found.is_index and (self.is_create_table or self.is_drop_table):
            return
        if not self.context.run_object_filters(found.const, found.name, kind, True, None):
            return
        if found.is_index and found.is_unique and not self.supports_unique:
            return
        self.changes.ops.append(self.drop_op(found))
        log.info("Detected removed %s %r on %r", kind.replace("_", " "), found.name, self.tname)

    def create_op(self, signature: Any) -> Any:
        """Return the operation that adds one."""
        if signature.is_index:
            return ops.CreateIndexOp.from_index(signature.const)
        return ops.AddConstraintOp.from_constraint(signature.const)

    def drop_op(self, signature: Any) -> Any:
        """Return the operation that drops one."""
        if signature.is_index:
            return ops.DropIndexOp.from_index(signature.const)
        return ops.DropConstraintOp.from_constraint(signature.const)


_SORTING: dict[str, Any] = {
    "asc": sa.asc,
    "desc": sa.desc,
    "nulls_first": sa.nulls_first,
    "nulls_last": sa.nulls_last,
}


def _by_name(constraint: Any) -> tuple[str, tuple[str, ...]]:
    keys = getattr(constraint, "expressions", None) or constraint.columns
    return str(constraint.name or ""), tuple(str(getattr(c, "name", c)) for c in keys)


def _compare_indexes_and_uniques(
    autogen_context: Any,
    modify_ops: Any,
    schema: Any,
    tname: str,
    conn_table: Any,
    metadata_table: Any,
) -> PriorityDispatchResult:
    _Comparison(autogen_context, modify_ops, schema, tname, conn_table, metadata_table).run()
    return CONTINUE


def setup(plugin: Plugin) -> None:
    """Register."""
    plugin.add_autogenerate_comparator(_compare_nullable, "column", "nullable")
    plugin.add_autogenerate_comparator(_autoincrement, "column", "autoincrement")
    plugin.add_autogenerate_comparator(_compare_indexes_and_uniques, "table", "indexes")
