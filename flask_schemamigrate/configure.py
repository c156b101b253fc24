"""From a Flask app to :class:`Settings`: its databases, their models and every option."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from functools import cache
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy import engine_from_config
from sqlalchemy import MetaData
from sqlalchemy.engine import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from . import options
from .compat import folder as old
from .compat.alembic.config import Config
from .errors import did_you_mean
from .errors import InvalidSetting
from .errors import NoDatabase
from .errors import SettingsError
from .errors import UnknownBind
from .errors import UnsupportedDatabase
from .settings import Database
from .settings import Inherited
from .settings import Settings


def settings(
    app: Flask,
    db: Any,
    given: Mapping[str, Any],
    bind: str | None,
    x_arguments: tuple[str, ...],
    required: bool,
    config: Config,
) -> Settings:
    """Return the settings of ``app``; ``given`` are the options of the constructor.

    Where no database is ``required``, none need be there.  ``config`` names the folder, and has
    what the files of an old one say.
    """
    folder = old.resource(config.get_alembic_option("script_location", "migrations"))
    files = {**old.options(config, folder), **app.config.get("ALEMBIC_CONTEXT", {})}
    values = options.resolve(given, app.config, files)
    uri = values.pop("database_uri")
    metadata = values.pop("metadata")
    locations = tuple(_location(path, folder) for path in values.pop("version_locations"))
    inherited = old.inherited(config, folder)
    _refuse_bind(inherited, bind)
    old.extend_path(config)
    every = _every(app, db, uri, metadata, inherited)
    found = tuple(_databases(every, inherited))
    if required and not found and inherited.environment is None:
        raise NoDatabase(_no_database(app, db), hint=_NO_DATABASE_HINT)
    return Settings(
        directory=folder,
        databases=_chosen(found, bind),
        version_locations=locations,
        x_arguments=x_arguments,
        root=Path(app.root_path),
        inherited=inherited,
        every=every,
        package=app.import_name.partition(".")[0],
        **values,
    )


def _refuse_bind(inherited: Inherited, bind: str | None) -> None:
    """Raise InvalidSetting for ``--bind`` where an ``env.py`` chooses the databases."""
    if bind is not None and inherited.environment is not None:
        raise InvalidSetting(
            f"{inherited.environment} says which databases there are, so --bind has no meaning.",
            hint="Let it choose by an argument, such as: flask db upgrade -x bind=users",
        )


def _location(path: str, folder: Path) -> Path:
    """Return a version location; ``%(here)s`` is the migrations folder, as in the peers' files."""
    return old.resource(path.replace("%(here)s", str(folder)))


def _every(
    app: Flask, db: Any, uri: Any, metadata: Any, inherited: Inherited
) -> tuple[Database, ...]:
    """Return the app's databases.

    Where an ``env.py`` is to be run, that one opens them, and the app's need not be usable.
    """
    try:
        return tuple(databases(app, db, uri, metadata))
    except SettingsError:
        if inherited.environment is None:
            raise
        return ()


def _databases(every: tuple[Database, ...], inherited: Inherited) -> Iterator[Database]:
    """Yield the databases that an ``env.py`` which nobody changed would work on."""
    stock = inherited.stock
    if stock is None or inherited.environment is not None:
        yield from every
    elif stock.startswith("alembic-"):
        yield from _in_files(stock, inherited.config, every)
    else:
        yield from (one for one in every if "multidb" in stock or one.bind is None)


def _in_files(stock: str, config: Config, found: Sequence[Database]) -> Iterator[Database]:
    """Yield the databases that ``alembic.ini`` names; the app's where it names none."""
    sections: list[tuple[str | None, str]] = [(None, config.config_ini_section)]
    if stock == "alembic-multidb":
        names = re.split(r",\s*", config.get_main_option("databases", ""))
        sections = [(name, name) for name in names if name]
    models = {one.bind: one.metadata for one in found}
    named = {bind: old.engine_options(config, section) for bind, section in sections}
    if not all(named.values()):
        yield from found
        return
    for bind, given in named.items():
        made = partial(engine_from_config, given or {}, poolclass=NullPool)
        url = _url((given or {})["sqlalchemy.url"])
        yield Database(bind, url, cache(made), models.get(bind, ()))


def _chosen(found: tuple[Database, ...], bind: str | None) -> tuple[Database, ...]:
    if bind is None:
        return found
    wanted = None if bind in ("", "default") else bind
    chosen = tuple(database for database in found if database.bind == wanted)
    if not chosen:
        names = [database.bind or "default" for database in found]
        raise UnknownBind(
            f"The app has no bind {bind!r}.{did_you_mean(bind, names)}",
            hint=f"Its binds are: {', '.join(names)}",
        )
    return chosen


# --- databases ----------------------------------------------------------------------------------


