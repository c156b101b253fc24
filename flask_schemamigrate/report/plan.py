"""What a script would do and what was proven of it, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence

from ..api.values import Planned
from ..api.values import Proof
from ..errors import counted
from ..operations.batch import AlterTable
from ..operations.tables import CreateTable
from ..steps import Effect
from ..steps import Hazard
from ..steps import Level
from ..steps import Part
from ..steps import Step

#: Hazards, the worst first.
_LEVELS: tuple[Level, ...] = ("loss", "break", "block", "fail", "note")

#: What is said of each law that holds.
_PROVEN = {
    "runs": "it runs",
    "silent": "leaves no difference",
    "true": "makes what create_all makes",
    "lossless": "loses no row",
    "reversible": "can be undone",
}


def proofs(found: Sequence[Proof]) -> Iterator[str]:
    """Yield a line for what was proven of a script, and one for each thing that was not."""
    for one in found:
        where = f" ({one.database})" if len(found) > 1 else ""
        said = [_PROVEN[law] for law in one.proven]
        if said:
            parts = " and ".join(filter(None, (", ".join(said[:-1]), said[-1])))
            yield f"Tried on a copy{where}: {parts}."
        yield from (f"Not proven{where}: {sentence}" for sentence in one.unproven)


# --- plans ----------------------------------------------------------------------------------------


def plans(found: Sequence[Planned]) -> str:
    """Return plans, a block for each database that has something to do."""
    blocks = [_block(one, len(found) > 1) for one in found if not one.is_empty]
    return "\n\n".join(filter(None, blocks))


def _block(one: Planned, titled: bool) -> str:
    lines = [f"[{one.database}] {one.label}"] if titled else []
    for part in one.plan.parts:
        lines += _part(part)
    notes = [f"Note: {note}" for note in one.plan.notes]
    gap = [""] if notes and one.plan.parts else []
    return "\n".join([*lines, *gap, *notes])


def _part(part: Part) -> Iterator[str]:
    operation = part.operation
    if operation is None:
        yield "  ! Statements of the script itself"
    else:
        for one in operation.operations if isinstance(operation, AlterTable) else (operation,):
            yield f"  {one.mark} {one.describe()}"
    for step in part.steps:
        yield from (f"      {line}" for line in f"{_sql(step)};".splitlines())
        yield f"        {verdict(step)}"
        for hazard in step.hazards:
            yield from _hazard(hazard)


def _sql(step: Step) -> str:
    return "\n".join(line.strip() for line in step.sql.splitlines() if line.strip()).rstrip(";")


def verdict(step: Step) -> str:
    """Return what a step blocks, rewrites, scans and loses, on one line."""
    effect = step.effect
    # Nobody knows a new table yet.
    is_new = isinstance(step.operation, CreateTable)
    known = effect.measured or effect.locks or effect.rewrites or is_new
    parts = list(_seen(effect)) if known else ["not measured"]
    if any(hazard.level == "loss" for hazard in step.hazards):
        parts.append("loses data")
    if not step.transactional:
        parts.append("runs outside the transaction")
    return "; ".join(parts) + ("" if effect.measured or not known else " (not measured)")


def _seen(effect: Effect) -> Iterator[str]:
    if effect.algorithm:
        yield f"ALGORITHM={effect.algorithm}"
    blocking = [lock for lock in effect.locks if lock.blocks != "nothing"]
    for lock in blocking:
        yield f"{lock.mode} on {lock.table}: blocks {lock.blocks}"
    if not blocking:
        yield "blocks nobody"
    yield f"rewrites {_joined(effect.rewrites)}" if effect.rewrites else "rewrites nothing"
    if effect.scans:
        yield f"scans {_joined(effect.scans)}"


def _joined(names: Sequence[str]) -> str:
    return " and ".join(names)


def _hazard(hazard: Hazard) -> Iterator[str]:
    yield f"        {hazard.code} {hazard.level}: {hazard.message}"
    yield from (f"             {line}" for line in hazard.remedy.splitlines())


def summary(found: Sequence[Planned]) -> str:
    """Return how much there is, in one line: revisions, operations, statements, hazards."""
    revisions = len({id_ for one in found for id_ in one.revisions})
    pending = f"{counted(revisions, 'revision')}: " if revisions else ""
    steps = [step for one in found for step in one.plan.steps]
    levels = Counter(hazard.level for step in steps for hazard in step.hazards)
    operations = sum(len(one.plan.parts) for one in found)
    counts = [f"{levels[level]} {level}" for level in _LEVELS if levels[level]]
    cut = not all(one.plan.complete for one in found)
    hazards = ", ".join(counts) or ("" if cut else "no hazards")
    ending = "; ".join(filter(None, (hazards, "not all of it is known, see the notes" * cut)))
    amount = f"{counted(operations, 'operation')}, {counted(len(steps), 'statement')}"
    return f"{pending}{amount}; {ending}."
