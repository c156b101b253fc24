"""What rows get that hold a value of an enumeration which goes: by a flag, or somebody's answer."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import replace

from ..diff import inline
from ..diff import vanishing
from ..diff.candidates import Candidate
from ..diff.vanishing import Mapped
from ..diff.vanishing import Vanishing
from ..errors import did_you_mean
from ..errors import InvalidSetting
from ..errors import ValueInUse
from ..operations.constraints import DropConstraint
from ..operations.data import ReplaceValue
from ..run.rows import Rows
from ..run.session import Session
from ..schema.objects import Check
from ..schema.objects import Schema
from .deciding import Answers
from .decisions import Decisions
from .renaming import Renamed


def counted(opened: Session, renamed: Renamed) -> tuple[Vanishing, ...]:
    """Return the values that go, with the rows that hold them."""
    rows = Rows(opened.connection)
    settled = renamed.settled
    found = []
    # A type with room for both names still lists the old one of a value that was renamed.
    replaced = {(o.table, o.column, o.old) for o in _replacements(renamed)}
    for one in vanishing.found(_held(renamed), settled.wanted):
        if (one.holder, one.column, one.value) in replaced:
            continue
        counts = tuple(
            rows.holding(*renamed.origin(table, column), [one.value], many=many)
            for table, column, many in one.users
        )
        found.append(replace(one, rows=counts))
    return tuple(found)


def _replacements(renamed: Renamed) -> Iterator[ReplaceValue]:
    return (op for op in renamed.operations if isinstance(op, ReplaceValue))


def _held(renamed: Renamed) -> Schema:
    """Return the database's schema with the checks that renames of values take away."""
    schema = renamed.settled.actual
    for op in renamed.operations:
        table = schema.table(op.table) if isinstance(op, DropConstraint) else None
        if isinstance(op, DropConstraint) and isinstance(op.constraint, Check) and table:
            schema = schema.with_table(replace(table, checks=(*table.checks, op.constraint)))
    return schema


def decided(
    found: Sequence[Vanishing],
    decisions: Decisions,
    answers: Answers,
    undecided: Sequence[Candidate] = (),
) -> dict[Vanishing, str]:
    """Return which value is put in the place of each that goes.

    A flag decides, else somebody who is asked.  Raises InvalidSetting for a flag that does not fit,
    and ValueInUse where rows hold a value and nobody has an answer; ``undecided`` may be its new
    names.
    """
    mapped: dict[Vanishing, str] = {}
    open_: list[Vanishing] = []
    for one in found:
        value = _given(one, decisions.maps)
        if value is None and one.is_used and decisions.complete:
            value = answers.instead(one)
        if value is not None:
            mapped[one] = value
        elif one.is_used:
            open_.append(one)
    if open_ and decisions.complete:
        raise _in_use(open_, undecided)
    return mapped


def _given(one: Vanishing, texts: Iterable[str]) -> str | None:
    for text in texts:
        for flag in one.flags:
            if text.startswith(f"{flag}:"):
                value = text[len(flag) + 1 :]
                if value not in one.left:
                    raise InvalidSetting(
                        f"--map {text}: there is no value {value!r} in the model."
                        + did_you_mean(value, one.left),
                        hint=f"There are: {', '.join(one.left)}",
                    )
                return value
    return None


def unused(decisions: Decisions, found: Iterable[Sequence[Vanishing]]) -> None:
    """Raise InvalidSetting for a ``--map`` of a value that goes from no database."""
    known = [flag for each in found for one in each for flag in one.flags]
    for text in decisions.maps:
        if not any(text.startswith(f"{flag}:") for flag in known):
            raise InvalidSetting(
                f"--map {text}: no such value goes." + did_you_mean(text.rpartition(":")[0], known),
                hint=f"There are: {', '.join(known) or 'none'}",
            )


def _in_use(found: Sequence[Vanishing], undecided: Sequence[Candidate]) -> ValueInUse:
    first = found[0]
    lines = [f"Another value: flask db migrate --map {first}:VALUE ({', '.join(first.left)})"]
    lines += [
        f"A new name for it: flask db migrate --rename {candidate.flag}"
        for candidate in undecided
        if candidate.kind == "value"
    ]
    said = "\n".join(one.situation for one in found)
    return ValueInUse(
        f"Rows hold what their models have no more, and nobody said what they get:\n{said}",
        hint="\n".join(lines),
    )


def carried_out(opened: Session, renamed: Renamed, wanted: Schema, mapped: Mapped) -> Renamed:
    """Return ``renamed`` with what replaces values that columns list themselves.

    ``wanted`` are the models as they were read.
    """
    dialect, settled = opened.dialect, renamed.settled
    values = vanishing.inline_ones(mapped)
    if not values:
        return renamed
    taken = {(o.table, o.column, o.new) for o in _replacements(renamed)}
    operations = tuple(inline.replacing(values, settled.actual, dialect.with_values, taken))
    after = settled.actual
    for operation in operations:
        after = operation.apply(after)
    return replace(
        renamed,
        operations=(*renamed.operations, *operations),
        settled=dialect.settle(after, wanted),
    )
