"""Running an ``env.py`` that somebody changed: it says where a command works, and how."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.engine import URL

from .. import context
from ..errors import EnvironmentFailed
from ..errors import InvalidSetting
from ..errors import NoContext
from ..errors import NoDatabase
from ..errors import SchemaMigrateError
from ..history import symbols
from ..history.folder import Folder
from ..history.graph import Graph
from ..settings import Database
from ..settings import Settings
from . import logs
from .alembic.config import Config
from .alembic.runtime.environment import EnvironmentContext
from .names import alembic_names

#: Options of ``configure`` that are settings here, and not only options.
_SETTINGS = ("version_table", "version_table_schema")


@dataclass(frozen=True, slots=True)
class Place:
    """One ``context.run_migrations()`` of an ``env.py``.

    ``database`` and ``settings`` are what it configured, ``connection`` the one that it opened
    (None with ``--sql``), and ``arguments`` what ``upgrade()`` gets.
    """

    database: Database
    settings: Settings
    connection: Connection | None
    arguments: Mapping[str, Any]


class Scripts:
    """``context.script``: what is asked of the scripts where an ``env.py`` runs.

    Few are asked for more than is here; for the rest there is a ``ScriptDirectory``.
    """

    def __init__(self, folder: Folder, config: Any) -> None:
        self.folder, self.config = folder, config

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.whole, name)

    @cached_property
    def whole(self) -> Any:
        """The peers' ``ScriptDirectory`` of the same folder."""
        from .alembic.script import ScriptDirectory

        return ScriptDirectory.from_config(self.config)

    @property
    def dir(self) -> str:
        """The migrations folder."""
        return str(self.folder.directory)

    @cached_property
    def graph(self) -> Graph:
        """The history."""
        return self.folder.read()

    def as_revision_number(self, symbol: Any) -> str | tuple[str, ...] | None:
        """Return what a symbol, or several, stand for: None is the base."""
        symbols_ = (symbol,) if isinstance(symbol, str) else tuple(symbol or ())
        if isinstance(symbol, str) and symbol[:1] in ("-", "+"):
            return symbol  # It counts from where the database is.
        ids = [id_ for one in symbols_ for id_ in symbols.resolve(self.graph, one)]
        if symbol == "heads":
            return tuple(ids) or None
        return tuple(ids) if len(ids) > 1 else next(iter(ids), None)

    def get_heads(self) -> list[str]:
        """Return the heads."""
        return list(self.graph.heads)

    def get_current_head(self) -> str | None:
        """Return the only head, or None."""
        found = symbols.one(self.graph, "head") if self.graph.revisions else None
        return found.id if found else None


def run(
    settings: Settings,
    work: Callable[[Place], None],
    *,
    told: Mapping[str, Any] | None = None,
    flags: tuple[str, ...] = (),
) -> None:
    """Run the ``env.py`` of ``settings``, and ``work`` for each ``context.run_migrations()`` in it.

    ``told`` is what ``context`` answers about the command, ``flags`` what is true in
    ``config.cmd_opts``.  The process's logging is left alone.  Raises EnvironmentFailed,
    NoDatabase where it comes to its end without such a call, and whatever ``work`` raises.
    """
    path, config = settings.environment, settings.inherited.config
    assert path is not None
    has_called = False

    def runner(environment: EnvironmentContext, arguments: Mapping[str, Any]) -> None:
        nonlocal has_called
        has_called = True
        work(_place(settings, environment, arguments))

    with logs.untouched(), alembic_names(), _flagged(config, flags):
        environment = EnvironmentContext(
            config, Scripts(Folder.of(settings), config), runner=runner, **dict(told or {})
        )
        with environment:
            at_end = _execute(path)
    if at_end and not has_called:
        raise no_call(path)


def surroundings(settings: Settings) -> EnvironmentContext:
    """Return the environment that runs, or the one that an ``env.py`` without changes would be.

    In its configuration is the URL, too, with the password, where such an ``env.py`` puts it.
    """
    with suppress(NoContext):
        running: EnvironmentContext = context.environment()
        return running
    config = settings.inherited.config
    if config is None:
        config = Config()
        config.set_main_option("script_location", str(settings.directory).replace("%", "%%"))
    if settings.databases and not config.get_main_option("sqlalchemy.url"):
        url = settings.databases[0].url.render_as_string(hide_password=False)
        config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return EnvironmentContext(config, Scripts(Folder.of(settings), config))


