"""Values as plain data for ``--json``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..api.values import Branch
from ..api.values import Changes
from ..api.values import Created
from ..api.values import Current
from ..api.values import Entry
from ..api.values import Moved
from ..api.values import Script
from ..api.values import Template


def entry(value: Entry) -> dict[str, Any]:
    """A revision and its place in the history."""
    revision = value.revision
    return {
        "revision": revision.id,
        "parents": list(revision.parents),
        "depends_on": list(revision.depends_on),
        "labels": list(value.labels),
        "message": revision.message,
        "created": revision.created,
        "path": str(revision.path),
        "children": list(value.children),
        "is_head": value.head,
        "is_required": value.required,
        "is_current": value.current,
        "is_branch_point": value.branch_point,
        "is_merge_point": revision.is_merge_point,
    }


def entries(values: Iterable[Entry]) -> list[dict[str, Any]]:
    """Revisions, in the order given."""
    return [entry(value) for value in values]


def branches(values: Iterable[Branch]) -> list[dict[str, Any]]:
    """Branch points with the revisions after them."""
    return [{"point": entry(v.point), "children": entries(v.children)} for v in values]


def current(values: Iterable[Current]) -> list[dict[str, Any]]:
    """Where databases are."""
    return [
        {
            "database": value.database,
            "url": value.label,
            "rows": list(value.rows),
            "revisions": entries(value.entries),
            "unknown": list(value.unknown),
            "behind": list(value.behind),
            "at_heads": value.at_heads,
        }
        for value in values
    ]


def moved(values: Iterable[Moved]) -> list[dict[str, Any]]:
    """What was run."""
    return [
        {
            "database": value.database,
            "url": value.label,
            "before": list(value.before),
            "after": list(value.after),
            "applied": [
                {
                    "revision": done.revision.id,
                    "direction": done.direction.value,
                    "seconds": round(done.seconds, 6),
                    "operations": done.operations,
                }
                for done in value.applied
            ],
        }
        for value in values
    ]


def scripts(values: Iterable[Script]) -> list[dict[str, str]]:
    """SQL scripts."""
    return [{"database": v.database, "url": v.label, "sql": v.sql} for v in values]


def changes(values: Iterable[Changes]) -> list[dict[str, Any]]:
    """What leads to the models."""
    return [
        {
            "database": value.database,
            "url": value.label,
            "tables": value.tables,
            "models": value.models,
            "operations": [
                {"kind": o.kind, "mark": o.mark, "description": o.describe(), "loses": o.loses()}
                for o in value.operations
            ],
            "notes": list(value.notes),
        }
        for value in values
    ]


def created(value: Created) -> dict[str, Any]:
    """A new script, or none."""
    return {
        "revision": value.revision.id if value.revision else None,
        "message": value.revision.message if value.revision else None,
        "path": str(value.path) if value.path else None,
        "databases": changes(value.changes),
    }


def templates(values: Iterable[Template]) -> list[dict[str, str]]:
    """Layouts of scripts."""
    return [{"name": value.name, "description": value.description} for value in values]
