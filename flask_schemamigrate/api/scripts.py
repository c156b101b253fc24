"""The text of a new script: its header and a pair of functions for each database."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..dialects.base import Dialect
from ..diff import required
from ..history.revision import Revision
from ..operations.base import Operation
from ..schema.names import Name
from ..schema.objects import Schema
from ..schema.objects import Table
from ..settings import Settings
from ..source import script
from ..source.script import Functions
from ..source.types import Types
from ..source.values import Values
from ..steps import Step


@dataclass(frozen=True, slots=True)
class _Known:
    """Tables as they were when databases and models were compared."""

    schema: Schema

    def table(self, name: Name) -> Table | None:
        return self.schema.table(name)


def functions(
    dialect: Dialect, settings: Settings, operations: Sequence[Operation], before: Schema
) -> Functions:
    """Return the bodies of ``upgrade`` and ``downgrade`` for one database."""

    def statements(operation: Operation) -> list[str]:
        actions = dialect.ddl.actions(operation, _Known(before))
        return [action.sql for action in actions if isinstance(action, Step)]

    types = Types(dialect.sqlalchemy, settings.options.get("user_module_prefix"))
    values = Values(dialect.reader, types)
    companions = dialect.companions
    operations = required.filled(operations, dialect.reader)
    notes = required.notes(operations)
    return script.functions(operations, before, values, statements, notes, companions)


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
    binds = [database.bind for database in settings.databases] or [None]
    return script.script(header, {bind: (bodies or {}).get(bind, Functions()) for bind in binds})
