"""Reading ``alembic.ini``: what its authors wrote, whatever percent signs are in it."""

from __future__ import annotations

import configparser
import locale
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from ...errors import InvalidSetting

#: ``%%``, or ``%(name)s``.
_MARK = re.compile(r"%%|%\(([^()]+)\)s")
_DEEPEST = 10


class Interpolation(configparser.Interpolation):
    """``%(name)s`` is the option of that name and ``%%`` a percent sign; others stay.

    The standard library refuses a lone percent sign, and so breaks on URLs whose password has one.
    """

    def before_get(
        self,
        parser: Any,
        section: Any,
        option: str,
        value: str,
        defaults: Any,
    ) -> str:
        """Return the value with its names filled in."""
        return _filled(value, defaults, parser, _DEEPEST)


def _filled(
    text: str, values: MutableMapping[str, str], parser: configparser.RawConfigParser, depth: int
) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1] is None:
            return "%"
        inner = values.get(parser.optionxform(found[1]))
        if inner is None or depth == 0:
            return found[0]
        return _filled(str(inner), values, parser, depth - 1)

    return _MARK.sub(one, text)


def filled(text: str, values: MutableMapping[str, str]) -> str:
    """Return ``text`` with ``%(name)s`` filled in from ``values``."""
    return _filled(text, values, configparser.RawConfigParser(), _DEEPEST)


def parser(values: MutableMapping[str, str]) -> configparser.ConfigParser:
    """Return an empty parser; ``values`` can be named in every section."""
    return configparser.ConfigParser(values, interpolation=Interpolation())


def read(into: configparser.ConfigParser, path: Path) -> None:
    """Read a file if it is there.  Raises InvalidSetting where it is no ini file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise InvalidSetting(f"{path} cannot be read: {error.strerror}.") from error
    try:
        into.read_string(_text(data), str(path))
    except configparser.Error as error:
        raise InvalidSetting(
            f"{path} cannot be understood: {' '.join(error.message.split())}",
            hint="Correct the file; each section begins with a line such as [alembic].",
        ) from error


def _text(data: bytes) -> str:
    # The peers read the encoding of the machine that wrote it, which most often is UTF-8.
    for encoding in ("utf-8-sig", locale.getpreferredencoding(False)):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")
