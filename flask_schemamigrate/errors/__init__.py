"""Every error of the package, in one tree.

::

    SchemaMigrateError
    ├── SettingsError                 S1xx  what the app was configured with
    │   ├── NoDatabase                S101
    │   ├── NoModels                  S102
    │   ├── MissingDriver             S103
    │   ├── UnknownBind               S104
    │   ├── UnsupportedDatabase       S105
    │   ├── InvalidSetting            S106
    │   ├── EnvironmentFailed         S107
    │   ├── MakoNeeded                S108
    │   └── NoTenants                 S109  (LookupError)
    ├── HistoryError                  H2xx  the folder of revision scripts
    │   ├── FolderMissing             H201
    │   ├── FolderNotWritable         H202
    │   ├── FolderNotEmpty            H203
    │   ├── BrokenScript              H204
    │   ├── DuplicateRevision         H205
    │   ├── MissingParent             H206
    │   ├── Cycle                     H207
    │   ├── DuplicateLabel            H208
    │   ├── UnknownRevision           H210  (LookupError)
    │   ├── AmbiguousRevision         H211  (LookupError)
    │   ├── MultipleHeads             H212
    │   ├── InvalidTarget             H213
    │   ├── InvalidRevisionId         H214  (ValueError)
    │   ├── NotAHead                  H215
    │   └── InvalidRange              H216  (ValueError)
    ├── StateError                    D3xx  the state that the database is in
    │   ├── Unreachable               D301  (ConnectionError)
    │   ├── UnknownApplied            D302
    │   ├── NotUpToDate               D303
    │   ├── LockTimeout               D304  (TimeoutError)
    │   ├── VersionConflict           D305
    │   ├── NotAtHead                 D306
    │   ├── HalfDone                  D307
    │   ├── NothingToResolve          D308
    │   ├── NotReady                  D309  (TimeoutError)
    │   ├── NoBaseline                D310
    │   └── StatementRefused          D311
    ├── RunError                      R4xx  running a revision
    │   ├── StatementFailed           R401
    │   ├── ScriptFailed              R402
    │   ├── Irreversible              R403
    │   ├── OnlineOnly                R404
    │   ├── NoContext                 R405
    │   ├── WouldLoseRows             R406
    │   ├── InvalidOperation          R407  (ValueError)
    │   ├── WaitsForItself            R408
    │   └── Interrupted               R409  (KeyboardInterrupt)
    ├── CompareError                  C5xx  comparing models with the database
    │   ├── ChangesPending            C501
    │   ├── AnswerNeeded              C502
    │   ├── ValueNeeded               C503
    │   ├── Undecided                 C504
    │   ├── ValueInUse                C505
    │   └── NotProven                 C510
    └── CompatError                   K6xx  names of Alembic that do not exist here
        └── UnknownName               K601  (ImportError)

Each class has a ``code`` (with a page of its own in ``docs/errors/``) and an ``exit_status``.  The
message says what was found; ``hint`` says what to type.  Messages never contain a password: URLs
are rendered by :func:`sqlalchemy.engine.URL.render_as_string`.
"""

from __future__ import annotations

from collections.abc import Sequence

from .base import counted as counted
from .base import did_you_mean as did_you_mean
from .base import RunError as RunError
from .base import SchemaMigrateError as SchemaMigrateError
from .base import SettingsError as SettingsError
from .base import StateError as StateError
from .running import Interrupted as Interrupted
from .states import NoBaseline as NoBaseline
from .states import NotReady as NotReady
from .states import StatementRefused as StatementRefused
from .tenants import NoTenants as NoTenants


class NoDatabase(SettingsError):
    """No database URL was found."""

    code = "S101"


class NoModels(SettingsError):
    """No metadata, or one without a table, was found where models are needed."""

    code = "S102"


class MissingDriver(SettingsError):
    """The URL names a driver that is not installed."""

    code = "S103"


class UnknownBind(SettingsError):
    """A bind that the app does not have was asked for."""

    code = "S104"


class UnsupportedDatabase(SettingsError):
    """The URL names a database for which there is no dialect here."""

    code = "S105"


class InvalidSetting(SettingsError):
    """A setting has a name or a value that means nothing."""

    code = "S106"


class EnvironmentFailed(SettingsError):
    """The ``env.py`` of an old folder raised an exception of its own."""

    code = "S107"


class MakoNeeded(SettingsError):
    """A ``script.py.mako`` that somebody changed can only be rendered by Mako."""

    code = "S108"


class HistoryError(SchemaMigrateError):
    """The folder of revision scripts cannot be used as it is."""

    code = "H200"


class FolderMissing(HistoryError):
    """The migrations folder does not exist, or is no migrations folder."""

    code = "H201"


class FolderNotWritable(HistoryError):
    """A file could not be written into the migrations folder."""

    code = "H202"


