"""The text of a new script: its header and a pair of functions for each database."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from ..compat.names import alembic_names
from ..dialects.base import Dialect
from ..history.folder import Folder
from ..history.revision import Revision
from ..operations.base import Operation
from ..run import hooks
from ..schema.names import Name
from ..schema.objects import Schema
from ..schema.objects import Table
from ..settings import Settings
from ..source import mako
from ..source import prefixes
from ..source import script
from ..source.script import Functions
from ..source.script import Margin
from ..source.types import Types
from ..source.values import Values
from ..steps import Step
from . import rendering


@dataclass(frozen=True, slots=True)
class _Known:
    """Tables as they are where a script has come to."""

    schema: Schema

    def table(self, name: Name) -> Table | None:
        return self.schema.table(name)


def functions(
    dialect: Dialect,
    settings: Settings,
    operations: Sequence[Operation],
    before: Schema,
    margin: Margin,
) -> Functions:
    """Return the bodies of ``upgrade`` and ``downgrade`` for one database."""

    def statements(operation: Operation, schema: Schema) -> list[str]:
        actions = dialect.ddl.actions(operation, _Known(schema))
        return [action.sql for action in actions if isinstance(action, Step)]

    asked = rendering.asked(settings, dialect.sqlalchemy)
    types = Types(dialect.sqlalchemy, settings.options.get("user_module_prefix"), asked)
    values = Values(dialect.reader, types)

    def backwards(inverses: Sequence[Operation], after: Schema) -> list[list[Operation]]:
        # Forwards, a comparison has found what is left behind; backwards nobody looks again.
        states = list(accumulate(inverses, lambda state, op: op.apply(state), initial=after))
        made: list[list[Operation]] = []
        for state, group in zip(states, dialect.spelled(inverses, after)):
            made.append([])
            for op in group:
                made[-1] += [op, *dialect.companions(op, state, states[-1])]
        return made

    spelled = (dialect.spelled, backwards)
    margin = replace(margin, spelled=spelled)
    made = script.functions(operations, before, values, statements, margin)
    return _with_prefixes(made, settings)


def _with_prefixes(made: Functions, settings: Settings) -> Functions:
    """Write ``op`` and ``sa`` as a template of the user's imports them."""
    options = {"op": "alembic_module_prefix", "sa": "sqlalchemy_module_prefix"}
    given = {name: settings.options.get(option) for name, option in options.items()}
    wanted = {
        name: prefix
        for name, prefix in given.items()
        if prefix is not None and prefix != f"{name}."
    }
    up, down = (prefixes.renamed(body, wanted) for body in (made.upgrade, made.downgrade))
    more = settings.options.get("template_args") or {}
    made = replace(made, tokens=_tokens(settings.options), more=more)
    return replace(made, upgrade=up, downgrade=down) if wanted else made


def _tokens(options: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return what a template calls the two bodies, where it does not call them as usual."""
    usual = ("upgrades", "downgrades")
    up, down = (options.get(f"{word[:-1]}_token") or word for word in usual)
    return None if (up, down) == usual else (up, down)


def text(
    revision: Revision, settings: Settings, bodies: Mapping[str | None, Functions] | None = None
) -> str:
    """Return a script; where ``bodies`` has nothing for a database, nothing is done to it."""
    header = script.Header(
        revision.id,
        revision.parents,
        revision.doc,
        datetime.fromisoformat(str(revision.created)),
        revision.labels,
        revision.depends_on,
    )
    layout, template = settings.inherited.layout, settings.inherited.template
    binds = [database.bind for database in settings.databases] or [None]
    several = {bind: (bodies or {}).get(bind, Functions()) for bind in (*binds, *(bodies or {}))}
    if template is not None:
        more = settings.options.get("template_args") or {}
        return mako.rendered(template, header, several, settings.inherited.config, more)
    if layout == "generic":
        several = {None: several.get(None, Functions())}
    return script.script(header, several, dispatching=layout == "multidb")


def publish(settings: Settings, folder: Folder, path: Path, text: str) -> tuple[str, ...]:
    """Write a new script and run the hooks of an old folder on it; return what they failed at."""
    folder.write(path, text)
    with alembic_names() if settings.inherited.hooks else nullcontext():
        return hooks.run(settings.inherited.hooks, path)
