"""The peers' ``render_item``, asked how types, columns and constraints are written."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from ..compat.names import alembic_names
from ..errors import InvalidSetting
from ..settings import Settings


def asked(settings: Settings, dialect: Any) -> Callable[[str, Any, set[str]], str | None] | None:
    """Return what says how an item is written, and adds its imports; None without ``render_item``.

    It is asked about a ``type``, ``column``, ``server_default``, ``primary_key``, ``unique``,
    ``foreign_key``, ``check`` or ``exclude``.  None says that it is left to us, an empty text that
    a column or a constraint is left out.  An answer that is no expression raises InvalidSetting.
    """
    hook = settings.options.get("render_item")
    if hook is None:
        return None
    contexts: list[Any] = []

    def text(kind: str, item: Any, imports: set[str]) -> str | None:
        with alembic_names():
            if not contexts:
                contexts.append(_context(settings, dialect))
            (context,) = contexts
            said = hook(kind, item, context)
            imports |= context.imports
        if said is False:
            return None
        return _expression(said, kind, item) if said else ""

    return text


def _context(settings: Settings, dialect: Any) -> Any:
    from ..compat.alembic.autogenerate.context import AutogenContext
    from ..compat.alembic.runtime.migration import MigrationContext

    options = {
        "sqlalchemy_module_prefix": "sa.",
        "alembic_module_prefix": "op.",
        **{name: value for name, value in settings.options.items() if value is not None},
    }
    metadata = [one for database in settings.databases for one in database.metadata]
    return AutogenContext(MigrationContext.configure(dialect=dialect, opts=options), metadata)


def _expression(said: Any, kind: str, item: Any) -> str:
    try:
        ast.parse(f"({said})", mode="eval")
    except SyntaxError as error:
        raise InvalidSetting(
            f"render_item returned {said!r} for the {kind} {item!r}, which is no expression.",
            hint="Return Python such as 'mytypes.Point()', or False to leave it to us.",
        ) from error
    return str(said)
