"""Values that MariaDB and MySQL, in strict mode, would refuse or round when a type changes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...schema.objects import Column
from ..misfits import Condition
from ..misfits import finer
from ..misfits import longer
from ..misfits import shape

_TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext")
_BYTES = {"tinytext": 255, "text": 65_535, "mediumtext": 16_777_215}
_CHARSET = re.compile(r"\b(?:character set|charset) (\w+)")
_BINARY = ("binary", "varbinary")
_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "integer": 32, "bigint": 64}
_NUMBERS = ("decimal", "numeric", "float", "double", "real")
_INTEGER = "^[[:space:]]*[-+]?[0-9]+[[:space:]]*$"
_NUMBER = "^[[:space:]]*[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?[[:space:]]*$"


def reads_bytes(before: Column, after: Column) -> bool:
    """Whether bytes become texts, of whatever characters they spell."""
    was, now = (shape(column.type.text.lower())[0] for column in (before, after))
    return now in _TEXTS and (was in _BINARY or was.endswith("blob"))


def conditions(
    before: Column, after: Column, column: str, charset: str = ""
) -> Iterator[Condition]:
    """Yield which values of ``column`` (quoted) do not fit the new type.

    ``charset`` is that of the table; a type may name another one.
    """
    source, target = before.type.text.lower(), after.type.text.lower()
    (was, _), (now, size) = shape(_signless(source)), shape(_signless(target))
    if reads_bytes(before, after):
        charset = (_CHARSET.search(target) or ("", charset))[1]
        read = f"HEX(COALESCE(CONVERT({column} USING {charset}), ''))"
        yield Condition(f"{read} <> HEX({column})", f"are no texts in {charset}", "refused")
    if was == "uuid" and now != "uuid":
        column, was = f"CAST({column} AS CHAR)", "char"  # It is compared with nothing else.
    if target.startswith("enum("):
        listed = after.type.text[4:].rpartition("')")[0] + "')"  # A value may hold brackets.
        yield Condition(
            f"CAST({column} AS CHAR) NOT IN {listed}", "are none of the values", "refused"
        )
    elif now in _TEXTS and size:
        yield Condition(f"CHAR_LENGTH({column}) > {size[0]}", longer(size[0]), "refused")
    elif now in _BYTES:
        yield Condition(f"LENGTH({column}) > {_BYTES[now]}", f"do not fit {now}", "refused")
    elif was == now == "binary" and size:
        rest = f"HEX(SUBSTRING({column}, {size[0] + 1})) NOT REGEXP '^(00)*$'"
        yield Condition(rest, f"do not fit {target}", "refused")
    elif now in _BINARY and size:
        yield Condition(f"LENGTH({column}) > {size[0]}", f"do not fit {target}", "refused")
    elif now in _BITS:
        yield from _integers(was, now, "unsigned" in target, column)
    elif now in _NUMBERS:
        yield from _numbers(was, now, size, column)
    elif now in ("date", "datetime", "timestamp", "time"):
        yield from _times(was, now, size, column)
    elif now == "uuid" and was != "uuid":
        yield Condition(f"CAST(CAST({column} AS CHAR) AS UUID) IS NULL", "are no UUIDs", "refused")
    elif now == "json" and was in _TEXTS:
        yield Condition(f"NOT JSON_VALID({column})", "are no JSON", "refused")


def _signless(type_: str) -> str:
    return type_.replace(" unsigned", "").replace(" zerofill", "")


def _integers(was: str, now: str, unsigned: bool, column: str) -> Iterator[Condition]:
    number = column
    if was in _TEXTS or was.startswith("enum"):
        yield Condition(f"{column} NOT REGEXP '{_INTEGER}'", "are no integers", "refused")
        number = f"CAST({column} AS DECIMAL(65))"
    elif was in _NUMBERS:
        yield Condition(f"{column} <> ROUND({column})", finer(0), "changed")
    bits = _BITS[now]
    least, most = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if was in _TEXTS:
        number = f"{column} REGEXP '{_INTEGER}' AND {number}"
    name = now + (" unsigned" if unsigned else "")
    yield Condition(f"{number} NOT BETWEEN {least} AND {most}", f"do not fit {name}", "refused")


def _numbers(was: str, now: str, size: tuple[int, ...], column: str) -> Iterator[Condition]:
    if was in _TEXTS:
        yield Condition(f"{column} NOT REGEXP '{_NUMBER}'", "are no numbers", "refused")
        return
    if now in ("decimal", "numeric"):
        precision, scale = (*size, 10, 0)[:2] if len(size) != 1 else (size[0], 0)
        most = 10 ** (precision - scale)
        rounded = f"ROUND({column}, {scale})"
        name = f"{now}({precision},{scale})"
        yield Condition(f"ABS({rounded}) >= {most}", f"do not fit {name}", "refused")
        yield Condition(f"{column} <> {rounded}", finer(scale), "changed")


def _times(was: str, now: str, size: tuple[int, ...], column: str) -> Iterator[Condition]:
    if was in _TEXTS:
        word = {"date": "dates", "time": "times"}.get(now, "dates with a time")
        cast = {"date": "DATE", "time": "TIME"}.get(now, "DATETIME")
        yield Condition(f"CAST({column} AS {cast}) IS NULL", f"are no {word}", "refused")
    elif now == "date" and was in ("datetime", "timestamp"):
        yield Condition(f"TIME({column}) <> 0", "have a time of day", "changed")
    elif was in ("datetime", "timestamp", "time"):
        step = 10 ** (6 - (size[0] if size else 0))
        what = f"have fractions of a second beyond {size[0] if size else 0} digits"
        yield Condition(f"MICROSECOND({column}) % {step} <> 0", what, "changed")
