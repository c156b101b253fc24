"""What the engine is told, in one frozen value."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.engine import Engine
from sqlalchemy.engine import URL


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the app: the default one (``bind`` None) or a bind.

    ``engine`` returns the app's own engine, with its pool and its event listeners.
    """

    bind: str | None
    url: URL
    engine: Callable[[], Engine] = field(repr=False)
    metadata: tuple[MetaData, ...] = field(default=(), repr=False)

    @property
    def label(self) -> str:
        """How messages name the database: its URL without the password."""
        return self.url.render_as_string(hide_password=True)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, resolved.  ``options`` holds what a peer's ``context.configure`` would get.

    ``root`` is the folder of the app's code, where messages about missing models look.
    """

    directory: Path
    databases: tuple[Database, ...] = ()
    version_locations: tuple[Path, ...] = ()
    file_template: str | None = None
    truncate_slug_length: int = 40
    timezone: str | None = "UTC"
    version_table: str = "alembic_version"
    version_table_schema: str | None = None
    lock_timeout: float | None = None
    ignore: tuple[str, ...] = ()
    x_arguments: tuple[str, ...] = ()
    root: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
