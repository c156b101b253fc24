"""One revision, with what comes before and after it."""

from __future__ import annotations

import re
from typing import Any

from .. import util
from .errors import RevisionError

_NOT_IN_IDS = re.compile(r"[@\-\+:]")


class Revision:
    """A revision; ``down_revision`` is None, an id or a tuple of ids."""

    nextrev: frozenset[str] = frozenset()
    _all_nextrev: frozenset[str] = frozenset()
    revision: str
    down_revision: Any = None
    dependencies: Any = None
    branch_labels: set[str] = set()
    _resolved_dependencies: tuple[str, ...] = ()
    _normalized_resolved_dependencies: tuple[str, ...] = ()

    @classmethod
    def verify_rev_id(cls, revision: str) -> None:
        """Raise RevisionError for characters that mean something else in identifiers."""
        found = sorted(set(_NOT_IN_IDS.findall(revision)))
        if found:
            raise RevisionError(
                f"Character(s) '{', '.join(found)}' not allowed in revision identifier '{revision}'"
            )

    def __init__(
        self,
        revision: str,
        down_revision: Any,
        dependencies: Any = None,
        branch_labels: Any = None,
    ) -> None:
        if down_revision and revision in util.to_tuple(down_revision):
            from .errors import LoopDetected

            self._loop: Any = LoopDetected(revision)
        elif dependencies is not None and revision in util.to_tuple(dependencies):
            from .errors import DependencyLoopDetected

            self._loop = DependencyLoopDetected(revision)
        else:
            self._loop = None
        self.verify_rev_id(revision)
        self.revision = revision
        self.down_revision = _one_or_all(down_revision)
        self.dependencies = _one_or_all(dependencies)
        self._orig_branch_labels = util.to_tuple(branch_labels, default=())
        self.branch_labels = set(self._orig_branch_labels)

    def __repr__(self) -> str:
        words = [repr(self.revision), repr(self.down_revision)]
        if self.dependencies:
            words.append(f"dependencies={self.dependencies!r}")
        if self.branch_labels:
            words.append(f"branch_labels={self.branch_labels!r}")
        return f"{self.__class__.__name__}({', '.join(words)})"

    def add_nextrev(self, revision: Revision) -> None:
        """Note a revision that comes after this one."""
        self._all_nextrev = self._all_nextrev | {revision.revision}
        if self.revision in revision._versioned_down_revisions:
            self.nextrev = self.nextrev | {revision.revision}

    # --- what comes before -----------------------------------------------------------------------

    @property
    def _versioned_down_revisions(self) -> tuple[str, ...]:
        return util.to_tuple(self.down_revision, default=())  # type: ignore[no-any-return]

    @property
    def _all_down_revisions(self) -> tuple[str, ...]:
        return util.dedupe_tuple(self._versioned_down_revisions + self._resolved_dependencies)

    @property
    def _normalized_down_revisions(self) -> tuple[str, ...]:
        """What comes before, dependencies that follow from others left out."""
        return util.dedupe_tuple(
            self._versioned_down_revisions + self._normalized_resolved_dependencies
        )

    # --- where it stands -------------------------------------------------------------------------

    @property
    def is_head(self) -> bool:
        """Whether nothing descends from it."""
        return not self.nextrev

    @property
    def _is_real_head(self) -> bool:
        return not self._all_nextrev

    @property
    def is_base(self) -> bool:
        """Whether it descends from nothing."""
        return self.down_revision is None

    @property
    def _is_real_base(self) -> bool:
        return self.down_revision is None and self.dependencies is None

    @property
    def is_branch_point(self) -> bool:
        """Whether several revisions descend from it."""
        return len(self.nextrev) > 1

    @property
    def _is_real_branch_point(self) -> bool:
        return len(self._all_nextrev) > 1

    @property
    def is_merge_point(self) -> bool:
        """Whether it descends from several revisions."""
        return len(self._versioned_down_revisions) > 1


def _one_or_all(value: Any) -> Any:
    """Return None for nothing, the only one, or a tuple."""
    listed = util.to_tuple(value, default=())
    if not listed:
        return None
    return listed[0] if len(listed) == 1 else listed
