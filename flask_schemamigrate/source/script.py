"""A whole migration script."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from typing import Any
from typing import TypeAlias

from ..errors import Irreversible
from ..operations.base import Operation
from ..schema.objects import Schema
from .batches import without_brought
from .calls import Body
from .calls import Remarks
from .calls import Statements
from .layout import string
from .values import Values


@dataclass(frozen=True, slots=True)
class Header:
    """What a script says about itself."""

    revision: str
    parents: tuple[str, ...]
    message: str
    created: datetime
    labels: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Functions:
    """The bodies of ``upgrade`` and ``downgrade`` for one database, as lines.

    A template of the user's may want them under other names, ``tokens``, and gets ``more``.
    """

    upgrade: Sequence[str] = ()
    downgrade: Sequence[str] = ()
    imports: frozenset[str] = frozenset()
    written: bool = False
    tokens: tuple[str, str] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


#: What a script does for each of some operations on a schema (``Dialect.spelled``).
Spelled: TypeAlias = Callable[[Sequence[Operation], Schema], Sequence[Sequence[Operation]]]


def as_they_are(
    operations: Sequence[Operation], before: Schema
) -> tuple[tuple[Operation, ...], ...]:
    """Spell operations as themselves."""
    return tuple((operation,) for operation in operations)


@dataclass(frozen=True, slots=True)
class Margin:
    """What a script says and does beside the operations.

    ``spelled`` gives what is written for operations, forwards and backwards, ``restored`` an
    inverse with values for what it brings back.  ``up`` and ``down`` give the remarks on an
    operation, and ``preface`` the comment lines that ``upgrade`` begins with.
    """

    spelled: tuple[Spelled, Spelled] = (as_they_are, as_they_are)
    restored: Callable[[Operation], Operation] = lambda operation: operation
    up: Remarks = lambda operation: ()
    down: Remarks = lambda operation: ()
    preface: tuple[str, ...] = ()


#: Nothing beside the operations.
PLAIN = Margin()


def functions(
    operations: Sequence[Operation],
    before: Schema,
    values: Values,
    statements: Statements,
    margin: Margin = PLAIN,
) -> Functions:
    """Render ``operations`` and, from the schema before them, their inverses.

    What has no inverse is refused, in the script, with the reason.
    """
    up = Body(values, statements, before, margin.up)
    up.lines.extend(f"    # {line}".rstrip() for line in margin.preface)
    forwards, backwards = margin.spelled
    states = [before]
    for operation, made in _written(forwards, operations, before):
        up.add(operation, made)
        states.append(up.state)
    found, error = _inverses(operations, states)
    down = Body(values, statements, up.state, margin.down)
    inverses = [margin.restored(inverse) for inverse in found]
    for inverse, made in _written(backwards, inverses, states[-1]):
        down.add(inverse, made)
    if error is not None:
        down.refuse(error)
    types = values.types
    return Functions(tuple(up.lines), tuple(down.lines), frozenset(types.imports), types.written)


#: What a script has for types that SQLAlchemy has no class for.
WRITTEN = '''

class Written(sa.types.UserDefinedType):
    """A type in the words of the database."""

    cache_ok = True

    def __init__(self, words):
        self.words = words

    def get_col_spec(self, **options):
        return self.words'''


def _written(
    spelled: Spelled, operations: Sequence[Operation], before: Schema
) -> Iterator[tuple[Operation, Sequence[Operation] | None]]:
    """Yield operations with what is written for them; None where a column's type brings it."""
    made = spelled(operations, before)
    kept = without_brought(each for group in made for each in group)
    for operation, group in zip(operations, made):
        left = [each for each in group if each in kept]
        yield operation, left if left or not group else None


def _inverses(
    operations: Sequence[Operation], states: Sequence[Schema]
) -> tuple[list[Operation], Irreversible | None]:
    """Return the inverses, last first, up to the first that there is none of."""
    found: list[Operation] = []
    for operation, state in reversed(list(zip(operations, states))):
        try:
            found.append(operation.inverse(state))
        except Irreversible as error:
            return found, error
    return found, None


