"""SQLAlchemy's dialects, so that they write SQL as the server reads it."""

from __future__ import annotations

import copy
import weakref
from typing import Any


def plain(dialect: Any) -> Any:
    """Return a copy of a SQLAlchemy dialect whose compilers write SQL as the server reads it.

    Compilers of drivers with ``%s`` parameters double each percent sign; a statement that is
    printed, hashed or run without parameters must not have them doubled.
    """
    copied = copy.copy(dialect)
    copied.paramstyle = "named"
    copied.positional = False
    copied.identifier_preparer = copied.preparer(copied)
    copied.identifier_preparer._double_percents = False
    # What the original remembers of types includes how it writes literals: with %% in them.
    copied._type_memos = weakref.WeakKeyDictionary()
    for attribute in ("type_compiler_instance", "type_compiler"):
        if attribute in vars(copied):
            del vars(copied)[attribute]
    copied.type_compiler_instance = type(dialect.type_compiler_instance)(copied)
    copied.type_compiler = copied.type_compiler_instance
    return copied
