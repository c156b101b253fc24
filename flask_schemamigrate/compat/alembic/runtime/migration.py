"""``alembic.runtime.migration``: one database, and the revisions that run on it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextlib import contextmanager
from contextlib import nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.engine.mock import MockConnection

from ....errors import InvalidSetting
from .. import util
from ..ddl.impl import DefaultImpl
from ..util import sqla_compat
from .heads import HeadMaintainer as HeadMaintainer
from .heads import MigrationInfo as MigrationInfo
from .steps import MigrationStep as MigrationStep
from .steps import RevisionStep as RevisionStep
from .steps import StampStep as StampStep

log = logging.getLogger("alembic.runtime.migration")


class _ProxyTransaction:
    """The transaction that a context holds just now, whichever that is."""

    def __init__(self, migration_context: MigrationContext) -> None:
        self.migration_context = migration_context

    @property
    def _proxied_transaction(self) -> Any:
        return self.migration_context._transaction

    def rollback(self) -> None:
        """Roll it back."""
        self._proxied_transaction.rollback()
        self.migration_context._transaction = None

    def commit(self) -> None:
        """Commit it."""
        self._proxied_transaction.commit()
        self.migration_context._transaction = None

    def __enter__(self) -> _ProxyTransaction:
        return self

    def __exit__(self, type_: Any, value: Any, traceback: Any) -> None:
        if self._proxied_transaction is not None:
            self._proxied_transaction.__exit__(type_, value, traceback)
            self.migration_context._transaction = None


class MigrationContext:
    """A connection, or a place to write SQL to, with its options and its version table."""

    def __init__(
        self,
        dialect: Any,
        connection: Connection | None,
        opts: dict[str, Any],
        environment_context: Any = None,
    ) -> None:
        self.environment_context = environment_context
        self.opts = opts
        self.dialect = dialect
        self.script = opts.get("script")
        self.as_sql = bool(opts.get("as_sql", False))
        self.purge = opts.get("purge", False)
        self.output_buffer = opts.get("output_buffer") or sys.stdout
        if opts.get("output_encoding"):
            self.output_buffer = _Encoded(self.output_buffer, opts["output_encoding"])
        self._migrations_fn = opts.get("fn")
        self._transaction_per_migration = opts.get("transaction_per_migration", False)
        self.on_version_apply_callbacks = opts.get("on_version_apply", ())
        self._transaction: Any = None
        self._user_compare_type = opts.get("compare_type", True)
        self._user_compare_server_default = opts.get("compare_server_default", False)
        self.version_table: str = opts.get("version_table", "alembic_version")
        self.version_table_schema = opts.get("version_table_schema")
        self._start_from_rev = opts.get("starting_rev")
        self.connection: Any = self._stdout_connection() if self.as_sql else connection
        external = not self.as_sql and sqla_compat._get_connection_in_transaction(connection)
        self._in_external_transaction = external is True
        self.impl = DefaultImpl.get_by_dialect(dialect)(
            dialect,
            self.connection,
            self.as_sql,
            opts.get("transactional_ddl"),
            self.output_buffer,
            opts,
        )
        self._version = self.impl.version_table_impl(
            version_table=self.version_table,
            version_table_schema=self.version_table_schema,
            version_table_pk=opts.get("version_table_pk", True),
        )
        log.info("Context impl %s.", self.impl.__class__.__name__)
        if self.as_sql:
            log.info("Generating static SQL")
        kind = "transactional" if self.impl.transactional_ddl else "non-transactional"
        log.info("Will assume %s DDL.", kind)

    @classmethod
    def configure(
        cls,
        connection: Connection | None = None,
        url: Any = None,
        dialect_name: str | None = None,
        dialect: Any = None,
        environment_context: Any = None,
        dialect_opts: Mapping[str, str] | None = None,
        opts: Any = None,
    ) -> MigrationContext:
        """Make a context from a connection, a URL, or the name of a dialect.

        Raises CommandError for an Engine in place of a connection.
        """
        opts = {} if opts is None else opts
        options = dict(dialect_opts or {})
        if connection is not None:
            if isinstance(connection, Engine):
                raise InvalidSetting(
                    "'connection' argument to configure() is expected to be a "
                    f"sqlalchemy.engine.Connection instance, got {connection!r}",
                    hint="Write: with engine.connect() as connection: "
                    "context.configure(connection=connection)",
                )
            dialect = connection.dialect
        elif url:
            parsed = make_url(url)
            dialect = parsed.get_dialect()(**options)
        elif dialect_name:
            dialect = make_url(f"{dialect_name}://").get_dialect()(**options)
        elif dialect is None:
            raise ValueError("Connection, url, or dialect_name is required.")
        return cls(dialect, connection, opts, environment_context)

    def _stdout_connection(self) -> MockConnection:
        def dump(construct: Any, *multiparams: Any, **params: Any) -> None:
            self.impl._exec(construct)

        return MockConnection(self.dialect, dump)

    @property
    def bind(self) -> Any:
        """The connection; with ``--sql`` one that writes what it is given."""
        return self.connection

    @property
    def config(self) -> Any:
        """The ``Config`` of the environment, or None."""
        return self.environment_context.config if self.environment_context else None

    # --- transactions ----------------------------------------------------------------------------

    def begin_transaction(self, _per_migration: bool = False) -> AbstractContextManager[Any]:
        """Return a context manager that holds the transaction of a run, or of one revision.

        It does nothing where the connection was in a transaction before, which is its owner's.
        """
        if self._in_external_transaction:
            return nullcontext()
        if not self.impl.transactional_ddl:
            # DDL commits by itself; each revision's data still go with its version row.
            if not _per_migration or self.as_sql or self._transaction is not None:
                return nullcontext()
        elif _per_migration != self._transaction_per_migration:
            return nullcontext()
        elif self.as_sql:
            return self._written_transaction()
        self._transaction = sqla_compat._safe_begin_connection_transaction(self.connection)
        return _ProxyTransaction(self)

    @contextmanager
    def _written_transaction(self) -> Iterator[None]:
        self.impl.emit_begin()
        yield
        self.impl.emit_commit()

    @contextmanager
    def autocommit_block(self) -> Iterator[None]:
        """Commit, run the block's statements each by itself, begin again.

        What the revision did before the block is committed and stays even if it fails later.
        """
        if self.as_sql:
            if self.impl.transactional_ddl:
                self.impl.emit_commit()
            try:
                yield
            finally:
                if self.impl.transactional_ddl:
                    self.impl.emit_begin()
            return
        ours = sqla_compat._get_connection_in_transaction(self.connection)
        if ours:
            if self._transaction is None:
                raise util.CommandError(
                    "autocommit_block() cannot commit a transaction that somebody else began.",
                    hint="Do not begin it before context.configure().",
                )
            self._transaction.commit()
            self._transaction = None
        connection = self.connection
        level = connection.get_isolation_level()
        connection.rollback()
        connection.execution_options(isolation_level="AUTOCOMMIT")
        holder = connection.begin()
        try:
            yield
        finally:
            holder.commit()
            connection.execution_options(isolation_level=level)
            if ours:
                self._transaction = connection.begin()

    # --- versions --------------------------------------------------------------------------------

    def get_current_revision(self) -> str | None:
        """Return the applied head, or None.  Raises CommandError where there are several."""
        heads = self.get_current_heads()
        if len(heads) > 1:
            raise util.CommandError(
                f"Version table '{self.version_table}' has more than one head present; please use "
                "get_current_heads()"
            )
        return heads[0] if heads else None

    def get_current_heads(self) -> tuple[str, ...]:
        """Return the applied heads; () where there is no version table, which is not created."""
        if self.as_sql:
            starts = [s for s in util.to_list(self._start_from_rev, []) if s != "base"]
            if self.script:
                starts = [self.script.get_revision(start).revision for start in starts]
            return tuple(starts)
        if self._start_from_rev:
            raise util.CommandError("Can't specify current_rev to context when using a database")
        if not self._has_version_table():
            return ()
        query = sa.select(self._version.c.version_num)
        assert self.connection is not None
        return tuple(row[0] for row in self.connection.execute(query))

    def _ensure_version_table(self, purge: bool = False) -> None:
        with sqla_compat._ensure_scope_for_ddl(self.connection):
            self._version.create(self.connection, checkfirst=True)
            if purge:
                self.connection.execute(self._version.delete())

    def _has_version_table(self) -> bool:
        assert self.connection is not None
        return sqla_compat._connectable_has_table(
            self.connection, self.version_table, self.version_table_schema
        )

    def stamp(self, script_directory: Any, revision: Any) -> None:
        """Record a revision without running anything."""
        heads = self.get_current_heads()
        if not self.as_sql and not heads:
            self._ensure_version_table()
        maintainer = HeadMaintainer(self, heads)
        for step in script_directory._stamp_revs(revision, heads):
            maintainer.update_to_step(step)

    # --- running ---------------------------------------------------------------------------------

    def run_migrations(self, **kw: Any) -> None:
        """Run what the command asked for; keywords go to every ``upgrade()`` or ``downgrade()``."""
        self.impl.start_migrations()
        if self.purge:
            if self.as_sql:
                raise util.CommandError("Can't use --purge with --sql mode")
            self._ensure_version_table(purge=True)
            heads: tuple[str, ...] = ()
        else:
            heads = self.get_current_heads()
            if not self.as_sql and not heads and not self.opts.get("dont_mutate", False):
                self._ensure_version_table()
        maintainer = HeadMaintainer(self, heads)
        assert self._migrations_fn is not None
        for step in self._migrations_fn(heads, self):
            with self.begin_transaction(_per_migration=True):
                self._run_step(step, maintainer, kw)

    def _run_step(self, step: Any, maintainer: HeadMaintainer, kw: dict[str, Any]) -> None:
        if self.as_sql and not maintainer.heads:
            # A script that starts from nothing makes the table first.
            assert self.connection is not None
            self._version.create(self.connection)
        log.info("Running %s", step)
        if self.as_sql:
            self.impl.static_output(f"-- Running {step.short_log}")
        step.migration_fn(**kw)
        maintainer.update_to_step(step)
        for callback in self.on_version_apply_callbacks:
            callback(ctx=self, step=step.info, heads=set(maintainer.heads), run_args=kw)

    def execute(self, sql: Any, execution_options: Mapping[str, Any] | None = None) -> None:
        """Run SQL."""
        self.impl._exec(sql, execution_options)

    # --- comparing -------------------------------------------------------------------------------

    def _compare_type(self, inspector_column: Any, metadata_column: Any) -> bool:
        """Whether a type differs: the caller's ``compare_type`` answers first."""
        if self._user_compare_type is False:
            return False
        if callable(self._user_compare_type):
            answer = self._user_compare_type(
                self,
                inspector_column,
                metadata_column,
                inspector_column.type,
                metadata_column.type,
            )
            if answer is not None:
                return bool(answer)
        return bool(self.impl.compare_type(inspector_column, metadata_column))

    def _compare_server_default(
        self,
        inspector_column: Any,
        metadata_column: Any,
        rendered_metadata_default: str | None,
        rendered_column_default: str | None,
    ) -> bool:
        """Whether a default differs: the caller's ``compare_server_default`` answers first."""
        if self._user_compare_server_default is False:
            return False
        if callable(self._user_compare_server_default):
            answer = self._user_compare_server_default(
                self,
                inspector_column,
                metadata_column,
                rendered_column_default,
                metadata_column.server_default,
                rendered_metadata_default,
            )
            if answer is not None:
                return bool(answer)
        return bool(
            self.impl.compare_server_default(
                inspector_column,
                metadata_column,
                rendered_metadata_default,
                rendered_column_default,
            )
        )


class _Encoded:
    """A stream of bytes that takes text."""

    def __init__(self, stream: Any, encoding: str) -> None:
        self.stream = stream
        self.encoding = encoding

    def write(self, text: str) -> None:
        """Write text; what takes no bytes gets it as it is."""
        try:
            self.stream.write(text.encode(self.encoding))
        except TypeError:
            self.stream.write(text)

    def flush(self) -> None:
        """Flush."""
        self.stream.flush()
