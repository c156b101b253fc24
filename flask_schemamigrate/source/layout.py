"""Python calls as text that formatters leave alone."""

from __future__ import annotations

import re
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
    """``head(arguments)``; an argument is ``(keyword or "", text or expression)``."""

    head: str
    arguments: tuple[tuple[str, Text], ...] = ()

    def flat(self) -> str:
        """The call on one line."""
        return f"{self.head}({', '.join(_flat(*argument) for argument in self.arguments)})"


Text: TypeAlias = "str | Expression"


def call(head: str, *positional: Text, **keywords: Text) -> Expression:
    """Return a call."""
    return Expression(head, (*(("", p) for p in positional), *keywords.items()))


def _flat(keyword: str, value: Text) -> str:
    text = value if isinstance(value, str) else value.flat()
    return f"{keyword}={text}" if keyword else text


def lines(value: Text, indent: int, prefix: str = "", suffix: str = "") -> list[str]:
    """Return a call on one line where it fits, else with one argument on each line."""
    pad = " " * indent
    text = prefix + (value if isinstance(value, str) else value.flat()) + suffix
    if isinstance(value, str) or not value.arguments or len(pad + text) <= WIDTH:
        return [pad + text]
    flat = ", ".join(_flat(*argument) for argument in value.arguments)
    if len(pad) + 4 + len(flat) <= WIDTH and all(isinstance(v, str) for _, v in value.arguments):
        return [f"{pad}{prefix}{value.head}(", f"{pad}    {flat}", f"{pad}){suffix}"]
    result = [f"{pad}{prefix}{value.head}("]
    for keyword, argument in value.arguments:
        result.extend(lines(argument, indent + 4, f"{keyword}=" if keyword else "", ","))
    return [*result, f"{pad}){suffix}"]


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
