"""``alembic.operations``: directives, as methods and as objects."""

from __future__ import annotations

# First: it needs these modules itself, whole.
from .. import ddl as ddl
from . import toimpl as toimpl
from .base import AbstractOperations as AbstractOperations
from .base import Operations as Operations
from .batchops import BatchOperations as BatchOperations
from .ops import MigrateOperation as MigrateOperation
from .ops import MigrationScript as MigrationScript
