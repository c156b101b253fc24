"""The table of cases, databases and laws that a run ends with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .laws import LAWS

#: The name under which a test remembers what came of each law: it survives pytest-xdist.
PROPERTY = "laws"
SIGNS = {"kept": "+", "said": "s", "": ".", "broken": "X"}
SYSTEMS = ("sqlite", "postgresql", "mariadb")

Outcome = tuple[str, str, tuple[str, ...]]


def outcomes(reports: Iterable[Any]) -> list[Outcome]:
    """Return what tests remembered: case, system, and how each law was kept."""
    found = (dict(report.user_properties).get(PROPERTY) for report in reports)
    return [(case, system, tuple(kept)) for case, system, kept in filter(None, found)]


def lines(found: list[Outcome]) -> list[str]:
    """Return the table, and what it comes to."""
    if not found:
        return []
    rows: dict[str, dict[str, str]] = {}
    for case, system, kept in found:
        rows.setdefault(case, {})[system] = "".join(SIGNS[one] for one in kept)
    width = max(map(len, rows))
    head = f"{'case':{width}}  " + "  ".join(f"{s:10}" for s in SYSTEMS)
    body = [
        f"{case:{width}}  " + "  ".join(f"{by.get(s, ''):10}" for s in SYSTEMS)
        for case, by in sorted(rows.items())
    ]
    return [legend(), "", head.rstrip(), *(line.rstrip() for line in body), "", *sums(found)]


def legend() -> str:
    """Say what the signs mean."""
    names = ", ".join(f"{at} {name}" for at, name in enumerate(LAWS, 1))
    return (
        f"Laws, in this order: {names}.  + kept; s said in the file, where it cannot be kept; "
        ". nothing to judge; X broken."
    )


def sums(found: list[Outcome]) -> list[str]:
    """Return one line for each law and one for all of them, by system."""
    lines = [f"{'':22}" + "".join(f"{system:>14}" for system in SYSTEMS)]
    for at, name in enumerate((*LAWS, "all laws")):
        cells = []
        for system in SYSTEMS:
            mine = [kept for _, of, kept in found if of == system]
            judged = [k for k in mine if at == len(LAWS) or k[at]]
            good = [k for k in judged if "broken" not in (k if at == len(LAWS) else k[at : at + 1])]
            cells.append(f"{len(good)} of {len(judged)}")
        lines.append(f"{name:22}" + "".join(f"{cell:>14}" for cell in cells))
    return lines
