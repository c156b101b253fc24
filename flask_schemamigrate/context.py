"""What scripts and an ``env.py`` ask about the run: ``from flask_schemamigrate import context``.

The names are those of Alembic's ``context``.  While a script runs, they answer for the script;
while an ``env.py`` runs, for the environment that runs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextlib import contextmanager
from typing import Any
from typing import Literal
from typing import overload

from .errors import NoContext
from .errors import OnlineOnly
from .run.context import active
from .run.context import is_active
from .run.context import MigrationContext

#: The environments that run, innermost last.  Only one thread at a time can run any: the name
#: ``alembic`` belongs to the process.  An ``env.py`` may go on in a thread that it starts.
_running: list[Any] = []


@contextmanager
def installed(environment: Any) -> Iterator[None]:
    """Let the functions of this module answer for ``environment`` within the block."""
    _running.append(environment)
    try:
        yield
    finally:
        _running.remove(environment)


def environment(word: str = "context") -> Any:
    """Return the ``EnvironmentContext`` that runs.  Raises NoContext."""
    if not _running:
        raise NoContext(
            f"{word} can only be used while an env.py runs.",
            hint="It is run by the commands: flask db upgrade",
        )
    return _running[-1]


def __getattr__(name: str) -> Any:
    """Return ``config`` or ``script`` of the environment that runs, or of the running script."""
    if name in ("config", "script") and (_running or is_active()):
        return getattr(_running[-1] if _running else active("context"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# --- an env.py configures and runs ----------------------------------------------------------------


def configure(*args: Any, **kw: Any) -> None:
    """Say where the run works and how: the parameters are those of Alembic."""
    environment("context.configure()").configure(*args, **kw)


def run_migrations(**kw: Any) -> None:
    """Do what the command is to do; ``kw`` are given to ``upgrade()`` and ``downgrade()``."""
    environment("context.run_migrations()").run_migrations(**kw)


def begin_transaction() -> AbstractContextManager[Any]:
    """Return a block for :func:`run_migrations`."""
    found: AbstractContextManager[Any] = environment(
        "context.begin_transaction()"
    ).begin_transaction()
    return found


def requires_connection() -> bool:
    """Whether a connection is needed: not with ``--sql``."""
    return not is_offline_mode()


def get_head_revision() -> Any:
    """Return the head of the scripts; several are an error."""
    return environment().get_head_revision()


def get_head_revisions() -> Any:
    """Return the heads of the scripts."""
    return environment().get_head_revisions()


# --- both ask -------------------------------------------------------------------------------------


def get_context() -> Any:
    """Return the context of the running script, else the one that was configured."""
    return _script() or environment().get_context()


def get_bind() -> Any:
    """Return the connection."""
    script = _script()
    return script.bind if script else environment().get_bind()


def get_impl() -> Any:
    """Return what has ``bind``, ``dialect`` and ``execute``."""
    script = _script()
    return script.impl if script else environment().get_impl()


def is_offline_mode() -> bool:
    """Whether SQL is written (``--sql``) rather than run."""
    script = _script()
    return script.as_sql if script else bool(environment().is_offline_mode())


def is_transactional_ddl() -> bool:
    """Whether the database rolls back DDL."""
    script = _script()
    if script is None:
        return bool(environment().is_transactional_ddl())
    return script.own_dialect.transactional_ddl


def execute(sql: Any, execution_options: Mapping[str, Any] | None = None) -> None:
    """Run SQL, a string or an executable."""
    get_context().execute(sql, execution_options)


@overload
def get_x_argument(as_dictionary: Literal[False] = False) -> list[str]: ...
@overload
def get_x_argument(as_dictionary: Literal[True]) -> dict[str, str]: ...
def get_x_argument(as_dictionary: bool = False) -> list[str] | dict[str, str]:
    """Return what was given with ``-x``, as ``name=value`` strings or as a dictionary."""
    if _running:
        found: list[str] | dict[str, str] = _running[-1].get_x_argument(as_dictionary)
        return found
    given = list(active("context").settings.x_arguments)
    if not as_dictionary:
        return given
    pairs = (argument.partition("=") for argument in given)
    return {name: value for name, _, value in pairs}


def get_tag_argument() -> str | None:
    """Return what was given with ``--tag``."""
    script = _script()
    return script.tag if script else environment().get_tag_argument()


def get_starting_revision_argument() -> Any:
    """Return the revisions that the run started from: None, one, or several."""
    script = _script()
    if script is None:
        return environment().get_starting_revision_argument()
    return _one_or_all(script.starting_revisions)


def get_revision_argument() -> Any:
    """Return the revisions that the run goes to: None (the base), one, or several."""
    script = _script()
    if script is None:
        return environment().get_revision_argument()
    return _one_or_all(script.destination_revisions)


def static_output(text: str) -> None:
    """Write text into the SQL script as it is.  Raises OnlineOnly in a live run."""
    script = _script()
    if script is None:
        environment().static_output(text)
    elif script.as_sql:
        script.executor.text(text)  # type: ignore[attr-defined]
    else:
        raise OnlineOnly("static_output() writes into the script of --sql; this run is live.")


def _script() -> MigrationContext | None:
    """Return the context of the running script; None where none runs and an ``env.py`` does."""
    if is_active() or not _running:
        return active("context")
    return None


def _one_or_all(revisions: tuple[str, ...]) -> str | tuple[str, ...] | None:
    if len(revisions) > 1:
        return revisions
    return revisions[0] if revisions else None
