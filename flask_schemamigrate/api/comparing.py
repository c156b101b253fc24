"""What is different between the databases and the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

import sqlalchemy as sa

from ..diff import renames as renaming
from ..diff.differ import diff
from ..diff.named import named
from ..diff.renames import Questions
from ..diff.renames import Renames
from ..errors import counted
from ..errors import NoModels
from ..errors import NotUpToDate
from ..history.graph import Graph
from ..operations.base import Operation
from ..operations.tables import DropTable
from ..run import session
from ..run.session import Session
from ..schema.objects import Schema
from ..schema.scope import Scope
from ..settings import Database
from ..settings import Settings
from ..source.script import Functions
from . import code
from . import filters
from . import reading
from . import scripts
from .values import Changes


@dataclass(frozen=True, slots=True)
class Difference:
    """What leads from one database to its models.

    ``operations`` are the single changes, ``functions`` what a script has for them, and ``before``
    is the schema of the database.
    """

    database: Database
    before: Schema
    operations: tuple[Operation, ...]
    functions: Functions
    changes: Changes

    @property
    def dropped(self) -> tuple[DropTable, ...]:
        """The tables that would be dropped."""
        return tuple(op for op in self.operations if isinstance(op, DropTable))


def compare(
    settings: Settings, graph: Graph, renames: Sequence[str], questions: Questions
) -> tuple[Difference, ...]:
    """Compare every database that has models with them.

    Raises NoModels, NotUpToDate and UnknownApplied; ``questions`` are asked about renames that
    ``renames`` does not answer.
    """
    databases = reading.databases(settings)
    modelled = [database for database in databases if models(database)]
    if not modelled:
        raise _no_models(settings)
    found: list[Difference] = []
    for database in modelled:
        with session.connect(database, settings) as opened:
            with opened.reading():
                now = opened.versions.rows()
            require_up_to_date(opened, graph, now)
            with opened.reading():
                found.append(_difference(opened, renames, questions))
    return tuple(found)


def models(database: Database) -> tuple[sa.Table, ...]:
    """Return the tables that the models of a database describe."""
    return tuple(table for metadata in database.metadata for table in metadata.tables.values())


def _difference(opened: Session, renames: Sequence[str], questions: Questions) -> Difference:
    dialect, database = opened.dialect, opened.database
    actual, wanted = _both_sides(opened)
    settled = dialect.settle(actual, wanted)
    mine = _mine(renames, settled.actual, settled.wanted, len(opened.settings.databases))
    certain = renaming.parse(mine, settled.actual, settled.wanted)
    certain = renaming.ask(settled.actual, settled.wanted, certain, questions)
    before = start = settled.actual
    first: tuple[Operation, ...] = ()
    if certain.tables:
        # Only a table that has its new name is compared with its model in the server's spelling.
        first = tuple(Renames(tables=certain.tables).operations(before))
        for operation in first:
            before = operation.apply(before)
        settled = dialect.settle(before, wanted)
        certain = replace(certain, tables={})
    holding = dialect.keys_hold_types
    sides = (settled.actual, settled.wanted, certain)
    single, batched = (
        named(
            (*first, *diff(*sides, batches=batches, keys_hold_types=holding)),
            start,
            dialect.constraint_name,
        )
        for batches in (False, dialect.batches)
    )
    changes = Changes(
        reading.name_of(database),
        database.label,
        single,
        len(settled.actual.tables),
        len(wanted.tables),
        settled.notes,
    )
    functions = scripts.functions(dialect, opened.settings, batched, start)
    return Difference(database, start, single, functions, changes)


def _mine(renames: Sequence[str], actual: Schema, wanted: Schema, databases: int) -> list[str]:
    """Return the renames that are meant for this one of several databases."""
    names = {str(name) for name in (*actual.tables, *wanted.tables)}
    return [
        text
        for text in renames
        if databases == 1 or {old := text.partition(":")[0], old.rpartition(".")[0]} & names
    ]


def _both_sides(opened: Session) -> tuple[Schema, Schema]:
    """Return the schemas of the database and of the models, as far as they are to be compared."""
    dialect, settings = opened.dialect, opened.settings
    reader = dialect.reader
    by_name = {reader.name(t.name, t.schema): t for t in models(opened.database)}
    scope = Scope.over(by_name, [opened.versions.key], settings.ignore)
    actual = dialect.inspect(scope)
    out = filters.excluded(settings.options, by_name, actual.tables)
    kept = [t for name, t in by_name.items() if scope.covers(name) and name not in out]
    for name in out:
        actual = actual.without_table(name)
    return actual, reader.schema(kept)


# --- why it cannot be compared ------------------------------------------------------------------


def require_up_to_date(opened: Session, graph: Graph, now: Sequence[str]) -> None:
    """Raise NotUpToDate unless every revision is applied; the text depends on the reason."""
    reading.refuse_unknown(graph, now, opened.database)
    behind = graph.pending(now)
    if not behind:
        return
    label = opened.database.label
    if not now and (existing := _existing(opened)):
        raise NotUpToDate(
            f"{label} has no recorded revision, and yet it has tables of the models: "
            f"{_listed(existing)}.{_created_by(opened.settings)}",
            hint=(
                "If they are as a revision makes them, record that: "
                f"flask db stamp {behind[-1]}\n"
                "Else begin with an empty database: drop these tables, then flask db upgrade"
            ),
        )
    listed = [f"  {id_}  {graph.revisions[id_].message}" for id_ in behind[:10]]
    if len(behind) > 10:
        listed.append(f"  and {len(behind) - 10} more")
    raise NotUpToDate(
        f"{label} is {counted(len(behind), 'revision')} behind:\n" + "\n".join(listed) + "\n"
        "New changes can only be compared with an up-to-date database.",
        hint=f"flask db upgrade{' heads' if len(graph.heads) > 1 else ''}",
    )


def _existing(opened: Session) -> list[str]:
    """Return the names of the models' tables that the database has."""
    wanted = models(opened.database)
    found: list[str] = []
    with opened.reading():
        inspector = sa.inspect(opened.connection)
        for schema in sorted({table.schema or "" for table in wanted}):
            there = set(inspector.get_table_names(schema or None))
            found += [t.fullname for t in wanted if (t.schema or "") == schema and t.name in there]
    return sorted(found)


def _created_by(settings: Settings) -> str:
    place = code.create_all(settings.root) if settings.root else None
    return f"\ncreate_all() is called in {place}." if place else ""


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _no_models(settings: Settings) -> NoModels:
    message = "The app has no models: there is no table in its metadata."
    if settings.root is None:
        return NoModels(message, hint="Import the modules that define them where the app is made.")
    found = code.models(settings.root)
    if found.missed:
        places = "\n".join(f"  {place}" for place in found.missed[:10])
        message += f"\nThese files define models and were not imported:\n{places}"
    if found.imported:
        message += f"\nImported were: {_listed(found.imported)}."
    return NoModels(
        message,
        hint=(
            "Import them where the app is made, such as in create_app(): from . import models\n"
            "Models that do not derive from db.Model: set SCHEMAMIGRATE_METADATA"
        ),
    )
