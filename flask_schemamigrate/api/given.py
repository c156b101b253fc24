"""What there is in a database, what its models want, and what leads from one to the other."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ..dialects.base import LeftBehind
from ..dialects.base import Settlement
from ..run import halves
from ..run.session import Session
from ..schema.objects import Schema
from ..schema.objects import Table
from ..schema.scope import Scope
from ..settings import Database
from ..settings import Settings
from . import beside
from . import filters
from . import unmanaged
from .decisions import Decisions
from .decisions import NONE
from .values import Changes

if TYPE_CHECKING:
    from ..diff.required import Fills
    from ..diff.vanishing import Vanishing
    from ..operations.base import Operation
    from ..operations.tables import DropTable
    from ..source.script import Functions
    from .creating import Draft
    from .hooked import Further


@dataclass(frozen=True, slots=True)
class Difference:
    """What leads from one database to its models.

    ``operations`` are the single changes, ``functions`` what a script has for them (None: nothing),
    and ``before`` is the schema of the database.  ``settings`` are those of an ``env.py`` where one
    was run, ``fills`` what was chosen for required columns, ``vanishing`` the values that go and
    ``renames`` the texts of ``--rename`` that are meant for this database.
    ``is_hooked``: the functions are what the peers' hook, or a library, has made; the hook may have
    given the script another header (``draft``), and ``further`` scripts after it.
    """

    database: Database
    settings: Settings
    before: Schema
    operations: tuple[Operation, ...]
    functions: Functions | None
    changes: Changes
    fills: Fills = field(default_factory=dict)
    vanishing: tuple[Vanishing, ...] = ()
    renames: tuple[str, ...] = ()
    is_hooked: bool = False
    draft: Draft | None = None
    further: tuple[Further, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no script is needed."""
        return not self.operations and not self.is_hooked

    @property
    def dropped(self) -> tuple[DropTable, ...]:
        """The tables that would be dropped."""
        from ..operations.tables import DropTable

        return tuple(op for op in self.operations if isinstance(op, DropTable))


def models(database: Database) -> tuple[sa.Table, ...]:
    """Return the tables that the models of a database describe."""
    return tuple(table for metadata in database.metadata for table in metadata.tables.values())


@dataclass(frozen=True, slots=True)
class Sides:
    """A database and its models, also in one spelling.

    ``others`` are tables of the database that are left out because they are unmanaged, and ``left``
    those that another tool has left there.
    """

    actual: Schema
    wanted: Schema
    others: tuple[Table, ...]
    left: tuple[LeftBehind, ...]
    settled: Settlement

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be compared, and what was left behind."""
        return (*self.settled.notes, *halves.copies(self.left))


def read(opened: Session, decisions: Decisions = NONE) -> Sides:
    """Read and settle both sides.  Raises HalfDone where rows are in another tool's copy alone."""
    left = halves.refuse_left_behind(opened.dialect)
    actual, wanted, others = sides(opened, decisions)
    return Sides(actual, wanted, others, left, opened.dialect.settle(actual, wanted))


def both_sides(opened: Session) -> tuple[Schema, Schema]:
    """Return the schemas of the database and of the models, as far as they are to be compared."""
    return sides(opened)[:2]


def sides(opened: Session, decisions: Decisions = NONE) -> tuple[Schema, Schema, tuple[Table, ...]]:
    """Return both sides, and the tables left out of them because they are unmanaged."""
    dialect, settings = opened.dialect, opened.settings
    reader = dialect.reader
    by_name = {reader.name(t.name, t.schema): t for t in models(opened.database)}
    places = beside.places(opened, reader.places(by_name.values()))
    scope = Scope.over(by_name, opened.own, settings.ignore, places)
    actual = dialect.inspect(scope)
    out = filters.excluded(settings.options, by_name, actual.tables)
    kept = [t for name, t in by_name.items() if scope.covers(name) and name not in out]
    for name in out:
        actual = actual.without_table(name)
    wanted = reader.schema(kept)
    others: tuple[Table, ...] = ()
    if not decisions.include_unmanaged:
        names = unmanaged.strangers(opened, actual, wanted, decisions.renames)
        others = tuple(actual.tables[name] for name in names)
        actual = unmanaged.without(actual, wanted, names)
    return beside.ours(opened, actual, wanted), wanted, others
