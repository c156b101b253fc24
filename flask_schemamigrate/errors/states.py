"""Errors about the states of databases, as ``flask db status`` names them."""

from __future__ import annotations

from .base import StateError


class NoBaseline(StateError):
    """No revision can be recorded for a database: it equals none, or nobody can tell."""

    code = "D310"


class StatementRefused(StateError):
    """A database refused a statement of this package itself, such as for want of a right."""

    code = "D311"


class NotReady(StateError, TimeoutError):
    """The app cannot work on a database, and waiting for it has taken too long.

    ``state`` is the word for the state that it is in.
    """

    code = "D309"
    exit_status = 124  # As timeout(1) has it.

    def __init__(self, message: str, *, hint: str = "", state: str = "") -> None:
        super().__init__(message, hint=hint)
        self.state = state