class FolderNotEmpty(HistoryError):
    """``init`` was asked to write into a folder that has other content."""

    code = "H203"


class BrokenScript(HistoryError):
    """A script cannot be read: syntax error, no ``revision``, not UTF-8, …"""

    code = "H204"


class DuplicateRevision(HistoryError):
    """Two scripts have the same revision id."""

    code = "H205"


class MissingParent(HistoryError):
    """A script names a parent or a dependency that does not exist."""

    code = "H206"


class Cycle(HistoryError):
    """Revisions descend from each other."""

    code = "H207"


class DuplicateLabel(HistoryError):
    """Two revisions carry the same branch label."""

    code = "H208"


class UnknownRevision(HistoryError, LookupError):
    """No revision has this identifier."""

    code = "H210"


class AmbiguousRevision(HistoryError, LookupError):
    """Several revisions begin with this partial identifier."""

    code = "H211"


class MultipleHeads(HistoryError):
    """A single head was asked for where there are several."""

    code = "H212"

    def __init__(self, heads: Sequence[str], message: str = "", *, hint: str = "") -> None:
        self.heads = tuple(heads)
        super().__init__(
            message or f"The history has {len(heads)} heads: {', '.join(heads)}.",
            hint=hint
            or "Join them into one: flask db merge heads\n"
            "Or go to all of them: flask db upgrade heads",
        )


class InvalidTarget(HistoryError):
    """The target exists but cannot be reached in the direction that was asked for."""

    code = "H213"


class InvalidRevisionId(HistoryError, ValueError):
    """A new revision id has characters or a length that cannot be used."""

    code = "H214"


class NotAHead(HistoryError):
    """A new revision was to follow one that already has a successor."""

    code = "H215"


class InvalidRange(HistoryError, ValueError):
    """A ``start:end`` range is malformed or not allowed here."""

    code = "H216"


class Unreachable(StateError, ConnectionError):
    """The server or the file cannot be opened."""

    code = "D301"


class UnknownApplied(StateError):
    """The version table names a revision for which there is no script."""

    code = "D302"


class NotUpToDate(StateError):
    """Models can only be compared with a database that is at the head.

    ``pending`` are the revisions to apply, where applying them is all that is needed.
    """

    code = "D303"

    def __init__(self, message: str, *, hint: str = "", pending: Sequence[str] = ()) -> None:
        super().__init__(message, hint=hint)
        self.pending = tuple(pending)


class LockTimeout(StateError, TimeoutError):
    """Another process holds the migration lock, or a table, for too long."""

    code = "D304"


class VersionConflict(StateError):
    """The version table was changed by somebody else meanwhile."""

    code = "D305"


class NotAtHead(StateError):
    """``current --check-heads``: the database is not at every head."""

    code = "D306"


class HalfDone(StateError):
    """A revision was interrupted, and cannot go on by itself from where it stopped."""

    code = "D307"


class NothingToResolve(StateError):
    """``resolve`` names a revision that has not stopped half-way."""

    code = "D308"


class StatementFailed(RunError):
    """The database refused a statement of a script."""

    code = "R401"


class ScriptFailed(RunError):
    """A script raised an exception of its own."""

    code = "R402"


class Irreversible(RunError):
    """An operation or a revision has no inverse."""

    code = "R403"


class OnlineOnly(RunError):
    """Something needs a live database and was asked for with ``--sql``."""

    code = "R404"


class NoContext(RunError):
    """``op`` or ``context`` was used while no migration runs."""

    code = "R405"


class WouldLoseRows(RunError):
    """The operation would delete rows that nobody named."""

    code = "R406"


class InvalidOperation(RunError, ValueError):
    """A directive was called with arguments that cannot be carried out."""

    code = "R407"


class WaitsForItself(RunError):
    """A script waits for a lock that another connection of the same process holds."""

    code = "R408"


class CompareError(SchemaMigrateError):
    """Models and database were compared, with a result that stops the command."""

    code = "C500"


class ChangesPending(CompareError):
    """``check``: the models are ahead of the database."""

    code = "C501"


class AnswerNeeded(CompareError):
    """A question has to be answered and there is no terminal to ask on."""

    code = "C502"


class ValueNeeded(CompareError):
    """A column becomes required, and rows that are there have no value for it."""

    code = "C503"


class Undecided(CompareError):
    """``migrate --strict``: a script was written in which somebody has to look at something."""

    code = "C504"
    exit_status = 3


class ValueInUse(CompareError):
    """A value of an enumeration goes, rows hold it, and nobody said what they get instead."""

    code = "C505"


class NotProven(CompareError):
    """``migrate --verify``: on a copy of the database the script did not do what it must."""

    code = "C510"


class CompatError(SchemaMigrateError):
    """A script uses something of Alembic that has no counterpart here."""

    code = "K600"


class UnknownName(CompatError, ImportError):
    """A script imports a name from ``alembic`` that does not exist here."""

    code = "K601"
