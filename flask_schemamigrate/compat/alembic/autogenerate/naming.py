"""Prefixes, names and hooks that every renderer uses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy.sql.elements import conv
from sqlalchemy.sql.elements import quoted_name

#: Python takes no more arguments in one call, or did not once.
MAX_PYTHON_ARGS = 255


class f_name:
    """A name that is final: ``op.f('name')``."""

    def __init__(self, prefix: str, name: Any) -> None:
        self.prefix = prefix
        self.name = name

    def __repr__(self) -> str:
        return f"{self.prefix}f({ident(self.name)!r})"


def ident(name: Any) -> Any:
    """Return a name as a plain string."""
    if name is None:
        return name
    if isinstance(name, quoted_name):
        return str(name)
    return name


def final_name(name: Any, autogen_context: Any) -> Any:
    """Return what is rendered for the name of a constraint or an index."""
    if isinstance(name, conv):
        if autogen_context._has_batch:
            return f_name("batch_op.", name)
        return f_name(alembic_prefix(autogen_context), name)
    return ident(name)


def alembic_prefix(autogen_context: Any) -> str:
    """Return ``op.``, or ``batch_op.`` within a batch."""
    if autogen_context._has_batch:
        return "batch_op."
    return autogen_context.opts.get("alembic_module_prefix", "op.") or ""


def sqlalchemy_prefix(autogen_context: Any) -> str:
    """Return ``sa.``."""
    return autogen_context.opts.get("sqlalchemy_module_prefix", "sa.") or ""


def user_prefix(type_: Any, autogen_context: Any) -> Any:
    """Return what goes before a type of somebody's own."""
    prefix = autogen_context.opts.get("user_module_prefix", None)
    return f"{type_.__class__.__module__}." if prefix is None else prefix


def user_render(type_: str, object_: Any, autogen_context: Any) -> Any:
    """Return what the hook ``render_item`` says: False where it says nothing."""
    hook = autogen_context.opts.get("render_item")
    if hook:
        rendered = hook(type_, object_, autogen_context)
        if rendered is not False:
            return rendered
    return False


def call(name: str, arguments: Iterable[str]) -> str:
    """Return ``name(a, b)``."""
    return f"{name}({', '.join(arguments)})"


def expression(
    element: Any, autogen_context: Any, is_server_default: bool = False, wrap: bool = True
) -> str:
    """Return ``sa.text('…')`` for an expression, or the text's literal alone."""
    impl = autogen_context.migration_context.impl
    text = impl.render_ddl_sql_expr(element, is_server_default=is_server_default)
    if not wrap:
        return repr(text)
    escaped = re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", text)
    return f"{sqlalchemy_prefix(autogen_context)}text({escaped!r})"


def options(kwargs: Any, autogen_context: Any) -> list[str]:
    """Return dialect options as keywords."""
    return [
        f"{key}={potential_expression(value, autogen_context)}" for key, value in kwargs.items()
    ]


def potential_expression(
    value: Any,
    autogen_context: Any,
    wrap_in_element: bool = True,
    is_server_default: bool = False,
    is_index: bool = False,
) -> str:
    """Return a value as Python; SQL as text."""
    from sqlalchemy import schema
    from sqlalchemy.sql.elements import ClauseElement
    from sqlalchemy.sql.elements import TextClause

    if isinstance(value, ClauseElement) and not isinstance(value, schema.SchemaItem):
        if not wrap_in_element:
            return expression(value, autogen_context, is_server_default, wrap=False)
        if is_index:
            return index_expression(value, autogen_context)
        if isinstance(value, TextClause):
            return f"{sqlalchemy_prefix(autogen_context)}text({value.text!r})"
        return expression(value, autogen_context, is_server_default)
    if isinstance(value, (list, tuple)) and any(isinstance(v, schema.Column) for v in value):
        return repr(type(value)(str(getattr(v, "name", v)) for v in value))
    return repr(value)


def index_expression(element: Any, autogen_context: Any) -> str:
    """Return a key of an index: ``sa.literal_column('…')``."""
    from sqlalchemy.sql.elements import Label

    label = ""
    if isinstance(element, Label):
        label, element = f".label({element.name!r})", element.element
    impl = autogen_context.migration_context.impl
    dialect = autogen_context.dialect
    compiler = dialect.ddl_compiler(dialect, None).sql_compiler
    text = compiler.process(impl.index_key(element), literal_binds=True, include_table=False)
    return f"{sqlalchemy_prefix(autogen_context)}literal_column({text!r}){label}"
