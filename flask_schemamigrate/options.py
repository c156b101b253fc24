"""The options of the extension: their names, defaults and checks.

An option comes from the constructor, else from ``app.config["SCHEMAMIGRATE_<NAME>"]``, else from
here.  This module is loaded by every web worker: it imports nothing heavy, and the errors only
when there is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

PREFIX = "SCHEMAMIGRATE_"

#: Where a command finds, in ``click.Context.meta``, the function that makes its settings.
META_KEY = "flask_schemamigrate.settings"

#: Options of this package with their defaults.
DEFAULTS: dict[str, Any] = {
    "database_uri": None,
    "metadata": None,
    "version_locations": (),
    "file_template": None,
    "truncate_slug_length": 40,
    "timezone": "UTC",
    "version_table": "alembic_version",
    "version_table_schema": None,
    "lock_timeout": None,
    "table_lock_timeout": 3.0,
    "table_lock_retries": 20,
    "statement_timeout": None,
    "ignore": (),
    "verify": None,
    "sourceless": False,
    "recursive_version_locations": False,
    "output_encoding": "utf-8",
    "log": None,
    "app_version": None,
    "ahead": "refuse",
    "on_startup": None,
    "shared_schemas": (),
}

#: Where the folder is and what the command group is called: arguments of their own.
PLACES = ("directory", "command", "config_file", "config_section")

#: What ``context.configure`` of the peers takes and Flask-Migrate passes on, kept as given.
PEER = (
    "alembic_module_prefix",
    "autogenerate_plugins",
    "compare_server_default",
    "compare_type",
    "downgrade_token",
    "include_name",
    "include_object",
    "include_schemas",
    "literal_binds",
    "on_version_apply",
    "process_revision_directives",
    "render_as_batch",
    "render_item",
    "sqlalchemy_module_prefix",
    "template_args",
    "transaction_per_migration",
    "transactional_ddl",
    "upgrade_token",
    "user_module_prefix",
    "version_table_pk",
)


def check_names(names: Iterable[str], prefix: str = "") -> None:
    """Raise InvalidSetting for a name that is no option; ``prefix`` is how config spells it."""
    known = (*DEFAULTS, *PEER, *PLACES[0 if prefix else 2 :])
    for name in names:
        if name not in known:
            from .errors import did_you_mean
            from .errors import InvalidSetting

            spelled = prefix + (name.upper() if prefix else name)
            choices = [prefix + (k.upper() if prefix else k) for k in known]
            near = did_you_mean(spelled, choices)
            raise InvalidSetting(
                f"{spelled!r} is no setting of Flask-SchemaMigrate.{near}",
                hint="Rename it or remove it; docs/configuration lists all settings.",
            )


def from_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that an app's config gives, by their lower-case names."""
    found = {
        key[len(PREFIX) :].lower(): value
        for key, value in config.items()
        if isinstance(key, str) and key.startswith(PREFIX)
    }
    check_names(found, PREFIX)
    return found


def resolve(
    given: Mapping[str, Any],
    config: Mapping[str, Any],
    inherited: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return every option of :data:`DEFAULTS`, checked, and the peers' under ``options``.

    ``inherited`` are those of an old folder's files; they count before the defaults alone.
    """
    configured = from_config(config)
    merged = {**DEFAULTS, **(inherited or {}), **configured, **given}
    values = {name: _checked(name, merged[name]) for name in DEFAULTS}
    kept = merged.keys() - DEFAULTS.keys() - set(PLACES)
    values["options"] = {name: merged[name] for name in sorted(kept)}
    return values


def _checked(name: str, value: Any) -> Any:
    check = _CHECKS.get(name)
    if check is None:
        return value
    try:
        return check(value)
    except (TypeError, ValueError) as error:
        from .errors import InvalidSetting

        raise InvalidSetting(
            f"{PREFIX}{name.upper()} is {value!r}: {error}.",
            hint=f"The default is {DEFAULTS[name]!r}.",
        ) from error


def check_startup(mode: Any) -> None:
    """Raise InvalidSetting for what ``on_startup`` cannot be."""
    _checked("on_startup", mode)


def _strings(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    parts = tuple(value or ())
    return tuple(str(part) for part in parts)


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a name is needed")
    if any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in value):
        raise ValueError("a name without control characters is needed")
    return value


def _name_or_none(value: Any) -> str | None:
    return None if value is None else _name(value)


def _length(value: Any) -> int:
    if isinstance(value, bool) or int(value) < 1:
        raise ValueError("a number greater than 0 is needed")
    return int(value)


def seconds(value: Any) -> float | None:
    """Return a length of time: a number of seconds, ``"500ms"``, ``"30s"``, ``"5min"``, or None.

    Raises ValueError and TypeError.
    """
    if value is None:
        return None
    factor = 1.0
    if isinstance(value, str):
        for unit, length in (("ms", 0.001), ("min", 60.0), ("s", 1.0), ("h", 3600.0)):
            if value.endswith(unit):
                value, factor = value.removesuffix(unit), length
                break
    if isinstance(value, bool) or not 0 <= float(value) < float("inf"):
        raise ValueError("a number of seconds, or None, is needed")
    return float(value) * factor


def _count(value: Any) -> int:
    if isinstance(value, bool) or int(value) != value or value < 0:
        raise ValueError("a whole number from 0 on is needed")
    return int(value)


def _truth_or_none(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise ValueError("True, False or None is needed")
    return value


def _timezone(value: Any) -> str | None:
    if value is None or value == "UTC":
        return value  # type: ignore[no-any-return]
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(_name(value))
    except (KeyError, OSError) as error:
        raise ValueError("no such time zone is known here") from error
    return str(value)


def _encoding(value: Any) -> str:
    try:
        "".encode(_name(value))
    except LookupError as error:
        raise ValueError("no such encoding of texts is known here") from error
    return str(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("True or False is needed")
    return value


def _ahead(value: Any) -> str:
    if value not in ("refuse", "allow"):
        raise ValueError('"refuse" or "allow" is needed')
    return str(value)


#: What an app may do before its first request.
STARTUP = ("warn", "fail", "wait", "upgrade")


def _startup(value: Any) -> str | None:
    if value is not None and value not in STARTUP:
        raise ValueError(f"one of {', '.join(STARTUP)} is needed, or None")
    return value  # type: ignore[no-any-return]


_CHECKS = {
    "on_startup": _startup,
    "log": _truth_or_none,
    "app_version": _name_or_none,
    "ahead": _ahead,
    "sourceless": _truth,
    "recursive_version_locations": _truth,
    "output_encoding": _encoding,
    "version_locations": _strings,
    "shared_schemas": _strings,
    "file_template": _name_or_none,
    "truncate_slug_length": _length,
    "timezone": _timezone,
    "version_table": _name,
    "version_table_schema": _name_or_none,
    "lock_timeout": seconds,
    "table_lock_timeout": seconds,
    "table_lock_retries": _count,
    "statement_timeout": seconds,
    "ignore": _strings,
    "verify": _truth_or_none,
}
