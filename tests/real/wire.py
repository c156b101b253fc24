"""How the tests talk to the programs in a package's environment: JSON, one line each way."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from importlib import import_module
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from flask import Flask


def serve(commands: dict[str, Callable[..., Any]]) -> None:
    """Import the app's module, then answer requests until the input ends.

    A request is ``{"do": command, argument: value, …}``, an answer ``{"value": …}``, or
    ``{"error": type, "text": …}`` with a traceback.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # What scripts print must not get in between.
    if sys.argv[1]:
        import_module(sys.argv[1])
    metadata()
    app = Flask("real")  # As the commands of Flask-Migrate, which run in the context of one.
    app.config["UPLOAD_FOLDER"] = "/nowhere"
    for line in sys.stdin:
        request = json.loads(line)
        command = request.pop("do")
        try:
            # ``flask db`` has an app of its own, and would take this one.
            with nullcontext() if command == "flask" else app.app_context():
                answer = {"value": commands[command](**request)}
        except Exception as error:
            answer = {"error": type(error).__name__, "text": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)
    os._exit(0)  # Taking a large package's modules apart lasts seconds.


@cache
def metadata() -> sa.MetaData | None:
    """Return what the app's ``env.py`` has as ``target_metadata``: it names constraints."""
    if not sys.argv[2]:
        return None
    module, _, name = sys.argv[2].partition(":")
    found: sa.MetaData = attrgetter(name)(import_module(module))
    return found


def create(url: str, metadata: str) -> None:
    """Create all tables of ``metadata`` (``module:name`` of a declarative base)."""
    module, _, name = metadata.partition(":")
    engine = sa.create_engine(url)
    getattr(import_module(module), name).metadata.create_all(engine)
    engine.dispose()
