"""MariaDB's own types, defaults and table options: changed, with rows."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from . import Case
from . import column
from . import key
from . import made
from . import MY
from . import table


def typed(name, old, new, value=None, **more):
    """Return a case of a column whose type changes."""
    rows = {"t": [{"id": 1, "x": value}, {"id": 2, "x": None}]}
    before, after = (table("t", key(), column("x", kind)) for kind in (old, new))
    return Case(f"mysql: {name}", before, after, rows, MY, **more)


def defaulted(name, kind, old, new, **more):
    """Return a case of a column whose server default changes."""
    before, after = (
        table("t", key(), column("x", kind, server_default=default)) for default in (old, new)
    )
    return Case(f"mysql: a default: {name}", before, after, {"t": [{"id": 1}]}, MY, **more)


def indexed(name, *indexes, **more):
    """Return a case of an index on a long text that comes."""
    parts = (key(), column("x", sa.Text), column("y", sa.String(30)))
    rows = {"t": [{"id": 1, "x": "it's", "y": "100%"}]}
    after = table("t", *parts, *indexes)
    return Case(f"mysql: an index: {name}", table("t", *parts), after, rows, MY, **more)


def optioned(name, old, new, **more):
    """Return a case of a table whose options change."""
    parts = (key(), column("x", sa.String(30)))
    rows = {"t": [{"id": 1, "x": "it's"}]}
    return Case(
        f"mysql: {name}", table("t", *parts, **old), table("t", *parts, **new), rows, MY, **more
    )


def computed(text, persisted):
    """Return a table with a computed column."""
    return table(
        "t",
        key(),
        column("a", sa.Integer),
        column("x", sa.Integer, lambda: sa.Computed(text, persisted=persisted)),
    )


NOW = sa.text("CURRENT_TIMESTAMP")


def both_collated():
    """Return changes of a table's collation while a column gets one of its own, or has it no more.

    There and back.
    """
    sides = [
        table(
            "t",
            key(),
            column("x", lambda own=own: sa.String(30, collation=own[0])),
            column("y", lambda own=own: sa.String(30, collation=own[1])),
            mysql_charset="utf8mb4",
            mysql_collate=collation,
        )
        for own, collation in (
            ((None, "utf8mb4_bin"), "utf8mb4_general_ci"),
            (("utf8mb4_bin", None), "utf8mb4_unicode_ci"),
        )
    ]
    return {"there": sides, "back": sides[::-1]}


CASES = [
    typed("TINYINT to SMALLINT", mysql.TINYINT(), mysql.SMALLINT(), 7),
    typed("MEDIUMINT to INTEGER UNSIGNED", mysql.MEDIUMINT(), mysql.INTEGER(unsigned=True), 7),
    typed("BIGINT to BIGINT UNSIGNED", mysql.BIGINT(), mysql.BIGINT(unsigned=True), 7),
    typed("TEXT to MEDIUMTEXT", mysql.TEXT(), mysql.MEDIUMTEXT(), "it's"),
    typed("TINYTEXT to LONGTEXT", mysql.TINYTEXT(), mysql.LONGTEXT(), "it's"),
    typed("BLOB to LONGBLOB", mysql.BLOB(), mysql.LONGBLOB(), b"\x00\xff"),
    typed("VARBINARY grows", mysql.VARBINARY(10), mysql.VARBINARY(20), b"\x01"),
    typed("YEAR to SMALLINT", mysql.YEAR(), mysql.SMALLINT(), 2020),
    typed("BIT grows", mysql.BIT(4), mysql.BIT(8), 5, lossless=True),
    typed("SET grows", mysql.SET("a", "b"), mysql.SET("a", "b", "c"), {"a", "b"}),
    typed("ENUM grows in the middle", mysql.ENUM("a", "c"), mysql.ENUM("a", "b", "c"), "c"),
    typed("DATETIME gets fractions", mysql.DATETIME(), mysql.DATETIME(fsp=6)),
    typed("TIME gets fractions", mysql.TIME(), mysql.TIME(fsp=3)),
    typed("a column's character set", mysql.VARCHAR(20), mysql.VARCHAR(20, charset="latin1"), "x"),
    typed("a column's collation", mysql.VARCHAR(20), mysql.VARCHAR(20, collation="utf8mb4_bin"),
          "x"),
    defaulted("quotes", sa.String(20), "a", "it's"),
    defaulted("a backslash", sa.String(20), "a", "a\\b"),
    defaulted("a percent sign", sa.String(20), "a", "100%"),
    defaulted("an empty text", sa.String(20), None, ""),
    defaulted("an expression", sa.Integer, sa.text("1"), sa.text("(1 + 2)")),
    defaulted("uuid()", sa.String(36), None, sa.text("(uuid())")),
    defaulted("ON UPDATE comes", mysql.DATETIME(), NOW,
              sa.text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")),
    defaulted("ON UPDATE goes", mysql.DATETIME(),
              sa.text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"), NOW),
    defaulted("a bit", mysql.BIT(2), sa.text("b'01'"), sa.text("b'10'")),
    indexed("a prefix length", made(sa.Index, "ix", "x", mysql_length=10)),
    indexed("two prefix lengths", made(sa.Index, "ix", "x", "y", mysql_length={"x": 5, "y": 6})),
    indexed("descending", made(sa.Index, "ix", sa.desc("y"))),
    indexed("FULLTEXT", made(sa.Index, "ix", "x", mysql_prefix="FULLTEXT")),
    indexed("BTREE by name", made(sa.Index, "ix", "y", mysql_using="btree")),
    optioned("a table's row format", {}, {"mysql_row_format": "COMPRESSED"}),
    optioned("a table's collation", {"mysql_charset": "utf8mb4"},
             {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}),
    optioned("a table's comment with quotes", {"comment": "a"}, {"comment": "it's 100% \\ \""}),
    Case("mysql: a column's comment with quotes", table("t", key(), column("x", sa.Integer)),
         table("t", key(), column("x", sa.Integer, comment="it's 100% \\ \"")),
         {"t": [{"id": 1, "x": 5}]}, MY),
    *(Case(f"mysql: a table's collation and those of columns, {way}", *sides,
           {"t": [{"id": 1, "x": "x", "y": "y"}]}, MY) for way, sides in both_collated().items()),
    Case("mysql: a computed column changes", computed("a + 1", True), computed("a + 2", True),
         {"t": [{"id": 1, "a": 5}]}, MY),
    Case("mysql: a computed column becomes stored", computed("a + 1", False),
         computed("a + 1", True), {"t": [{"id": 1, "a": 5}]}, MY),
    Case("mysql: numbers begin", table("t", column("id", sa.Integer, primary_key=True,
         autoincrement=False)), table("t", key()), {"t": [{"id": 4}]}, MY),
    Case("mysql: numbers end", table("t", key()), table("t", column("id", sa.Integer,
         primary_key=True, autoincrement=False)), {"t": [{"id": 4}]}, MY),
    Case("mysql: the key becomes larger", table("t", key()),
         table("t", column("id", mysql.BIGINT(unsigned=True), primary_key=True)),
         {"t": [{"id": 4}]}, MY),
]  # fmt: skip
