"""Other names for ``op`` and ``sa`` in what is written, where a template imports them as such."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Mapping
from collections.abc import Sequence


def renamed(lines: Sequence[str], prefixes: Mapping[str, str]) -> tuple[str, ...]:
    """Return lines of Python with what stands before a dot replaced: ``{"op": "alembic_op."}``.

    Texts and comments stay as they are.
    """
    if not lines or not prefixes:
        return tuple(lines)
    text = "\n".join(("if True:", *lines, ""))
    found = text.split("\n")
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for before, token, after in reversed(list(zip(tokens, tokens[1:], tokens[2:]))):
        if token.type != tokenize.NAME or token.string not in prefixes:
            continue
        if after.string == "." and before.string != ".":
            (row, start), (_, end) = token.start, after.end
            line = found[row - 1]
            found[row - 1] = line[:start] + prefixes[token.string] + line[end:]
    return tuple(found[1:-1])
