"""Errors about the many databases of one app."""

from __future__ import annotations

from .base import SettingsError


class NoTenants(SettingsError, LookupError):
    """No schema, database or bind is what tenants were said to be."""

    code = "S109"
