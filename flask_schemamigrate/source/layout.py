"""Python calls as text that formatters leave alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

#: The line length of ``ruff format`` and ``black``.
WIDTH = 88
#: What ``sqlalchemy.text`` takes for a parameter.
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")
#: What it takes for a colon that was escaped.
_ESCAPED = re.compile(r"\\(?=:[\w$]*(?![:\w$]))")


@dataclass(frozen=True, slots=True)
class Expression:
    """``head(arguments)``; an argument is ``(keyword or "", text or expression)``.

    ``brackets`` are others for a list or a dictionary, whose keys are keywords before a ``joint``.
    """

    head: str
    arguments: tuple[tuple[str, Text], ...] = ()
    brackets: str = "()"
    joint: str = "="

    def flat(self) -> str:
        """The call on one line."""
        opening, closing = self.brackets[0], self.brackets[1]
        return f"{self.head}{opening}{', '.join(self.parts())}{closing}"

    def parts(self) -> Iterator[str]:
        """Yield the arguments, each on one line."""
        for keyword, value in self.arguments:
            text = value if isinstance(value, str) else value.flat()
            yield f"{keyword}{self.joint}{text}" if keyword else text


Text: TypeAlias = "str | Expression"


def call(head: str, *positional: Text, **keywords: Text) -> Expression:
    """Return a call."""
    return Expression(head, (*(("", p) for p in positional), *keywords.items()))


def lines(value: Text, indent: int, prefix: str = "", suffix: str = "") -> list[str]:
    """Return a call on one line where it fits, else with one argument on each line."""
    pad = " " * indent
    text = prefix + (value if isinstance(value, str) else value.flat()) + suffix
    if len(pad + text) <= WIDTH:
        return [pad + text]
    opened = _opened(value) if isinstance(value, str) else value
    if opened is None or not opened.arguments:
        return [pad + text]
    opening, closing = opened.brackets[0], opened.brackets[1]
    first, last = f"{pad}{prefix}{opened.head}{opening}", f"{pad}{closing}{suffix}"
    flat = ", ".join(opened.parts())
    plain = all(isinstance(argument, str) for _, argument in opened.arguments)
    if plain and not isinstance(value, str) and len(pad) + 4 + len(flat) <= WIDTH:
        return [first, f"{pad}    {flat}", last]
    result = [first]
    for keyword, argument in opened.arguments:
        before = f"{keyword}{opened.joint}" if keyword else ""
        result.extend(lines(argument, indent + 4, before, ","))
    return [*result, last]


def _opened(text: str) -> Expression | None:
    """Take a call, a list or a dictionary apart that is given as text; None for anything else."""
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return None

    def part(of: ast.expr) -> str:
        return ast.get_source_segment(text, of) or ""

    match node:
        case ast.Call():
            named = ((word.arg or "", part(word.value)) for word in node.keywords)
            return Expression(part(node.func), (*(("", part(a)) for a in node.args), *named))
        case ast.List():
            return Expression("", tuple(("", part(item)) for item in node.elts), "[]")
        case ast.Dict():
            pairs = ((part(k), part(v)) for k, v in zip(node.keys, node.values) if k)
            return Expression("", tuple(pairs), "{}", ": ")
    return None


def escaped(sql: str) -> str:
    r"""Return SQL for ``sqlalchemy.text``: a colon before a word is ``\:``."""
    return _PARAMETER.sub(r"\\:", _ESCAPED.sub(r"\\\\", sql))


def string(value: str) -> str:
    """Return a string literal, in the quotes that formatters choose: those to escape less."""
    text = repr(value)
    inner = text[1:-1].replace("\\'", "'") if text[0] == "'" else text[1:-1]
    quote = "'" if inner.count('"') > inner.count("'") else '"'
    return quote + inner.replace(quote, f"\\{quote}") + quote


def literal(value: object) -> str:
    """Return a plain value (text, numbers, lists and dictionaries of them) as Python."""
    if isinstance(value, str):
        return string(str(value))
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(k)}: {literal(v)}' for k, v in value.items())}}}"
    return repr(value)
