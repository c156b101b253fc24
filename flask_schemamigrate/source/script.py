"""A whole migration script."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..errors import Irreversible
from ..operations.base import Operation
from ..schema.objects import Schema
from .calls import Body
from .calls import Companions
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
    """The bodies of ``upgrade`` and ``downgrade`` for one database, as lines."""

    upgrade: Sequence[str] = ()
    downgrade: Sequence[str] = ()
    imports: frozenset[str] = frozenset()


def functions(
    operations: Sequence[Operation],
    before: Schema,
    values: Values,
    statements: Statements,
    notes: Mapping[int, Sequence[str]] | None = None,
    companions: Companions = lambda operation: (),
) -> Functions:
    """Render ``operations`` and, from the schema before them, their inverses.

    ``companions`` gives what follows an inverse on this database.  ``notes`` has comments for
    operations, by position.  What has no inverse is refused, in the
    script, with the reason.
    """
    # Forwards, a comparison has found what is left behind; backwards nobody looks again.
    up, down = Body(values, statements), Body(values, statements, companions)
    states = [before]
    for position, operation in enumerate(operations):
        up.add(operation, (notes or {}).get(position, ()))
        states.append(operation.apply(states[-1]))
    for position in reversed(range(len(operations))):
        try:
            inverse = operations[position].inverse(states[position])
        except Irreversible as error:
            down.refuse(error)
            break
        down.add(inverse)
    return Functions(tuple(up.lines), tuple(down.lines), frozenset(values.types.imports))


def script(header: Header, bodies: Mapping[str | None, Functions]) -> str:
    """Return the text of a script.

    ``bodies`` maps None, the default database, and the names of binds to their functions.  With
    one database there is a plain ``upgrade()``; with several, ``upgrade(engine_name)`` dispatches.
    """
    imports: set[str] = set().union(*(body.imports for body in bodies.values()))
    code = [line for body in bodies.values() for line in (*body.upgrade, *body.downgrade)]
    if not code and len(header.parents) < 2:
        imports |= {"import sqlalchemy as sa", "from alembic import op"}  # To be filled in by hand.
    parts = [_docstring(header), "", *_imports(imports, code), "", *_identifiers(header)]
    if set(bodies) <= {None}:
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
    named = sorted(line for line in found if line.startswith("from "))
    return [*plain, *named]


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
