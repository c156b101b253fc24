"""Whether two indexes of PostgreSQL are the same, by their texts."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.sql.elements import TextClause

from .. import util
from ._autogen import ComparisonResult


def compare(impl: Any, metadata_index: Any, reflected_index: Any) -> ComparisonResult:
    """Compare two indexes of one name; expressions that cannot be compared are skipped."""
    reasons = []
    if unique := impl._unique_differs(metadata_index, reflected_index):
        reasons.append(unique)
    wanted, found = list(metadata_index.expressions), list(reflected_index.expressions)
    if len(wanted) != len(found):
        reasons.append(f"expression number {len(found)} to {len(wanted)}")
    reasons.extend(impl._options_differ(metadata_index, reflected_index))
    if reasons:
        return ComparisonResult.Different(reasons)
    skipped = []
    for position, (ours, theirs) in enumerate(zip(wanted, found), 1):
        ours_text, theirs_text = _text(impl, ours), _text(impl, theirs)
        one = _cleaned(metadata_index, ours_text)
        other = _cleaned(reflected_index, theirs_text)
        if one == other:
            continue
        if isinstance(ours, TextClause) and _operator_class(ours_text, one, other):
            util.warn(
                f"Expression #{position} {ours_text!r} in index {metadata_index.name!r} detected "
                "to include an operator clause. Expression compare cannot proceed. Please move "
                "the operator clause to the ``postgresql_ops`` dict to enable proper compare of "
                "the index expressions: "
                "https://docs.sqlalchemy.org/en/latest/dialects/postgresql.html#operator-classes"
            )
            skipped.append(f"expression #{position} {ours_text!r} with an operator clause")
            continue
        reasons.append(f"expression #{position} {theirs_text!r} to {ours_text!r}")
    if reasons:
        return ComparisonResult.Different(reasons)
    return ComparisonResult.Skip(skipped) if skipped else ComparisonResult.Equal()


def _operator_class(text: str, wanted: str, found: str) -> bool:
    """Whether a text ends in an operator class, or is the other one with more words after it."""
    if re.search(r"[)\s]\w+_ops(\(.*\))?\s*$", text):
        return True
    rest = wanted[len(found) :] if wanted.startswith(found) else ""
    if rest in ("asc", "desc", "nullsfirst", "nullslast"):
        return False
    return bool(rest) and re.fullmatch(r"[\w.]+(\(.*\))?", rest) is not None


def _text(impl: Any, element: Any) -> str:
    if isinstance(element, str):
        return element
    options = {"literal_binds": True, "include_table": False}
    return str(element.compile(dialect=impl.dialect, compile_kwargs=options))


def _cleaned(index: Any, text: str) -> str:
    """Return an expression in the shortest words: no brackets, quotes, casts or table."""
    # The server gives constants the type that they had anyway.
    found = re.sub(r"('[^']*'|\b\d+(?:\.\d+)?)::[a-zA-Z]\w*(?: precision| varying)?", r"\1", text)
    found = found.lower().replace('"', "").replace("'", "")
    if index.table is not None:
        found = found.replace(f"{index.table.name.lower()}.", "")
    found = re.sub(r"\bcast\s*\(", "(", found)
    # ``x AS type`` within a cast, and ``x::type``, say the same.
    found = re.sub(r"\s+as\s+(?=[a-z])", "::", found)
    found = re.sub(
        r"::[\w ]+?(?:\(\s*\d+\s*(?:,\s*\d+\s*)?\))?(?:\[\])*(?=\s*(?:[)\]:,]|$|->|\|\|))",
        _type,
        found,
    )
    # What is so without being said.
    found = re.sub(r"\s+asc\b", "", found)
    found = re.sub(r"(?<!desc)\s+nulls\s+last$", "", found)
    found = re.sub(r"(?<=desc)\s+nulls\s+first$", "", found)
    while found and found[0] == "(" and found[-1] == ")" and _enclosed(found):
        found = found[1:-1]
    return re.sub(r"[\(\)\s]", "", found)


def _type(match: re.Match[str]) -> str:
    word = re.sub(r"\s+", "", match[0])
    return "" if word == "::text" else word.replace("charactervarying", "varchar")


def _enclosed(text: str) -> bool:
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return position == len(text) - 1
    return False
