"""``--sql`` for database systems that only the peers' directives know: SQL Server and Oracle.

There is no engine of ours for them, so nothing runs and nothing is compared; what their scripts
would do is written down by the ``alembic`` that scripts find here.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from typing import TextIO

from ..history.folder import Folder
from ..history.graph import Direction
from ..history.graph import Move
from ..run.script import function
from ..settings import Database
from ..settings import Settings

#: From the peers' scripts to their steps.
Steps = Callable[[Any], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Telling:
    """What scripts are told: what makes ``alembic`` mean our modules, a tag, arguments."""

    names: Callable[[], AbstractContextManager[None]]
    tag: str | None = None
    arguments: Mapping[str, Any] | None = None


def knows(database: Database) -> bool:
    """Whether a database is one of those."""
    return database.url.get_backend_name() in ("mssql", "oracle")


def write(
    database: Database,
    settings: Settings,
    start: Sequence[str],
    steps: Steps,
    out: TextIO,
    telling: Telling,
) -> None:
    """Write what ``steps`` do to a database whose rows are ``start``."""
    with telling.names():
        from .alembic.config import Config
        from .alembic.runtime.environment import EnvironmentContext
        from .alembic.script import ScriptDirectory

        folder = Folder.of(settings)
        places = [str(place) for place in folder.locations]
        directory = ScriptDirectory(str(folder.directory), version_locations=places)
        config = settings.inherited.config or Config()
        given = {name: value for name, value in settings.options.items() if value is not None}
        environment = EnvironmentContext(
            config,
            directory,
            fn=lambda rows, context: list(steps(directory)),
            as_sql=True,
            starting_rev=tuple(start) or None,
            destination_rev=None,
            tag=telling.tag,
        )
        with environment:
            environment.configure(
                **{
                    "literal_binds": True,
                    **given,
                    "url": database.url,
                    "connection": None,
                    "output_buffer": out,
                    "target_metadata": list(database.metadata),
                    "version_table": settings.version_table,
                    "version_table_schema": settings.version_table_schema,
                }
            )
            with environment.begin_transaction():
                environment.run_migrations(**(telling.arguments or {}))


def moves(found: Sequence[Move], database: Database, arguments: Mapping[str, Any] | None) -> Steps:
    """Return the steps of moves, which call what each script has for the database."""

    def steps(directory: Any) -> Iterable[Any]:
        from .alembic.runtime.migration import MigrationStep

        for move in found:
            script = directory.get_revision(move.revision.id)
            up = move.direction is Direction.UP
            make = MigrationStep.upgrade_from_script if up else MigrationStep.downgrade_from_script
            step = make(directory.revision_map, script)
            if arguments is None:
                called = function(script.module, move.revision, move.direction, database.bind)
                step.migration_fn = _without_arguments(called, "upgrade" if up else "downgrade")
            yield step

    return steps


def _without_arguments(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    def call(**_: Any) -> None:
        function()

    call.__name__ = name
    return call


def stamps(targets: Sequence[str], start: Sequence[str]) -> Steps:
    """Return the steps of ``stamp``."""
    return lambda directory: directory._stamp_revs(tuple(targets), tuple(start))
