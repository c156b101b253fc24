"""What all errors are, and words that many of them need."""

from __future__ import annotations

from collections.abc import Iterable


class SchemaMigrateError(Exception):
    """Whatever this package raises for a mistake or a state that a person can mend.

    ``message`` is what was found, ``hint`` what to do about it (may be empty); ``str()`` gives the
    message alone.
    """

    code = "E000"
    exit_status = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SettingsError(SchemaMigrateError):
    """The app's configuration cannot be used."""

    code = "S100"


class StateError(SchemaMigrateError):
    """The database is in a state in which the command cannot go on."""

    code = "D300"


class RunError(SchemaMigrateError):
    """A revision could not be run."""

    code = "R400"


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the choice nearest to ``word``, or an empty string."""
    import difflib  # Every web worker imports this module, and none of them needs this one.

    near = difflib.get_close_matches(word, list(choices), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


def counted(number: int, noun: str) -> str:
    """Return ``"1 table"`` or ``"5 tables"``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
