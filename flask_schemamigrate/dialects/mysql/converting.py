"""Changes of types that MariaDB refuses though each value has its equal: by way of a third type."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from ...operations.base import Operation
from ...operations.base import UNSET
from ...operations.columns import AlterColumn
from ...operations.data import Execute
from ...schema.objects import Schema
from ...schema.objects import Sql

if TYPE_CHECKING:
    from .ddl import MySQLDDL

_DIGITS = re.compile(r"(?:var)?char\(32\)")
#: Numbers and times.
_PLAIN = re.compile(
    r"(?:tiny|small|medium|big)?int\b|integer|bool|decimal|numeric|float|double|real|bit|year"
    r"|date|time"
)
_SPELLED = Sql("CHAR(36)", sa.CHAR(36))
_BINARY = re.compile(r"binary\((\d+)\)")
_BYTES = re.compile(r"(?:var)?binary\b|\w*blob")
_LONG = Sql("LONGTEXT CHARACTER SET utf8mb4", mysql.LONGTEXT(charset="utf8mb4"))


def parted(ddl: MySQLDDL, op: AlterColumn, before: Schema) -> tuple[Operation, ...]:
    """Return a change of type, in parts where it leads over another one."""
    way = _way(ddl, op, before)
    if way is None:
        return (op,)
    between, expression, where = way
    name = ddl.quote(op.column)
    update = f"UPDATE {ddl.table_name(op.table)} SET {name} = {expression} WHERE {where}"
    return (
        AlterColumn(op.table, op.column, type=between, existing=op.existing),
        *([Execute(update)] if expression else []),
        replace(op, existing=replace(op.existing, type=between)),
    )


def _way(ddl: MySQLDDL, op: AlterColumn, before: Schema) -> tuple[Sql, str, str] | None:
    """Return the type in between, what each value becomes there, and which values that is for.

    An empty expression: they stay.
    """
    table = before.table(op.table)
    column = table.column(op.column) if table is not None else None
    if column is None or op.type is UNSET:
        return None
    name = ddl.quote(op.column)
    was, now = column.type.text.lower(), op.type.text.lower().partition(" ")[0]
    if was == "uuid" and _DIGITS.fullmatch(now):
        return _SPELLED, f"REPLACE({name}, '-', '')", f"{name} IS NOT NULL"
    if (was == "uuid" and _PLAIN.match(now)) or (now == "uuid" and _PLAIN.match(was)):
        return _SPELLED, "", ""  # The server takes none for the other, not even NULL.
    if now == "json" and _BYTES.match(was) and not ddl.facts.mariadb:
        return _LONG, "", ""  # Error 3144: it takes bytes for no text.
    longer, shorter = _BINARY.fullmatch(was), _BINARY.fullmatch(now)
    if longer and shorter and int(longer[1]) > int(shorter[1]):
        # The server fills a shorter value up with zeros.
        size = int(shorter[1])
        between = Sql(f"VARBINARY({longer[1]})", sa.VARBINARY(int(longer[1])))
        rest = f"HEX(SUBSTRING({name}, {size + 1})) REGEXP '^(00)*$'"
        return between, f"LEFT({name}, {size})", rest
    return None
