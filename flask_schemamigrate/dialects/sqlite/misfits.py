"""Values that are not of the type that their column becomes: SQLite keeps them as they are."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from ...schema.objects import Column
from ..misfits import Condition
from ..misfits import finer
from ..misfits import longer
from ..misfits import shape
from .converting import TEXTS

#: A function of ours on the connection: SQLite itself does not look what is in a text.
IS_TEXT = "schemamigrate_is_text"
_STAMPS = ("DATETIME", "TIMESTAMP")
_NUMBERS = ("NUMERIC", "DECIMAL", "FLOAT", "REAL", "DOUBLE")


def conditions(before: Column, after: Column, column: str) -> Iterator[Condition]:
    """Yield which values of ``column`` (quoted) would not be what the new type says.

    The connection has :func:`is_text` under the name of :data:`IS_TEXT`.
    """
    source, target = before.type.text.upper(), after.type.text.upper()
    was, now = shape(source)[1], shape(target)[1]
    number = f"CAST({column} AS NUMERIC)"
    # A comparison with a number makes one of a text that looks like one, and of no other.
    is_number = f"CAST({column} AS TEXT) = {number}"
    if isinstance(after.type.element, sa.Uuid) and not isinstance(before.type.element, sa.Uuid):
        digits = f"replace({column}, '-', '')"
        wrong = f"length({digits}) <> 32 OR {digits} GLOB '*[^0-9a-fA-F]*'"
        yield Condition(wrong, "are no UUIDs", "misread")
    elif "INT" in target and "INT" not in source:
        whole = f"{number} = CAST({column} AS INTEGER)"
        yield Condition(f"NOT ({is_number} AND {whole})", "are no integers", "misread")
    elif target.startswith(_NUMBERS) and "INT" not in source and not source.startswith(_NUMBERS):
        yield Condition(f"NOT ({is_number})", "are no numbers", "misread")
    elif target.startswith(_NUMBERS) and len(now) == 2 and (len(was) < 2 or now[1] < was[1]):
        yield Condition(f"round({column}, {now[1]}) <> {column}", finer(now[1]), "kept")
    elif "CHAR" in target and now and (not was or now[0] < was[0] or "CHAR" not in source):
        yield Condition(f"length({column}) > {now[0]}", longer(now[0]), "kept")
    elif target.startswith("BOOL") and not source.startswith("BOOL"):
        yield Condition(f"NOT ({is_number} AND {number} IN (0, 1))", "are no booleans", "misread")
    elif target == "DATE" and source != "DATE":
        # A day is read from its ten characters alone, not even with midnight behind them.
        what = "have a time of day" if source.startswith(_STAMPS) else "are no dates"
        yield Condition(f"date({column}) IS NULL OR {column} <> date({column})", what, "misread")
    elif target.startswith(_STAMPS) and not source.startswith(("DATE", *_STAMPS)):
        yield Condition(f"date({column}) IS NULL", "are no dates", "misread")
    elif target.startswith("TIME") and not source.startswith("TIME"):
        wrong = f"time({column}) IS NULL OR instr({column}, '-')"
        yield Condition(wrong, "are no times", "misread")
    if "BLOB" in source and any(word in target for word in TEXTS):
        yield Condition(f"NOT {IS_TEXT}({column})", "are no texts in UTF-8", "misread")


def is_text(value: object) -> bool:
    """Whether a value can be read as a text."""
    if isinstance(value, bytes):
        try:
            value.decode()
        except UnicodeDecodeError:
            return False
    return True
