"""SQLite: every generic type becomes every other one, and values stay what they are."""

from __future__ import annotations

import datetime

import sqlalchemy as sa
from sqlalchemy.ext.mutable import MutableDict

from . import Case
from . import column
from . import LITE
from .structure import one


class Money(sa.types.TypeDecorator):
    """A decorator with arguments of what it decorates."""

    impl = sa.Numeric(10, 2)
    cache_ok = True


class Point(sa.types.UserDefinedType):
    """A type that only the database has a word for."""

    cache_ok = True

    def get_col_spec(self, **options):
        return "POINT(2)"


TYPES = {
    "Integer": sa.Integer,
    "SmallInteger": sa.SmallInteger,
    "BigInteger": sa.BigInteger,
    "Boolean": sa.Boolean,
    "String": sa.String,
    "String(20)": lambda: sa.String(20),
    "String in NOCASE": lambda: sa.String(20, collation="NOCASE"),
    "Text": sa.Text,
    "Unicode": lambda: sa.Unicode(20),
    "Float": sa.Float,
    "Double": sa.Double,
    "Numeric": sa.Numeric,
    "Numeric(8, 2)": lambda: sa.Numeric(8, 2),
    "Date": sa.Date,
    "Time": sa.Time,
    "DateTime": sa.DateTime,
    "Interval": sa.Interval,
    "LargeBinary": sa.LargeBinary,
    "BINARY(4)": lambda: sa.BINARY(4),
    "PickleType": sa.PickleType,
    "Uuid": sa.Uuid,
    "JSON": sa.JSON,
    "MutableDict": lambda: MutableDict.as_mutable(sa.JSON()),
    "Enum": lambda: sa.Enum("a", "b", name="mood"),
    "a decorator": Money,
    "a type of the app": Point,
    "a variant": lambda: sa.String(9).with_variant(sa.Text(), "sqlite"),
}


def every(kind=None):
    """Return a table with a column of each type, or of one type in place of each."""
    return one(
        *(
            column(f"c{n}", lambda make=kind or make: make())
            for n, make in enumerate(TYPES.values())
        )
    )


def values(name, before, after, *given):
    """Return a case with values that the change of type must not touch."""
    rows = {"t": [{"id": n, "v": value} for n, value in enumerate(given, 1)]}
    return Case(f"SQLite: {name}", one(column("v", before)), one(column("v", after)), rows, LITE)


DAY, MOMENT = datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, 5)

CASES = [
    *(
        Case(f"SQLite: every type becomes {name}", every(), every(kind), {"t": [{"id": 1}]}, LITE)
        for name, kind in TYPES.items()
    ),
    values("texts that are dates become dates", lambda: sa.String(20), sa.Date, "2020-01-02", None),
    values("dates become texts", sa.Date, lambda: sa.String(20), DAY, None),
    values("moments become texts", sa.DateTime, sa.Text, MOMENT, None),
    values("numbers become texts", sa.Integer, sa.Text, 0, -5, None),
    values("texts that are numbers become numbers", sa.Text, sa.Integer, "0", "-5", None),
    values("flags become numbers", sa.Boolean, sa.Integer, True, False, None),
    values("bytes that are no text become numbers", sa.LargeBinary, sa.Float, b"\x00\xff", None),
    values("texts get a collation", sa.Text, lambda: sa.Text(collation="NOCASE"), "x", "X", ""),
]
