"""What the copies of databases have in common: names by which they are found again, listeners."""

from __future__ import annotations

import secrets
import time

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

#: How the names of throw-away databases begin: after a crash the next run finds them by it.
PREFIX = "schemamigrate_copy_"
#: Rows of each table that are copied where not all of them are.
SAMPLE = 1000
#: Seconds that a copy may exist before its owner can be missed.
GRACE = 60


def new_name() -> str:
    """Return the name of a new throw-away database, which says when it was made."""
    return f"{PREFIX}{int(time.time()):x}_{secrets.token_hex(4)}"


def is_old(name: str) -> bool:
    """Whether a throw-away database was made so long ago that its owner must be using it."""
    made = name[len(PREFIX) :].partition("_")[0]
    try:
        return name.startswith(PREFIX) and time.time() - int(made, 16) > GRACE
    except ValueError:
        return False


def engine_for(engine: Engine, database: str) -> Engine:
    """Return an engine without a pool for another database on the server of the app's engine."""
    made = sa.create_engine(engine.url.set(database=database), poolclass=NullPool)
    listen(made, engine)
    return made


def listen(made: Engine, engine: Engine) -> None:
    """Let what listens to the connections of the app's engine hear of those of another one."""
    present = list(made.pool.dispatch.connect)  # Those of SQLAlchemy's Engine class.
    for listener in engine.pool.dispatch.connect:
        if listener not in present:
            sa.event.listen(made, "connect", listener)
