"""Random models as plain values: tables that can be drawn, changed, printed, pasted as a case."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql

from ..cases import ALL
from ..cases import Define
from ..cases import LITE
from ..cases import MY
from ..cases import PG

DAY = datetime.datetime(2020, 2, 28, 12, 30)


@dataclass(frozen=True)
class Kind:
    """A type of column: how it is made, its family, a value for each row, and its defaults.

    A column may change from one kind to another of its family, and rows keep their values.
    """

    make: Callable[[], Any]
    family: str
    value: Callable[[int], Any]
    defaults: tuple[Any, ...] = ()
    systems: tuple[str, ...] = ALL
    indexed: bool = True


def _number(make: Callable[[], Any], systems: tuple[str, ...] = ALL, family: str = "int") -> Kind:
    return Kind(make, family, int, ("0", "1", "-1", "12", sa.text("(1 + 1)")), systems)


def _unsigned(make: Callable[[], Any]) -> Kind:
    return Kind(make, "int", int, ("0", "1", "12"), MY)


def _text(make: Callable[[], Any], systems: tuple[str, ...] = ALL, indexed: bool = True) -> Kind:
    return Kind(make, "text", lambda row: "abcdefg"[row], TEXTS, systems, indexed)


def _decimal(make: Callable[[], Any], systems: tuple[str, ...] = ALL) -> Kind:
    return Kind(make, "decimal", int, ("0", "1.5", "1.50", "-2", sa.text("0.5")), systems)


def _moment(make: Callable[[], Any], systems: tuple[str, ...] = ALL) -> Kind:
    value = lambda row: DAY + datetime.timedelta(days=row)  # noqa: E731
    defaults = ("2020-01-02 03:04:05", sa.func.now(), sa.text("CURRENT_TIMESTAMP"))
    return Kind(make, "moment", value, defaults, systems)


def _own(make: Callable[[], Any], system: tuple[str, ...], value: Any, *defaults: Any) -> Kind:
    """Return a kind of one database, which no other one changes to; NULL where a value is none."""
    got = value if callable(value) else lambda row: value
    return Kind(make, "", got, defaults, system, indexed=False)


TEXTS = ("", " ", "a", "A", "it's", '"q"', "5%", "a\\b", "a:b", "ü", "NULL", "now()", "1", "a  b")
KINDS: dict[str, Kind] = {
    "Integer": _number(sa.Integer),
    "BigInteger": _number(sa.BigInteger),
    "SmallInteger": _number(sa.SmallInteger),
    "String(20)": _text(lambda: sa.String(20)),
    "String(60)": _text(lambda: sa.String(60)),
    "Unicode(30)": _text(lambda: sa.Unicode(30)),
    "Text": _text(sa.Text, indexed=False),
    "Numeric(8, 2)": _decimal(lambda: sa.Numeric(8, 2)),
    "Numeric(12, 4)": _decimal(lambda: sa.Numeric(12, 4)),
    "Numeric": _decimal(sa.Numeric),
    "Float": _number(sa.Float, family="float"),
    "Double": _number(sa.Double, family="float"),
    "Boolean": Kind(sa.Boolean, "bool", lambda r: bool(r % 2), (sa.true(), sa.false())),
    "Date": Kind(sa.Date, "date", lambda r: DAY.date() + datetime.timedelta(r), ("2020-01-02",)),
    "Time": Kind(sa.Time, "time", lambda r: datetime.time(r), ("12:30:00", "00:00:00")),
    "DateTime": _moment(sa.DateTime),
    "LargeBinary": _own(sa.LargeBinary, ALL, b"abc"),
    "JSON": _own(sa.JSON, ALL, {"a": 1}),
    "Uuid": Kind(sa.Uuid, "uuid", lambda row: uuid.UUID(int=row)),
    "Interval": _own(sa.Interval, ALL, datetime.timedelta(hours=1)),
    "Enum": Kind(
        lambda: sa.Enum("a", "b", "it's", name="mood"), "", lambda r: "ab"[r % 2], ("a", "it's")
    ),
    "Enum by check": Kind(
        lambda: sa.Enum("a", "b", name="kind", native_enum=False, length=9), "", lambda r: "a"
    ),
    # PostgreSQL
    "JSONB": _own(postgresql.JSONB, PG, {"a": 1}, sa.text("'{\"a\": 1}'")),
    "ARRAY": _own(lambda: postgresql.ARRAY(sa.Integer), PG, [1], sa.text("'{}'")),
    "ARRAY of text": _own(lambda: postgresql.ARRAY(sa.String(9)), PG, ["a"]),
    "INET": _own(postgresql.INET, PG, "10.0.0.1", "10.0.0.2"),
    "CIDR": _own(postgresql.CIDR, PG, "10.0.0.0/8"),
    "MACADDR": _own(postgresql.MACADDR, PG, "08:00:2b:01:02:03"),
    "BIT(3)": _own(lambda: postgresql.BIT(3), PG, None, sa.text("'101'")),
    "BIT VARYING": _own(lambda: postgresql.BIT(5, varying=True), PG, None),
    "INTERVAL(3)": _own(lambda: postgresql.INTERVAL(precision=3), PG, None),
    "TSVECTOR": _own(postgresql.TSVECTOR, PG, None),
    "INT4RANGE": _own(postgresql.INT4RANGE, PG, None, sa.text("'[1,2)'")),
    "MONEY": _own(postgresql.MONEY, PG, None),
    "DateTime with a zone": _moment(lambda: sa.DateTime(timezone=True), PG),
    "TIMESTAMP(3)": _moment(lambda: postgresql.TIMESTAMP(precision=3), PG),
    "CHAR(5)": _own(lambda: sa.CHAR(5), PG, "abcde", "vwxyz"),
    "uuid made by the server": _own(sa.Uuid, PG, None, sa.text("gen_random_uuid()")),
    "DOUBLE PRECISION": _number(postgresql.DOUBLE_PRECISION, PG, "float"),
    "String with a collation": _text(lambda: sa.String(20, collation="C"), PG),
    # MariaDB
    "INTEGER UNSIGNED": _unsigned(lambda: mysql.INTEGER(unsigned=True)),
    "BIGINT UNSIGNED": _unsigned(lambda: mysql.BIGINT(unsigned=True)),
    "TINYINT": _number(mysql.TINYINT, MY),
    "TINYINT(1)": _number(lambda: mysql.TINYINT(1), MY),
    "MEDIUMINT": _number(mysql.MEDIUMINT, MY),
    "DECIMAL UNSIGNED": Kind(
        lambda: mysql.DECIMAL(9, 3, unsigned=True), "decimal", int, ("0", "1.5"), MY
    ),
    "MEDIUMTEXT": _text(mysql.MEDIUMTEXT, MY, False),
    "LONGTEXT": _text(mysql.LONGTEXT, MY, False),
    "TINYTEXT": _text(mysql.TINYTEXT, MY, False),
    "VARCHAR utf8mb4_bin": _text(lambda: mysql.VARCHAR(20, collation="utf8mb4_bin"), MY),
    "VARCHAR utf8mb3": _text(lambda: mysql.VARCHAR(20, charset="utf8mb3"), MY),
    "DATETIME(3)": _moment(lambda: mysql.DATETIME(fsp=3), MY),
    "TIMESTAMP": _own(mysql.TIMESTAMP, MY, DAY, sa.func.now()),
    "YEAR": _own(mysql.YEAR, MY, 2020, "2020"),
    "SET": _own(lambda: mysql.SET("a", "b"), MY, {"a"}, "a,b"),
    "MySQL ENUM": _own(lambda: mysql.ENUM("a", "b"), MY, "a", "b"),
    "BIT(4)": _own(lambda: mysql.BIT(4), MY, None),
    "BINARY(4)": _own(lambda: sa.BINARY(4), MY, b"abcd"),
    "VARBINARY(9)": _own(lambda: sa.VARBINARY(9), MY, b"abc"),
    # SQLite
    "REAL": _number(sa.REAL, LITE, "float"),
    "VARCHAR COLLATE NOCASE": _text(lambda: sa.VARCHAR(20, collation="NOCASE"), LITE),
}


@dataclass(frozen=True)
class Col:
    """A column; ``default`` is a position among its kind's defaults."""

    name: str
    kind: str = "Integer"
    nullable: bool = True
    default: int | None = None
    comment: str | None = None
    computed: str | None = None


