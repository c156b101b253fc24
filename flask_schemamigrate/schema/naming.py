"""Names for constraints that have none."""

from __future__ import annotations

import hashlib

from .names import Name
from .objects import Check
from .objects import Constraint
from .objects import Exclude
from .objects import ForeignKey
from .objects import PrimaryKey
from .objects import Table
from .objects import Unique

#: The shortest limit of the databases that we know: PostgreSQL's, in bytes.
LIMIT = 63


def conventional(table: Name, constraint: Constraint) -> str:
    """Return a name that depends on nothing but what the constraint is.

    ``uq_user_email``, ``fk_post_user_id_user``, ``ck_user_1a2b3c4d``: columns in order, or the hash
    of an expression.  SQLite's unnamed constraints are dropped by this name.
    """
    match constraint:
        case PrimaryKey():
            return shortened(f"pk_{table.name}")
        case Unique():
            return shortened("_".join(("uq", table.name, *constraint.columns)))
        case ForeignKey():
            target = constraint.target.name
            return shortened("_".join(("fk", table.name, *constraint.columns, target)))
        case Check():
            return shortened(f"ck_{table.name}_{digest(constraint.sql.text)}")
        case Exclude():
            return shortened(f"ex_{table.name}_{digest(constraint.definition.text)}")


def digest(text: str) -> str:
    """Return eight hexadecimal digits of a text, white space not counted."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()[:8]


def shortened(name: str, limit: int = LIMIT) -> str:
    """Return a name that fits; a long one ends in a digest of the whole."""
    if len(name.encode()) <= limit:
        return name
    kept = name.encode()[: limit - 9].decode(errors="ignore")
    return f"{kept}_{digest(name)}"


def free(name: str, table: Table) -> str:
    """Return ``name``, or ``name1``, ``name2``, … if the table has one of that name."""
    taken = {c.name for c in table.constraints} | {i.name for i in table.indexes}
    if name not in taken:
        return name
    return next(f"{name}{n}" for n in range(1, len(taken) + 2) if f"{name}{n}" not in taken)
