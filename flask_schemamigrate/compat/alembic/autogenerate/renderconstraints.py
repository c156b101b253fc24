"""Constraints as elements of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import schema as sa_schema

from .. import util
from . import naming
from .naming import call
from .naming import final_name
from .naming import sqlalchemy_prefix

_constraint_renderers = util.Dispatcher()


def _render_constraint(
    constraint: Any, autogen_context: Any, namespace_metadata: Any
) -> str | None:
    """Return a constraint as an element of ``op.create_table``; None where there is none."""
    try:
        renderer = _constraint_renderers.dispatch(constraint)
    except ValueError:
        util.warn(f"No renderer is established for object {constraint!r}")
        return f"[Unknown Python object {constraint!r}]"
    return renderer(constraint, autogen_context, namespace_metadata)  # type: ignore[no-any-return]


def _name(constraint: Any, autogen_context: Any) -> list[str]:
    if constraint.name is None or not constraint.name:
        return []
    rendered = final_name(constraint.name, autogen_context)
    return [f"name={rendered!r}"]


@_constraint_renderers.dispatch_for(sa_schema.PrimaryKeyConstraint)
def _render_primary_key(
    constraint: Any, autogen_context: Any, namespace_metadata: Any = None
) -> str | None:
    rendered = naming.user_render("primary_key", constraint, autogen_context)
    if rendered is not False:
        return rendered  # type: ignore[no-any-return]
    if not constraint.columns:
        return None
    arguments = [repr(c.name) for c in constraint.columns]
    options = naming.options(constraint.dialect_kwargs, autogen_context)
    return call(
        f"{sqlalchemy_prefix(autogen_context)}PrimaryKeyConstraint",
        [*arguments, *_name(constraint, autogen_context), *options],
    )


def _fk_colspec(key: Any, metadata_schema: str | None, namespace_metadata: Any) -> str:
    """Return what a foreign key points at: ``schema.table.column``."""
    tokens: Any = key._column_tokens
    schema, table, column = tokens
    if schema is None and key._table_column is None and metadata_schema is not None:
        schema = metadata_schema
    name = column or key.parent.name
    if namespace_metadata is not None:
        # A column may have another name in the database than in the models.
        full = sa_schema._get_table_key(table, schema)
        referred = namespace_metadata.tables.get(full)
        if referred is not None and name in referred.c and not key.link_to_name:
            name = referred.c[name].name if key._table_column is None else name
    parts = [schema] if schema else []
    return ".".join([*parts, table, name])


def _fk_options(constraint: Any) -> list[str]:
    options = []
    for word in ("onupdate", "ondelete", "initially", "deferrable", "use_alter", "match"):
        value = getattr(constraint, word, None)
        if value:
            options.append(f"{word}={value!r}")
    return options


@_constraint_renderers.dispatch_for(sa_schema.ForeignKeyConstraint)
def _render_foreign_key(
    constraint: Any, autogen_context: Any, namespace_metadata: Any = None
) -> str | None:
    rendered = naming.user_render("foreign_key", constraint, autogen_context)
    if rendered is not False:
        return rendered  # type: ignore[no-any-return]
    schema = namespace_metadata.schema if namespace_metadata is not None else None
    local = ", ".join(repr(naming.ident(key.parent.name)) for key in constraint.elements)
    remote = ", ".join(
        repr(_fk_colspec(key, schema, namespace_metadata)) for key in constraint.elements
    )
    options = [*_name(constraint, autogen_context), *_fk_options(constraint)]
    options += naming.options(constraint.dialect_kwargs, autogen_context)
    prefix = sqlalchemy_prefix(autogen_context)
    return f"{prefix}ForeignKeyConstraint([{local}], [{remote}], {', '.join(options)})"


@_constraint_renderers.dispatch_for(sa_schema.UniqueConstraint)
def _render_unique_constraint(
    constraint: Any, autogen_context: Any, namespace_metadata: Any = None
) -> str | None:
    rendered = naming.user_render("unique", constraint, autogen_context)
    if rendered is not False:
        return rendered  # type: ignore[no-any-return]
    return _uq_constraint(constraint, autogen_context, False)


def _uq_constraint(constraint: Any, autogen_context: Any, alter: bool) -> str:
    """Return a unique constraint as an element, or as a directive's arguments."""
    names: Sequence[str] = [str(c.name) for c in constraint.columns]
    options = []
    if constraint.deferrable:
        options.append(f"deferrable={constraint.deferrable!r}")
    if constraint.initially:
        options.append(f"initially={constraint.initially!r}")
    if alter:
        arguments = [repr(final_name(constraint.name, autogen_context))]
        if not autogen_context._has_batch:
            arguments.append(repr(naming.ident(constraint.table.name)))
        arguments.append(repr(list(names)))
        if constraint.table.schema and not autogen_context._has_batch:
            options.append(f"schema={naming.ident(constraint.table.schema)!r}")
        options += naming.options(constraint.dialect_kwargs, autogen_context)
        prefix = naming.alembic_prefix(autogen_context)
        return call(f"{prefix}create_unique_constraint", [*arguments, *options])
    options += _name(constraint, autogen_context)
    options += naming.options(constraint.dialect_kwargs, autogen_context)
    prefix = sqlalchemy_prefix(autogen_context)
    return call(f"{prefix}UniqueConstraint", [*(repr(n) for n in names), *options])


