"""``alembic.operations``, as far as scripts use it: types to annotate, classes to register."""

from __future__ import annotations

from typing import Any

from ... import operations as ops
from ...directives import custom
from ...directives.batch import BatchOperations as BatchOperations
from ...operations.base import Operation as _Operation

__all__ = ["BatchOperations", "MigrateOperation", "Operations", "ops"]


class MigrateOperation:
    """The base of operations that others register."""


class Operations:
    """The directives, as a class to register with and to annotate by."""

    register_operation = staticmethod(custom.register_operation)
    implementation_for = staticmethod(custom.implementation_for)

    def __init__(self, migration_context: Any = None) -> None:
        self.migration_context = migration_context

    def __getattr__(self, name: str) -> Any:
        from ... import op

        return getattr(op, name)


Operation = _Operation
