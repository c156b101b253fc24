"""Required columns that go: the way back gives each row a neutral value of the column's type."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql

from . import ALL
from . import Case
from . import key
from . import LITE
from . import MY
from . import PG
from . import table


class Own(sa.types.UserDefinedType[Any]):
    """A type that SQLAlchemy has no class for."""

    cache_ok = True

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **options: object) -> str:
        return self.words


def own(words: str) -> Callable[[], Own]:
    return lambda: Own(words)


class Point(Own):
    def bind_expression(self, bindparam: Any) -> Any:
        return sa.func.ST_GeomFromText(bindparam)


MOOD = lambda: sa.Enum("a", "b", name="mood")  # noqa: E731
POSITIVE = lambda: postgresql.DOMAIN("positive", sa.Integer, check="VALUE > 0")  # noqa: E731
INTERVAL = lambda: postgresql.INTERVAL(fields="DAY TO SECOND", precision=3)  # noqa: E731
DAY = datetime.datetime(2020, 1, 2, 3, 4, 5)
KINDS: dict[tuple[str, ...], dict[str, tuple[Any, Any]]] = {
    ALL: {
        "JSON": (sa.JSON, [1]),
        "LargeBinary": (sa.LargeBinary, b"abc"),
        "Time": (sa.Time, DAY.time()),
        "Interval": (sa.Interval, datetime.timedelta(days=1)),
    },
    PG: {
        "ARRAY": (lambda: postgresql.ARRAY(sa.Integer), [1]),
        "ARRAY of ARRAY": (lambda: postgresql.ARRAY(sa.Text, dimensions=2), [["a"]]),
        "ARRAY of an enum": (lambda: postgresql.ARRAY(MOOD()), ["a"]),
        "JSONB": (postgresql.JSONB, []),
        "INT4RANGE": (postgresql.INT4RANGE, "[1,2)"),
        "TSTZRANGE": (postgresql.TSTZRANGE, "empty"),
        "NUMMULTIRANGE": (own("nummultirange"), "{[1,2)}"),
        "INET": (postgresql.INET, "10.0.0.1"),
        "CIDR": (postgresql.CIDR, "10.0.0.0/8"),
        "MACADDR": (postgresql.MACADDR, "08:00:2b:01:02:03"),
        "MACADDR8": (postgresql.MACADDR8, "08:00:2b:01:02:03:04:05"),
        "BIT": (lambda: postgresql.BIT(3), "101"),
        "BIT VARYING": (lambda: postgresql.BIT(5, varying=True), "101"),
        "MONEY": (postgresql.MONEY, "1"),
        "TSVECTOR": (postgresql.TSVECTOR, "a"),
        "TSQUERY": (own("tsquery"), "a"),
        "OID": (postgresql.OID, 1),
        "REGCLASS": (own("regclass"), "pg_class"),
        "INTERVAL": (INTERVAL, datetime.timedelta(days=1)),
        "TIME WITH TIME ZONE": (lambda: sa.Time(timezone=True), "10:00+00"),
        "DOMAIN": (POSITIVE, 5),
        "JSONPATH": (own("jsonpath"), "$.a"),
        "name": (own("name"), "a"),
        "xml": (own("xml"), "<a/>"),
        "point": (own("point"), "(1,1)"),
        "box": (own("box"), "((0,0),(1,1))"),
        "pg_lsn": (own("pg_lsn"), "0/1"),
    },
    MY: {
        "YEAR": (mysql.YEAR, 2020),
        "SET": (lambda: mysql.SET("a", "b"), {"a"}),
        "MySQL ENUM": (lambda: mysql.ENUM("a", "b"), "b"),
        "MySQL BIT": (lambda: mysql.BIT(4), 5),
        "TIMESTAMP": (mysql.TIMESTAMP, DAY),
        "DATETIME(6)": (lambda: mysql.DATETIME(fsp=6), DAY),
        "INET6": (own("INET6"), "::1"),
        "INET4": (own("INET4"), "10.0.0.1"),
        "POINT": (lambda: Point("POINT"), "POINT(1 1)"),
    },
    LITE: {"unknown": (own("FOO"), "a")},
}
EXTENSIONS = {
    "HSTORE": (postgresql.HSTORE, {"a": "1"}),
    "CITEXT": (postgresql.CITEXT, "a"),
}


def goes(
    name: str, kind: Callable[[], Any], value: Any, systems: tuple[str, ...], **more: Any
) -> Case:
    """Return the case of a required column without a default that goes."""
    rows = {"t": [{"id": 1, "b": value}, {"id": 2, "b": value}]}
    before = table("t", key(), lambda: sa.Column("b", kind(), nullable=False))
    title = f"a required column of type {name} goes"
    return Case(title, before, table("t", key()), rows, systems, **more)


def cases() -> Iterator[Case]:
    for systems, kinds in KINDS.items():
        for name, (kind, value) in kinds.items():
            yield goes(name, kind, value, systems)
    for name, (kind, value) in EXTENSIONS.items():
        first = {"postgresql": (f"CREATE EXTENSION {name.lower()}",)}
        yield goes(name, kind, value, PG, first=first)


CASES = [*cases()]