def no_call(path: Path | None) -> NoDatabase:
    """Return the error for an ``env.py`` that does not call ``context.run_migrations()``."""
    return NoDatabase(
        f"{path} ran without a call of context.run_migrations(), and so names no database.",
        hint="See which condition it has, and whether it needs an argument: flask db -x …",
    )


def _execute(path: Path) -> bool:
    """Return whether it came to its end."""
    try:
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        exec(code, {"__name__": "env_py", "__file__": str(path), "__builtins__": __builtins__})
    except SchemaMigrateError:
        raise
    except SyntaxError as error:
        raise EnvironmentFailed(
            f"{error.filename}:{error.lineno} is not valid Python: {error.msg}.",
            hint="Correct it.",
        ) from error
    except (Exception, SystemExit) as error:
        if isinstance(error, SystemExit) and not error.code:
            return False  # It has decided that there is nothing to do.
        lines = [
            f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)
        ]
        place = f"{path}:{lines[-1]}" if lines else str(path)
        raise EnvironmentFailed(
            f"{place} failed: {type(error).__name__}: {' '.join(str(error).split())}",
            hint="Correct env.py.  Where it only does what every env.py does, nothing needs it: "
            "flask db modernize",
        ) from error
    return True


@contextmanager
def _flagged(config: Config, flags: tuple[str, ...]) -> Iterator[None]:
    """Set names in ``cmd_opts`` for the block."""
    options = vars(config.cmd_opts) if config.cmd_opts is not None else {}
    before = dict(options)
    options.update(dict.fromkeys(flags, True))
    try:
        yield
    finally:
        options.clear()
        options.update(before)


# --- what was configured --------------------------------------------------------------------------


def _place(
    settings: Settings, environment: EnvironmentContext, arguments: Mapping[str, Any]
) -> Place:
    options = {k: v for k, v in environment.context_opts.items() if v is not None}
    given = {name: options[name] for name in _SETTINGS if options.get(name)}
    bind = _bind(options, arguments)
    connection, url, engine = _target(environment.target)
    database = Database(
        bind, url, engine, _metadata(options.get("target_metadata"), settings, bind)
    )
    configured = replace(settings, **given, databases=(database,), options=options)
    return Place(database, configured, connection, dict(arguments))


def _bind(options: Mapping[str, Any], arguments: Mapping[str, Any]) -> str | None:
    """Return which of several databases is meant: as the layout for several has it."""
    name = arguments.get("engine_name")
    if isinstance(name, str):
        return name or None
    token = options.get("upgrade_token", "upgrades")
    return token[: -len("_upgrades")] or None if token.endswith("_upgrades") else None


def _target(
    target: Mapping[str, Any],
) -> tuple[Connection | None, URL, Callable[[], Engine]]:
    connection = target["connection"]
    if isinstance(connection, Connection):
        engine = connection.engine
        return connection, engine.url, lambda: engine
    if connection is not None:
        raise InvalidSetting(
            "context.configure(connection=…) needs a Connection, and got "
            f"{type(connection).__name__}.",
            hint="Write: with engine.connect() as connection: "
            "context.configure(connection=connection)",
        )
    if target["url"] is not None:
        url = make_url(target["url"])
    elif target["dialect_name"] is not None:
        url = URL.create(target["dialect_name"])
    else:
        raise InvalidSetting("context.configure() was given neither a connection nor a url.")
    return None, url, lambda: _no_engine(url)


def _no_engine(url: URL) -> Engine:
    raise InvalidSetting(
        f"env.py configured the URL {url.render_as_string()} alone, and this command needs a "
        "connection.",
        hint="Give it one unless context.is_offline_mode(): context.configure(connection=…)",
    )


def _metadata(given: Any, settings: Settings, bind: str | None) -> tuple[MetaData, ...]:
    """Return the models: what the ``env.py`` gives, else what the app has for that database."""
    if isinstance(given, MetaData):
        return (given,)
    if given is not None:
        return tuple(one for one in given if isinstance(one, MetaData))
    return next((one.metadata for one in settings.databases if one.bind == bind), ())
