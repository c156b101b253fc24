"""The text of a new script without operations."""

from __future__ import annotations

from collections.abc import Sequence

from ..history.revision import Revision

_HEADER = '''\
"""{doc}

Revision ID: {id}
Revises: {revises}
Create Date: {created}

"""

import sqlalchemy as sa
from flask_schemamigrate import op

revision = {id!r}
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends!r}
'''


def text(revision: Revision, binds: Sequence[str | None]) -> str:
    """Return a script whose functions do nothing: a pair for each bind where there are several."""
    header = _HEADER.format(
        doc=(revision.doc or "empty message").replace("\\", "\\\\").replace('"""', r"\"\"\""),
        id=revision.id,
        revises=", ".join(revision.parents),
        created=revision.created,
        down=_value(revision.parents),
        labels=revision.labels or None,
        depends=_value(revision.depends_on),
    )
    words = ("upgrade", "downgrade")
    if len(binds) < 2:
        return header + "".join(f"\n\ndef {word}():\n    pass\n" for word in words)
    dispatch = "".join(
        f'\n\ndef {word}(engine_name):\n    globals()[f"{word}_{{engine_name}}"]()\n'
        for word in words
    )
    parts = (f"\n\ndef {word}_{bind or ''}():\n    pass\n" for bind in binds for word in words)
    return header + dispatch + "".join(parts)


def _value(ids: Sequence[str]) -> str | tuple[str, ...] | None:
    if not ids:
        return None
    return ids[0] if len(ids) == 1 else tuple(ids)
