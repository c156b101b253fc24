"""``alembic.script``: the folder of scripts and their history."""

from __future__ import annotations

from .base import Script as Script
from .base import ScriptDirectory as ScriptDirectory

__all__ = ["Script", "ScriptDirectory"]