@dataclass(frozen=True)
class Ix:
    """An index; ``how`` is one of HOWS."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    how: str = ""


#: What an index may be beside a list of columns, and where.
HOWS = {
    "": ALL,
    "descending": ALL,
    "partial": (*LITE, *PG),
    "lower": (*LITE, *PG),
    "hash": PG,
    "include": PG,
    "length": MY,
}


@dataclass(frozen=True)
class Tab:
    """A table with a numbered ``id``.

    ``uniques`` are (name, columns), ``checks`` (name, column, number of a condition) and ``keys``
    (name, column, table, ondelete); a name may be None.
    """

    name: str
    columns: tuple[Col, ...] = ()
    id: str = "Integer"
    uniques: tuple[tuple[str | None, tuple[str, ...]], ...] = ()
    checks: tuple[tuple[str | None, str, int], ...] = ()
    indexes: tuple[Ix, ...] = ()
    keys: tuple[tuple[str | None, str, str, str | None], ...] = ()
    comment: str | None = None

    def column(self, name: str) -> Col:
        """Return a column by its name."""
        return next(c for c in self.columns if c.name == name)


Model = tuple[Tab, ...]

#: Conditions by family; every row's values keep them.
CONDITIONS: dict[str, tuple[Callable[[Any], Any], ...]] = {
    "int": (
        lambda c: c > -5,
        lambda c: c >= 0,
        lambda c: c.between(0, 90),
        lambda c: c.in_([0, 1, 2, 3, 4]),
        lambda c: sa.or_(c > 0, c < 1),
        lambda c: c + 1 > 0,
    ),
    "text": (
        lambda c: c != "it's",
        lambda c: c != "5%",
        lambda c: sa.func.length(c) < 90,
        lambda c: c.in_(["a", "b", "c", "d"]),
        lambda c: c.like("%"),
        lambda c: sa.func.lower(c) != "q q",
        lambda c: c.isnot(None) | c.is_(None),
    ),
    "bool": (lambda c: c.isnot(None) | c.is_(None),),
    "moment": (lambda c: c > sa.text("'2000-01-01'"),),
}


def define(model: Model) -> Define:
    """Return a function that defines the tables of a model."""
    kinds = {table.name: table.id for table in model}

    def defined(metadata: sa.MetaData) -> None:
        for table in model:
            _table(metadata, table, kinds)

    return defined


def _table(metadata: sa.MetaData, table: Tab, kinds: dict[str, str]) -> None:
    made = sa.Table(table.name, metadata, _id(table.id), comment=table.comment)
    pointing = {column: target for _, column, target, _ in table.keys}
    for column in table.columns:
        kind = KINDS[kinds[pointing[column.name]] if column.name in pointing else column.kind]
        made.append_column(_column(column, kind))
    for name, columns in table.uniques:
        made.append_constraint(sa.UniqueConstraint(*columns, name=name))
    for name, column, number in table.checks:
        conditions = CONDITIONS[KINDS[table.column(column).kind].family]
        condition = conditions[number % len(conditions)](sa.column(column, made.c[column].type))
        made.append_constraint(sa.CheckConstraint(condition, name=name))
    for name, column, target, action in table.keys:
        key = sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=action)
        made.append_constraint(key)
    for index in table.indexes:
        _index(made, index)


def _id(kind: str) -> sa.Column[Any]:
    return sa.Column("id", KINDS[kind].make(), primary_key=True)


def _column(column: Col, kind: Kind) -> sa.Column[Any]:
    default = kind.defaults[column.default] if column.default is not None else None
    more = [sa.Computed(column.computed, persisted=True)] if column.computed else []
    return sa.Column(
        column.name,
        kind.make(),
        *more,
        nullable=column.nullable,
        server_default=default,
        comment=column.comment,
    )


def _index(table: sa.Table, index: Ix) -> None:
    columns: list[Any] = [table.c[name] for name in index.columns]
    options: dict[str, Any] = {"unique": index.unique}
    match index.how:
        case "descending":
            columns[-1] = columns[-1].desc()
        case "partial":
            options.update(dict.fromkeys(("sqlite_where", "postgresql_where"), table.c.id > 0))
        case "lower":
            columns[0] = sa.func.lower(columns[0])
        case "hash":
            options["postgresql_using"] = "hash"
        case "include":
            options["postgresql_include"] = ["id"]
        case "length":
            options["mysql_length"] = {index.columns[0]: 5}
        case _:
            pass
    sa.Index(index.name, *columns, **options)


@dataclass(frozen=True)
class Filled:
    """Rows for the tables of a model."""

    model: Model
    count: int = 2
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def all(self) -> dict[str, list[dict[str, Any]]]:
        """Return ``count`` rows for each table; foreign keys point at the first row, or nowhere."""
        return {
            table.name: [*map(self._row(table), range(1, self.count + 1))] for table in self.model
        }

    def _row(self, table: Tab) -> Callable[[int], dict[str, Any]]:
        keys = {column: target for _, column, target, _ in table.keys}

        def row(number: int) -> dict[str, Any]:
            found: dict[str, Any] = {"id": number}
            for column in table.columns:
                if column.computed:
                    continue
                if column.name in keys:
                    found[column.name] = None if column.nullable else number
                else:
                    found[column.name] = KINDS[column.kind].value(number)
            return found

        return row
