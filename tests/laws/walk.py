"""The way of a case: from nothing to *before*, with rows to *after*, back, and there again.

A walk only gathers what is to be seen at each station; whether that is right, the laws say.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

import sqlalchemy as sa

from flask_schemamigrate import api
from flask_schemamigrate.api.values import Created
from flask_schemamigrate.settings import Database
from flask_schemamigrate.settings import Settings

from ..cases import Case
from ..cases import Define
from . import catalogue
from .catalogue import Catalogue
from .catalogue import Rows
from .place import Place


@dataclass
class Walk:
    """What was seen on the way.

    Catalogues: ``made`` and ``wanted`` are what ``create_all`` makes of *before* and *after*;
    ``begun``, ``reached``, ``back`` and ``again`` are what migrations made.  ``differences`` are
    what a comparison found where it should find nothing, by station.  ``failures`` are errors, by
    station: what comes after one was not seen.
    """

    case: Case
    place: Place
    folder: Path
    made: Catalogue = field(default_factory=dict)
    wanted: Catalogue = field(default_factory=dict)
    begun: Catalogue | None = None
    reached: Catalogue | None = None
    back: Catalogue | None = None
    again: Catalogue | None = None
    rows_before: Rows = field(default_factory=dict)
    rows_after: Rows = field(default_factory=dict)
    rows_back: Rows = field(default_factory=dict)
    created: Created | None = None
    script: str = ""
    differences: dict[str, list[str]] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case, place: Place, folder: Path) -> Walk:
        """Lead a case along the whole way, or as far as it gets."""
        walk = cls(case, place, folder)
        with suppress(Stopped):
            walk.wanted = walk.create_all("after")
            walk.made = walk.create_all("before")
            walk.begin()
            walk.forwards()
            walk.backwards()
        return walk

    # --- stations ------------------------------------------------------------------------------

    def create_all(self, side: str, there: Callable[[], object] = lambda: None) -> Catalogue:
        """Make the tables without a migration, and look at them; ``there`` is called meanwhile."""
        station = f"create_all of {side}"
        settings = self.settings(side, f"nothing {side}")
        with _Station(self, station):
            self.run(self.case.first)
            metadata = settings.databases[0].metadata[0]
            with self.place.engine.begin() as connection:
                for schema in _schemas(metadata) if self.place.system == "postgresql" else ():
                    connection.execute(sa.schema.CreateSchema(schema))
                metadata.create_all(connection)
            self.run(self.case.beside)
            api.init(settings)
        found = catalogue.read(self.place.engine, places=False)
        self.compare(station, settings)
        there()
        self.place.clear()
        return found

    def begin(self) -> None:
        """Make the tables by a migration, and put the rows in."""
        settings = self.settings("before")
        with _Station(self, "the first migration"):
            self.run(self.case.first)
            api.init(settings)
            if settings.databases[0].metadata[0].tables:
                api.migrate(settings)
                api.upgrade(settings)
            self.run(self.case.beside)
        shutil.copytree(self.folder / "migrations", self.folder / "first")
        self.begun = catalogue.read(self.place.engine, places=False)
        self.compare("the first upgrade", settings)
        with self.place.engine.begin() as connection:
            for name, rows in self.case.rows.items():
                into = settings.databases[0].metadata[0].tables[name].insert()
                for row in rows:
                    connection.execute(into, row)
        self.rows_before = catalogue.rows(self.place.engine)

    def forwards(self) -> None:
        """Make the change."""
        settings = self.settings("after")
        with _Station(self, "migrate"):
            self.created = api.migrate(settings, renames=self.case.renames, **self.case.flags)
        if self.created is None or self.created.path is None:
            raise Stopped
        self.script = self.created.path.read_text(encoding="utf-8")
        with _Station(self, "upgrade"):
            api.upgrade(settings)
        self.reached = catalogue.read(self.place.engine, places=False)
        self.compare("upgrade", settings)
        self.rows_after = catalogue.rows(self.place.engine)

    def backwards(self) -> None:
        """Undo it, and do it again."""
        settings = self.settings("after")
        with _Station(self, "downgrade"):
            api.downgrade(settings)
        self.back = catalogue.read(self.place.engine, places=False)
        self.compare("downgrade", self.settings("before", "first"))
        self.rows_back = catalogue.rows(self.place.engine)
        with _Station(self, "the second upgrade"):
            api.upgrade(settings)
        self.again = catalogue.read(self.place.engine, places=False)

    # --- means -----------------------------------------------------------------------------------

    def settings(self, side: str, folder: str = "migrations") -> Settings:
        """Return the settings of an app whose models are those of a side."""
        define: Define = getattr(self.case, side)
        metadata = sa.MetaData()
        define(metadata)
        engine = self.place.engine
        database = Database(None, engine.url, lambda: engine, (metadata,))
        more = dict(self.case.settings)
        return Settings(self.folder / folder, (database,), options=self.case.options, **more)

    def run(self, statements: dict[str, tuple[str, ...]]) -> None:
        """Run statements that are given for this system."""
        with self.place.engine.begin() as connection:
            for sql in statements.get(self.place.system, ()):
                connection.exec_driver_sql(sql)

    def compare(self, station: str, settings: Settings) -> None:
        """Remember what a comparison finds where there should be nothing."""
        if not settings.databases[0].metadata[0].tables:
            return
        with _Station(self, f"the comparison after {station}"):
            changes = api.check(settings)[0]
        found = [operation.describe() for operation in changes.operations]
        # Things that are not ours are told of, once: that is no difference.
        notes: Sequence[str] = () if self.case.beside else changes.notes
        self.differences[station] = [*found, *(f"note: {note}" for note in notes)]


class Stopped(Exception):
    """Nothing further can be seen."""


@dataclass(frozen=True)
class _Station:
    """Keeps an error of its block as the failure of the station."""

    walk: Walk
    name: str

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, Stopped):
            self.walk.failures[self.name] = error
            raise Stopped from error


def _schemas(metadata: sa.MetaData) -> list[str]:
    """Return the schemas that ``create_all`` expects to be there."""
    columns = [column for table in metadata.tables.values() for column in table.columns]
    types = [getattr(column.type, "item_type", column.type) for column in columns]
    found = {getattr(thing, "schema", None) for thing in (*metadata.tables.values(), *types)}
    found |= {sequence.schema for sequence in metadata._sequences.values()}
    return sorted(schema for schema in found if schema)
