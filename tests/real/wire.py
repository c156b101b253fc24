"""How the tests talk to the programs in a package's environment: JSON, one line each way."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any

import sqlalchemy as sa


def serve(commands: dict[str, Callable[..., Any]]) -> None:
    """Import the app's module, then answer requests until the input ends.

    A request is ``{"do": command, argument: value, …}``, an answer ``{"value": …}``, or
    ``{"error": type, "text": …}`` with a traceback.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # What scripts print must not get in between.
    if sys.argv[1]:
        import_module(sys.argv[1])
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"value": commands[request.pop("do")](**request)}
        except Exception as error:
            answer = {"error": type(error).__name__, "text": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)
    os._exit(0)  # Taking a large package's modules apart lasts seconds.


def create(url: str, metadata: str) -> None:
    """Create all tables of ``metadata`` (``module:name`` of a declarative base)."""
    module, _, name = metadata.partition(":")
    engine = sa.create_engine(url)
    getattr(import_module(module), name).metadata.create_all(engine)
    engine.dispose()