@_constraint_renderers.dispatch_for(sa_schema.CheckConstraint)
def _render_check_constraint(
    constraint: Any, autogen_context: Any, namespace_metadata: Any = None
) -> str | None:
    rendered = naming.user_render("check", constraint, autogen_context)
    if rendered is not False:
        return rendered  # type: ignore[no-any-return]
    # The constraint of a type comes with its column.
    if constraint._type_bound:
        return None
    options = _name(constraint, autogen_context)
    options += naming.options(constraint.dialect_kwargs, autogen_context)
    condition = naming.expression(constraint.sqltext, autogen_context, wrap=False)
    return call(f"{sqlalchemy_prefix(autogen_context)}CheckConstraint", [condition, *options])


def _exclude(constraint: Any, autogen_context: Any, alter: bool) -> str:
    """Return an exclusion as an element, or as a directive's arguments."""
    autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
    pairs = []
    for element, name, operator in constraint._render_exprs:
        del name
        pairs.append(f"({_excluded(element, autogen_context)}, {operator!r})")
    options = []
    if constraint.deferrable:
        options.append(f"deferrable={constraint.deferrable!r}")
    if constraint.initially:
        options.append(f"initially={constraint.initially!r}")
    if constraint.where is not None:
        where = naming.potential_expression(constraint.where, autogen_context)
        options.append(f"where={where}")
    if constraint.using:
        options.append(f"using={constraint.using!r}")
    if not alter:
        name_option = _name(constraint, autogen_context)
        return call("postgresql.ExcludeConstraint", [*pairs, *options, *name_option])
    arguments = [repr(final_name(constraint.name, autogen_context))]
    if not autogen_context._has_batch:
        arguments.append(repr(naming.ident(constraint.table.name)))
        if constraint.table.schema:
            options.append(f"schema={naming.ident(constraint.table.schema)!r}")
    prefix = naming.alembic_prefix(autogen_context)
    return call(f"{prefix}create_exclude_constraint", [*arguments, *pairs, *options])


def _excluded(element: Any, autogen_context: Any) -> str:
    from sqlalchemy import literal_column
    from sqlalchemy.sql.elements import ColumnClause

    prefix = sqlalchemy_prefix(autogen_context)
    if isinstance(element, ColumnClause) and not element.is_literal:
        return f"{prefix}column({str(element.name)!r})"
    if isinstance(element, str):
        element = literal_column(element)
    text = naming.expression(element, autogen_context, wrap=False)
    word = "literal_column" if isinstance(element, ColumnClause) else "text"
    return f"{prefix}{word}({text})"