def script(
    header: Header, bodies: Mapping[str | None, Functions], dispatching: bool = False
) -> str:
    """Return the text of a script.

    ``bodies`` maps None, the default database, and the names of binds to their functions.  With
    one database there is a plain ``upgrade()``, unless it is to be ``dispatching``; with several,
    ``upgrade(engine_name)`` dispatches.
    """
    imports: set[str] = set().union(*(body.imports for body in bodies.values()))
    code = [line for body in bodies.values() for line in (*body.upgrade, *body.downgrade)]
    if not code and len(header.parents) < 2:
        imports |= {"import sqlalchemy as sa", "from alembic import op"}  # To be filled in by hand.
    written = any(body.written for body in bodies.values())
    if written:
        imports.add("import sqlalchemy as sa")
    parts = [_docstring(header), "", *_imports(imports, code), "", *_identifiers(header)]
    parts += [WRITTEN] if written else []
    if set(bodies) <= {None} and not dispatching:
        body = bodies.get(None, Functions())
        parts += _function("upgrade()", body.upgrade, "Apply the revision.")
        parts += _function("downgrade()", body.downgrade, "Undo the revision.")
    else:
        parts += _dispatching(bodies)
    return "\n".join(parts) + "\n"


def _docstring(header: Header) -> str:
    message = " ".join(header.message.split()) or "(no message)"
    revises = ", ".join(header.parents) or "nothing: this is the first one"
    lines = [
        message,
        "",
        f"Revision ID: {header.revision}",
        f"Revises: {revises}",
        f"Create Date: {header.created.isoformat(sep=' ', timespec='seconds')}",
    ]
    text = "\n".join(lines).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if text.startswith('"'):
        text = f"\\{text}"
    return f'"""{"".join(map(_printable, text))}\n"""'


def _printable(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return character.encode("unicode_escape").decode()


def _imports(imports: Iterable[str], code: Sequence[str]) -> list[str]:
    """Return the imports that the code uses, sorted as isort has them."""
    body = "\n".join(["def function():", *code, "    pass"])
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    found = set(imports)
    if "sa" in used:
        found.add("import sqlalchemy as sa")
    if "op" in used:
        found.add("from alembic import op")
    plain = sorted(line for line in found if line.startswith("import "))
    named: dict[str, list[str]] = {}
    for line in sorted(line for line in found if line.startswith("from ")):
        module, _, name = line.partition(" import ")
        named.setdefault(module, []).append(name)
    return [*plain, *(f"{module} import {', '.join(names)}" for module, names in named.items())]


def _identifiers(header: Header) -> list[str]:
    return [
        f"revision = {string(header.revision)}",
        f"down_revision = {_names(header.parents)}",
        f"branch_labels = {_names(header.labels)}",
        f"depends_on = {_names(header.depends_on)}",
    ]


def _names(names: Sequence[str]) -> str:
    if not names:
        return "None"
    if len(names) == 1:
        return string(names[0])
    return f"({', '.join(map(string, names))})"


def _function(signature: str, body: Sequence[str], doc: str) -> list[str]:
    return ["", "", f"def {signature}:", f'    """{doc}"""', *(body or ["    pass"])]


def _dispatching(bodies: Mapping[str | None, Functions]) -> list[str]:
    parts: list[str] = []
    for word, doc in (("upgrade", "Apply the revision"), ("downgrade", "Undo the revision")):
        call = f'    globals()[f"{word}_{{engine_name}}"]()'
        parts += ["", "", f"def {word}(engine_name):", f'    """{doc} to one database."""', call]
    for bind, body in bodies.items():
        name = bind or ""
        where = f"the bind {name}" if name else "the default database"
        parts += _of_bind("upgrade", name, body.upgrade, f"Apply it to {where}.")
        parts += _of_bind("downgrade", name, body.downgrade, f"Undo it in {where}.")
    return parts


def _of_bind(word: str, bind: str, body: Sequence[str], doc: str) -> list[str]:
    """Return the function of one bind, under the name that the dispatching one looks up."""
    name = f"{word}_{bind}"
    if name.isidentifier():
        return _function(f"{name}()", body, doc)
    spelled = "_" + re.sub(r"\W", "_", name)
    lines = _function(f"{spelled}()", body, doc)
    return [*lines, "", "", f"globals()[{string(name)}] = {spelled}"]
