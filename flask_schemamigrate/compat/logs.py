"""Keeping an ``env.py`` from taking over the logging of the process that it runs in."""

from __future__ import annotations

import logging
import logging.config
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: What sets up logging for a whole process, by the module where it is looked for.  The inner
#: functions of ``fileConfig`` are for those who imported it before.
_TAKEOVERS = (
    (logging, "basicConfig"),
    (logging, "disable"),
    (logging.config, "fileConfig"),
    (logging.config, "dictConfig"),
    (logging.config, "_clearExistingHandlers"),
    (logging.config, "_install_handlers"),
    (logging.config, "_install_loggers"),
)
#: Loggers of the peers.  One that an ``env.py`` made goes with it.
_THEIRS = ("alembic", "flask_migrate")
_State = tuple[int, bool, bool, list[Any], list[Any]]


@contextmanager
def untouched() -> Iterator[None]:
    """Leave every logger as it was before the block: handlers, levels, filters, all of it.

    What configures logging does nothing meanwhile, so that no handler is closed; whatever was done
    by other means is undone at the end.
    """
    replaced = [(m, name, getattr(m, name)) for m, name in _TAKEOVERS if hasattr(m, name)]
    manager = logging.root.manager
    known = set(manager.loggerDict)
    states = {logger: _state(logger) for logger in _loggers()}
    disabled = manager.disable
    for module, name, _ in replaced:
        setattr(module, name, _nothing)
    try:
        yield
    finally:
        for module, name, original in replaced:
            setattr(module, name, original)
        for logger, state in states.items():
            _restore(logger, state)
        for name in manager.loggerDict.keys() - known:
            if name.partition(".")[0] in _THEIRS:
                del manager.loggerDict[name]
        manager.disable = disabled


def _nothing(*_: Any, **__: Any) -> None:
    """Configure nothing."""


def _loggers() -> Iterator[logging.Logger]:
    yield logging.root
    for found in logging.root.manager.loggerDict.values():
        if isinstance(found, logging.Logger):
            yield found


def _state(logger: logging.Logger) -> _State:
    return (
        logger.level,
        logger.disabled,
        logger.propagate,
        list(logger.handlers),
        list(logger.filters),
    )


def _restore(logger: logging.Logger, state: _State) -> None:
    level, logger.disabled, logger.propagate, handlers, filters = state
    if logger.level != level:
        logger.setLevel(level)  # It also forgets what other loggers have made of the level.
    logger.handlers[:], logger.filters[:] = handlers, filters
