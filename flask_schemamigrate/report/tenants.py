"""Who is where: tenants as a table and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from ..api.states import Status
from ..api.tenants import Tenant
from ..errors import counted
from .text import duration


def table(found: Sequence[Tenant]) -> str:
    """Return where tenants are, a line each."""
    rows = [("tenant", "revision", "")]
    rows += [(one.name, _way(one), _state(one)) for one in found]
    return _aligned(rows)


def _way(one: Tenant) -> str:
    before, now = (", ".join(rows) or "base" for rows in (one.before, one.after))
    return now if before == now else f"{before} -> {now}"


def _state(one: Tenant) -> str:
    if one.failed:
        return f"failed: {one.code}"
    took = f" ({duration(one.seconds)})" if one.applied else ""
    return f"{counted(one.behind, 'revision')} behind{took}" if one.behind else f"head{took}"


def states(found: Sequence[Status]) -> str:
    """Return the states of tenants, a line each."""
    rows = [("tenant", "state", "")]
    rows += [(one.database, one.state, one.message) for one in found]
    return _aligned(rows)


def _aligned(rows: Sequence[tuple[str, str, str]]) -> str:
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    return "\n".join(f"{a:{first}}  {b:{second}}  {c}".rstrip() for a, b, c in rows)


def failure(one: Tenant) -> Iterator[str]:
    """Yield what went wrong with a tenant, and what to do, on lines."""
    first, *rest = f"{one.error}\n{one.hint}".strip().splitlines()
    yield f"{one.name} failed [{one.code}]: {first}"
    yield from (f"  {line}" for line in rest)


def summary(found: Sequence[Tenant]) -> str:
    """Return in one sentence what became of tenants."""
    failed = sum(one.failed for one in found)
    ran = sum(bool(one.applied) for one in found)
    parts = [f"{counted(len(found), 'tenant')}: {ran} upgraded"]
    if idle := sum(not one.applied and not one.failed for one in found):
        parts.append(f"{idle} had nothing to do")
    if failed:
        parts.append(f"{failed} failed.  Those go on when the command is run again")
    return ", ".join(parts) + "."


def data(found: Sequence[Tenant]) -> list[dict[str, Any]]:
    """Return where tenants are for ``--json``."""
    return [
        {
            "tenant": one.name,
            "from": list(one.before),
            "to": list(one.after),
            "applied": list(one.applied),
            "behind": one.behind,
            "seconds": one.seconds,
            "code": one.code,
            "error": one.error,
            "hint": one.hint,
            "notes": list(one.notes),
        }
        for one in found
    ]
