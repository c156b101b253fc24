"""Tables that this history never created: other programs' tables, in the same database.

A table is ours if a model describes it or if a string in any script mentions it, in a directive or
in SQL.  Scripts are read, not imported; a name that one puts together at run time is not found in
it, and then the table is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..history import spoken
from ..run.session import Session
from ..schema.names import Name
from ..schema.objects import Schema
from . import reading


def strangers(
    opened: Session, actual: Schema, wanted: Schema, renames: Sequence[str] = ()
) -> tuple[Name, ...]:
    """Return the tables that neither the models nor the scripts mention, in order.

    Whoever says that a table was renamed (``renames``, ``renamed_from``) mentions it.
    """
    others = [name for name in actual.tables if name not in wanted.tables]
    if not others:
        return ()
    infos = (getattr(t.element, "info", None) or {} for t in wanted.tables.values())
    renamed = {str(info.get("renamed_from", "")) for info in infos}
    renamed |= {part for text in renames for part in re.split("[.:]", text)}
    said = spoken.of(reading.folder(opened.settings))
    return tuple(
        sorted(
            (n for n in others if not said.mentions(n.name) and n.name not in renamed),
            key=lambda name: name.sort_key,
        )
    )


def without(actual: Schema, wanted: Schema, names: Sequence[Name]) -> Schema:
    """Return ``actual`` without these tables, and without the types that they alone may need."""
    used = {c.enum for n in names for c in actual.tables[n].columns if c.enum is not None}
    for name in names:
        actual = actual.without_table(name)
    for enum in used - wanted.enums.keys():
        actual = actual.without_enum(enum)
    return actual
