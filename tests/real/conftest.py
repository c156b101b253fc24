"""Fixtures: the two programs in a package's environment, and empty databases."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from .. import conftest
from . import environment
from .environment import Program
from .packages import Package


@dataclass(frozen=True)
class Programs:
    """Both programs in one package's environment."""

    ours: Program
    alembic: Program


@pytest.fixture(scope="session")
def programs() -> Iterator[Callable[[Package], Programs]]:
    """Give a function from a package to its programs; they start when asked for."""
    started: dict[str, Programs] = {}
    with ExitStack() as stack:

        def start(package: Package) -> Programs:
            if package.name not in started:
                interpreter = _environment(package)
                both = [Program(name, interpreter, package) for name in ("run_ours", "run_alembic")]
                for program in both:
                    stack.callback(program.close)
                started[package.name] = Programs(*both)
            return started[package.name]

        yield start


@cache  # Where a package cannot be had, that is found out once.
def _interpreter(package: Package) -> Path | environment.Unavailable:
    try:
        return environment.python(package)
    except environment.Unavailable as error:
        return error


def _environment(package: Package) -> Path:
    if sys.version_info < package.python:
        pytest.skip(f"{package.pin} needs Python {'.'.join(map(str, package.python))}")
    found = _interpreter(package)
    if isinstance(found, Path):
        return found
    message = f"NOT TESTED: {package.pin} could not be had. {found}"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


Fresh = Callable[[str], conftest.Database]


@pytest.fixture(scope="module")
def fresh(
    server: Callable[[str], URL], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fresh]:
    """Give a function from a system's name to a new empty database on it."""
    with ExitStack() as stack:

        def make(system: str) -> conftest.Database:
            folder = tmp_path_factory.mktemp("real")
            made = contextmanager(conftest._fresh)(system, server, folder)
            return stack.enter_context(made)

        yield make
