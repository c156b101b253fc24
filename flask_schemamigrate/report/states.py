"""States of databases, as text and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..api.baselining import Baselined
from ..api.baselining import Taken
from ..api.drifting import Drift
from ..api.logs import Logged
from ..api.repairing import Faults
from ..api.states import Status
from ..errors import counted
from ..run.log import Record
from .text import duration


def statuses(found: Sequence[Status], verbose: bool = False) -> str:
    """Return a line for each database, what proves it, and what to type next."""
    return "\n".join(line for one in found for line in _lines(one, len(found) > 1, verbose))


def _lines(one: Status, several: bool, verbose: bool) -> list[str]:
    name = f"[{one.database}] " if several else ""
    lines = [f"{name}{one.state}: {one.label}", f"  {one.message}"]
    lines += [f"    {detail}" for detail in one.details]
    if verbose:
        lines.append(f"  database: {', '.join(one.current) or 'no revision'}")
        lines.append(f"  scripts:  {', '.join(one.heads) or 'none'}")
    lines += [f"  Note: {note}" for note in one.notes]
    if one.command:
        lines.append(f"  Next: {one.command}")
    return lines


def data(found: Sequence[Status]) -> list[dict[str, Any]]:
    """Return each database's state for ``--json``."""
    return [
        {
            "database": one.database,
            "url": one.label,
            "state": one.state,
            "exit_status": one.exit_status,
            "ready": one.ready,
            "current": list(one.current),
            "heads": list(one.heads),
            "pending": len(one.pending),
            "behind": list(one.pending),
            "unknown": list(one.unknown),
            "message": one.message,
            "details": list(one.details),
            "notes": list(one.notes),
            "command": one.command,
        }
        for one in found
    ]


def log(found: Sequence[Logged], verbose: bool = False) -> str:
    """Return a line for each record, newest first; ``verbose``: and the script."""
    lines: list[str] = []
    for one in found:
        if len(found) > 1 and one.records:
            lines.append(f"[{one.database}] {one.label}")
        for record in one.records:
            lines.append(_record(record))
            if verbose:
                lines += [f"    {line}".rstrip() for line in _details(record)]
    return "\n".join(lines)


def _record(record: Record) -> str:
    ran = record.action in ("upgrade", "downgrade")
    took = f"({duration(record.seconds)})" if ran else ""
    parts = [
        record.at[:19].replace("T", " "),
        f"{record.action:9}",
        record.revision,
        record.message,
        took,
        record.by,
    ]
    return "  ".join(filter(None, parts)).rstrip()


def _details(record: Record) -> list[str]:
    return [
        f"File: {record.file}  (sha256 {record.digest[:16] or 'unknown'})",
        f"Parents: {', '.join(record.parents) or '<base>'}",
        f"Statements: {record.statement_count}  Flask-SchemaMigrate {record.version}",
        "",
        *record.source.splitlines(),
        "",
    ]


def log_data(found: Sequence[Logged]) -> list[dict[str, Any]]:
    """Return the log for ``--json``."""
    return [
        {
            "database": one.database,
            "url": one.label,
            "records": [
                {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(record).items()}
                for record in one.records
            ],
        }
        for one in found
    ]


def baselined(one: Baselined) -> list[str]:
    """Return what was found of one database without a revision, and recorded."""
    lines = [f"{one.label}"]
    if one.note:
        lines.append(f"  {one.note}")
    if one.recorded:
        lines.append(f"  recorded {', '.join(one.rows)} as applied")
    elif one.revision and not one.differences:
        lines.append(f"  equals {one.revision}")
    elif one.revision:
        lines.append(f"  nearest is {one.revision}, from which these lead to it:")
    if one.differences:
        lines += [f"    {line}" for line in one.differences]
    if one.pending:
        lines.append(f"  {counted(one.pending, 'revision')} are not applied: flask db upgrade")
    return lines


def taken_data(taken: Taken) -> dict[str, Any]:
    """Return what became of databases without a revision, for ``--json``."""
    written = {"first": taken.first, "second": taken.second}
    return {
        "databases": [asdict(one) for one in taken.databases],
        "notes": list(taken.notes),
        **{name: str(made.path) if made and made.path else None for name, made in written.items()},
    }


def drifts(found: Sequence[Drift]) -> str:
    """Return what databases have beyond their revisions, a line each."""
    lines: list[str] = []
    for one in found:
        if len(found) > 1 and one.lines:
            lines.append(f"[{one.database}] {one.label}")
        lines += one.lines
    return "\n".join(lines)


def drift_said(one: Drift) -> str:
    """Return what the comparison of one database came to."""
    if one.unknown:
        return f"{one.label}: nobody can tell: {one.unknown}"
    at = ", ".join(one.rows) or "the base"
    if not one.is_drifted:
        return f"{one.label} is as {at} makes it."
    return f"{one.label} has drifted: these lead from {at} to what it is."


def drift_data(found: Sequence[Drift]) -> list[dict[str, Any]]:
    """Return drifts for ``--json``."""
    return [asdict(one) | {"is_drifted": one.is_drifted} for one in found]


def faults(one: Faults) -> list[str]:
    """Return what is wrong with our tables in one database, a line each."""
    if not one.mendable and not one.others:
        return []
    lines = [f"{one.label}:", *(f"  {said}" for said in one.mendable)]
    for said in one.others:
        lines += [f"  {'  ' if at else ''}{line}" for at, line in enumerate(said.splitlines())]
    return lines


def faults_data(found: Sequence[Faults]) -> list[dict[str, Any]]:
    """Return what is wrong with our tables for ``--json``."""
    return [asdict(one) for one in found]
