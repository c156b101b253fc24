"""Why databases and models cannot be compared, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from ..errors import counted
from ..errors import NoModels
from ..errors import NotUpToDate
from ..history.graph import Graph
from ..run.session import Session
from ..settings import Settings
from . import code
from . import reading


def require_up_to_date(
    opened: Session, graph: Graph, now: Sequence[str], wanted: Sequence[sa.Table]
) -> None:
    """Raise NotUpToDate unless every revision is applied; the text depends on the reason."""
    reading.refuse_unknown(opened, graph, now)
    behind = graph.pending(now)
    if not behind:
        return
    label = opened.database.label
    if not now and (existing := _existing(opened, wanted)):
        raise NotUpToDate(
            f"{label} has no recorded revision, and yet it has tables of the models: "
            f"{_listed(existing)}.{_created_by(opened.settings)}",
            hint=(
                "To find out which revision they are at, and record that: flask db baseline\n"
                "Else begin with an empty database: drop these tables, then flask db upgrade"
            ),
        )
    listed = [f"  {id_}  {graph.revisions[id_].message}" for id_ in behind[:10]]
    if len(behind) > 10:
        listed.append(f"  and {len(behind) - 10} more")
    raise NotUpToDate(
        f"{label} is {counted(len(behind), 'revision')} behind:\n" + "\n".join(listed) + "\n"
        "New changes can only be compared with an up-to-date database.",
        hint=(
            "Apply them and go on: flask db migrate --upgrade\n"
            f"Or apply them alone: flask db upgrade{' heads' if len(graph.heads) > 1 else ''}"
        ),
        pending=behind,
    )


def _existing(opened: Session, wanted: Sequence[sa.Table]) -> list[str]:
    """Return the names of the models' tables that the database has."""
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


def no_models(settings: Settings) -> NoModels:
    """Return the error for an app without models, with where they may be."""
    message = "The app has no models: there is no table in its metadata."
    if settings.root is None:
        return NoModels(message, hint="Import the modules that define them where the app is made.")
    message += searched(settings.root)
    return NoModels(
        message,
        hint=(
            "Import them where the app is made, such as in create_app(): from . import models\n"
            "Models that do not derive from db.Model: set SCHEMAMIGRATE_METADATA"
        ),
    )


def searched(root: Path) -> str:
    """Return which files of the app define models that nobody imported, and which modules were."""
    found = code.models(root)
    said = ""
    if found.missed:
        places = "\n".join(f"  {place}" for place in found.missed[:10])
        said += f"\nThese files define models and were not imported:\n{places}"
    if found.imported:
        said += f"\nImported were: {_listed(found.imported)}."
    return said
