"""Hearing of what SQLAlchemy does, for a while."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa


@contextmanager
def hearing(hooks: Iterable[tuple[Any, str, Callable[..., Any]]]) -> Iterator[None]:
    """Have functions called within the block: each for a target and the name of an event."""
    kept = tuple(hooks)
    for target, name, hook in kept:
        sa.event.listen(target, name, hook)
    try:
        yield
    finally:
        for target, name, hook in kept:
            sa.event.remove(target, name, hook)
