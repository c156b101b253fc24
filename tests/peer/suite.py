"""Alembic's own tests against our modules: ``python -m tests.peer.suite sqlite [ARGUMENTS]``.

The source distribution is fetched, its tests are copied to a temporary folder together with
``alembic.testing``, which is their machinery, and pytest runs them in a process of its own, in
which everything else under the name ``alembic`` is ours.  ``PEER=alembic`` runs them against the
original.  The arguments are pytest's.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import URL

from . import expected
from . import sources

VERSION = "1.20.1"
#: The options replace those of Alembic's pyproject.toml.
OPTIONS = "addopts=-p no:warnings -p no:logging -p no:cacheprovider -p peer_plugin --maxfail=100000"
#: Seconds that one database may take.
LIMIT = 1500


@dataclass(frozen=True)
class Results:
    """What became of each test, by its id: passed, failed or skipped; and what pytest said."""

    outcomes: dict[str, str]
    output: str

    def those(self, outcome: str) -> set[str]:
        """Return the ids of the tests with an outcome."""
        return {test for test, found in self.outcomes.items() if found == outcome}

    def lines(self) -> Iterator[str]:
        """Give the counts of each module, and of all."""
        counts = Counter((_module(test), found) for test, found in self.outcomes.items())
        for module in [*sorted({module for module, _ in counts}), "all"]:
            total = Counter(self.outcomes.values())
            row = [counts[module, o] if module != "all" else total[o] for o in _OUTCOMES]
            yield f"{module:34}" + "".join(
                f"{number:6} {outcome}" for number, outcome in zip(row, _OUTCOMES, strict=True)
            )


_OUTCOMES = ("passed", "failed", "skipped")


def _module(test: str) -> str:
    return test.split("::")[0].removeprefix("tests/").removesuffix(".py")


def prepare(folder: Path) -> None:
    """Put into a folder what pytest runs.  Raises sources.Unavailable."""
    source = sources.fetch("alembic", VERSION)
    shutil.copytree(source / "tests", folder / "tests")
    shutil.copytree(source / "alembic" / "testing", folder / "alembic" / "testing")
    for name in ("setup.cfg", "pyproject.toml"):
        shutil.copy(source / name, folder / name)
    shutil.copy(Path(__file__).with_name("plugin.py"), folder / "peer_plugin.py")


def run(folder: Path, url: URL, *arguments: str) -> Results:
    """Run the prepared tests on a database."""
    found = folder / "results.jsonl"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(sources.ROOT), os.getenv("PYTHONPATH")))),
        "PEER_SOURCES": str(folder),
        "PEER_RESULTS": str(found),
        "PEER_DESELECT": json.dumps(list(expected.DESELECTED)),
    }
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_ADDOPTS", "CI"):
        environment.pop(name, None)
    given = arguments or ("tests",)
    database = url.render_as_string(hide_password=False)
    done = subprocess.run(
        (sys.executable, "-m", "pytest", "-q", "--dburi", database, "-o", OPTIONS, *given),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    outcomes: dict[str, str] = {}
    for line in found.read_text("utf-8").splitlines() if found.exists() else ():
        test, _, outcome = json.loads(line)
        if outcomes.get(test) != "failed":
            outcomes[test] = outcome
    return Results(outcomes, done.stdout + done.stderr)


@contextlib.contextmanager
def database(system: str, server: Callable[[str], URL]) -> Iterator[URL]:
    """Give a database with a second schema, as the tests want it."""
    if system == "sqlite":
        yield URL.create("sqlite", database=":memory:")
        return
    url = server(system)
    name = f"sm_peer_{uuid4().hex[:12]}"
    with _said(url) as say:
        say(f"CREATE DATABASE {name}")
        if system == "mariadb":
            say("CREATE DATABASE IF NOT EXISTS test_schema")
    if system == "postgresql":
        with _said(url.set(database=name)) as say:
            say("CREATE SCHEMA test_schema")
            say("CREATE SCHEMA test_schema_2")
    try:
        yield url.set(database=name)
    finally:
        with _said(url) as say:
            say(f"DROP DATABASE {name}" + " WITH (FORCE)" * (system == "postgresql"))


@contextlib.contextmanager
def _said(url: URL) -> Iterator[Callable[[str], object]]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        yield connection.exec_driver_sql


def check(system: str, url: URL, folder: Path) -> Results:
    """Run everything; those that fail must be exactly the expected ones."""
    prepare(folder)
    results = run(folder, url)
    left = {test for test in results.outcomes if expected.is_left(system, test)}
    failed = results.those("failed")
    assert not failed - left, f"{sorted(failed - left)}\n{results.output[-20000:]}"
    passing = left & results.those("passed")
    assert not passing, f"pass now, take them out of the list: {sorted(passing)}"
    assert len(results.those("passed")) >= expected.PASSED[system], results.output[-2000:]
    return results


def main(system: str, *arguments: str) -> int:
    """Run the tests on one system and print what became of them."""
    from .. import servers

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        prepare(folder)

        def server(name: str) -> URL:
            return stack.enter_context(getattr(servers, name)())

        url = stack.enter_context(database(system, server))
        results = run(folder, url, *arguments)
    print(results.output)
    print("\n".join(results.lines()))
    return bool(results.those("failed"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
