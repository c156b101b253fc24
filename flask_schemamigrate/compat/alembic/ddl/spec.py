"""A foreign key taken apart."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from sqlalchemy.schema import ForeignKeyConstraint


class ForeignKeySpec(NamedTuple):
    """What a foreign key says, by names."""

    source_schema: str | None
    source_table: str
    source_columns: list[str]
    target_schema: str | None
    target_table: str
    target_columns: list[str]
    onupdate: str | None
    ondelete: str | None
    deferrable: bool | None
    initially: str | None


def fk_spec(constraint: ForeignKeyConstraint) -> ForeignKeySpec:
    """Return what a foreign key says; its target need not exist."""
    parent: Any = constraint.parent
    targets: list[tuple[str | None, str, str]] = []
    for element in constraint.elements:
        tokens: Any = element._column_tokens
        schema, table, column = tokens
        targets.append((schema, table, column or element.parent.name))
    schema, table, _ = targets[0]
    if schema is None and constraint.elements[0]._table_column is None:
        schema = parent.metadata.schema
    return ForeignKeySpec(
        parent.schema,
        parent.name,
        [element.parent.name for element in constraint.elements],
        schema,
        table,
        [_named(constraint, schema, table, column) for _, _, column in targets],
        constraint.onupdate,
        constraint.ondelete,
        constraint.deferrable,
        constraint.initially,
    )


def _named(constraint: ForeignKeyConstraint, schema: Any, table: str, column: str) -> str:
    """Return the name of a column in the database, which may not be its key in the models."""
    if constraint.link_to_name or constraint.elements[0]._table_column is not None:
        return column
    target = constraint.parent.metadata.tables.get(f"{schema}.{table}" if schema else table)
    return str(target.c[column].name) if target is not None and column in target.c else column
