"""What scripts ask about the run they are part of: ``from flask_schemamigrate import context``.

The names are those of Alembic's ``context``.  The part of it that an ``env.py`` uses
(``configure``, ``run_migrations``) has no counterpart yet: there is no ``env.py`` to write here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import Literal
from typing import overload

from .errors import OnlineOnly
from .run.context import active
from .run.context import MigrationContext


def get_context() -> MigrationContext:
    """Return the context of the running script."""
    return active("context")


def get_bind() -> Any:
    """Return the connection of the running script."""
    return active("context").bind


def get_impl() -> MigrationContext:
    """Return what has ``bind``, ``dialect`` and ``execute``: the context itself."""
    return active("context").impl


def is_offline_mode() -> bool:
    """Whether SQL is written (``--sql``) rather than run."""
    return active("context").as_sql


def is_transactional_ddl() -> bool:
    """Whether the database rolls back DDL."""
    return active("context").own_dialect.transactional_ddl


def execute(sql: Any, execution_options: Mapping[str, Any] | None = None) -> None:
    """Run SQL, a string or an executable."""
    active("context").execute(sql, execution_options)


@overload
def get_x_argument(as_dictionary: Literal[False] = False) -> list[str]: ...
@overload
def get_x_argument(as_dictionary: Literal[True]) -> dict[str, str]: ...
def get_x_argument(as_dictionary: bool = False) -> list[str] | dict[str, str]:
    """Return what was given with ``-x``, as ``name=value`` strings or as a dictionary."""
    given = list(active("context").settings.x_arguments)
    if not as_dictionary:
        return given
    pairs = (argument.partition("=") for argument in given)
    return {name: value for name, _, value in pairs}


def get_tag_argument() -> str | None:
    """Return what was given with ``--tag``."""
    return active("context").tag


def get_starting_revision_argument() -> str | tuple[str, ...] | None:
    """Return the revisions that the run started from: None, one, or several."""
    return _one_or_all(active("context").starting_revisions)


def get_revision_argument() -> str | tuple[str, ...] | None:
    """Return the revisions that the run goes to: None (the base), one, or several."""
    return _one_or_all(active("context").destination_revisions)


def _one_or_all(revisions: tuple[str, ...]) -> str | tuple[str, ...] | None:
    if len(revisions) > 1:
        return revisions
    return revisions[0] if revisions else None


def static_output(text: str) -> None:
    """Write text into the SQL script as it is.  Raises OnlineOnly in a live run."""
    context = active("context")
    if not context.as_sql:
        raise OnlineOnly("static_output() writes into the script of --sql; this run is live.")
    context.executor.text(text)  # type: ignore[attr-defined]
