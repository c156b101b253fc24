"""``alembic.util``, as far as scripts use it."""

from __future__ import annotations

import uuid

from ...errors import SchemaMigrateError

#: Scripts catch and raise it; every error of ours is one.
CommandError = SchemaMigrateError


def rev_id() -> str:
    """Return twelve random hexadecimal digits."""
    return uuid.uuid4().hex[-12:]