def databases(app: Flask, db: Any, uri: Any, metadata: Any) -> Iterator[Database]:
    """Yield the app's databases, the default one first.

    ``uri`` and ``metadata`` are the options, which count before what the app's SQLAlchemy
    extension ``db`` says.
    """
    db = db if db is not None else app.extensions.get("sqlalchemy")
    engines = _engines(app, db)
    models = {**_metadatas(db), **_given(metadata)}
    plain = uri or (None if engines else app.config.get("SQLALCHEMY_DATABASE_URI"))
    if plain:
        engines = {None: _plain(_url(plain)), **{k: e for k, e in engines.items() if k}}
    for name, (url, engine) in sorted(engines.items(), key=lambda item: item[0] or ""):
        yield Database(name, url, engine, models.get(name, ()))


_NO_DATABASE_HINT = """\
Give the app a database before the extensions are registered, for example:
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///app.db"
    db.init_app(app)
    migrate.init_app(app, db)"""


def _no_database(app: Flask, db: Any) -> str:
    if db is not None and "sqlalchemy" not in app.extensions:
        return f"No database was found: db.init_app(app) was not called for the app {app.name!r}."
    return (
        f"No database was found for the app {app.name!r}: neither SCHEMAMIGRATE_DATABASE_URI nor "
        "SQLALCHEMY_DATABASE_URI is set, and no SQLAlchemy extension is registered."
    )


Connect = tuple[URL, Callable[[], Engine]]


def _engines(app: Flask, db: Any) -> dict[str | None, Connect]:
    """Return what Flask-SQLAlchemy (``db.engines``: None or bind) or -Lite (``"default"``) has."""
    if db is None or "sqlalchemy" not in app.extensions or not hasattr(type(db), "engines"):
        return {}
    with app.app_context():
        engines = dict(db.engines)
        if not engines and getattr(db, "async_engines", None):
            raise UnsupportedDatabase(
                "The app has asynchronous engines alone; migrations run synchronously.",
                hint="Set SCHEMAMIGRATE_DATABASE_URI to the URL of a synchronous driver.",
            )
    found: dict[str | None, Connect] = {}
    for name, engine in engines.items():
        found[None if name == "default" else name] = (engine.url, partial(_same, engine))
    return found


def _same(engine: Engine) -> Engine:
    return engine


def _url(value: Any) -> URL:
    try:
        return make_url(value)
    except (ArgumentError, ValueError) as error:  # A port that is no number.
        # The text of the setting may hold a password: it is not repeated.
        raise InvalidSetting(
            "The database URL cannot be parsed.",
            hint="It must look like postgresql+psycopg://user:password@host/name; "
            "characters such as @ and / in a password are written %40 and %2F.",
        ) from error


def _plain(url: URL) -> Connect:
    return url, cache(partial(_engine, url))


def _engine(url: URL) -> Engine:
    return create_engine(url, poolclass=None if _in_memory(url) else NullPool)


def _in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


# --- models -------------------------------------------------------------------------------------


def _metadatas(db: Any) -> dict[str | None, tuple[MetaData, ...]]:
    metadatas = getattr(db, "metadatas", None)
    if isinstance(metadatas, Mapping):
        return {name: (metadata,) for name, metadata in metadatas.items()}
    metadata = getattr(db, "metadata", None)
    return {None: (metadata,)} if isinstance(metadata, MetaData) else {}


def _given(value: Any) -> dict[str | None, tuple[MetaData, ...]]:
    """Return the ``metadata`` option by bind: a MetaData, a list, a name, or a mapping of those."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {
            None if bind in (None, "", "default") else bind: _metadata(item)
            for bind, item in value.items()
        }
    return {None: _metadata(value)}


def _metadata(value: Any) -> tuple[MetaData, ...]:
    if isinstance(value, str):
        return _metadata(_imported(value))
    if isinstance(value, MetaData):
        return (value,)
    if isinstance(getattr(value, "metadata", None), MetaData):
        return (value.metadata,)
    if isinstance(value, (list, tuple)):
        return tuple(one for item in value for one in _metadata(item))
    raise InvalidSetting(
        f"SCHEMAMIGRATE_METADATA is {type(value).__name__}, neither MetaData nor a list of them.",
        hint='Give a MetaData, a declarative base, a list, or a name such as "app.models:Base".',
    )


def _imported(name: str) -> Any:
    module, _, attribute = name.partition(":")
    if not attribute:
        raise InvalidSetting(
            f"SCHEMAMIGRATE_METADATA is {name!r}, which names no object.",
            hint='Write the module and the object: "package.module:name".',
        )
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise InvalidSetting(
            f"SCHEMAMIGRATE_METADATA is {name!r}, which cannot be imported: {error}."
        ) from error
    return found
