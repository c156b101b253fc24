"""What is seen, and what is seen that is not there: changes on each database, beside Alembic.

``make bench-autogenerate`` leads every case of ``tests/cases`` to the point where a migration would
be written and asks both programs.  *Seen*: the models differ from the database, and a difference is
found.  *Silent*: the tables were just made of the models by ``create_all``, and none is found.
Alembic is asked with ``compare_type`` and ``compare_server_default``.  The figures are printed and
written to ``docs/autogenerate_figures.inc``.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Engine
from sqlalchemy.engine import URL

from flask_schemamigrate import api
from flask_schemamigrate.errors import SchemaMigrateError
from tests import servers
from tests.cases import ALL
from tests.cases import Case
from tests.cases import topics
from tests.laws.place import Place
from tests.laws.place import Places
from tests.laws.walk import Stopped
from tests.laws.walk import Walk

PAGE = Path(__file__).parent.parent / "docs" / "autogenerate_figures.inc"
PROGRAMS = ("Flask-SchemaMigrate", "Alembic")


class Asked(NamedTuple):
    """What one program answered: an error counts as a wrong answer to what was asked."""

    topic: str
    case: str
    system: str
    program: str
    seen: bool
    silent: bool


def alembic_finds(engine: Engine, metadata: sa.MetaData) -> bool | None:
    """Whether Alembic finds a difference; None where it fails."""
    beside = any(table.schema for table in metadata.tables.values())
    options = {"compare_type": True, "compare_server_default": True, "include_schemas": beside}
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = MigrationContext.configure(connection, opts=options)
        try:
            return bool(compare_metadata(context, metadata))
        except Exception:
            return None


def models(case: Case, side: str) -> sa.MetaData:
    """Return the models of one side of a case."""
    metadata = sa.MetaData()
    getattr(case, side)(metadata)
    return metadata


def ask(topic: str, case: Case, place: Place, folder: Path) -> Iterator[Asked]:
    """Ask both programs about one case on one database."""
    walk = Walk(case, place, folder)
    after = models(case, "after")
    station = "create_all of after"
    theirs: list[bool | None] = []
    with suppress(Stopped):
        walk.create_all("after", lambda: theirs.append(alembic_finds(place.engine, after)))
    silent = {PROGRAMS[0]: walk.differences.get(station) == [], PROGRAMS[1]: theirs == [False]}
    place.clear()
    found: bool | None = None
    created = None
    with suppress(Stopped, SchemaMigrateError):
        walk.begin()
        found = alembic_finds(place.engine, models(case, "after"))
        created = api.migrate(walk.settings("after"), renames=case.renames, **case.flags)
    seen = {PROGRAMS[0]: bool(created and created.path), PROGRAMS[1]: found is True}
    for program in PROGRAMS:
        yield Asked(topic, case.name, place.system, program, seen[program], silent[program])


def answers() -> Iterator[Asked]:
    """Ask about every case on every database that it is for; identities are no changes."""
    with ExitStack() as stack:

        @cache
        def server(system: str) -> URL:
            return stack.enter_context(getattr(servers, system)())

        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        places = Places(server, folder)
        pairs = [(t, case) for t, cases in topics().items() for case in cases if not case.silent]
        with places.stack:  # Servers that were started for it go after what is on them.
            for at, (topic, case) in enumerate(pairs):
                for system in ALL:
                    if system in case.systems:
                        yield from ask(topic, case, places(system), folder / f"{system}{at}")


def table(asked: list[Asked], field: str) -> Iterator[str]:
    """Write one table: topics, and for each database both programs."""
    columns = [(system, program) for system in ALL for program in PROGRAMS]
    yield ".. list-table::"
    yield "   :header-rows: 1"
    yield ""
    for at, cell in enumerate(["", *(f"{system}: {program}" for system, program in columns)]):
        yield f"   {'-' if at else '* -'} {cell}".replace("   - ", "     - ")
    names = sorted({a.topic for a in asked})
    for name in (*names, "all"):
        mine = [a for a in asked if name in (a.topic, "all")]
        yield f"   * - {name}"
        for column in columns:
            these = [a for a in mine if (a.system, a.program) == column]
            good = sum(getattr(a, field) for a in these)
            yield f"     - {good} of {len(these)}"
    yield ""


def page(asked: list[Asked]) -> str:
    """Return the page with the figures."""
    changes = len({(a.case, a.system) for a in asked})
    lines = [
        f"Measured by ``make bench-autogenerate`` with Alembic {version('alembic')}, "
        f"SQLAlchemy {version('SQLAlchemy')}: {changes} pairs of a single change and a database.",
        "",
        "**Changes that are seen**",
        "",
        *table(asked, "seen"),
        "**Tables of create_all that are silent**",
        "",
        *table(asked, "silent"),
        "**What Flask-SchemaMigrate does not see, or sees where nothing is**",
        "",
    ]
    wrong = [a for a in asked if a.program == PROGRAMS[0] and not (a.seen and a.silent)]
    lines += [
        f"* {a.case} ({a.system}): {'not silent' if a.seen else 'not seen'}" for a in wrong
    ] or ["Nothing of what is in ``tests/cases``."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Ask, print the sums, and write the page."""
    logging.getLogger("alembic").setLevel(logging.ERROR)
    asked = list(answers())
    text = page(asked)
    PAGE.write_text(text, encoding="utf-8")
    sums: Counter[tuple[str, str, str]] = Counter()
    for a in asked:
        sums[a.system, a.program, "of"] += 1
        sums[a.system, a.program, "seen"] += a.seen
        sums[a.system, a.program, "silent"] += a.silent
    print(f"{'':12}{'':22}{'seen':>8}{'silent':>8}{'of':>8}")
    for system in ALL:
        for program in PROGRAMS:
            numbers = (sums[system, program, word] for word in ("seen", "silent", "of"))
            print(f"{system:12}{program:22}" + "".join(f"{number:>8}" for number in numbers))


if __name__ == "__main__":
    main()
