"""The six laws of every change.  Each is a function that fails with what it saw.

They judge a :class:`~tests.laws.walk.Walk`; what a case says about itself (``tests/cases``) is the
only thing that excuses anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from decimal import InvalidOperation

from flask_schemamigrate.operations.base import Operation
from flask_schemamigrate.schema.names import Name

from . import catalogue
from .catalogue import Catalogue
from .walk import Walk

#: How a law was kept: as it is written, or in the way that it allows where that cannot be.
KEPT, SAID, NONE = "kept", "said", ""


class Broken(AssertionError):
    """A law does not hold."""


def seen(walk: Walk) -> str:
    """1. ``migrate`` finds the change, and touches nothing that does not differ."""
    _reached(walk, "migrate")
    assert walk.created is not None
    operations = walk.created.changes[0].operations
    told = "\n".join(f"  {operation.describe()}" for operation in operations)
    if walk.case.silent:
        _expect(walk.created.path is None, f"Nothing differs, and yet:\n{told}")
        return KEPT
    _expect(walk.created.path is not None, "The change was not seen.")
    differing = {entry.owner for entry in catalogue.differences(walk.made, walk.wanted)}
    touched = {str(name) for operation in operations for name in _touched(operation)}
    excused = {*walk.case.accepts, *_using(differing, walk)}
    beside = touched - differing - excused
    _expect(not beside, f"These do not differ, and are touched: {_listed(beside)}.\n{told}")
    follows = _following(walk)
    missed = {o for o in differing - touched - follows if not _owned(o, walk.made, walk.wanted)}
    _expect(not missed, f"These differ, and are not touched: {_listed(missed)}.\n{told}")
    return KEPT


def silent(walk: Walk) -> str:
    """2. Where models and database are alike, a comparison finds nothing, and has no notes."""
    loud = [
        f"After {station}:\n" + "\n".join(f"  {text}" for text in found)
        for station, found in walk.differences.items()
        if found
    ]
    _expect(not loud, "\n".join(loud))
    for station in walk.failures:
        _expect("comparison" not in station and "create_all" not in station, _told(walk, station))
    return KEPT


def runs(walk: Walk) -> str:
    """3. What was generated runs without a hand."""
    if walk.case.silent:
        return NONE
    for station in ("the first migration", "migrate", "upgrade", "the second upgrade"):
        _expect(station not in walk.failures, _told(walk, station))
    _expect(walk.reached is not None, "It did not come to that.")
    return KEPT


def true(walk: Walk) -> str:
    """4. The database is, entry by entry, what ``create_all`` would have made of the models."""
    _same(walk.begun, walk.made, "after the first migration, and as create_all makes it")
    if walk.case.silent:
        return KEPT
    _same(walk.reached, walk.wanted, "after the upgrade, and as create_all makes it")
    if walk.again is not None:
        _same(walk.again, walk.wanted, "after the second upgrade, and as create_all makes it")
    return KEPT


def reversible(walk: Walk) -> str:
    """5. ``downgrade`` gives back what was, entry by entry; or the file says why it refuses."""
    if walk.case.silent:
        return NONE
    error = walk.failures.get("downgrade")
    if walk.case.undo:
        _expect(error is None, _told(walk, "downgrade"))
        _same(walk.back, walk.begun or {}, "after the downgrade, and before the upgrade")
        return KEPT
    _expect(error is not None, "The way back was to be refused, and was not.")
    downgrade = walk.script.partition("def downgrade")[2]
    reason = re.search(r"raise \w+\(\s*(['\"])(.{20,})\1", downgrade, re.DOTALL)
    _expect(bool(reason), f"The file does not say why there is no way back:\n{walk.script}")
    return SAID


def lossless(walk: Walk) -> str:
    """6. Rows keep their values; where that cannot be, the file says what is lost."""
    if walk.case.silent or not any(walk.rows_before.values()):
        return NONE
    _expect(walk.reached is not None, "It did not come to that.")
    lost = [*_check_forwards(walk)]
    if not walk.case.lossless:
        lost.append(next(iter(walk.case.rows)))
    said = _losses(walk.script)
    unsaid = [what for what in lost if not any(what in text for text in said)]
    _expect(not unsaid, f"The file does not say that this is lost: {_listed(unsaid)}.\n{said}")
    bare = [text for text in said if not re.search(r"\d+ (of \d+ )?rows?\b|position of", text)]
    _expect(not bare, f"The file does not say how many rows lose something: {bare}.")
    untrue = [what for what in _computed(walk) if any(f"values of {what}:" in s for s in said)]
    _expect(not untrue, f"The file says that computed values are lost: {_listed(untrue)}.")
    if walk.back is not None:
        _check_backwards(walk)
    return SAID if lost else KEPT


LAWS: dict[str, Callable[[Walk], str]] = {
    "Seen": seen,
    "Silent": silent,
    "Runs": runs,
    "True": true,
    "Reversible": reversible,
    "Lossless": lossless,
}


def judge(walk: Walk) -> tuple[list[str], dict[str, str]]:
    """Return how each law was kept, and what was seen where one was not, by its name."""
    kept: list[str] = []
    broken: dict[str, str] = {}
    for name, law in LAWS.items():
        try:
            kept.append(law(walk))
        except Broken as error:
            kept.append("broken")
            broken[name] = f"{name.upper()}: {error}"
    return kept, broken


# --- what they are made of ------------------------------------------------------------------------


def _expect(holds: bool, text: str) -> None:
    if not holds:
        raise Broken(text)


def _reached(walk: Walk, station: str) -> None:
    _expect(not walk.failures or station not in walk.failures, _told(walk, station))
    _expect(walk.created is not None, "It did not come to that.")


def _told(walk: Walk, station: str) -> str:
    error = walk.failures.get(station)
    return f"{station}: {type(error).__name__}: {error}\n{walk.script}"


def _listed(things: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, things)))


def _touched(operation: Operation) -> Iterable[object]:
    """Return what an operation changes; ``touches()`` also tells what a foreign key locks."""
    table = getattr(operation, "table", None)
    return (table,) if isinstance(table, Name) else operation.touches()


def _following(walk: Walk) -> set[str]:
    """Return the tables whose keys name what was renamed: the server changes them by itself."""
    names = [text.split(":")[0].rsplit(".", 1)[-1] for text in walk.case.renames]
    found = catalogue.differences(walk.made, walk.wanted)
    return {e.owner for e, pair in found.items() if any(n in str(pair[0]) for n in names)}


def _using(types: set[str], walk: Walk) -> set[str]:
    """Return the tables that have columns of differing types: they change with them."""
    return {
        entry.owner
        for entry, text in walk.made.items()
        if entry.kind == "column" and any(re.search(rf"\b{re.escape(t)}\b", text) for t in types)
    }


def _renamed_tables(walk: Walk) -> list[tuple[str, str]]:
    pairs = [text.split(":") for text in walk.case.renames]
    return [(old, new) for old, new in pairs if "." not in old]


def _owned(owner: str, made: Catalogue, wanted: Catalogue) -> bool:
    """Whether it comes and goes with a column or table: a sequence, or a type of one side alone."""
    sides = [{e.kind for e in found if e.owner == owner} for found in (made, wanted)]
    return sides[0] | sides[1] <= {"sequence", "schema", "view", "trigger"} or (
        sides[0] | sides[1] == {"type"} and not all(sides)
    )


def _same(found: Catalogue | None, expected: Catalogue, what: str) -> None:
    _expect(found is not None, "It did not come to that.")
    assert found is not None
    lines = [
        f"  {entry}\n    {one or '(not there)'}\n    {other or '(not there)'}"
        for entry, (one, other) in catalogue.differences(found, expected).items()
    ]
    _expect(not lines, "\n".join([f"Not the same {what}:", *lines]))


def _losses(script: str) -> list[str]:
    """Return the comments of ``upgrade`` that tell of a loss, each in one line."""
    upgrade = script.partition("def upgrade")[2].partition("def downgrade")[0]
    comments = re.findall(r"(?:^ *#.*\n)+", upgrade, re.MULTILINE)
    joined = (re.sub(r"\s*\n *# ?", " ", text).strip() for text in comments)
    return [text for text in joined if re.search(r"\b(loses?|lost)\b", text, re.IGNORECASE)]


def _columns(found: Catalogue) -> set[tuple[str, str]]:
    return {(entry.owner, entry.name) for entry in found if entry.kind == "column"}


def _check_forwards(walk: Walk) -> list[str]:
    """Compare the rows before and after; return what is gone with its table or column."""
    gone: list[str] = []
    tables = dict(_renamed_tables(walk))
    for table, before in walk.rows_before.items():
        if table in catalogue.OWN or not before:
            continue
        new = tables.get(table, table)
        if new not in walk.rows_after:
            gone.append(table)
            continue
        after = walk.rows_after[new]
        gone += _check_table(walk, table, new, after)
    for table, expected in walk.case.values.items():
        names = list(expected[0]) if expected else []
        found = _chosen(walk.rows_after.get(table, []), names)
        _expect(found == _chosen(expected, names), f"{table} holds {found}, not {expected}.")
    return gone


def _check_table(walk: Walk, table: str, new: str, after: list[dict[str, object]]) -> list[str]:
    before = walk.rows_before[table]
    _expect(len(after) == len(before), f"{table} had {len(before)} rows and has {len(after)}.")
    renamed = _renamed_columns(walk, table, new)
    gone: list[str] = []
    shared: dict[str, str] = {}
    for name in before[0]:
        there = renamed.get(name, name)
        if _is_computed(walk.made, table, name):
            continue
        if after and there in after[0] and not _is_computed(walk.wanted, new, there):
            shared[name] = there
        elif any(row[name] is not None for row in before):
            gone.append(f"{table}.{name}")
    if new in walk.case.values or not walk.case.lossless:
        return gone
    old_values = sorted(repr([_loose(row[n]) for n in shared]) for row in before)
    new_values = sorted(repr([_loose(row[n]) for n in shared.values()]) for row in after)
    _expect(old_values == new_values, f"{table} held {old_values}, and holds {new_values}.")
    return gone


def _renamed_columns(walk: Walk, *tables: str) -> dict[str, str]:
    pairs = (text.split(":") for text in walk.case.renames)
    split = ((*old.rsplit(".", 1), new) for old, new in pairs if "." in old)
    return {old: new for table, old, new in split if table in tables}


def _computed(walk: Walk) -> list[str]:
    """Return the columns with rows whose values the database computed before the change."""
    return [
        f"{table}.{name}"
        for table, rows in walk.rows_before.items()
        for name in (rows[0] if rows else ())
        if _is_computed(walk.made, table, name)
    ]


def _is_computed(found: Catalogue, table: str, column: str) -> bool:
    words = ("generated", "virtual", "stored", "as (")
    texts = (
        text.lower()
        for entry, text in found.items()
        if (entry.kind, entry.owner, entry.name) == ("column", table, column)
    )
    return any(word in text for text in texts for word in words)


def _check_backwards(walk: Walk) -> None:
    """Compare the rows before the change and after its undoing, where columns were always there."""
    tables = dict(_renamed_tables(walk))
    for table, before in walk.rows_before.items():
        new = tables.get(table, table)
        if new not in walk.rows_after or not before or table in catalogue.OWN:
            continue
        back = walk.rows_back.get(table, [])
        _expect(len(back) == len(before), f"{table}: {len(before)} rows, and {len(back)} back.")
        if not walk.case.lossless or not walk.rows_after[new]:
            continue
        renamed = _renamed_columns(walk, table, new)
        there = {name: renamed.get(name, name) for name in before[0]}
        kept = [
            name
            for name, later in there.items()
            if later in walk.rows_after[new][0]
            and _is_computed(walk.wanted, new, later) <= _is_computed(walk.made, table, name)
        ]
        was, now = _chosen(before, kept), _chosen(back, kept)
        _expect(was == now, f"{table} held {was} before, and {now} after the way back.")


def _chosen(rows: list[dict[str, object]], names: list[str]) -> list[str]:
    return sorted(repr([row.get(name) for name in names]) for row in rows)


def _loose(value: object) -> object:
    """Return a value in a spelling that does not depend on the type of its column."""
    if value is None:
        return None
    if isinstance(value, bytes | memoryview):
        value = bytes(value).decode("utf-8", "replace")
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool):
        value = int(value)
    if isinstance(value, list | dict | tuple):
        return repr(value)
    try:
        return str(Decimal(str(value)).normalize() + 0)
    except InvalidOperation:
        return str(value)
