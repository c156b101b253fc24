"""Values as plain data for ``--json``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..api.values import Branch
    from ..api.values import Changes
    from ..api.values import Created
    from ..api.values import Current
    from ..api.values import Entry
    from ..api.values import Finding
    from ..api.values import Moved
    from ..api.values import Planned
    from ..api.values import Proof
    from ..api.values import Script
    from ..api.values import Template
    from ..steps import Part
    from ..steps import Step


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
            "logged": list(value.logged),
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
                    "resumed_statements": done.resumed,
                    "operations": done.operations,
                }
                for done in value.applied
            ],
        }
        for value in values
    ]


def findings(values: Iterable[Finding]) -> list[dict[str, Any]]:
    """Files of an old folder."""
    return [{"path": str(v.path), "needed": v.needed, "reason": v.reason} for v in values]


def scripts(values: Iterable[Script]) -> list[dict[str, str]]:
    """SQL scripts."""
    return [
        {"database": v.database, "url": v.label, "sql": v.sql}
        | ({"path": str(v.path)} if v.path else {})
        for v in values
    ]


def changes(values: Iterable[Changes]) -> list[dict[str, Any]]:
    """What leads to the models."""
    return [
        {
            "database": value.database,
            "url": value.label,
            "tables": value.tables,
            "models": value.models,
            "operations": [
                {"kind": o.kind, "mark": o.mark, "description": o.describe(), "loses": loses}
                for o, loses in zip(value.operations, value.losses)
            ],
            "remarks": [
                {"kind": r.kind, "text": r.text, "rows": r.rows, "of": r.operation.describe()}
                for r in value.remarks
            ],
            "added": list(value.added),
            "undecided": list(value.undecided),
            "unmanaged": list(value.unmanaged),
            "notes": list(value.notes),
        }
        for value in values
    ]


def plans(values: Iterable[Planned]) -> list[dict[str, Any]]:
    """What would be run: the schema is documented in ``docs/plan.rst``."""
    return [
        {
            "database": value.database,
            "url": value.label,
            "revisions": list(value.revisions),
            "operations": [part(one) for one in value.plan.parts],
            "notes": list(value.plan.notes),
            "complete": value.plan.complete,
        }
        for value in values
    ]


def part(value: Part) -> dict[str, Any]:
    """One operation of a plan with its statements."""
    operation = value.operation
    return {
        "kind": operation.kind if operation else "script",
        "mark": operation.mark if operation else "!",
        "description": operation.describe() if operation else "Statements of the script itself",
        "statements": [statement(step) for step in value.steps],
    }


def statement(step: Step) -> dict[str, Any]:
    """One statement, what it does to others, and its hazards."""
    effect = step.effect
    return {
        "sql": step.sql,
        "transactional": step.transactional,
        "locks": [{"table": x.table, "mode": x.mode, "blocks": x.blocks} for x in effect.locks],
        "rewrites": list(effect.rewrites),
        "scans": list(effect.scans),
        "algorithm": effect.algorithm or None,
        "measured": effect.measured,
        "loses": any(hazard.level == "loss" for hazard in step.hazards),
        "hazards": [
            {"code": h.code, "level": h.level, "message": h.message, "remedy": h.remedy}
            for h in step.hazards
        ],
    }


def checked(found: Iterable[Changes], planned: Iterable[Planned]) -> list[dict[str, Any]]:
    """What ``check`` found: changes, and the plan of each database under ``plan``."""
    by_name = {one["database"]: one for one in plans(planned)}
    return [
        {
            **one,
            "plan": by_name[one["database"]]["operations"],
            "plan_notes": by_name[one["database"]]["notes"],
        }
        for one in changes(found)
    ]


def proofs(values: Iterable[Proof]) -> list[dict[str, Any]]:
    """What was proven of a script."""
    return [
        {"database": v.database, "proven": list(v.proven), "unproven": list(v.unproven)}
        for v in values
    ]


def created(value: Created) -> dict[str, Any]:
    """A new script, or none."""
    return {
        "revision": value.revision.id if value.revision else None,
        "message": value.revision.message if value.revision else None,
        "path": str(value.path) if value.path else None,
        "databases": changes(value.changes),
        "proofs": proofs(value.proofs),
        **({"further": [created(one) for one in value.further]} if value.further else {}),
    }


def templates(values: Iterable[Template]) -> list[dict[str, str]]:
    """Layouts of scripts."""
    return [{"name": value.name, "description": value.description} for value in values]
