"""What the engine is told, in one frozen value."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any
from typing import Literal

from sqlalchemy import MetaData
from sqlalchemy.engine import Engine
from sqlalchemy.engine import URL


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the app: the default one (``bind`` None) or a bind.

    ``engine`` returns the app's own engine, with its pool and its event listeners.  ``schema`` is
    the one that messages have to name beside the URL; ``whole`` tells that scripts do here what
    they do to the default database, whatever the bind is called.
    """

    bind: str | None
    url: URL
    engine: Callable[[], Engine] = field(repr=False)
    metadata: tuple[MetaData, ...] = field(default=(), repr=False)
    schema: str | None = None
    whole: bool = False

    @property
    def label(self) -> str:
        """How messages name the database: its URL without the password, and the schema."""
        where = self.url.render_as_string(hide_password=True)
        return where if self.schema is None else f"{where} (schema {self.schema})"


@dataclass(frozen=True, slots=True)
class Inherited:
    """What a folder that the peers made brings along.

    ``config`` is the peers' ``Config``, with what ``alembic.ini`` says.  ``environment`` is an
    ``env.py`` that has to be run, because somebody changed it; ``template`` such a
    ``script.py.mako``.  ``layout`` is that of a template that nobody changed, ``stock`` that of
    such an ``env.py``.
    ``hooks`` run after a script was written.
    """

    config: Any = None
    environment: Path | None = None
    stock: str | None = None
    template: Path | None = None
    layout: Literal["generic", "multidb"] | None = None
    hooks: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, resolved.  ``options`` holds what a peer's ``context.configure`` would get.

    ``root`` is the folder of the app's code, where messages about missing models look;
    ``inherited`` what a folder of the peers has beside its scripts.  ``every`` are all
    the app's databases, of which ``databases`` may be a part.  ``package`` is the one that the app
    is in.
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
    table_lock_timeout: float | None = 3.0
    table_lock_retries: int = 20
    statement_timeout: float | None = None
    ignore: tuple[str, ...] = ()
    verify: bool | None = None
    x_arguments: tuple[str, ...] = ()
    root: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sourceless: bool = False
    recursive_version_locations: bool = False
    output_encoding: str = "utf-8"
    inherited: Inherited = field(default_factory=Inherited, repr=False)
    every: tuple[Database, ...] = field(default=(), repr=False)
    log: bool | None = None
    app_version: str | None = None
    package: str = ""
    ahead: Literal["refuse", "allow"] = "refuse"
    on_startup: str | None = None
    shared_schemas: tuple[str, ...] = ()

    @property
    def environment(self) -> Path | None:
        """The ``env.py`` that has to be run, or None."""
        return self.inherited.environment

    @property
    def keeps_log(self) -> bool:
        """Whether revisions are logged.

        Where it is not said: unless there is an ``env.py``, with which the peers' tools may take
        over at any moment.  They would see a table that no model describes.
        """
        if self.log is not None:
            return self.log
        return self.inherited.environment is None and self.inherited.stock is None
