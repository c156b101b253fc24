"""SQLAlchemy types as Python text that makes the same type again."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any
from typing import cast
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from ..schema.written import Written
from .layout import escaped
from .layout import literal

#: Constructor arguments that do not reach the database or that SQLAlchemy derives by itself.
_SKIPPED = frozenset(
    (
        "metadata",
        "quote",
        "values_callable",
        "sort_key_function",
        "omit_aliases",
        "validate_strings",
        "none_as_null",
        "as_tuple",
        "astext_type",
        "text_type",
        "enums",
        "constraint_name",
        "inherit_schema",
    )
)


#: From the kind of an item, the item and a set that takes imports to its text.
Asked: TypeAlias = Callable[[str, Any, set[str]], str | None]


class Types:
    """Renders types and collects the imports that they need.

    ``dialect`` is SQLAlchemy's, which decides what a ``TypeDecorator`` stands for.  The app's own
    classes are not named, so that a script outlives them, unless there is a ``user_module_prefix``.
    ``written`` becomes true when the script needs a class for types that SQLAlchemy has none for.
    ``asked`` is what a user has to say about a type, or another kind of item, and the imports for
    it; None for nothing.
    """

    def __init__(
        self,
        dialect: Any,
        user_module_prefix: str | None = None,
        asked: Asked | None = None,
    ) -> None:
        self.dialect = dialect
        self.user_module_prefix = user_module_prefix
        self.asked = asked
        self.imports: set[str] = set()
        self.written = False

    def text(self, type_: Any) -> str:
        """Return a type as an expression; ``imports`` grows by what it needs."""
        type_ = sa.types.to_instance(type_)
        said = self.said("type", type_)
        if said:
            return said
        own = type(type_).__module__.startswith("sqlalchemy.")
        if isinstance(type_, sa.types.TypeDecorator) and self._is_unnamed(type_):
            text = self._decorated(type_)
        elif isinstance(type_, sa.types.UserDefinedType) and not own and self._is_unnamed(type_):
            text = self._written(type_)
        else:
            text = self._plain(type_)
        for name, variant in sorted(type_._variant_mapping.items()):
            text += f".with_variant({self.text(variant)}, {literal(name)})"
        return text

    def said(self, kind: str, item: Any) -> str | None:
        """Return what a user has to say about an item; empty: to leave it out; None: nothing."""
        if self.asked is None or item is None:
            return None
        return self.asked(kind, item, self.imports)

    def _is_unnamed(self, type_: Any) -> bool:
        """Whether a type is written as what it stands for."""
        if isinstance(type_, (sa.PickleType, Written)):
            return True
        own = type(type_).__module__.startswith("sqlalchemy.")
        return not own and self.user_module_prefix is None

    def _decorated(self, type_: Any) -> str:
        """Render what a decorator stands for: its class may move or go, the column stays."""
        general = type_.impl_instance
        special = type_.load_dialect_impl(self.dialect)
        if self._ddl(general) == self._ddl(special):
            return self.text(general)
        name = literal(self.dialect.name)
        return f"{self.text(general)}.with_variant({self.text(special)}, {name})"

    def _written(self, type_: Any) -> str:
        """Render a type of the app in the words that it has for the database."""
        try:
            words = str(self.dialect.type_compiler_instance.process(type_))
        except (sa.exc.CompileError, AttributeError, NotImplementedError):
            return self._plain(type_)
        self.written = True
        return f"Written({literal(words)})"

    def _ddl(self, type_: Any) -> str:
        try:
            return str(self.dialect.type_compiler_instance.process(type_))
        except sa.exc.CompileError:
            return repr(type_)

    def _plain(self, type_: Any) -> str:
        cls = _public(type(type_))
        own = isinstance(type_, sa.types.TypeDecorator) and not _parameters(cls)
        # A decorator without arguments of its own hands them on to what it decorates.
        arguments = ", ".join(self._arguments(type_.impl_instance if own else type_))
        return f"{self._prefix(cls)}{cls.__name__}({arguments})"

    def _prefix(self, cls: type) -> str:
        module = cls.__module__
        if module.startswith("sqlalchemy.dialects."):
            name = module.split(".")[2]
            self.imports.add(f"from sqlalchemy.dialects import {name}")
            return f"{name}."
        if module.startswith("sqlalchemy."):
            return "sa." if hasattr(sa, cls.__name__) else "sa.types."
        if self.user_module_prefix is not None:
            return self.user_module_prefix
        self.imports.add(f"import {module}")
        return f"{module}."

    def _arguments(self, type_: Any) -> list[str]:
        found = []
        if isinstance(type_, sa.Enum):
            found = [literal(value) for value in type_.enums]
        elif isinstance(type_, mysql.SET):
            found = [literal(value) for value in type_.values]
        for name, parameter in _parameters(type(type_)).items():
            if name in _SKIPPED:
                continue
            value = getattr(type_, name, parameter.default)
            if self._says_something(type_, name, value, parameter):
                found.append(f"{name}={self._argument(value)}")
        return [*found, *_storage(type_)]

    def _argument(self, value: Any) -> str:
        if _is_type(value):
            return self.text(value)
        if isinstance(value, sa.ClauseElement):
            options = {"literal_binds": True}
            sql = str(value.compile(dialect=self.dialect, compile_kwargs=options))
            return f"sa.text({literal(escaped(sql))})"
        return literal(value)

    def _says_something(
        self, type_: Any, name: str, value: Any, parameter: inspect.Parameter
    ) -> bool:
        """Whether an argument has to be written."""
        if name == "length" and isinstance(type_, mysql.SET):
            return False
        if name == "length" and isinstance(type_, sa.Enum):
            return bool(value) and value != max(map(len, type_.enums), default=0)
        if value is parameter.default or value is None:
            return False
        if callable(value) and not _is_type(value):
            return False
        if parameter.default is None and value is False:
            return False
        return bool(value != parameter.default)


def _public(cls: type) -> type:
    """Return the class that a script can name: drivers have subclasses of their own."""
    for base in cls.__mro__:
        module = base.__module__.split(".")
        if module[:2] == ["sqlalchemy", "dialects"]:
            holder: Any = import_module(".".join(module[:3]))
        elif module[0] == "sqlalchemy":
            holder = sa if hasattr(sa, base.__name__) else sa.types
        else:
            return cls
        if getattr(holder, base.__name__, None) is base:
            return cast("type", base)
    return cls


def _storage(type_: Any) -> list[str]:
    """Return the arguments of SQLite's dates and times, which make them another type there."""
    given = vars(type_)
    found = (
        [f"storage_format={literal(given['_storage_format'])}"]
        if "_storage_format" in given
        else []
    )
    if "_reg" in given:
        found.append(f"regexp={literal(given['_reg'].pattern)}")
    return found


def _is_type(value: Any) -> bool:
    return isinstance(value, sa.types.TypeEngine) or (
        inspect.isclass(value) and issubclass(value, sa.types.TypeEngine)
    )


def _parameters(cls: type) -> dict[str, inspect.Parameter]:
    """Return the keyword arguments of a type's constructor, of its bases too where it takes any."""
    found: dict[str, inspect.Parameter] = {}
    for base in cls.__mro__:
        init = vars(base).get("__init__")
        if init is None:
            continue
        parameters = inspect.signature(init).parameters
        kinds = {p.kind for p in parameters.values()}
        for name, parameter in parameters.items():
            if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                found.setdefault(name, parameter)
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            break
    if issubclass(cls, sa.Enum):
        for name, default in _ENUM.items():
            kind = inspect.Parameter.KEYWORD_ONLY
            found[name] = inspect.Parameter(name, kind, default=default)
    found.pop("self", None)
    return found


_ENUM: dict[str, Any] = {
    "name": None,
    "schema": None,
    "native_enum": True,
    "create_constraint": False,
    "create_type": True,
}
