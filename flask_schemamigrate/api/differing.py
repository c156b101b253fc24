"""What is different between a database and its models, and what a script has for it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace

from ..dialects.base import Dialect
from ..diff import required
from ..diff import vanishing
from ..diff.candidates import Candidate
from ..diff.differ import diff
from ..diff.named import named
from ..diff.required import Need
from ..diff.required import Passes
from ..diff.required import Where
from ..operations.base import losses
from ..operations.base import Operation
from ..operations.batch import AlterTable
from ..operations.constraints import DropConstraint
from ..run import halves
from ..run.rows import Rows
from ..run.session import Session
from ..schema.objects import Schema
from ..schema.objects import Sql
from ..schema.objects import Table
from ..source.script import Margin
from . import deciding
from . import given
from . import hooked
from . import mapping
from . import parts
from . import reading
from . import remarks
from . import renaming
from . import scripts
from . import told as logged
from .creating import Draft
from .deciding import Answers
from .deciding import Unattended
from .decisions import Decisions
from .decisions import NONE
from .given import Difference
from .given import Sides
from .renaming import Renamed
from .values import Changes
from .values import Remark


def told(
    opened: Session,
    sides: Sides,
    decisions: Decisions,
    answers: Answers | None,
    now: Sequence[str],
    draft: Draft | None,
) -> Difference:
    """Return what differs, as the peers' hook wants it, and log it as the peers do.

    ``now`` are the revisions that are applied, and ``draft`` is what the hook is told of the
    script.
    """
    found = difference(opened, decisions, answers, sides)
    found = hooked.asked(opened, found, now, draft)
    logged.changes(found.operations)
    return found


def refuse_unused(decisions: Decisions, found: Sequence[Difference]) -> None:
    """Raise InvalidSetting for a decision about something that is in no database."""
    renaming.unused(
        decisions.renames,
        {text for one in found for text in one.renames},
        {str(name) for one in found for name in one.before.tables},
    )
    deciding.unused(decisions, (one.fills for one in found))
    mapping.unused(decisions, [one.vanishing for one in found])


def difference(
    opened: Session,
    decisions: Decisions = NONE,
    answers: Answers | None = None,
    sides: Sides | None = None,
) -> Difference:
    """Compare a database with its models (``sides``, once read), wherever in the history it is."""
    dialect, database = opened.dialect, opened.database
    listening = _Listening(answers or Unattended())
    sides = sides or given.read(opened, decisions)
    wanted = sides.wanted
    mine = _meant(opened, decisions, sides)
    renamed = renaming.decided(dialect, sides.settled, wanted, mine, listening)
    gone = mapping.counted(opened, renamed)
    mapped = mapping.decided(gone, decisions, listening.answers, listening.refused)
    renamed = mapping.carried_out(opened, renamed, wanted, mapped)
    renamed = parts.asked(opened, renamed)
    settled, start = renamed.settled, renamed.start
    single, batched = (
        vanishing.with_types(found, mapped) for found in operations(dialect, renamed)
    )
    needs = _counted(required.needs(single, settled.wanted, dialect.reader), opened, renamed)
    fills = deciding.fills(
        needs.values(), decisions, listening.answers, dialect.reader, listening.refused
    )
    single, batched = (
        required.filled(found, fills, dialect.takes_default) for found in (single, batched)
    )
    said = remarks.Writer(opened, renamed, needs, fills, sides.others).remarks(single)
    changes = Changes(
        reading.name_of(database),
        database.label,
        single,
        len(settled.actual.tables),
        len(wanted.tables),
        (*settled.notes, *halves.copies(sides.left)),
        said,
        tuple(candidate.flag for candidate in listening.refused),
        tuple(str(table.name) for table in sides.others),
        tuple(sorted(map(str, wanted.tables))),
        losses=losses(single, start),
    )
    passes = _passes(Rows(opened.connection), renamed)
    margin = _margin(dialect, settled.actual, said, listening.refused, passes, single)
    batched = dialect.gathered(batched, start)
    functions = scripts.functions(dialect, opened.settings, batched, start, margin)
    return Difference(
        database, opened.settings, start, single, functions, changes, fills, gone, tuple(mine)
    )


def _meant(opened: Session, decisions: Decisions, sides: Sides) -> list[str]:
    """Return the renames that are meant for this database of several."""
    if len(opened.settings.databases) > 1:
        return renaming.meant_for(decisions.renames, sides.actual, sides.wanted)
    return list(decisions.renames)


def operations(
    dialect: Dialect, renamed: Renamed
) -> tuple[tuple[Operation, ...], tuple[Operation, ...]]:
    """Return the operations, single ones and as the dialect's scripts gather them."""
    settled, start = renamed.settled, renamed.start
    single, batched = (
        (
            *(_gathered(renamed.operations) if batches else renamed.operations),
            *dialect.arranged(
                diff(
                    settled.actual,
                    settled.wanted,
                    batches=batches,
                    holds_type=dialect.holds_type,
                    renamable=dialect.renamable,
                    beside=dialect.beside,
                    names_count=dialect.keeps_unnamed,
                ),
                settled.actual,
            ),
        )
        for batches in (False, dialect.batches)
    )
    if not dialect.keeps_unnamed:
        single, batched = (
            named(operations, start, dialect.constraint_name) for operations in (single, batched)
        )
    return single, batched


def _gathered(operations: Iterable[Operation]) -> Iterator[Operation]:
    """Put into batches what a dialect with batches cannot do without."""
    for op in operations:
        yield AlterTable(op.table, (op,)) if isinstance(op, DropConstraint) else op


def _passes(rows: Rows, renamed: Renamed) -> Passes:
    def passes(table: Table, column: str, value: Sql, check: str) -> bool | None:
        origin = renamed.origin(table.name, column)
        return rows.passes(origin, (table.name.name, column), value.text, check)

    return passes


def _margin(
    dialect: Dialect,
    known: Schema,
    said: Sequence[Remark],
    undecided: Sequence[Candidate],
    passes: Passes,
    single: Sequence[Operation],
) -> Margin:
    """Return what a script says beside its operations; ``known`` is the schema before them."""
    return Margin(
        restored=lambda op: required.restored(
            op, known, dialect.reader, dialect.neutral, dialect.takes_default, passes
        ),
        up=lambda op: remarks.of(said, op),
        down=lambda op: (*required.restoring(op, known, passes), *remarks.of_way_back(op, single)),
        preface=remarks.marked(undecided, said),
    )


@dataclass(frozen=True, slots=True)
class _Listening:
    """Hears which possible renames nobody could decide."""

    answers: Answers
    refused: list[Candidate] = field(default_factory=list)

    def is_renamed(self, candidate: Candidate) -> bool:
        found = self.answers.is_renamed(candidate)
        if isinstance(self.answers, Unattended):
            self.refused.append(candidate)
        return found


def _counted(needs: Iterable[Need], opened: Session, renamed: Renamed) -> dict[Where, Need]:
    """Return needs by their columns, with the rows that have no value."""
    rows = Rows(opened.connection)
    found = {}
    for need in needs:
        table, column = renamed.origin(*need.where)
        count = rows.count(table) if need.is_new else rows.without_value(table, column)
        found[need.where] = replace(need, rows=count)
    return found
