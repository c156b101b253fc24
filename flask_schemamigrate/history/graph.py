"""The history: revisions, and how they descend from each other.

Every algorithm is linear in the revisions that it visits, without recursion.  "Parents" are the
``down_revision``s; "requirements" are the parents and what ``depends_on`` names.
"""

from __future__ import annotations

from bisect import bisect_left
from bisect import insort
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from enum import Enum
from typing import TypeAlias

from ..errors import Cycle
from ..errors import did_you_mean
from ..errors import DuplicateLabel
from ..errors import DuplicateRevision
from ..errors import MissingParent
from .revision import Revision

#: A revision, the rows that leave with it if they are there, and the rows that come.
_Step: TypeAlias = tuple[str, Sequence[str], Sequence[str]]


class Direction(Enum):
    """Which way a move goes."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class RowChange:
    """What happens to the rows of the version table."""

    delete: tuple[str, ...] = ()
    update: tuple[str, str] | None = None
    insert: tuple[str, ...] = ()

    @property
    def one(self) -> tuple[str, str] | None:
        """What a single row becomes, if that is all that happens."""
        return None if self.delete or self.insert else self.update


@dataclass(frozen=True, slots=True)
class Move:
    """One revision applied or undone.

    ``before`` and ``after`` are the version table's rows around it, sorted; ``change`` leads from
    one to the other.
    """

    revision: Revision
    direction: Direction
    before: tuple[str, ...]
    after: tuple[str, ...]
    change: RowChange


def change_of_rows(before: Sequence[str], after: Sequence[str]) -> RowChange:
    """Return the change from one set of rows to another."""
    kept = set(before) & set(after)
    return _row_change(
        [row for row in before if row not in kept], [row for row in after if row not in kept]
    )


def _row_change(gone: Sequence[str], new: Sequence[str]) -> RowChange:
    # Where one row becomes another it is an UPDATE, whose row count betrays a concurrent change.
    if gone and new:
        return RowChange(tuple(gone[1:]), (gone[0], new[0]), tuple(new[1:]))
    return RowChange(tuple(gone), None, tuple(new))


@dataclass(frozen=True, slots=True)
class Graph:
    """Revisions by id, in the order in which their files were read.

    ``requirements`` maps a revision to all that must be applied before it, ids only.
    """

    revisions: Mapping[str, Revision] = field(default_factory=dict)
    requirements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    children: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dependants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labelled: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def build(cls, revisions: Iterable[Revision]) -> Graph:
        """Check revisions and connect them.

        Raises DuplicateRevision, DuplicateLabel, MissingParent and Cycle, which name the files.
        """
        found: dict[str, Revision] = {}
        for revision in revisions:
            other = found.setdefault(revision.id, revision)
            if other is not revision:
                raise DuplicateRevision(
                    f"Two scripts have the revision id {revision.id}:\n"
                    f"  {other.path}\n  {revision.path}",
                    hint="Give one of them another id (revision = …), or delete the copy.",
                )
        labelled = _labels(found)
        requirements = {r.id: _requirements(r, found, labelled) for r in found.values()}
        children: dict[str, list[str]] = {}
        dependants: dict[str, list[str]] = {}
        for revision in found.values():
            for parent in revision.parents:
                children.setdefault(parent, []).append(revision.id)
            for required in requirements[revision.id]:
                dependants.setdefault(required, []).append(revision.id)
        graph = cls(
            found,
            requirements,
            {k: tuple(v) for k, v in children.items()},
            {k: tuple(v) for k, v in dependants.items()},
            labelled,
        )
        graph._refuse_cycles()
        return graph

    def _refuse_cycles(self) -> None:
        waiting = {id_: len(set(required)) for id_, required in self.requirements.items()}
        ready = [id_ for id_, count in waiting.items() if not count]
        done = 0
        while ready:
            done += 1
            for dependant in set(self.dependants.get(ready.pop(), ())):
                waiting[dependant] -= 1
                if not waiting[dependant]:
                    ready.append(dependant)
        if done < len(waiting):
            round_ = self._cycle({id_ for id_, count in waiting.items() if count})
            listed = "\n".join(f"  {id_}  {self.revisions[id_].path or ''}" for id_ in round_)
            raise Cycle(
                "Each of these revisions stands on the next one, and the last on the first:\n"
                f"{listed}",
                hint="Correct down_revision or depends_on in one of these files.",
            )

    def _cycle(self, stuck: set[str]) -> list[str]:
        """Return one cycle; each of ``stuck`` requires another one of them."""
        path: dict[str, None] = {}
        here = min(stuck)
        while here not in path:
            path[here] = None
            here = next(required for required in self.requirements[here] if required in stuck)
        steps = list(path)
        return steps[steps.index(here) :]

    # --- where things are ------------------------------------------------------------------------

    @property
    def heads(self) -> tuple[str, ...]:
        """Revisions without children, in load order."""
        return tuple(id_ for id_ in self.revisions if id_ not in self.children)

    @property
    def real_heads(self) -> tuple[str, ...]:
        """Revisions without children on which nothing depends either."""
        return tuple(id_ for id_ in self.revisions if id_ not in self.dependants)

    @property
    def bases(self) -> tuple[str, ...]:
        """Revisions without parents."""
        return tuple(id_ for id_, revision in self.revisions.items() if revision.is_base)

    @property
    def branch_points(self) -> tuple[str, ...]:
        """Revisions with several children."""
        return tuple(id_ for id_ in self.revisions if len(self.children.get(id_, ())) > 1)

    def known(self, rows: Iterable[str]) -> tuple[str, ...]:
        """Return the rows for which there is a script."""
        return tuple(row for row in rows if row in self.revisions)

    def unknown(self, rows: Iterable[str]) -> tuple[str, ...]:
        """Return the rows for which there is no script."""
        return tuple(row for row in rows if row not in self.revisions)

    def ancestors(self, ids: Iterable[str], dependencies: bool = True) -> set[str]:
        """Return ``ids`` and all that must be applied before them; unknown ids are left out."""
        if dependencies:
            return _reached(self.known(ids), self.requirements)
        parents = {id_: revision.parents for id_, revision in self.revisions.items()}
        return _reached(self.known(ids), parents)

    def descendants(self, ids: Iterable[str], dependencies: bool = True) -> set[str]:
        """Return ``ids`` and all that stands on them; unknown ids are left out."""
        return _reached(self.known(ids), self.dependants if dependencies else self.children)

    def tips(self, ids: Collection[str]) -> tuple[str, ...]:
        """Return those of ``ids`` on which none of the others stands."""
        below = {required for id_ in ids for required in self.requirements[id_]}
        return tuple(id_ for id_ in self.revisions if id_ in ids and id_ not in below)

    def lineage(self, id_: str) -> set[str]:
        """Return the branch of a revision: itself, what it descends from, what descends from it."""
        return self.ancestors([id_], dependencies=False) | self.descendants([id_], False)

    def labels_of(self) -> dict[str, tuple[str, ...]]:
        """Return the labels that each revision is known by.

        A label reaches all descendants, and ancestors down to the first branch or merge point.
        """
        found: dict[str, dict[str, None]] = {}
        for label, id_ in self.labelled.items():
            for reached in self.descendants([id_], dependencies=False):
                found.setdefault(reached, {})[label] = None
            for below in self._single_line_below(id_):
                found.setdefault(below, {})[label] = None
        return {id_: tuple(sorted(labels)) for id_, labels in found.items()}

    def _single_line_below(self, id_: str) -> Iterable[str]:
        parents = self.revisions[id_].parents
        while len(parents) == 1 and len(self.children.get(parents[0], ())) == 1:
            yield parents[0]
            parents = self.revisions[parents[0]].parents

    def ordered(self, ids: Collection[str] | None = None) -> tuple[str, ...]:
        """Return ``ids`` (default: all) so that each comes after all that it requires.

        Where that leaves a choice the order is Alembic's: seen from the newest, one branch is
        followed until something on another branch has to come first.
        """
        left = set(self.revisions if ids is None else ids)
        waiting = {id_: sum(d in left for d in self.dependants.get(id_, ())) for id_ in left}
        tips = [id_ for id_ in self.revisions if id_ in left and not waiting[id_]]
        is_tip = set(tips)
        newest_first: list[str] = []
        at = 0
        while tips:
            tip = tips[at]
            if waiting[tip]:
                at = self._first_tip_above(tip, tips, is_tip, left)
                continue
            newest_first.append(tip)
            left.discard(tip)
            below = [id_ for id_ in self.requirements[tip] if id_ in left]
            for id_ in below:
                waiting[id_] -= 1
            below = [id_ for id_ in below if id_ not in is_tip]
            is_tip.discard(tip)
            is_tip.update(below)
            if below:
                tips[at] = below[0]
                tips.extend(below[1:])
            else:
                del tips[at]
                at = max(at - 1, 0)
        return tuple(reversed(newest_first))

    def _first_tip_above(self, id_: str, tips: list[str], is_tip: set[str], left: set[str]) -> int:
        """Return the first position of a tip that stands above ``id_``, itself a tip."""
        foremost = next(tip for tip in tips if tip != id_)
        found: list[str] = []
        seen = {id_}
        waiting = [id_]
        while waiting:
            for above in reversed(self.dependants.get(waiting.pop(), ())):
                if above in seen or above not in left:
                    continue
                if above == foremost:
                    return tips.index(above)
                seen.add(above)
                waiting.append(above)
                if above in is_tip:
                    found.append(above)
        return min(tips.index(tip) for tip in found)

    # --- what is applied -------------------------------------------------------------------------

    def pending(self, rows: Iterable[str], targets: Iterable[str] | None = None) -> tuple[str, ...]:
        """Return what is not applied yet of ``targets`` (default: all) and what they require."""
        if targets is not None and set(targets := tuple(targets)).issubset(rows := tuple(rows)):
            return ()
        wanted = self.revisions.keys() if targets is None else self.ancestors(targets)
        return self.ordered(set(wanted) - self.ancestors(rows))

    def is_up_to_date(self, rows: Iterable[str]) -> bool:
        """Whether every revision is applied."""
        return len(self.ancestors(rows)) == len(self.revisions)

    def expand(self, rows: Iterable[str]) -> tuple[str, ...]:
        """Return the known rows and every applied tip of a branch that others depend on."""
        applied = self.ancestors(rows)
        tips = (id_ for id_ in applied if applied.isdisjoint(self.children.get(id_, ())))
        shown = {*tips, *rows}
        return tuple(id_ for id_ in self.revisions if id_ in shown)

    def upgrade_moves(self, rows: Sequence[str], targets: Iterable[str]) -> tuple[Move, ...]:
        """Return the moves that apply ``targets`` and all that they require."""
        steps = ((id_, self.requirements[id_], (id_,)) for id_ in self.pending(rows, targets))
        return tuple(self._moves(Direction.UP, rows, steps))

    def downgrade_moves(self, rows: Sequence[str], undone: Iterable[str]) -> tuple[Move, ...]:
        """Return the moves that undo ``undone`` and all applied that stands on it."""
        applied = self.ancestors(rows)
        order = reversed(self.ordered(self.descendants(undone) & applied))
        return tuple(self._moves(Direction.DOWN, rows, self._bared(order, applied)))

    def _bared(self, order: Iterable[str], applied: set[str]) -> Iterator[_Step]:
        """Yield what is undone with what nothing applied stands on any longer then."""
        above = {id_: sum(d in applied for d in self.dependants.get(id_, ())) for id_ in applied}
        for id_ in order:
            required = self.requirements[id_]
            for below in required:
                above[below] -= 1
            yield id_, (id_,), tuple(below for below in required if not above[below])

    def _moves(
        self, direction: Direction, rows: Sequence[str], steps: Iterable[_Step]
    ) -> Iterator[Move]:
        now = sorted(set(rows))
        present = set(now)
        before = tuple(now)
        for id_, leaving, coming in steps:
            gone = [row for row in leaving if row in present]
            new = [row for row in coming if row not in present]
            for row in gone:
                del now[bisect_left(now, row)]
            for row in new:
                insort(now, row)
            present.difference_update(gone)
            present.update(new)
            after = tuple(now)
            yield Move(self.revisions[id_], direction, before, after, _row_change(gone, new))
            before = after

    def stamped_rows(self, rows: Sequence[str], targets: Sequence[str]) -> tuple[str, ...]:
        """Return the rows after ``targets`` are recorded without running anything.

        Rows on the line of a target (above it, below it, or by dependency) give way to it; rows of
        other lines and unknown rows stay.
        """
        now = set(rows)
        for target in targets:
            line = self.ancestors([target]) | self.descendants([target])
            now = {row for row in now if row not in line} | {target}
        return tuple(sorted(now))


def _reached(start: Iterable[str], edges: Mapping[str, Sequence[str]]) -> set[str]:
    seen = set(start)
    waiting = list(seen)
    while waiting:
        for reached in edges.get(waiting.pop(), ()):
            if reached not in seen:
                seen.add(reached)
                waiting.append(reached)
    return seen


def _labels(found: Mapping[str, Revision]) -> dict[str, str]:
    labelled: dict[str, str] = {}
    for revision in found.values():
        for label in revision.labels:
            other = found.get(labelled.get(label, label))
            if other is not None:
                raise DuplicateLabel(
                    f"The branch label {label!r} of {revision.id} is also "
                    f"{'the id' if other.id == label else 'a label'} of {other.id}:\n"
                    f"  {revision.path}\n  {other.path}",
                    hint="Take it out of branch_labels in one of these files.",
                )
            labelled[label] = revision.id
    return labelled


def _requirements(
    revision: Revision, found: Mapping[str, Revision], labelled: Mapping[str, str]
) -> tuple[str, ...]:
    required: list[str] = []
    for word, names in (("down_revision", revision.parents), ("depends_on", revision.depends_on)):
        for name in names:
            id_ = name if name in found else labelled.get(name)
            if id_ is None:
                raise MissingParent(
                    f"{revision.path or revision.id} names {name!r} as its {word}, and there is "
                    f"no such revision.{did_you_mean(name, found)}",
                    hint="Bring the missing file back (another git branch?), or correct the name.",
                )
            required.append(id_)
    return tuple(dict.fromkeys(required))
