"""The file of a script, read once in a move: for the journal, and for the log."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from functools import cached_property

from ..history.revision import Revision


@dataclass
class Source:
    """A revision's script as it is when it is first asked for."""

    revision: Revision

    @cached_property
    def data(self) -> bytes:
        """Its bytes; none where there is no file with its source."""
        path = self.revision.path
        if path is None or path.suffix != ".py":
            return b""
        try:
            return path.read_bytes()
        except OSError:
            return b""

    @cached_property
    def digest(self) -> str:
        """Its fingerprint, the same whatever ends its lines; an empty text where there is none."""
        return hashlib.sha256(self.data.replace(b"\r\n", b"\n")).hexdigest() if self.data else ""

    @property
    def text(self) -> str:
        """It as text; an empty one where it cannot be decoded."""
        data = self.data
        if data.isascii() and b"coding" not in data and b"\r" not in data:
            return data.decode("ascii")
        try:
            return importlib.util.decode_source(data)
        except (SyntaxError, UnicodeDecodeError, LookupError):
            return ""
