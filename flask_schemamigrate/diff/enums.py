"""Changes of enumerated types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..operations.types import AlterEnum
from ..schema.objects import Enum
from ..schema.objects import Schema


def altered(
    existing: Enum, enum: Enum, before: Schema, renamed: Sequence[tuple[str, str]] = ()
) -> AlterEnum:
    """Return the operation that gives a type the values of another one."""
    change = AlterEnum(existing, enum, tuple(renamed))
    users = before.users(existing.name)
    return replace(change, columns=tuple((t.name, c.name, change.moved(c)) for t, c in users))
