"""Operations on constraints."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import ClassVar
from typing import Literal
from typing import TypeAlias

from ..errors import Irreversible
from ..schema.names import Name
from ..schema.objects import Check
from ..schema.objects import Constraint
from ..schema.objects import Exclude
from ..schema.objects import ForeignKey
from ..schema.objects import PrimaryKey
from ..schema.objects import Schema
from ..schema.objects import Table
from ..schema.objects import Unique
from .base import Operation
from .base import table_of

ConstraintType: TypeAlias = Literal["primary", "unique", "foreignkey", "check", "exclude"]


def type_of(constraint: Constraint) -> ConstraintType:
    """Return the word that scripts use for the kind of a constraint (``type_=``)."""
    match constraint:
        case PrimaryKey():
            return "primary"
        case Unique():
            return "unique"
        case ForeignKey():
            return "foreignkey"
        case Check():
            return "check"
        case Exclude():
            return "exclude"


def described(constraint: Constraint) -> str:
    """Return ``unique constraint uq_user_email`` or, without a name, ``… on (email)``."""
    words = {
        "primary": "primary key",
        "unique": "unique constraint",
        "foreignkey": "foreign key",
        "check": "check constraint",
        "exclude": "exclusion constraint",
    }
    word = words[type_of(constraint)]
    if constraint.name:
        return f"{word} {constraint.name}"
    columns = getattr(constraint, "columns", ())
    return f"{word} on ({', '.join(columns)})" if columns else word


@dataclass(frozen=True, slots=True)
class AddConstraint(Operation):
    """Add a primary key, unique, foreign key, check or exclusion constraint."""

    table: Name
    constraint: Constraint
    kind: ClassVar[str] = "add_constraint"
    mark: ClassVar[str] = "+"

    def apply(self, schema: Schema) -> Schema:
        """Add it to its table."""
        table = schema.table(self.table)
        if table is None:
            return schema
        return schema.with_table(table.with_constraint(self.constraint))

    def inverse(self, before: Schema) -> Operation:
        """Drop it again, by name or, without one, by what it is."""
        constraint = self.constraint
        return DropConstraint(
            self.table, constraint.name, type_of(constraint), constraint=constraint
        )

    def describe(self) -> str:
        """``Add unique constraint uq_user_email to table user``."""
        return f"Add {described(self.constraint)} to table {self.table}"

    def touches(self) -> tuple[Name, ...]:
        """The table, and the one that a foreign key points at."""
        if isinstance(self.constraint, ForeignKey):
            return (self.table, self.constraint.target)
        return (self.table,)

    def fragment(self) -> str:
        """``add_uq_user_email``."""
        return f"add_{self.constraint.name or type_of(self.constraint)}_to_{self.table.name}"


@dataclass(frozen=True, slots=True)
class DropConstraint(Operation):
    """Drop a constraint, by name; or by ``constraint``, what it is, where it has none."""

    table: Name
    name: str | None
    type: ConstraintType | None = None
    if_present: bool = False
    constraint: Constraint | None = field(default=None, compare=False)
    kind: ClassVar[str] = "drop_constraint"
    mark: ClassVar[str] = "-"

    def find(self, table: Table) -> Constraint | None:
        """Return the constraint of ``table`` that is meant, or None."""
        if self.constraint is not None and self.constraint in tuple(table.constraints):
            return self.constraint
        # The database may have it without the name that the script drops it by.
        unnamed = None if self.constraint is None else replace(self.constraint, name=None)
        if unnamed is not None and unnamed in tuple(table.constraints):
            return unnamed
        candidates = [c for c in table.constraints if not self.type or type_of(c) == self.type]
        if self.type == "primary":
            return candidates[0] if candidates else None
        if self.name is None:
            return None
        return next((c for c in candidates if c.name == self.name), None)

    def apply(self, schema: Schema) -> Schema:
        """Remove it from its table."""
        table = schema.table(self.table)
        found = self.find(table) if table is not None else None
        if table is None or found is None:
            return schema
        return schema.with_table(table.without_constraint(found))

    def inverse(self, before: Schema) -> Operation:
        """Add it again as it was."""
        found = self.constraint or self.find(table_of(before, self.table, self))
        if found is None:
            raise Irreversible(
                f"{self.describe()} cannot be undone: what it was is not known.",
                hint="Write downgrade() by hand.",
            )
        return AddConstraint(self.table, found)

    def describe(self) -> str:
        """``Drop unique constraint uq_user_email of table user``."""
        if self.constraint is not None:
            return f"Drop {described(self.constraint)} of table {self.table}"
        return f"Drop {self.type or ''} constraint {self.name} of table {self.table}".replace(
            "  ", " "
        )

    def touches(self) -> tuple[Name, ...]:
        """The table, and the one that a known foreign key points at."""
        if isinstance(self.constraint, ForeignKey):
            return (self.table, self.constraint.target)
        return (self.table,)

    def fragment(self) -> str:
        """``drop_uq_user_email``."""
        return f"drop_{self.name or self.type or 'constraint'}_of_{self.table.name}"
