"""A server that refuses what the strictest of the real ones refuses."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from flask_schemamigrate.operations.base import Operation
from flask_schemamigrate.operations.batch import AlterTable
from flask_schemamigrate.operations.columns import AddColumn
from flask_schemamigrate.operations.columns import AlterColumn
from flask_schemamigrate.operations.columns import DropColumn
from flask_schemamigrate.operations.constraints import AddConstraint
from flask_schemamigrate.operations.constraints import DropConstraint
from flask_schemamigrate.operations.indexes import CreateIndex
from flask_schemamigrate.operations.indexes import DropIndex
from flask_schemamigrate.operations.tables import CreateTable
from flask_schemamigrate.operations.tables import DropTable
from flask_schemamigrate.schema.objects import ForeignKey
from flask_schemamigrate.schema.objects import Schema
from flask_schemamigrate.schema.objects import Table


class Refused(Exception):
    """What the server says."""


def sorted_table(table: Table) -> Table:
    """Return a table with everything in the order of names, for comparing."""

    def by_name(items):
        return tuple(sorted(items, key=lambda item: (item.name or "", repr(item))))

    return replace(
        table,
        columns=by_name(table.columns),
        uniques=by_name(table.uniques),
        foreign_keys=by_name(table.foreign_keys),
        checks=by_name(table.checks),
        excludes=by_name(table.excludes),
        indexes=by_name(table.indexes),
    )


def sorted_schema(schema: Schema) -> Schema:
    """Return a schema whose tables have everything in the order of names."""
    return Schema.of(
        map(sorted_table, schema.tables.values()),
        schema.enums.values(),
        schema.sequences.values(),
        schema.schemas,
    )


def run(schema: Schema, operations: tuple[Operation, ...]) -> Schema:
    """Carry operations out; raises Refused."""
    return reduce(_step, operations, schema)


def _step(schema: Schema, op: Operation) -> Schema:
    if isinstance(op, AlterTable):
        return run(schema, op.operations)
    _check(schema, op)
    after = op.apply(schema)
    for table in after.tables.values():
        _check_keys(after, table, op)
    return after


def _check(schema: Schema, op: Operation) -> None:
    if isinstance(op, CreateTable):
        _expect(op, schema.table(op.table.name) is None, "the table is there")
        return
    if isinstance(op, DropTable):
        table = schema.table(op.name)
        _expect(op, table is not None, "there is no such table")
        for other in schema.tables.values():
            pointing = any(k.target == op.name for k in other.foreign_keys)
            _expect(op, other is table or not pointing, f"{other.name} points at it")
        return
    name = getattr(op, "table", None) or getattr(op, "name", None)
    table = schema.table(name)
    _expect(op, table is not None, "there is no such table")
    assert table is not None
    match op:
        case AddColumn():
            _expect(op, table.column(op.column.name) is None, "the column is there")
        case DropColumn():
            _expect(op, table.column(op.column) is not None, "there is no such column")
            keys = [k.name for k in table.foreign_keys if op.column in k.columns]
            _expect(op, not keys, f"foreign keys stand on it: {keys}")
        case AlterColumn():
            _expect(op, table.column(op.column) is not None, "there is no such column")
        case AddConstraint():
            there = table.constraint(op.constraint.name) if op.constraint.name else None
            _expect(op, there is None, "the constraint is there")
            missing = set(getattr(op.constraint, "columns", ())) - {c.name for c in table.columns}
            _expect(op, not missing, f"there are no columns {missing}")
        case DropConstraint():
            _expect(op, op.find(table) is not None, "there is no such constraint")
        case CreateIndex():
            _expect(op, table.index(op.index.name or "") is None, "the index is there")
            missing = set(op.index.columns) - {c.name for c in table.columns}
            _expect(op, not missing, f"there are no columns {missing}")
        case DropIndex():
            index = table.index(op.name)
            _expect(op, index is not None, "there is no such index")


def _check_keys(schema: Schema, table: Table, op: Operation) -> None:
    for key in table.foreign_keys:
        target = schema.table(key.target)
        _expect(op, target is not None, f"{key.name} would point at nothing")
        assert target is not None
        columns = {c.name for c in target.columns}
        _expect(op, columns >= set(key.target_columns), f"{key.name} would point at no column")


def supports(table: Table, key: ForeignKey) -> bool:
    """Whether an index begins with the columns of a foreign key."""
    keys = [i.columns for i in table.indexes] + [u.columns for u in table.uniques]
    if table.primary_key is not None:
        keys.append(table.primary_key.columns)
    return any(columns[: len(key.columns)] == key.columns for columns in keys)


def _expect(op: Operation, holds: bool, message: str) -> None:
    if not holds:
        raise Refused(f"{op.describe()}: {message}")
