"""Schema migrations for Flask apps: models in, reviewed scripts out, databases moved safely."""

from __future__ import annotations

from .extension import SchemaMigrate

__all__ = ["SchemaMigrate"]
