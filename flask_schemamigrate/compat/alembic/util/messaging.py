"""What commands print, and how they warn."""

from __future__ import annotations

import logging
import shutil
import sys
import textwrap
import warnings
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from typing import TextIO

from sqlalchemy.engine import make_url

log = logging.getLogger("alembic.util.messaging")
TERMWIDTH: int | None = None
if sys.stdin is not None and sys.stdin.isatty():
    TERMWIDTH = shutil.get_terminal_size().columns


def write_outstream(stream: TextIO, *text: str | bytes, quiet: bool = False) -> None:
    """Write text; what the stream's encoding does not have becomes ``?``."""
    if quiet:
        return
    encoding = getattr(stream, "encoding", "ascii") or "ascii"
    for part in text:
        decoded = part.decode(encoding, "replace") if isinstance(part, bytes) else part
        try:
            stream.write(decoded.encode(encoding, "replace").decode(encoding))
        except OSError:
            break  # The pipe was closed: nobody reads any more.


@contextmanager
def status(message: str, newline: bool = False, quiet: bool = False) -> Iterator[None]:
    """Print what is done, and whether it was, around a block."""
    msg(f"{message} ...", newline, flush=True, quiet=quiet)
    try:
        yield
    except BaseException:
        write_outstream(sys.stdout, "  FAILED\n", quiet=quiet)
        raise
    write_outstream(sys.stdout, "  done\n", quiet=quiet)


def err(message: str, quiet: bool = False) -> None:
    """Print a failure and end the process."""
    log.error(message)
    msg(f"FAILED: {message}", quiet=quiet)
    sys.exit(-1)


def obfuscate_url_pw(url: str) -> str:
    """Return a URL without its password."""
    return make_url(url).render_as_string(hide_password=True)


def warn(message: str, stacklevel: int = 2) -> None:
    """Warn the caller of the caller."""
    warnings.warn(message, UserWarning, stacklevel=stacklevel)


def warn_deprecated(message: str, stacklevel: int = 2) -> None:
    """Warn that something will not work any more one day."""
    warnings.warn(message, DeprecationWarning, stacklevel=stacklevel)


def msg(message: str, newline: bool = True, flush: bool = False, quiet: bool = False) -> None:
    """Print a message, broken into lines on a terminal."""
    if quiet:
        return
    lines: list[str] = [message]
    if TERMWIDTH is not None:
        lines = textwrap.wrap(message, TERMWIDTH, initial_indent="  ", subsequent_indent="  ") or [
            ""
        ]
    write_outstream(sys.stdout, "\n".join(lines), *(["\n"] if newline else []))
    if flush:
        sys.stdout.flush()


def format_as_comma(value: Any) -> str:
    """Return one string or several as a list with commas; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return ", ".join(value)
    raise ValueError(f"Don't know how to comma-format {value!r}")
