"""What is the same but for its name: such a one is renamed, and nobody has to be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from ..schema.objects import Check
from ..schema.objects import Constraint
from ..schema.objects import Index
from ..schema.objects import Table

Named = TypeVar("Named", bound="Constraint | Index")


def but_for_name(
    gone: Sequence[Named], added: Sequence[Named], before: Table
) -> list[tuple[Named, Named]]:
    """Return pairs of ``gone`` and ``added`` that differ by their names alone.

    Left out is what could not be renamed at once: a new name that the table ``before`` has in use.
    That of a check which goes is free by then.
    """
    taken = {item.name for item in (*before.constraints, *before.indexes)}
    texts = [item.sql for item in added if isinstance(item, Check)]
    taken -= {item.name for item in gone if isinstance(item, Check) and item.sql not in texts}
    left = sorted(gone, key=lambda item: item.name or "")
    pairs = []
    for item in sorted(added, key=lambda item: item.name or ""):
        if item.name is None or item.name in taken:
            continue
        for other in left:
            if other.name is not None and replace(other, name=item.name) == item:
                left.remove(other)
                pairs.append((other, item))
                break
    return pairs
