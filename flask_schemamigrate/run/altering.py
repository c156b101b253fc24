"""``op.batch_alter_table``: several changes of one table, made together."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any
from typing import Literal

import sqlalchemy as sa

from ..directives.batch import BatchOperations
from ..operations.batch import AlterTable
from . import copied
from .context import active


@contextmanager
def batch_alter_table(
    table_name: str,
    schema: str | None = None,
    recreate: Literal["auto", "always", "never"] = "auto",
    partial_reordering: Sequence[Sequence[str]] | None = None,
    copy_from: sa.Table | None = None,
    table_args: Sequence[Any] = (),
    table_kwargs: Mapping[str, Any] = {},
    reflect_args: Sequence[Any] = (),
    reflect_kwargs: Mapping[str, Any] = {},
    naming_convention: Mapping[str, str] | None = None,
) -> Iterator[BatchOperations]:
    """Collect changes of one table and make them together when the block ends well.

    SQLite, which can alter little in place, rebuilds the table once for all of them where it must,
    or where ``recreate`` is ``"always"``: in the order of ``partial_reordering`` and with
    ``table_args`` and ``table_kwargs``, from what it is or from ``copy_from``, after
    ``reflect_args`` and the listeners of ``reflect_kwargs`` have said otherwise of its columns.
    Other databases alter it change by change; where they would be rebuilt, it becomes what
    ``copy_from`` describes first, and gets ``table_args``.  The order of their columns stays.
    """
    context = active()
    rebuilds = not context.builder.reader.dialect.supports_alter
    given = {
        "copy_from": copy_from if rebuilds else None,
        "partial_reordering": partial_reordering,
        "table_args": table_args,
        "table_kwargs": table_kwargs,
        "reflect_args": reflect_args,
        "reflect_kwargs": reflect_kwargs,
        "naming_convention": naming_convention,
    }
    batch = BatchOperations(context, table_name, schema, recreate, given)
    yield batch
    name = context.builder.reader.name(table_name, schema)
    if recreate == "always" and not rebuilds:
        for constraint in table_args:
            batch.add(constraint)
        if copy_from is not None:
            batch.operations[:0] = copied.begun(context, name, copy_from)
    if batch.operations or recreate == "always":
        context.perform(AlterTable(name, tuple(batch.operations), batch.rebuild()))
