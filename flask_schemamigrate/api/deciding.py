"""What a person decides while a script is made, or says beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Protocol

from ..diff.candidates import Candidate
from ..diff.renames import Questions
from ..diff.required import Fill
from ..diff.required import Fills
from ..diff.required import Need
from ..diff.required import Where
from ..diff.vanishing import Vanishing
from ..errors import counted
from ..errors import did_you_mean
from ..errors import InvalidSetting
from ..errors import ValueNeeded
from ..schema import literals
from ..schema.metadata import Reader
from ..schema.objects import Sql
from .decisions import Decisions


class Answers(Questions, Protocol):
    """Who is asked while a script is made."""

    def may_drop(self, question: str) -> bool:
        """Whether most of a database's tables may really go."""

    def fill(self, need: Need) -> str | None:
        """What rows without a value get, spelled as for ``--fill``; None: no answer."""

    def instead(self, one: Vanishing) -> str | None:
        """Which of the values that are left rows get in place of one that goes; None: no answer."""

    def may_upgrade(self, question: str) -> bool:
        """Whether the revisions that are not applied may be applied now."""


@dataclass(slots=True)
class Unattended:
    """Answers no to everything, and remembers what may have been a rename."""

    asked: list[Candidate] = field(default_factory=list)

    def is_renamed(self, candidate: Candidate) -> bool:
        """No."""
        self.asked.append(candidate)
        return False

    def may_drop(self, question: str) -> bool:
        """No."""
        return False

    def fill(self, need: Need) -> str | None:
        """No answer."""
        return None

    def instead(self, one: Vanishing) -> str | None:
        """No answer."""
        return None

    def may_upgrade(self, question: str) -> bool:
        """No."""
        return False


# --- required columns ---------------------------------------------------------------------------


def fills(
    needs: Iterable[Need],
    decisions: Decisions,
    answers: Answers,
    reader: Reader,
    undecided: Sequence[Candidate] = (),
) -> dict[Where, Fill]:
    """Return what rows without a value get in each column that is required now.

    A flag decides, else somebody who is asked, else the model's own default.  Raises InvalidSetting
    for a flag that does not fit, and ValueNeeded where nobody has an answer and there are rows;
    ``undecided`` may be the column, under the name that it had.
    """
    given = dict(_split(text) for text in decisions.fills)
    found: dict[Where, Fill] = {}
    open_: list[Need] = []
    for need in needs:
        text = given.get(str(need))
        if text is None and need.rows and decisions.complete:
            text = answers.fill(need)
        if text is not None:
            found[need.where] = _parsed(need, text, reader)
        elif need.default is not None and not (need.is_new and need.is_unique and need.rows > 1):
            found[need.where] = Fill(value=need.default)
        else:
            found[need.where] = Fill()
            open_ += [need] if need.rows else []
    if open_ and decisions.complete:
        raise _value_needed(open_, undecided)
    return found


def unused(decisions: Decisions, found: Iterable[Fills]) -> None:
    """Raise InvalidSetting for a ``--fill`` that no column of any database needs."""
    known = {f"{table}.{column}" for one in found for table, column in one}
    for text in decisions.fills:
        where, _ = _split(text)
        if where not in known:
            raise InvalidSetting(
                f"--fill {text}: no column {where!r} becomes required."
                + did_you_mean(where, known),
                hint=f"There are: {', '.join(sorted(known)) or 'none'}",
            )


def _split(text: str) -> tuple[str, str]:
    where, equals, value = text.partition("=")
    if not equals or "." not in where:
        raise InvalidSetting(
            f"--fill {text}: a column and a value are needed.",
            hint='Write --fill table.column=VALUE, --fill "table.column=sql:EXPRESSION" or '
            "--fill table.column=nullable",
        )
    return where.strip(), value


def _parsed(need: Need, text: str, reader: Reader) -> Fill:
    flag = f"--fill {need}={text}"
    if text == "nullable":
        return Fill(nullable=True)
    if text.startswith("sql:"):
        return Fill(expression=Sql(text[len("sql:") :].strip()))
    if text == "default":
        if need.default is None:
            raise InvalidSetting(
                f"{flag}: the model has no plain default for it.",
                hint=f"Give a value: --fill {need}=VALUE",
            )
        value = need.default
    else:
        try:
            value = literals.parsed(reader, need.column.type.element, text)
        except ValueError as error:
            raise InvalidSetting(
                f"{flag}: {error}.", hint=f"The column is {need.column.type}."
            ) from error
    if need.is_unique and need.rows > 1:
        raise InvalidSetting(
            f"{flag}: {need} is unique, so that one value cannot do for {need.rows:,} rows.",
            hint=f'Give each row its own: --fill "{need}=sql:EXPRESSION"',
        )
    return Fill(value=value)


def _value_needed(needs: Sequence[Need], undecided: Sequence[Candidate]) -> ValueNeeded:
    facts = []
    for need in needs:
        rows = f"{need.rows:,} {'row' if need.rows == 1 else 'rows'}"
        verb = "is" if need.rows == 1 else "are"
        nulls = f"{rows} of {need.table} {verb} NULL in it"
        has = f"{need.table} has {rows}" if need.is_new else nulls
        facts.append(f"{need} is required, and {has}.")
    first = needs[0]
    new = {need.where for need in needs if need.is_new}
    lines = [
        f"If {held.holder}.{held.old} is {held.new} now: flask db migrate --rename {held.flag}"
        for held in undecided
        if held.kind == "column" and (held.holder, held.new) in new
    ]
    lines += [
        f"One value for all of them: flask db migrate --fill {first}=VALUE",
        f'A value for each of them: flask db migrate --fill "{first}=sql:EXPRESSION"',
        f"Not required for now: flask db migrate --fill {first}=nullable",
    ]
    said = counted(len(needs), "column") if len(needs) > 1 else "A required column"
    return ValueNeeded(
        f"{said} would have no value in rows that are there:\n" + "\n".join(facts),
        hint="\n".join(lines),
    )
