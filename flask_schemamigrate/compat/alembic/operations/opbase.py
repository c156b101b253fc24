"""What all operation objects have in common, and the objects that hold others."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from sqlalchemy.util import memoized_property

#: A directive's name, its arguments and its keywords.
Directive = tuple[str, tuple[Any, ...], dict[str, Any]]


class MigrateOperation:
    """A directive as an object: what autogenerate finds, and what ``Operations.invoke`` runs."""

    _mutations: frozenset[Any] = frozenset()

    @memoized_property
    def info(self) -> dict[Any, Any]:
        """A place for notes of others."""
        return {}

    def reverse(self) -> Any:
        """Return the operation that undoes it."""
        raise NotImplementedError

    def to_diff_tuple(self) -> Any:
        """Return the operation as ``compare_metadata`` lists it."""
        raise NotImplementedError

    def as_directive(self) -> Directive:
        """Return the call on ``op`` that has its effect: name, arguments, keywords."""
        raise NotImplementedError


def given(**keywords: Any) -> dict[str, Any]:
    """Return the keywords that have a value."""
    return {name: value for name, value in keywords.items() if value is not None}


class OpContainer(MigrateOperation):
    """Operations in a row."""

    def __init__(self, ops: Sequence[MigrateOperation] = ()) -> None:
        self.ops = list(ops)

    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.ops

    def as_diffs(self) -> Any:
        """Return all operations as tuples."""
        return list(OpContainer._ops_as_diffs(self))

    @classmethod
    def _ops_as_diffs(cls, migrations: OpContainer) -> Iterator[Any]:
        for op in migrations.ops:
            if isinstance(op, OpContainer):
                yield from cls._ops_as_diffs(op)
            else:
                yield op.to_diff_tuple()

    def _reversed(self) -> list[MigrateOperation]:
        return [op.reverse() for op in reversed(self.ops)]


class ModifyTableOps(OpContainer):
    """Changes of one table."""

    def __init__(
        self, table_name: str, ops: Sequence[MigrateOperation], *, schema: str | None = None
    ) -> None:
        super().__init__(ops)
        self.table_name = table_name
        self.schema = schema

    def reverse(self) -> ModifyTableOps:
        """Return the changes undone, the last one first."""
        return ModifyTableOps(self.table_name, ops=self._reversed(), schema=self.schema)


class UpgradeOps(OpContainer):
    """The body of ``upgrade()``."""

    def __init__(
        self, ops: Sequence[MigrateOperation] = (), upgrade_token: str = "upgrades"
    ) -> None:
        super().__init__(ops)
        self.upgrade_token = upgrade_token

    def reverse_into(self, downgrade_ops: DowngradeOps) -> DowngradeOps:
        """Fill the body of ``downgrade()`` with what undoes this one."""
        downgrade_ops.ops[:] = self._reversed()
        return downgrade_ops

    def reverse(self) -> DowngradeOps:
        """Return the body of ``downgrade()``."""
        return self.reverse_into(DowngradeOps(ops=[]))


class DowngradeOps(OpContainer):
    """The body of ``downgrade()``."""

    def __init__(
        self, ops: Sequence[MigrateOperation] = (), downgrade_token: str = "downgrades"
    ) -> None:
        super().__init__(ops)
        self.downgrade_token = downgrade_token

    def reverse(self) -> UpgradeOps:
        """Return the body of ``upgrade()``."""
        return UpgradeOps(ops=self._reversed())


class MigrationScript(MigrateOperation):
    """A revision script that is about to be written: what hooks get and may change."""

    def __init__(
        self,
        rev_id: str | None,
        upgrade_ops: UpgradeOps,
        downgrade_ops: DowngradeOps,
        *,
        message: str | None = None,
        imports: Any = None,
        head: str | None = None,
        splice: bool | None = None,
        branch_label: Any = None,
        version_path: Any = None,
        depends_on: Any = None,
    ) -> None:
        self.rev_id = rev_id
        self.message = message
        self.imports: set[str] = set() if imports is None else imports
        self.head = head
        self.splice = splice
        self.branch_label = branch_label
        self.version_path = version_path
        self.depends_on = depends_on
        self.upgrade_ops = upgrade_ops
        self.downgrade_ops = downgrade_ops

    @property
    def upgrade_ops(self) -> UpgradeOps | None:
        """The only body of ``upgrade()``.  Raises ValueError where there are several."""
        found: UpgradeOps | None = _only(self._upgrade_ops, "upgrade_ops")
        return found

    @upgrade_ops.setter
    def upgrade_ops(self, upgrade_ops: Any) -> None:
        """Set the only body of ``upgrade()``, or a list of them."""
        self._upgrade_ops = _listed(upgrade_ops)
        for ops in self._upgrade_ops:
            assert isinstance(ops, UpgradeOps)

    @property
    def downgrade_ops(self) -> DowngradeOps | None:
        """The only body of ``downgrade()``.  Raises ValueError where there are several."""
        found: DowngradeOps | None = _only(self._downgrade_ops, "downgrade_ops")
        return found

    @downgrade_ops.setter
    def downgrade_ops(self, downgrade_ops: Any) -> None:
        """Set the only body of ``downgrade()``, or a list of them."""
        self._downgrade_ops = _listed(downgrade_ops)
        for ops in self._downgrade_ops:
            assert isinstance(ops, DowngradeOps)

    @property
    def upgrade_ops_list(self) -> list[UpgradeOps]:
        """The bodies of ``upgrade()``, one for each database."""
        return self._upgrade_ops

    @property
    def downgrade_ops_list(self) -> list[DowngradeOps]:
        """The bodies of ``downgrade()``, one for each database."""
        return self._downgrade_ops


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _only(found: list[Any], name: str) -> Any:
    if len(found) > 1:
        raise ValueError(
            "This MigrationScript instance has a multiple-entry list for "
            f"{'UpgradeOps' if name == 'upgrade_ops' else 'DowngradeOps'}; please use the "
            f"{name}_list attribute."
        )
    return found[0] if found else None
