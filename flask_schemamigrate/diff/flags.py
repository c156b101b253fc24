"""What ``--rename`` says: ``old_table:new_table``, ``table.old_column:new_column``,
``type.old_value:new_value``, ``old_sequence:new_sequence``; and ``table.old:new`` for the names of
indexes and constraints."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from functools import partial

from ..errors import did_you_mean
from ..errors import InvalidSetting
from ..schema.names import Name
from ..schema.objects import Schema
from ..schema.objects import Table
from . import inline
from .renames import NONE
from .renames import Renames

#: How a rename is written.
HOW = "Write --rename table.old_column:new_column or --rename old_table:new_table"


def parse(texts: Iterable[str], actual: Schema, wanted: Schema) -> Renames:
    """Return the renames that ``texts`` say, in any order.

    A column's table goes by its new name or its old one.  Raises InvalidSetting where a text names
    something that is not there.
    """
    renames = NONE
    wholes, parts = {*actual.tables, *actual.sequences}, []
    for text in texts:
        names = [pair for pair in _splits(text, ":") if _name(pair[0]) in wholes]
        if names:
            renames = _fitting([partial(_whole, *p, actual, wanted, renames) for p in names])
        else:
            parts.append(text)
    for text in parts:
        places = _places(text, actual)
        renames = _fitting([partial(_part, *p, actual, wanted, renames) for p in places])
    return renames


def _fitting(readings: Iterable[Callable[[], Renames]]) -> Renames:
    """Return what the first reading that fits says, or raise what is said of the first one."""
    refused: InvalidSetting | None = None
    for reading in readings:
        try:
            return reading()
        except InvalidSetting as error:
            refused = refused or error
    assert refused is not None
    raise refused


def _places(text: str, actual: Schema) -> list[tuple[str, str, str]]:
    """Return what may be the holder, the part of it and its new name."""
    pairs = _splits(text, ":")
    places = [(*place, new) for old, new in pairs for place in reversed(_splits(old, ".")) if new]
    if not places and any(new for _, new in pairs):
        old = pairs[0][0]
        raise InvalidSetting(
            f"--rename {text}: there is no table {old!r} in the database."
            + did_you_mean(old, (str(n) for n in actual.tables)),
            hint=HOW,
        )
    if not places:
        raise InvalidSetting(f"--rename {text.rstrip(':')} says no new name.", hint=HOW)
    return places


def _splits(text: str, sign: str) -> list[tuple[str, str]]:
    """Return what may be meant: values of enumerations have colons and dots in them."""
    places = [place for place, char in enumerate(text) if char == sign]
    return [(text[:place], text[place + 1 :]) for place in places]


def _whole(old: str, new: str, actual: Schema, wanted: Schema, renames: Renames) -> Renames:
    if _name(old) in actual.tables:
        return _table(old, new, actual, wanted, renames)
    known = {str(n) for n in wanted.sequences}
    _known(new, known, f"--rename {old}:{new}", "sequence in the models:")
    return renames.with_sequence(_name(old), _name(new))


def _table(old: str, new: str, actual: Schema, wanted: Schema, renames: Renames) -> Renames:
    _known(new, {str(n) for n in wanted.tables}, f"--rename {old}:{new}", "model")
    if _name(new) in actual.tables:
        raise InvalidSetting(f"--rename {old}:{new}: the database has a table {new} already.")
    return renames.with_table(_name(old), _name(new))


def _part(
    holder: str, part: str, new: str, actual: Schema, wanted: Schema, renames: Renames
) -> Renames:
    flag = f"--rename {holder}.{part}:{new}"
    if _name(holder) in actual.enums:
        return _value(_name(holder), part, new, actual, wanted, renames)
    table, _, column = holder.rpartition(".")
    owner = renames.tables.get(_name(table), _name(table)) if table else None
    if (
        owner is not None
        and owner in wanted.tables
        and _name(holder) not in {*wanted.tables, *actual.tables}
    ):
        return _inline(owner, column, (part, new), actual, wanted, renames)
    new = new.rpartition(".")[2]
    name = renames.tables.get(_name(holder), _name(holder))
    _known(str(name), {str(n) for n in wanted.tables}, flag, "model")
    old_name = {after: before for before, after in renames.tables.items()}.get(name, name)
    before, after = actual.table(old_name), wanted.tables[name]
    if before is not None and _is_key(before, part) and before.column(part) is None:
        _check_key(before, after, part, new, flag)
        return renames
    _known(part, {c.name for c in before.columns} if before else set(), flag, "column")
    _known(new, {c.name for c in after.columns}, flag, "column of the model")
    if before is not None and before.column(new) is not None:
        raise InvalidSetting(f"{flag}: the table has a column {new} already.")
    return renames.with_column(name, part, new)


def _value(
    type_: Name, old: str, new: str, actual: Schema, wanted: Schema, renames: Renames
) -> Renames:
    flag = f"--rename {type_}.{old}:{new}"
    before, after = actual.enums[type_], wanted.enums.get(type_)
    _known(old, set(before.values), flag, "value")
    _known(new, set(after.values) if after else set(), flag, "value in the model:")
    if new in before.values:
        raise InvalidSetting(
            f"{flag}: the type has the value {new!r} already.",
            hint=f"To give its rows that value: flask db migrate --map {type_}.{old}:{new}",
        )
    return renames.with_value(type_, old, new)


def _inline(
    table: Name,
    column: str,
    values: tuple[str, str],
    actual: Schema,
    wanted: Schema,
    renames: Renames,
) -> Renames:
    """Add the rename of a value that a column lists itself; a type of its own has its own flag."""
    old, new = values
    flag = f"--rename {table}.{column}.{old}:{new}"
    columns = wanted.tables[table].columns
    _known(column, {c.name for c in columns}, flag, "column of the model")
    own = next(c.enum for c in columns if c.name == column)
    if own is not None:
        _known(str(own), {str(name) for name in actual.enums}, flag, "type in the database:")
        return _value(own, old, new, actual, wanted, renames)
    known = next(getattr(c.type.element, "enums", None) or () for c in columns if c.name == column)
    _known(new, set(known), flag, "value in the model:")
    if old in known:
        raise InvalidSetting(f"{flag}: the model still has the value {old!r}.")
    origin = next((o for o, n in renames.tables.items() if n == table), table)
    before = actual.table(origin)
    was = before.column(column) if before is not None else None
    listed = inline.listed(before, was) if before is not None and was is not None else ()
    if listed:
        _known(old, set(listed), flag, "value")
    if new in listed:
        raise InvalidSetting(
            f"{flag}: the column has the value {new!r} already.",
            hint="To give its rows that value: "
            f"flask db migrate --map {table}.{column}.{old}:{new}",
        )
    return renames.with_inline(table, column, old, new)


def _is_key(table: Table, name: str) -> bool:
    return table.constraint(name) is not None or table.index(name) is not None


def _check_key(before: Table, after: Table, old: str, new: str, flag: str) -> None:
    """Refuse the rename of what is no longer the same; what is, needs no flag at all."""
    names = {i.name for i in (*after.constraints, *after.indexes) if i.name}
    _known(new, names, flag, "index or constraint of the model")
    if _is_key(before, new):
        raise InvalidSetting(f"{flag}: the table has an index or a constraint {new} already.")


def _known(name: str, known: set[str], flag: str, what: str) -> None:
    if name not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise InvalidSetting(
            f"{flag}: there is no {what} {name!r}.{did_you_mean(name, known)}",
            hint=f"There are: {listed}",
        )


def _name(text: str) -> Name:
    schema, _, name = text.rpartition(".")
    return Name(name, schema or None)
