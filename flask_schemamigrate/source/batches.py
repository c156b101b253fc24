"""What ``with op.batch_alter_table(…)`` says of the table as a whole.

A directive has to name the constraint that it is about, and Alembic refuses it otherwise; SQLite
keeps constraints that have no name.  Those are called by a conventional name, which a batch that
adds one marks as being for the script only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace

from ..operations.base import Operation
from ..operations.base import UNSET
from ..operations.batch import AlterTable
from ..operations.batch import UNNAMED
from ..operations.batch import UNNAMED_BEFORE
from ..operations.columns import AddColumn
from ..operations.columns import AlterColumn
from ..operations.columns import DropColumn
from ..operations.constraints import AddConstraint
from ..operations.constraints import DropConstraint
from ..operations.tables import AlterTableOptions
from ..schema import naming
from ..schema.names import Name
from ..schema.objects import Check
from ..schema.objects import Constraint
from .layout import call
from .layout import Expression
from .layout import literal
from .layout import Text

#: The conventional names, as Alembic has to be told them to find what has no name.
_CONVENTION = {
    "unique": ("uq", "uq_%(table_name)s_%(column_0_N_name)s"),
    "foreignkey": ("fk", "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s"),
    "primary": ("pk", "pk_%(table_name)s"),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as a script has it: ``head`` is the call, ``operations`` are what stands in it."""

    head: Expression
    operations: tuple[Operation, ...]


def batch(operation: AlterTable) -> Batch:
    """Return how a script has the changes of one table."""
    keywords: dict[str, Text] = {}
    if operation.table.schema:
        keywords["schema"] = literal(operation.table.schema)
    inner = tuple(op for op in operation.operations if not isinstance(op, AlterTableOptions))
    options = {
        name: value
        for op in operation.operations
        if isinstance(op, AlterTableOptions)
        for name, value in op.options
    }
    unnamed = {UNNAMED: [*_unnamed(inner)], UNNAMED_BEFORE: [*_dropped(inner)]}
    info = {key: list(dict.fromkeys(names)) for key, names in unnamed.items() if names}
    convention = dict(_convention(inner))
    if options:
        keywords["recreate"] = literal("always")
    if convention:
        keywords["naming_convention"] = literal(convention)
    if options or info:
        keywords["table_kwargs"] = literal({**options, **({"info": info} if info else {})})
    inner = _without_going(inner)
    head = call("op.batch_alter_table", literal(operation.table.name), **keywords)
    return Batch(head, tuple(map(_named, without_brought(inner))))


def _unnamed(operations: Iterable[Operation]) -> Iterable[str]:
    """Yield the names of the constraints that are to have none."""
    for op in without_brought(operations):
        for constraint in _added(op):
            if constraint.name is None:
                yield naming.conventional(_table(op), constraint)


def _dropped(operations: Iterable[Operation]) -> Iterable[str]:
    """Yield the names of the constraints that have none and go."""
    for op in operations:
        if not isinstance(op, DropConstraint) or op.name is not None or op.constraint is None:
            continue
        if op.type in _CONVENTION:
            yield naming.conventional(op.table, op.constraint)


def _added(op: Operation) -> tuple[Constraint, ...]:
    if isinstance(op, AddConstraint):
        return (op.constraint,)
    return op.constraints if isinstance(op, AddColumn) else ()


def _table(op: Operation) -> Name:
    return op.touches()[0]


def _convention(operations: Iterable[Operation]) -> Iterable[tuple[str, str]]:
    """Yield the naming convention for what goes and has no name."""
    for op in operations:
        if isinstance(op, DropConstraint) and op.name is None and op.type in _CONVENTION:
            yield _CONVENTION[op.type]


def _named(op: Operation) -> Operation:
    """Return an operation whose constraints have the names that the script calls them by."""
    if isinstance(op, DropConstraint) and op.name is None and op.constraint is not None:
        return replace(op, name=naming.conventional(op.table, op.constraint))
    if isinstance(op, AddConstraint):
        return replace(op, constraint=_called(op.table, op.constraint))
    if isinstance(op, AddColumn):
        return replace(op, constraints=tuple(_called(op.table, c) for c in op.constraints))
    return op


def _called(table: Name, constraint: Constraint) -> Constraint:
    if constraint.name is not None:
        return constraint
    return replace(constraint, name=naming.conventional(table, constraint))


def without_brought(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Leave out the checks that come with the type of a column which is added or altered."""
    listed = tuple(operations)
    typed = {pair for op in listed for pair in _typed(op)}

    def comes_along(op: Operation) -> bool:
        if not isinstance(op, AddConstraint) or not isinstance(op.constraint, Check):
            return False
        columns = getattr(op.constraint.element, "columns", ())
        return op.constraint.of_type and any((op.table, str(c.name)) in typed for c in columns)

    return tuple(op for op in listed if not comes_along(op))


def _without_going(operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """Leave out the drops of checks that go with their column, being of its type."""
    dropped = {op.column for op in operations if isinstance(op, DropColumn)}

    def goes_along(op: Operation) -> bool:
        check = op.constraint if isinstance(op, DropConstraint) else None
        if not isinstance(check, Check) or not check.of_type:
            return False
        columns = {str(column.name) for column in getattr(check.element, "columns", ())}
        return bool(columns) and columns <= dropped

    return tuple(op for op in operations if not goes_along(op))


def _typed(op: Operation) -> Iterable[tuple[Name, str]]:
    """Yield the column that gets a type with a CHECK of its own."""
    if isinstance(op, AddColumn):
        name, type_ = op.column.name, op.column.type
    elif isinstance(op, AlterColumn) and op.type is not UNSET:
        name, type_ = op.column, op.type
    else:
        return
    if getattr(type_.element, "create_constraint", False):
        yield op.table, name
