"""``alembic.runtime.environment``: what an ``env.py`` works with, as ``alembic.context``."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextlib import contextmanager
from contextlib import ExitStack
from typing import Any
from typing import Literal
from typing import overload
from typing import TextIO

from sqlalchemy.engine import Connection

from .... import context as proxies
from ....errors import SchemaMigrateError as CommandError
from ..config import Config
from .migration import MigrationContext

#: Carries out ``run_migrations(**arguments)`` of an environment.
Runner = Callable[["EnvironmentContext", Mapping[str, Any]], None]


class EnvironmentContext:
    """One run of an ``env.py``: while it lasts, ``alembic.context`` has its methods.

    ``script`` is the script directory; the other keywords are where the run goes to, as the peers
    call it: ``fn``, ``as_sql``, ``starting_rev``, ``destination_rev``, ``tag``, ``dont_mutate``, …
    With a ``runner``, that one is called by :meth:`run_migrations` and has the transactions too:
    this is how the commands of this package let an ``env.py`` say where they work.
    """

    _migration_context: Any = None
    config: Config
    script: Any

    def __init__(
        self, config: Config, script: Any, *, runner: Runner | None = None, **kw: Any
    ) -> None:
        self.config = config
        self.script = script
        self.runner = runner
        self.context_opts: dict[str, Any] = kw
        #: What ``configure`` was told about where to work.
        self.target: dict[str, Any] = {}
        self._entered = ExitStack()

    def __enter__(self) -> EnvironmentContext:
        self._entered.enter_context(proxies.installed(self))
        return self

    def __exit__(self, *error: object) -> None:
        self._entered.close()

    # --- what the command was told ----------------------------------------------------------------

    def is_offline_mode(self) -> bool:
        """Whether SQL is written (``--sql``) rather than run."""
        return bool(self.context_opts.get("as_sql", False))

    def is_transactional_ddl(self) -> bool:
        """Whether the database rolls back DDL; only after :meth:`configure`."""
        return bool(self.get_context().impl.transactional_ddl)

    def requires_connection(self) -> bool:
        """Whether a connection is needed."""
        return not self.is_offline_mode()

    def get_head_revision(self) -> Any:
        """Return the head of the scripts; several are an error."""
        return self.script.as_revision_number("head")

    def get_head_revisions(self) -> Any:
        """Return the heads of the scripts, as a tuple."""
        return self.script.as_revision_number("heads")

    def get_starting_revision_argument(self) -> Any:
        """Return the start of ``start:end``, with ``--sql``."""
        if self._migration_context is not None and self.runner is None:
            return self.script.as_revision_number(self._migration_context._start_from_rev)
        if "starting_rev" not in self.context_opts:
            raise CommandError("No starting revision argument is available.")
        return self.script.as_revision_number(self.context_opts["starting_rev"])

    def get_revision_argument(self) -> Any:
        """Return where the run goes to, as an id; None for the base."""
        return self.script.as_revision_number(self.context_opts["destination_rev"])

    def get_tag_argument(self) -> str | None:
        """Return what was given with ``--tag``."""
        return self.context_opts.get("tag")

    @overload
    def get_x_argument(self, as_dictionary: Literal[False]) -> list[str]: ...
    @overload
    def get_x_argument(self, as_dictionary: Literal[True]) -> dict[str, str]: ...
    @overload
    def get_x_argument(self, as_dictionary: bool = ...) -> list[str] | dict[str, str]: ...
    def get_x_argument(self, as_dictionary: bool = False) -> list[str] | dict[str, str]:
        """Return what was given with ``-x``: as it was typed, or as a dictionary."""
        given = getattr(self.config.cmd_opts, "x", None) or []
        if not as_dictionary:
            return given
        pairs = (argument.partition("=") for argument in given)
        return {name: value for name, _, value in pairs}

    # --- configuring and running ------------------------------------------------------------------

    def configure(
        self,
        connection: Any = None,
        url: Any = None,
        dialect_name: str | None = None,
        dialect_opts: dict[str, Any] | None = None,
        transactional_ddl: bool | None = None,
        transaction_per_migration: bool = False,
        output_buffer: TextIO | None = None,
        starting_rev: str | None = None,
        tag: str | None = None,
        template_args: dict[str, Any] | None = None,
        render_as_batch: bool = False,
        target_metadata: Any = None,
        include_name: Any = None,
        include_object: Any = None,
        include_schemas: bool = False,
        process_revision_directives: Any = None,
        compare_type: Any = True,
        compare_server_default: Any = False,
        render_item: Any = None,
        literal_binds: bool = False,
        upgrade_token: str = "upgrades",
        downgrade_token: str = "downgrades",
        alembic_module_prefix: str = "op.",
        sqlalchemy_module_prefix: str = "sa.",
        user_module_prefix: str | None = None,
        on_version_apply: Any = None,
        autogenerate_plugins: Any = None,
        **kw: Any,
    ) -> None:
        """Say where the run works and how; may be called again for the next database.

        Every parameter has the meaning that it has in Alembic; others are kept for scripts.
        """
        given = {name: value for name, value in locals().items() if name not in ("self", "kw")}
        self.target = {name: given.pop(name) for name in _TARGET}
        self._keep(given)
        self.context_opts.update(kw)
        self._migration_context = MigrationContext.configure(
            environment_context=self, opts=self.context_opts, **self.target
        )

    def _keep(self, given: dict[str, Any]) -> None:
        """Take over what ``configure`` was given; what was not given leaves the command's."""
        opts = self.context_opts
        if given["output_buffer"] is None:
            given["output_buffer"] = self.config.output_buffer
        template_args = given.pop("template_args")
        if template_args:
            opts.setdefault("template_args", {}).update(template_args)
        for name in _OPTIONAL:
            value = given.pop(name)
            if value is not None and value != "":
                opts[name] = value
        given["on_version_apply"] = _several(given["on_version_apply"])
        opts.update(given, script=self.script)

    def run_migrations(self, **kw: Any) -> None:
        """Do what the command is to do; ``kw`` are given to ``upgrade()`` and ``downgrade()``."""
        context = self.get_context()
        if self.runner is not None:
            self.runner(self, kw)
        else:
            from ..operations.base import Operations

            with Operations.context(context):
                context.run_migrations(**kw)

    def begin_transaction(self) -> AbstractContextManager[Any]:
        """Return a block for :meth:`run_migrations` with a transaction around it.

        With a ``runner`` each revision has a transaction of its own, and the block commits only
        what the ``env.py`` itself executes in it.
        """
        context = self.get_context()
        if self.runner is not None:
            return _own_statements(self.target["connection"])
        return context.begin_transaction()  # type: ignore[no-any-return]

    # --- the configured context -------------------------------------------------------------------

    def get_context(self) -> Any:
        """Return the context that :meth:`configure` made."""
        if self._migration_context is None:
            raise Exception("No context has been configured yet.")
        return self._migration_context

    def get_bind(self) -> Any:
        """Return the connection."""
        return self.get_context().bind

    def get_impl(self) -> Any:
        """Return what knows the database's dialect."""
        return self.get_context().impl

    def execute(self, sql: Any, execution_options: Mapping[str, Any] | None = None) -> None:
        """Run SQL, a string or an executable."""
        self.get_context().execute(sql, execution_options=execution_options)

    def static_output(self, text: str) -> None:
        """Write text into the SQL script as it is."""
        self.get_context().impl.static_output(text)


#: Parameters of ``configure`` that say where to work.
_TARGET = ("connection", "url", "dialect_name", "dialect_opts")
#: Parameters of ``configure`` that count only where they are given.
_OPTIONAL = (
    "transactional_ddl",
    "output_buffer",
    "starting_rev",
    "tag",
    "autogenerate_plugins",
    "render_item",
    "compare_server_default",
)


def _several(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, (list, tuple, set, frozenset)) else (value,)


@contextmanager
def _own_statements(connection: Any) -> Iterator[None]:
    """Commit at the end what was executed on ``connection`` within the block."""
    outer = not isinstance(connection, Connection) or connection.in_transaction()
    try:
        yield
    except BaseException:
        if not outer and connection.in_transaction():
            connection.rollback()
        raise
    if not outer and connection.in_transaction():
        connection.commit()
