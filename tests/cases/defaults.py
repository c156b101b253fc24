"""Server defaults: of every type, with every odd character, coming, changing and going."""

from __future__ import annotations

import sqlalchemy as sa

from . import Case
from . import column
from .structure import one

SQL = ("sqlite", "postgresql", "mariadb")
NOW = sa.func.now()


def change(name, type_, old, new, value=None, systems=SQL):
    """Return a case that replaces a default, with a row that has a value of its own."""
    rows = {"t": [{"id": 1, "d": value}, {"id": 2, "d": None}]}
    return Case(
        f"a default: {name}",
        one(column("d", type_, server_default=old)),
        one(column("d", type_, server_default=new)),
        rows,
        systems,
    )


def come(name, type_, new, value=None, systems=SQL):
    """Return a case that adds a default."""
    return change(f"{name} comes", type_, None, new, value, systems)


CASES = [
    change("text to text", sa.String(20), "a", "b", "x"),
    change("upper case", sa.String(20), "a", "A", "x"),
    change("a quote", sa.String(20), "it's", "it''s", "x"),
    change("a percent sign", sa.String(20), "5%", "6%%", "%s"),
    change("a colon", sa.String(20), "a:b", ":name", ":x"),
    change("a backslash", sa.String(20), "a\\b", "a\\\\b", "\\"),
    change("a double quote", sa.String(20), 'say "a"', "say a", '"'),
    change("a line break", sa.String(20), "a\nb", "a b", "\n"),
    change("letters beyond ASCII", sa.String(20), "naïve", "日本語", "ü"),
    change("an empty text", sa.String(20), "a", "", "x"),
    change("from an empty text", sa.String(20), "", "a", ""),
    change("a space", sa.String(20), "", " ", " "),
    change("what looks like NULL", sa.String(20), None, "NULL", "x"),
    change("what looks like a number", sa.String(20), "1", "01", "x"),
    change("what looks like a function", sa.String(20), "now", "now()", "x"),
    change("what looks like a cast", sa.String(40), "a", "'a'::text", "x"),
    change("text of two words", sa.String(20), "a b", "a  b", "x"),
    come("a JSON text", sa.String(40), '{"a": 1}', "x"),
    come("an integer", sa.Integer, "0", 5),
    change("an integer to another", sa.Integer, "0", "10", 5),
    change("a negative integer", sa.Integer, "1", "-1", 5),
    change("a big integer", sa.BigInteger, "1", "9000000000", 5),
    change("an integer as SQL", sa.Integer, sa.text("1"), sa.text("2"), 5),
    change("an expression", sa.Integer, sa.text("(1 + 1)"), sa.text("(1 + 2)"), 5),
    change("a decimal", sa.Numeric(8, 2), "1.50", "1.25", 5),
    change("a float", sa.Float, "1.5", "2.5", 0.5),
    come("a boolean", sa.Boolean, sa.true(), True),
    change("a boolean to the other", sa.Boolean, sa.true(), sa.false(), True),
    come("a date", sa.Date, "2020-01-02"),
    change("a date to another", sa.Date, "2020-01-02", "2020-01-03"),
    come("a time of day", sa.Time, "12:30:00"),
    come("a moment", sa.DateTime, "2020-01-02 03:04:05"),
    come("the present moment", sa.DateTime, NOW),
    change("the present moment to a fixed one", sa.DateTime, NOW, "2020-01-02 00:00:00"),
    change("no more present moment", sa.DateTime, NOW, None),
    change("CURRENT_TIMESTAMP", sa.DateTime, None, sa.text("CURRENT_TIMESTAMP")),
    come("a text of no length", sa.Text, "long", "x"),
    change("text of no length", sa.Text, "long", "longer", "x"),
    come("a function of its arguments", sa.String(20), sa.text("(lower('ABC'))"), "x"),
    change(
        "a function to another", sa.String(20), sa.text("(lower('A'))"), sa.text("(upper('A'))")
    ),
    Case(
        "a default comes with a required column",
        one(),
        one(column("d", sa.String(20), nullable=False, server_default="it's 5%")),
        {"t": [{"id": 1}]},
        values={"t": [{"d": "it's 5%"}]},
    ),
    Case(
        "an empty default comes with a required column",
        one(),
        one(column("d", sa.String(20), nullable=False, server_default="")),
        {"t": [{"id": 1}]},
        values={"t": [{"d": ""}]},
    ),
    Case(
        "a default changes with its type",
        one(column("d", sa.Integer, server_default="1")),
        one(column("d", sa.String(20), server_default="one")),
        {"t": [{"id": 1, "d": 5}]},
    ),
    Case(
        "a type changes under its default",
        one(column("d", sa.Integer, server_default="1")),
        one(column("d", sa.BigInteger, server_default="1")),
        {"t": [{"id": 1, "d": 5}]},
    ),
    Case(
        "a text's length changes under its default",
        one(column("d", sa.String(20), server_default="it's")),
        one(column("d", sa.String(40), server_default="it's")),
        {"t": [{"id": 1, "d": "x"}]},
    ),
    Case(
        "a default goes and the column becomes required",
        one(column("d", sa.Integer, server_default="1")),
        one(column("d", sa.Integer, nullable=False)),
        {"t": [{"id": 1, "d": 5}]},
    ),
    Case(
        "a default of NULL comes",
        one(column("d", sa.Integer)),
        one(column("d", sa.Integer, server_default=sa.text("NULL"))),
        {"t": [{"id": 1, "d": 5}]},
        ("mariadb", "postgresql"),
        silent=True,
    ),
    Case(
        "a default comes and the column becomes required",
        one(column("d", sa.Integer)),
        one(column("d", sa.Integer, nullable=False, server_default="7")),
        {"t": [{"id": 1, "d": 5}]},
    ),
]
