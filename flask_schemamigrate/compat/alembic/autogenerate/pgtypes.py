"""Types of PostgreSQL that have other types in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql


def render(type_: Any, autogen_context: Any) -> Any:
    """Return a type as Python, or False for one without types in it."""
    from . import rendertypes

    if not type(type_).__module__.startswith("sqlalchemy.dialects.postgresql"):
        return False
    subtyped: tuple[tuple[Any, str, str], ...] = (
        (postgresql.HSTORE, "text_type", r"(.+?\(.*text_type=)"),
        (postgresql.ARRAY, "item_type", r"(.+?\()"),
        (postgresql.JSON, "astext_type", r"(.+?\(.*astext_type=)"),
    )
    autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
    if isinstance(type_, postgresql.DOMAIN):
        return _domain(type_, autogen_context)
    for kind, attribute, pattern in subtyped:
        if isinstance(type_, kind):
            return rendertypes._render_type_w_subtype(
                type_, autogen_context, attribute, pattern, prefix="postgresql."
            )
    return False


def _domain(type_: Any, autogen_context: Any) -> str:
    from . import naming
    from . import rendertypes

    arguments = [repr(type_.name), rendertypes._repr_type(type_.data_type, autogen_context)]
    for name in (
        "collation",
        "collation_schema",
        "default",
        "constraint_name",
        "not_null",
        "check",
        "schema",
    ):
        value = getattr(type_, name, None)
        if value is None or value is False:
            continue
        if name == "check" or (name == "default" and hasattr(value, "text")):
            sql = getattr(value, "text", None)
            text = repr(sql) if sql is not None else repr(value)
            if name == "default":
                text = f"{naming.sqlalchemy_prefix(autogen_context)}text({text})"
            arguments.append(f"{name}={text}")
        else:
            arguments.append(f"{name}={value!r}")
    if not type_.create_type:
        arguments.append("create_type=False")
    return f"postgresql.DOMAIN({', '.join(arguments)})"
