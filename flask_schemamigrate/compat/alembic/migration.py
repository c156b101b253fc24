"""``alembic.migration``: the old name of ``alembic.runtime.migration``."""

from __future__ import annotations

from .runtime.migration import HeadMaintainer as HeadMaintainer
from .runtime.migration import MigrationContext as MigrationContext
from .runtime.migration import MigrationInfo as MigrationInfo
from .runtime.migration import MigrationStep as MigrationStep
from .runtime.migration import RevisionStep as RevisionStep
from .runtime.migration import StampStep as StampStep
