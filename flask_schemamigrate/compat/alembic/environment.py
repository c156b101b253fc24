"""``alembic.environment``: the old name of ``alembic.runtime.environment``."""

from __future__ import annotations

from .runtime.environment import EnvironmentContext as EnvironmentContext
