"""Single moves: a script that runs, or a stamp."""

from __future__ import annotations

from typing import Any

from .. import util
from .heads import MigrationInfo


class MigrationStep:
    """One move of the version rows, with what runs for it."""

    from_revisions_no_deps: tuple[str, ...]
    to_revisions_no_deps: tuple[str, ...]
    is_upgrade: bool
    migration_fn: Any
    doc: str | None = None

    @property
    def name(self) -> str:
        """The name of the function that runs."""
        return str(self.migration_fn.__name__)

    @classmethod
    def upgrade_from_script(cls, revision_map: Any, script: Any) -> RevisionStep:
        """Return the step that applies a script."""
        return RevisionStep(revision_map, script, True)

    @classmethod
    def downgrade_from_script(cls, revision_map: Any, script: Any) -> RevisionStep:
        """Return the step that undoes a script."""
        return RevisionStep(revision_map, script, False)

    @property
    def is_downgrade(self) -> bool:
        """Whether it goes down."""
        return not self.is_upgrade

    @property
    def short_log(self) -> str:
        """``upgrade 1 -> 2``."""
        start = util.format_as_comma(self.from_revisions_no_deps)
        return f"{self.name} {start} -> {util.format_as_comma(self.to_revisions_no_deps)}"

    def __str__(self) -> str:
        return f"{self.short_log}, {self.doc}" if self.doc else self.short_log


class RevisionStep(MigrationStep):
    """A script that is applied or undone."""

    def __init__(self, revision_map: Any, revision: Any, is_upgrade: bool) -> None:
        self.revision_map = revision_map
        self.revision = revision
        self.is_upgrade = is_upgrade
        module = revision.module
        self.migration_fn = module.upgrade if is_upgrade else module.downgrade

    def __repr__(self) -> str:
        return f"RevisionStep({self.revision.revision!r}, is_upgrade={self.is_upgrade!r})"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, RevisionStep)
            and other.revision == self.revision
            and self.is_upgrade == other.is_upgrade
        )

    def __hash__(self) -> int:
        return hash((self.revision.revision, self.is_upgrade))

    @property
    def doc(self) -> str:  # type: ignore[override]
        """The first line of the script's docstring."""
        return str(self.revision.doc)

    def _requirements(self, revision: Any) -> tuple[str, ...]:
        return revision._normalized_down_revisions  # type: ignore[no-any-return]

    @property
    def from_revisions(self) -> tuple[str, ...]:
        """Where it starts, what the script depends on included."""
        if self.is_upgrade:
            return self._requirements(self.revision)
        return (self.revision.revision,)

    @property
    def from_revisions_no_deps(self) -> tuple[str, ...]:  # type: ignore[override]
        """Where it starts."""
        if self.is_upgrade:
            return self.revision._versioned_down_revisions  # type: ignore[no-any-return]
        return (self.revision.revision,)

    @property
    def to_revisions(self) -> tuple[str, ...]:
        """Where it ends, what the script depends on included."""
        if self.is_upgrade:
            return (self.revision.revision,)
        return self._requirements(self.revision)

    @property
    def to_revisions_no_deps(self) -> tuple[str, ...]:  # type: ignore[override]
        """Where it ends."""
        if self.is_upgrade:
            return (self.revision.revision,)
        return self.revision._versioned_down_revisions  # type: ignore[no-any-return]

    @property
    def _has_scalar_down_revision(self) -> bool:
        return len(self.revision._normalized_down_revisions) == 1

    # --- what happens to the rows ----------------------------------------------------------------

    def should_delete_branch(self, heads: set[str]) -> bool:
        """Whether going down removes a row and puts none in its place."""
        if not self.is_downgrade or self.revision.revision not in heads:
            return False
        parents = self.revision._normalized_down_revisions
        if not parents:
            return True
        return not self._unmerge_to_revisions(heads)

    def merge_branch_idents(self, heads: set[str]) -> tuple[list[str], str, str]:
        """Return the rows to delete, the row to update, and what it becomes."""
        assert heads
        others = set(heads).difference(self.from_revisions)
        if others:
            above = self._ancestors(others)
            from_revisions = list(set(self.from_revisions).difference(above))
        else:
            from_revisions = list(self.from_revisions)
        gone = sorted(from_revisions[:-1], key=self.from_revisions.index)
        return gone, from_revisions[-1], self.to_revisions[0]

    def _ancestors(self, heads: set[str]) -> set[str]:
        found = self.revision_map._get_ancestor_nodes(
            self.revision_map.get_revisions(tuple(heads)), check=False
        )
        return {revision.revision for revision in found}

    def _unmerge_to_revisions(self, heads: set[str]) -> tuple[str, ...]:
        """Return the rows that come when this one leaves."""
        others = set(heads).difference([self.revision.revision])
        rows = self.to_revisions
        covered = self._ancestors(others) if others else set()
        # What another of them depends on is no row of its own either.
        for row in rows:
            covered |= self._ancestors({row}) - {row}
        return tuple(row for row in rows if row not in covered)

    def unmerge_branch_idents(self, heads: set[str]) -> tuple[str, str, tuple[str, ...]]:
        """Return the row to update, what it becomes, and the rows to insert."""
        rows = self._unmerge_to_revisions(heads)
        return self.from_revisions[0], rows[-1], rows[0:-1]

    def should_create_branch(self, heads: set[str]) -> bool:
        """Whether going up adds a row and takes none away."""
        if not self.is_upgrade:
            return False
        parents = self.revision._normalized_down_revisions
        return not parents or not heads.intersection(parents)

    def should_merge_branches(self, heads: set[str]) -> bool:
        """Whether going up makes several rows one."""
        if not self.is_upgrade:
            return False
        parents = self.revision._normalized_down_revisions
        return len(parents) > 1 and len(heads.intersection(parents)) > 1

    def should_unmerge_branches(self, heads: set[str]) -> bool:
        """Whether going down makes one row several."""
        if not self.is_downgrade:
            return False
        parents = self.revision._normalized_down_revisions
        return self.revision.revision in heads and len(parents) > 1

    def update_version_num(self, heads: set[str]) -> tuple[str, str]:
        """Return a row and what it becomes."""
        if not self._has_scalar_down_revision:
            down = heads.intersection(self.revision._normalized_down_revisions)
            assert len(down) == 1, "Can't UPDATE because downrevision is ambiguous"
            (parent,) = down
        else:
            parent = self.revision._normalized_down_revisions[0]
        if self.is_upgrade:
            return parent, self.revision.revision
        return self.revision.revision, parent

    @property
    def delete_version_num(self) -> str:
        """The row that leaves."""
        return str(self.revision.revision)

    @property
    def insert_version_num(self) -> str:
        """The row that comes."""
        return str(self.revision.revision)

    @property
    def info(self) -> MigrationInfo:
        """What ``on_version_apply`` is told."""
        return MigrationInfo(
            revision_map=self.revision_map,
            up_revisions=self.revision.revision,
            down_revisions=self.revision._normalized_down_revisions,
            is_upgrade=self.is_upgrade,
            is_stamp=False,
        )


