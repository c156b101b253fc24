"""The rows of the version table while revisions run, and the steps that change them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from sqlalchemy import literal_column

from .. import util

log = logging.getLogger("alembic.runtime.migration")


class HeadMaintainer:
    """Changes the version rows step by step; ``heads`` is what they are."""

    def __init__(self, context: Any, heads: Iterable[str]) -> None:
        self.context = context
        self.heads = set(heads)

    def _insert_version(self, version: str) -> None:
        assert version not in self.heads
        self.heads.add(version)
        table = self.context._version
        value: Any = literal_column(f"'{version}'")
        self.context.impl._exec(table.insert().inline().values(version_num=value))

    def _delete_version(self, version: str) -> None:
        self.heads.remove(version)
        column = self.context._version.c.version_num
        result = self.context.impl._exec(
            self.context._version.delete().where(column == literal_column(f"'{version}'"))
        )
        self._check(result, f"deleting '{version}'")

    def _update_version(self, from_: str, to_: str) -> None:
        assert to_ not in self.heads
        self.heads.remove(from_)
        self.heads.add(to_)
        column = self.context._version.c.version_num
        result = self.context.impl._exec(
            self.context._version.update()
            .values(version_num=literal_column(f"'{to_}'"))
            .where(column == literal_column(f"'{from_}'"))
        )
        self._check(result, f"updating '{from_}' to '{to_}'")

    def _check(self, result: Any, what: str) -> None:
        """Raise CommandError unless one row was met, where the driver can count them."""
        context = self.context
        if context.as_sql or not context.dialect.supports_sane_rowcount:
            return
        if result.rowcount != 1:
            raise util.CommandError(
                f"Online migration expected to match one row when {what} in "
                f"'{context.version_table}'; {result.rowcount} found"
            )

    def update_to_step(self, step: Any) -> None:
        """Change the rows to what they are after a step."""
        if step.should_delete_branch(self.heads):
            version = step.delete_version_num
            log.debug("branch delete %s", version)
            self._delete_version(version)
        elif step.should_create_branch(self.heads):
            version = step.insert_version_num
            log.debug("new branch insert %s", version)
            self._insert_version(version)
        elif step.should_merge_branches(self.heads):
            gone, old, new = step.merge_branch_idents(self.heads)
            log.debug("merge, delete %s, update %s to %s", gone, old, new)
            for version in gone:
                self._delete_version(version)
            self._update_version(old, new)
        elif step.should_unmerge_branches(self.heads):
            old, new, come = step.unmerge_branch_idents(self.heads)
            log.debug("unmerge, insert %s, update %s to %s", come, old, new)
            for version in come:
                self._insert_version(version)
            self._update_version(old, new)
        else:
            old, new = step.update_version_num(self.heads)
            log.debug("update %s to %s", old, new)
            self._update_version(old, new)


class MigrationInfo:
    """What ``on_version_apply`` is told of a step."""

    def __init__(
        self,
        revision_map: Any,
        is_upgrade: bool,
        is_stamp: bool,
        up_revisions: Any,
        down_revisions: Any,
    ) -> None:
        self.revision_map = revision_map
        self.is_upgrade = is_upgrade
        self.is_stamp = is_stamp
        self.up_revision_ids = util.to_tuple(up_revisions, default=())
        self.down_revision_ids = util.to_tuple(down_revisions, default=())

    @property
    def is_migration(self) -> bool:
        """Whether a script ran."""
        return not self.is_stamp

    @property
    def source_revision_ids(self) -> tuple[str, ...]:
        """Where the step started."""
        return self.down_revision_ids if self.is_upgrade else self.up_revision_ids  # type: ignore[no-any-return]

    @property
    def destination_revision_ids(self) -> tuple[str, ...]:
        """Where the step ended."""
        return self.up_revision_ids if self.is_upgrade else self.down_revision_ids  # type: ignore[no-any-return]

    @property
    def up_revision_id(self) -> str | None:
        """The upper revision; of a stamp that merges, any of them."""
        return self.up_revision_ids[0] if self.up_revision_ids else None

    @property
    def up_revision(self) -> Any:
        """The script of the upper revision."""
        return self.revision_map.get_revision(self.up_revision_id)

    @property
    def up_revisions(self) -> tuple[Any, ...]:
        """The scripts of the upper revisions."""
        return self.revision_map.get_revisions(self.up_revision_ids)  # type: ignore[no-any-return]

    @property
    def down_revisions(self) -> tuple[Any, ...]:
        """The scripts of the lower revisions."""
        return self.revision_map.get_revisions(self.down_revision_ids)  # type: ignore[no-any-return]

    @property
    def source_revisions(self) -> tuple[Any, ...]:
        """The scripts where the step started."""
        return self.revision_map.get_revisions(self.source_revision_ids)  # type: ignore[no-any-return]

    @property
    def destination_revisions(self) -> tuple[Any, ...]:
        """The scripts where the step ended."""
        return self.revision_map.get_revisions(self.destination_revision_ids)  # type: ignore[no-any-return]


def joined(versions: Sequence[str]) -> str:
    """Return revision ids in a list."""
    return util.format_as_comma(tuple(versions))
