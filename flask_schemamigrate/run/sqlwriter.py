"""The executor that writes SQL instead of running it (``--sql``)."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import TextIO

import sqlalchemy as sa
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.sql.dml import ValuesBase
from sqlalchemy.sql.visitors import replacement_traverse

from ..dialects.base import Dialect
from ..errors import OnlineOnly
from ..operations.base import Operation
from ..operations.base import Tables
from ..schema.names import Name
from ..schema.objects import Schema
from ..schema.objects import Table
from ..steps import Action
from ..steps import Batches
from ..steps import Step
from ..steps import TableEvent
from .live import fire


@dataclass(slots=True)
class SqlWriter:
    """Writes each step as text that ends in ``;`` and an empty line.

    ``replay`` also receives each statement: SQLite needs a shadow database to plan its rebuilds.
    While ``muted`` nothing is written, which is how a range that does not begin at the base gets
    its shadow.  ``transactional``: whether there are BEGIN and COMMIT, if not as DDL has it there.
    """

    dialect: Dialect
    out: TextIO
    replay: Callable[[str], object] | None = None
    transactional: bool | None = None
    muted: bool = False
    as_sql: bool = True
    bind: Any = field(init=False)

    def __post_init__(self) -> None:
        self.bind = MockConnection(self.dialect.sqlalchemy, self._given)

    def _given(self, element: Any, parameters: Any = None, *args: Any, **keywords: Any) -> None:
        """Take what a script or a table event hands to the connection, once for each row."""
        rows = [parameters] if isinstance(parameters, Mapping) else parameters
        for row in rows or ({},):
            self.statement(self.compiled(_bound(element, row) if row else element))

    def compiled(self, element: Any) -> str:
        """Return an executable as text with its values in place."""
        options = {"literal_binds": True}
        is_ddl = element.is_ddl_element if hasattr(element, "is_ddl_element") else False
        keywords = {} if is_ddl else {"compile_kwargs": options}
        return str(element.compile(dialect=self.dialect.sqlalchemy, **keywords)).strip()

    def run(self, action: Action) -> None:
        """Write one action."""
        if isinstance(action, TableEvent):
            fire(action, self.bind)
        elif isinstance(action, Batches):
            self.text(f"-- {action.operation.describe()}: here all at once")
            self._step(action.whole)
        elif action.transactional:
            self._step(action)
        else:
            with self.outside_transaction():
                self._step(action)

    def _step(self, step: Step) -> None:
        if step.parameters:
            for row in step.parameters:
                typed = {name: _typed(value) for name, value in row.items()}
                self.statement(self.compiled(step.element.values(**typed)))
        else:
            self.statement(step.sql)

    def statement(self, sql: str) -> None:
        """Write one statement, and replay it."""
        if self.replay is not None:
            self.replay(sql)
        self.text(sql.rstrip().rstrip(";") + ";")

    def text(self, text: str) -> None:
        """Write text as it is, followed by an empty line."""
        if not self.muted:
            self.out.write(text + "\n\n")

    def begin(self) -> None:
        """Write BEGIN where DDL is transactional."""
        if self._is_transactional:
            self.text("BEGIN;")

    def commit(self) -> None:
        """Write COMMIT where DDL is transactional."""
        if self._is_transactional:
            self.text("COMMIT;")

    @property
    def _is_transactional(self) -> bool:
        usual = self.dialect.transactional_ddl
        return usual if self.transactional is None else self.transactional

    def enter(self, operation: Operation, before: Tables) -> bool:
        """Nothing has been carried out: everything is written."""
        return True

    def leave(self) -> None:
        """Nothing to note."""

    @contextmanager
    def outside_transaction(self) -> Iterator[None]:
        """Write COMMIT, the block, BEGIN."""
        self.commit()
        yield
        self.begin()


def _typed(value: Any) -> Any:
    """Give a plain value the type that Python knows it by: the column may have none."""
    if value is None:
        return sa.null()
    return value if hasattr(value, "compile") else sa.literal(value)


@dataclass(slots=True)
class WrittenTables:
    """The tables that the script itself created so far; the database is not asked."""

    schema: Schema = field(default_factory=Schema.of)

    def table(self, name: Name) -> Table | None:
        """Return the table as the written operations leave it, or None."""
        return self.schema.table(name)

    def forget(self) -> None:
        """Nothing goes stale: only operations change what is known."""

    def done(self, operation: Operation) -> None:
        """Apply the operation to what is known."""
        self.schema = operation.apply(self.schema)


def _bound(element: Any, row: Any) -> Any:
    """Return an executable with its parameters in place.  Raises OnlineOnly where none have one."""
    if isinstance(row, Mapping) and isinstance(element, sa.TextClause):
        return element.bindparams(**row)  # This gives them types, too.
    if isinstance(row, Mapping) and hasattr(element, "compile"):
        return _filled(element, row)
    raise OnlineOnly(
        "A script executes SQL with parameters, which cannot be written as text.",
        hint="Put the values into the SQL: op.execute(table.insert().values(name='x'))",
    )


def _filled(statement: Any, row: Mapping[str, Any]) -> Any:
    """Put values where the parameters of a statement are; others are for columns."""
    named: set[str] = set()

    def value_of(element: Any, **keywords: Any) -> Any:
        if not isinstance(element, sa.BindParameter) or element.key not in row:
            return None  # It stays.
        named.add(element.key)
        untyped = isinstance(element.type, sa.types.NullType)
        return _typed(row[element.key]) if untyped else sa.literal(row[element.key], element.type)

    filled = replacement_traverse(statement, {}, value_of)
    columns = {name: _typed(value) for name, value in row.items() if name not in named}
    return filled.values(**columns) if columns and isinstance(filled, ValuesBase) else filled
