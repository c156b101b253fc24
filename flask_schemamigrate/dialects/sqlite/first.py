"""What SQLAlchemy wants to know of a database first: nothing is far away here."""

from __future__ import annotations

from contextlib import AbstractContextManager
from contextlib import nullcontext

from sqlalchemy.engine import Engine


def asking(engine: Engine) -> AbstractContextManager[None]:
    """Let it ask."""
    return nullcontext()
