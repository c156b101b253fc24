"""Types, columns and server defaults as Python."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import TextClause

from ..util import sqla_compat
from . import naming
from .naming import call
from .naming import sqlalchemy_prefix


def _repr_type(type_: Any, autogen_context: Any, _skip_variants: bool = False) -> str:
    """Return a type as Python; the imports that it needs are noted."""
    rendered = naming.user_render("type", type_, autogen_context)
    if rendered is not False:
        return str(rendered)
    if not _skip_variants and type_._variant_mapping:
        return _variants(type_, autogen_context)
    if hasattr(autogen_context.migration_context, "impl"):
        rendered = autogen_context.migration_context.impl.render_type(type_, autogen_context)
        if rendered:
            return str(rendered)
    mod = type(type_).__module__
    if mod.startswith("sqlalchemy.dialects"):
        dialect = re.match(r"sqlalchemy\.dialects\.(\w+)", mod)
        assert dialect is not None
        autogen_context.imports.add(f"from sqlalchemy.dialects import {dialect[1]}")
        inner = _nested(type_, autogen_context, f"{dialect[1]}.")
        return inner or f"{dialect[1]}.{type_!r}"
    if mod.startswith("sqlalchemy."):
        visit = f"_render_{type_.__visit_name__}_type"
        if visit == "_render_ARRAY_type":
            return _render_type_w_subtype(type_, autogen_context, "item_type", r"(.+?\()")
        return f"{sqlalchemy_prefix(autogen_context)}{type_!r}"
    return f"{naming.user_prefix(type_, autogen_context)}{type_!r}"


def _nested(type_: Any, autogen_context: Any, prefix: str) -> str | None:
    from . import pgtypes

    return pgtypes.render(type_, autogen_context) or None


def _render_type_w_subtype(
    type_: Any,
    autogen_context: Any,
    attrname: str,
    regexp: str,
    prefix: str | None = None,
) -> str:
    """Return a type whose argument ``attrname`` is a type, which is rendered by itself."""
    outer = repr(type_)
    inner = getattr(type_, attrname, None)
    if inner is None:
        return outer if prefix is None else f"{prefix}{outer}"
    text = re.escape(repr(inner))
    sub = _repr_type(inner, autogen_context)
    found = re.sub(f"{regexp}{text}", lambda match: f"{match[1]}{sub}", outer, count=1)
    if prefix is not None:
        return f"{prefix}{found}"
    mod = type(type_).__module__
    if mod.startswith("sqlalchemy.dialects"):
        dialect = mod.split(".")[2]
        return f"{dialect}.{found}"
    if mod.startswith("sqlalchemy"):
        return f"{sqlalchemy_prefix(autogen_context)}{found}"
    return found


def _variants(type_: Any, autogen_context: Any) -> str:
    base = _repr_type(type_, autogen_context, _skip_variants=True)
    for dialect in sorted(type_._variant_mapping):
        variant = _repr_type(type_._variant_mapping[dialect], autogen_context)
        base = f"{base}.with_variant({variant}, {dialect!r})"
    return base


# --- columns --------------------------------------------------------------------------------------


def _render_column(column: Any, autogen_context: Any) -> str:
    """Return ``sa.Column(…)``."""
    rendered = naming.user_render("column", column, autogen_context)
    if rendered is not False:
        return rendered  # type: ignore[no-any-return]
    positional: list[str] = []
    keywords: list[tuple[str, Any]] = []
    default = _render_server_default(column.server_default, autogen_context)
    if default:
        if sqla_compat._server_default_is_computed(column.server_default) or (
            sqla_compat._server_default_is_identity(column.server_default)
        ):
            positional.append(default)
        else:
            keywords.append(("server_default", default))
    if column.autoincrement is not None and column.autoincrement != "auto":
        keywords.append(("autoincrement", column.autoincrement))
    if column.nullable is not None:
        keywords.append(("nullable", column.nullable))
    if column.system:
        keywords.append(("system", column.system))
    if column.comment is not None:
        keywords.append(("comment", f"{column.comment!r}"))
    dialect_options = [
        f"{name}={value!r}" for name, value in sqla_compat._column_kwargs(column).items()
    ]
    name = str(naming.ident(column.name))
    arguments = [repr(name), _repr_type(column.type, autogen_context), *positional]
    arguments += [f"{key}={value}" for key, value in keywords]
    return call(f"{sqlalchemy_prefix(autogen_context)}Column", [*arguments, *dialect_options])


def _render_server_default(default: Any, autogen_context: Any, repr_: bool = True) -> str | None:
    """Return a server default, None for none."""
    if default is None:
        return None
    rendered = naming.user_render("server_default", default, autogen_context)
    if rendered is not False:
        return rendered  # type: ignore[no-any-return]
    if sqla_compat._server_default_is_computed(default):
        return _render_computed(default, autogen_context)
    if sqla_compat._server_default_is_identity(default):
        return _render_identity(default, autogen_context)
    if isinstance(default, sa.FetchedValue) and not isinstance(default, sa.DefaultClause):
        return f"{sqlalchemy_prefix(autogen_context)}FetchedValue()"
    if isinstance(default, sa.DefaultClause):
        if isinstance(default.arg, str):
            default = default.arg
        else:
            return naming.potential_expression(default.arg, autogen_context, is_server_default=True)
    elif isinstance(default, (sa.sql.ClauseElement, TextClause)):
        return naming.potential_expression(default, autogen_context, is_server_default=True)
    if isinstance(default, str) and repr_:
        return repr(re.sub(r"^'|'$", "", default))
    return default if isinstance(default, str) else None


def _render_computed(computed: Any, autogen_context: Any) -> str:
    text = naming.expression(computed.sqltext, autogen_context, wrap=False)
    persisted = f"persisted={computed.persisted}" if computed.persisted is not None else ""
    return call(f"{sqlalchemy_prefix(autogen_context)}Computed", [text, persisted])


def _render_identity(identity: Any, autogen_context: Any) -> str:
    given = sqla_compat._get_identity_options_dict(identity, dialect_kwargs=True)
    arguments = [f"always={identity.always}"]
    arguments += [f"{key}={value}" for key, value in given.items() if key != "always"]
    return call(f"{sqlalchemy_prefix(autogen_context)}Identity", arguments)
