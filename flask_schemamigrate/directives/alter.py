"""``alter_column``: one directive, at times several operations."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from ..operations.base import Operation
from ..operations.constraints import AddConstraint
from ..operations.constraints import DropConstraint
from .build import Builder


def alterations(
    builder: Builder, table: str, schema: str | None, column: str, given: Mapping[str, Any]
) -> Iterator[Operation]:
    """Yield the operations of one ``alter_column``.

    Where one type takes the place of another, the CHECK that the old one brought goes first and the
    one of the new type comes last.  An old type that is not given leaves its CHECK, as in Alembic.
    """
    name = builder.reader.name(table, schema)
    if given.get("type_") is not None and given.get("existing_type") is not None:
        for check in builder.type_checks(table, schema, column, given["existing_type"]):
            yield DropConstraint(name, check.name, "check", constraint=check)
    yield builder.alter_column(table, schema, column, given)
    if given.get("type_") is not None:
        final_name = given.get("new_column_name") or column
        for check in builder.type_checks(table, schema, final_name, given["type_"]):
            yield AddConstraint(name, check)
