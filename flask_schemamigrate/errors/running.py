"""Errors of runs that somebody ends."""

from __future__ import annotations

from .base import RunError


class Interrupted(RunError, KeyboardInterrupt):
    """Somebody pressed Ctrl-C, or the process was told to end, while it ran or waited."""

    code = "R409"
    exit_status = 130