class StampStep(MigrationStep):
    """A move without a script."""

    def __init__(
        self,
        from_: Any,
        to_: Any,
        is_upgrade: bool,
        branch_move: bool,
        revision_map: Any = None,
    ) -> None:
        self.from_ = util.to_tuple(from_, default=())
        self.to_ = util.to_tuple(to_, default=())
        self.is_upgrade = is_upgrade
        self.branch_move = branch_move
        self.migration_fn = self.stamp_revision
        self.revision_map = revision_map

    def stamp_revision(self, **kw: Any) -> None:
        """Run nothing."""

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, StampStep)
            and other.from_revisions == self.from_revisions
            and other.to_revisions == self.to_revisions
            and other.branch_move == self.branch_move
            and self.is_upgrade == other.is_upgrade
        )

    def __hash__(self) -> int:
        return hash((self.from_, self.to_, self.is_upgrade, self.branch_move))

    @property
    def from_revisions(self) -> tuple[str, ...]:
        """Where it starts."""
        return self.from_  # type: ignore[no-any-return]

    @property
    def to_revisions(self) -> tuple[str, ...]:
        """Where it ends."""
        return self.to_  # type: ignore[no-any-return]

    from_revisions_no_deps = from_revisions
    to_revisions_no_deps = to_revisions

    @property
    def delete_version_num(self) -> str:
        """The row that leaves."""
        assert len(self.from_) == 1
        return str(self.from_[0])

    @property
    def insert_version_num(self) -> str:
        """The row that comes."""
        assert len(self.to_) == 1
        return str(self.to_[0])

    def update_version_num(self, heads: set[str]) -> tuple[str, str]:
        """Return a row and what it becomes."""
        return self.delete_version_num, self.insert_version_num

    def merge_branch_idents(self, heads: set[str]) -> tuple[list[str], str, str]:
        """Return the rows to delete, the row to update, and what it becomes."""
        return list(self.from_[0:-1]), self.from_[-1], self.to_[0]

    def unmerge_branch_idents(self, heads: set[str]) -> tuple[str, str, list[str]]:
        """Return the row to update, what it becomes, and the rows to insert."""
        return self.from_[0], self.to_[-1], list(self.to_[0:-1])

    def should_delete_branch(self, heads: set[str]) -> bool:
        """Whether a row leaves and none comes."""
        return self.is_downgrade and self.branch_move

    def should_create_branch(self, heads: set[str]) -> bool:
        """Whether a row comes and none leaves."""
        return self.is_upgrade and self.branch_move

    def should_merge_branches(self, heads: set[str]) -> bool:
        """Whether several rows become one."""
        return len(self.from_) > 1

    def should_unmerge_branches(self, heads: set[str]) -> bool:
        """Whether one row becomes several."""
        return len(self.to_) > 1

    @property
    def info(self) -> MigrationInfo:
        """What ``on_version_apply`` is told."""
        up, down = (self.to_, self.from_) if self.is_upgrade else (self.from_, self.to_)
        return MigrationInfo(
            revision_map=self.revision_map,
            up_revisions=up,
            down_revisions=down,
            is_upgrade=self.is_upgrade,
            is_stamp=True,
        )
