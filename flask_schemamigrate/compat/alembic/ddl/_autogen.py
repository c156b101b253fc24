"""Constraints and indexes as they are compared: by name, and by what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from typing import ClassVar
from typing import Literal
from typing import NamedTuple

from sqlalchemy.schema import CheckConstraint
from sqlalchemy.schema import ForeignKeyConstraint
from sqlalchemy.schema import Index
from sqlalchemy.schema import UniqueConstraint

from .. import util
from ..util import sqla_compat
from .spec import fk_spec


class ComparisonResult(NamedTuple):
    """Whether two constraints are the same, and why not."""

    status: Literal["equal", "different", "skip"]
    message: str

    @property
    def is_equal(self) -> bool:
        """They are the same."""
        return self.status == "equal"

    @property
    def is_different(self) -> bool:
        """They differ."""
        return self.status == "different"

    @property
    def is_skip(self) -> bool:
        """They cannot be compared."""
        return self.status == "skip"

    @classmethod
    def Equal(cls) -> ComparisonResult:
        """They are the same."""
        return cls("equal", "The two constraints are equal")

    @classmethod
    def Different(cls, reason: str | Sequence[str]) -> ComparisonResult:
        """They differ."""
        return cls("different", ", ".join(util.to_list(reason)))

    @classmethod
    def Skip(cls, reason: str | Sequence[str]) -> ComparisonResult:
        """They cannot be compared."""
        return cls("skip", ", ".join(util.to_list(reason)))


class ConstraintSig:
    """One constraint or index, from the models or from the database."""

    is_unique: ClassVar[bool] = False
    is_index: ClassVar[bool] = False
    is_fk: ClassVar[bool] = False
    kinds: ClassVar[dict[type[Any], type[ConstraintSig]]] = {}

    def __init__(self, is_metadata: bool, impl: Any, const: Any) -> None:
        self.is_metadata = is_metadata
        self.impl = impl
        self.const = const
        self.name: str | None = sqla_compat.constraint_name_or_none(const.name)
        if is_metadata and sqla_compat._constraint_is_named(const, impl.dialect):
            self.name = sqla_compat._get_constraint_final_name(const, impl.dialect)
        self.is_named = self.name is not None
        self.unnamed: Any = self._unnamed()

    def _unnamed(self) -> Any:
        """Return what the constraint says, its name left aside."""
        return tuple(sorted(c.name for c in sqla_compat._columns_for_constraint(self.const)))

    @property
    def comparable(self) -> str:
        """What the dialect compares it as."""
        raise NotImplementedError

    def compare_to_reflected(self, other: ConstraintSig) -> ComparisonResult:
        """Compare one of the models with one of the database."""
        assert self.is_metadata and not other.is_metadata
        compare = getattr(self.impl, self.comparable)
        return compare(self.const, other.const)  # type: ignore[no-any-return]

    @classmethod
    def from_constraint(cls, is_metadata: bool, impl: Any, constraint: Any) -> ConstraintSig:
        """Return the signature of a constraint or an index."""
        for kind, signature in cls.kinds.items():
            if isinstance(constraint, kind):
                return signature(is_metadata, impl, constraint)
        raise TypeError(f"{constraint!r} is nothing that is compared")


class UniqueSig(ConstraintSig):
    """A unique constraint."""

    is_unique = True
    comparable = "compare_unique_constraint"


class IndexSig(ConstraintSig):
    """An index."""

    is_index = True
    comparable = "compare_indexes"

    def __init__(self, is_metadata: bool, impl: Any, const: Any) -> None:
        super().__init__(is_metadata, impl, const)
        self.is_unique = bool(const.unique)  # type: ignore[misc]

    def _unnamed(self) -> Any:
        return tuple(sorted(str(getattr(e, "name", e)) for e in self.const.expressions))

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns, expressions left out."""
        return tuple(column.name for column in self.const.columns)


class CheckSig(ConstraintSig):
    """A check."""

    comparable = "compare_check_constraint"

    def _unnamed(self) -> Any:
        return str(self.const.sqltext)


class ForeignKeySig(ConstraintSig):
    """A foreign key."""

    is_fk = True
    comparable = "compare_foreign_key"

    def _unnamed(self) -> Any:
        spec = fk_spec(self.const)
        self.source_schema, self.source_table = spec.source_schema, spec.source_table
        self.target_schema, self.target_table = spec.target_schema, spec.target_table
        self.source_columns = spec.source_columns
        self.target_columns = spec.target_columns
        timing = "deferrable" if spec.deferrable else "not deferrable"
        if spec.initially and spec.initially.lower() == "deferred":
            timing = "initially_deferrable"
        options = (_action(spec.onupdate), _action(spec.ondelete), timing)
        return (*self.unnamed_no_options, *options)

    @property
    def unnamed_no_options(self) -> tuple[Any, ...]:
        """What it says, its actions left aside."""
        here = (self.source_schema, self.source_table, tuple(self.source_columns))
        return (*here, self.target_schema, self.target_table, tuple(self.target_columns))


def _action(word: str | None) -> str | None:
    return None if word is None or word.lower() == "no action" else word.lower()


ConstraintSig.kinds.update(
    {
        UniqueConstraint: UniqueSig,
        Index: IndexSig,
        ForeignKeyConstraint: ForeignKeySig,
        CheckConstraint: CheckSig,
    }
)
