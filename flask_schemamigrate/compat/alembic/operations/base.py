"""``alembic.operations.base``: ``Operations(context)``, and the registers of operation classes."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any
from typing import ClassVar
from typing import Literal

from sqlalchemy.sql.elements import conv as conv

from .. import util
from ..util import sqla_compat
from .directives import Directives
from .schemaobj import SchemaObjects


class AbstractOperations:
    """What ``Operations`` and ``BatchOperations`` have in common."""

    impl: Any
    _to_impl: ClassVar[Any] = util.Dispatcher()

    def __init__(self, migration_context: Any, impl: Any = None) -> None:
        self.migration_context = migration_context
        self.impl = migration_context.impl if impl is None else impl
        self.schema_obj = SchemaObjects(migration_context)

    @classmethod
    def register_operation(cls, name: str, sourcename: str | None = None) -> Callable[[Any], Any]:
        """Decorate an operation class: ``op.<name>()`` calls its class method ``sourcename``."""

        def register(op_cls: Any) -> Any:
            method = getattr(op_cls, sourcename or name)

            def directive(self: Any, *args: Any, **kw: Any) -> Any:
                return method(self, *args, **kw)

            directive.__name__, directive.__doc__ = name, method.__doc__
            setattr(cls, name, directive)
            cls._note_directive(name, op_cls, sourcename)
            return op_cls

        return register

    @classmethod
    def _note_directive(cls, name: str, op_cls: Any, sourcename: str | None) -> None:
        """Let scripts that our engine runs find the directive too."""
        from ....directives import custom

        custom.register_operation(name, sourcename)(op_cls)

    @classmethod
    def implementation_for(cls, op_cls: Any, replace: bool = False) -> Callable[[Any], Any]:
        """Decorate the function ``(operations, operation)`` that carries a class out.

        Raises ValueError for a second one unless ``replace`` is true.
        """

        def register(function: Any) -> Any:
            from ....directives import custom

            cls._to_impl.dispatch_for(op_cls, replace=replace)(function)
            if not op_cls.__module__.startswith(f"{__package__}."):
                custom.implementation_for(op_cls, replace=True)(function)
            return function

        return register

    @classmethod
    @contextmanager
    def context(cls, migration_context: Any) -> Iterator[Operations]:
        """Let ``alembic.op`` work on a context within the block."""
        from .. import op

        operations = Operations(migration_context)
        op._install(operations)
        try:
            yield operations
        finally:
            op._remove()

    def invoke(self, operation: Any) -> Any:
        """Carry an operation out."""
        return self._to_impl.dispatch(operation, self.impl.__dialect__)(self, operation)

    def get_context(self) -> Any:
        """Return the MigrationContext."""
        return self.migration_context

    def get_bind(self) -> Any:
        """Return the connection."""
        return self.migration_context.impl.bind

    def f(self, name: str) -> conv:
        """Mark a name as final, so that no naming convention is applied to it."""
        return conv(name)

    def inline_literal(self, value: Any, type_: Any = None) -> Any:
        """Return a value as an expression that is written into the SQL, never bound."""
        return sqla_compat.inline_literal(value, type_)

    def run_async(
        self, async_function: Callable[..., Awaitable[Any]], *args: Any, **kw_args: Any
    ) -> Any:
        """Await a function with the connection as an AsyncConnection."""
        from sqlalchemy import util as sa_util
        from sqlalchemy.ext.asyncio import AsyncConnection

        connection = self.get_bind()
        if connection is None:
            raise NotImplementedError("Cannot call run_async in SQL mode")
        if not connection.dialect.is_async:
            raise ValueError("Cannot call run_async with a sync engine")
        asynchronous: Any = AsyncConnection._retrieve_proxy_for_target(connection)
        return sa_util.await_only(async_function(asynchronous, *args, **kw_args))

    @contextmanager
    def batch_alter_table(
        self,
        table_name: str,
        schema: str | None = None,
        recreate: Literal["auto", "always", "never"] = "auto",
        partial_reordering: Any = None,
        copy_from: Any = None,
        table_args: Sequence[Any] = (),
        table_kwargs: Mapping[str, Any] = {},
        reflect_args: Sequence[Any] = (),
        reflect_kwargs: Mapping[str, Any] = {},
        naming_convention: Any = None,
    ) -> Iterator[Any]:
        """Collect changes of one table; make them when the block ends well."""
        from .batch import BatchOperationsImpl
        from .batchops import BatchOperations

        impl = BatchOperationsImpl(
            self,
            table_name,
            schema,
            recreate,
            copy_from,
            table_args,
            table_kwargs,
            reflect_args,
            reflect_kwargs,
            naming_convention,
            partial_reordering,
        )
        yield BatchOperations(self.migration_context, impl=impl)
        impl.flush()


class Operations(Directives, AbstractOperations):
    """The directives on a context: ``Operations(MigrationContext.configure(connection))``."""

    def invoke(self, operation: Any) -> Any:
        """Carry an operation out."""
        return AbstractOperations.invoke(self, operation)
