"""``alembic.migration`` and ``alembic.runtime.migration``, as far as scripts use them."""

from __future__ import annotations

from ...run.context import MigrationContext as MigrationContext

__all__ = ["MigrationContext"]
