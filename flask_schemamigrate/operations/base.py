"""The contract of an operation."""

from __future__ import annotations

from abc import ABC
from abc import abstractmethod
from collections.abc import Iterable
from enum import Enum
from typing import ClassVar
from typing import Protocol

from ..errors import Irreversible
from ..schema.names import Name
from ..schema.objects import Schema
from ..schema.objects import Table


class Unset(Enum):
    """The type of :data:`UNSET`, which tells "not given" from None."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset.UNSET


class Tables(Protocol):
    """What is known of the tables while operations run, looked up when it is needed.

    A live run asks the database; an offline run remembers what its script created.
    """

    def table(self, name: Name) -> Table | None:
        """Return the table as it is now, or None where it is absent or unknown."""


class Operation(ABC):
    """One change.  Subclasses are frozen dataclasses.

    ``kind`` names the method of a dialect's DDL that turns it into steps; ``mark`` is how a plan
    prints it: ``+`` adds, ``-`` removes, ``~`` changes, ``!`` is opaque.
    """

    __slots__ = ()
    kind: ClassVar[str]
    mark: ClassVar[str]

    @abstractmethod
    def apply(self, schema: Schema) -> Schema:
        """Return ``schema`` as it is after the operation.  What it does not know stays as it is."""

    @abstractmethod
    def inverse(self, before: Schema) -> Operation:
        """Return the operation that undoes this one, given the schema before it.

        Raises :class:`~flask_schemamigrate.errors.Irreversible` with the reason.
        """

    @abstractmethod
    def describe(self) -> str:
        """Return a sentence in the imperative, without a full stop: ``Add column user.email``."""

    @abstractmethod
    def touches(self) -> tuple[Name, ...]:
        """Return the names of the tables and types whose definition it may change."""

    def fragment(self) -> str:
        """Return words for a file name: ``add_email_to_user``."""
        return "_".join(self.describe().lower().replace(".", " ").split())

    def loses(self, before: Tables) -> str:
        """Return what data it destroys (``every row of "user"``), or an empty string.

        ``before`` are the tables as they are when it runs.
        """
        return ""


def losses(operations: Iterable[Operation], before: Schema) -> tuple[str, ...]:
    """Return what each of some operations destroys, which run one after the other."""
    found = []
    for operation in operations:
        found.append(operation.loses(before))
        before = operation.apply(before)
    return tuple(found)


def table_of(schema: Schema, name: Name, operation: Operation) -> Table:
    """Return a table that must exist for ``operation`` to be inverted, or raise Irreversible."""
    table = schema.table(name)
    if table is None:
        raise Irreversible(
            f"{operation.describe()} cannot be undone: the definition of {name} is not known.",
            hint="Write downgrade() by hand.",
        )
    return table
