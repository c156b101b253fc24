"""The subject: runs a history with our engine, straight on its inside, without an app."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from flask_schemamigrate import Migrate
from flask_schemamigrate.compat.names import alembic_names
from flask_schemamigrate.history import symbols
from flask_schemamigrate.history.folder import Folder
from flask_schemamigrate.history.graph import Graph
from flask_schemamigrate.history.graph import Move
from flask_schemamigrate.run import move
from flask_schemamigrate.run import session as sessions
from flask_schemamigrate.settings import Database
from flask_schemamigrate.settings import Settings
from tests.real import cli
from tests.real import wire


def upgrade(folder: str, url: str, target: str) -> list[str]:
    """Upgrade to ``target``; return the ids that were applied."""
    return _run(folder, url, lambda graph, rows: _up(graph, rows, target))


def downgrade(folder: str, url: str, target: str) -> list[str]:
    """Downgrade to ``target``; return the ids that were undone."""
    return _run(folder, url, lambda graph, rows: _down(graph, rows, target))


def _up(graph: Graph, rows: Sequence[str], target: str) -> Sequence[Move]:
    return graph.upgrade_moves(rows, symbols.upgrade_target(graph, target, rows))


def _down(graph: Graph, rows: Sequence[str], target: str) -> Sequence[Move]:
    return graph.downgrade_moves(rows, symbols.undone_by(graph, target, rows))


def _run(
    folder: str, url: str, moves: Callable[[Graph, Sequence[str]], Sequence[Move]]
) -> list[str]:
    engine = sa.create_engine(url)
    metadata = wire.metadata()
    models = (metadata,) if metadata is not None else ()
    database = Database(None, engine.url, lambda: engine, models)
    scripts = Folder(Path(folder))
    try:
        settings = Settings(Path(folder))
        with sessions.connect(database, settings) as session, session.locked(print):
            with session.reading():
                wanted = moves(scripts.read(), session.versions.rows())
            done = move.run(session, scripts, wanted, names=alembic_names)
    finally:
        engine.dispose()
    return [applied.revision.id for applied in done]


def history(folder: str) -> dict[str, Any]:
    """Return all ids, oldest first, and the heads."""
    graph = Folder(Path(folder)).read()
    ids = [*graph.ordered(graph.revisions)]
    return {"ids": ids, "heads": [*graph.heads], "bases": [*graph.bases]}


def flask(**arguments: Any) -> list[Any]:
    """Run ``flask db`` of ours."""
    return cli.run(Migrate, **arguments)


if __name__ == "__main__":
    commands = (upgrade, downgrade, history, flask, wire.create)
    wire.serve({command.__name__: command for command in commands})
