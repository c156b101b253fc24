"""Types that bring a CHECK along, without it."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from ..operations.base import UNSET
from ..operations.columns import AlterColumn
from ..schema.objects import Sql


def checkless(type_: Sql) -> Sql:
    """Return a type without the check that it would bring along: that is said by itself."""
    element = type_.element
    if not getattr(element, "create_constraint", False) or getattr(element, "native_enum", False):
        return type_
    if isinstance(element, sa.Enum):
        return Sql(type_.text, sa.String(element.length))
    return Sql(type_.text, sa.Boolean())


def without_checks(op: AlterColumn) -> AlterColumn:
    """Return the change between types that bring no checks along."""
    existing = op.existing
    if existing.type is not UNSET:
        existing = replace(existing, type=checkless(existing.type))
    if op.type is UNSET:
        return replace(op, existing=existing)
    return replace(op, type=checkless(op.type), existing=existing)
