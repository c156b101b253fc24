"""What others have to say of a script: the peers' hook, and comparators and renderers of libraries.

They get what Alembic would find, as ``MigrationScript`` with its operations.  Where they leave that
alone, the script stays the one that we have found; where comparators add operations, these are
added to it; where they change it, the script is what they made of it; and where the hook takes it
out of the list, there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from typing import TYPE_CHECKING

from ..compat import adopted
from ..compat.names import alembic_names
from ..operations import types
from ..run.session import Session
from ..schema.names import Name
from ..source.script import Functions
from .creating import Draft

if TYPE_CHECKING:
    from .given import Difference

#: For each operation, in turn, the lines that are written for it.
_Pieces = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Rendered:
    """What Alembic would write."""

    up: _Pieces
    down: _Pieces
    imports: set[str]

    @property
    def functions(self) -> Functions:
        """The functions of the script."""
        return Functions(_joined(self.up), _joined(self.down), frozenset(self.imports))

    def around(self, ours: Functions, untouched: _Rendered) -> Functions | None:
        """Return our functions with what this has more than ``untouched``, before and after them.

        None where it is something else, and not only more.
        """
        up = _more(untouched.up, self.up)
        down = _more(untouched.down, self.down)
        if up is None or down is None:
            return None
        return replace(
            ours,
            upgrade=(*up[0], *ours.upgrade, *up[1]),
            downgrade=(*down[0], *ours.downgrade, *down[1]),
            imports=ours.imports | (self.imports - untouched.imports),
        )


def _more(before: _Pieces, after: _Pieces) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return the lines that ``after`` has more: before the first that both have, and after it."""
    at = [after.index(piece) for piece in before if piece in after]
    if len(at) < len(before) or at != sorted(set(at)):
        return None
    first = at[0] if at else 0
    rest = [piece for i, piece in enumerate(after) if i >= first and i not in at]
    return _joined(after[:first]), _joined(rest)


def _joined(pieces: _Pieces) -> tuple[str, ...]:
    return tuple(line for piece in pieces for line in piece if line.strip())


@dataclass(frozen=True, slots=True)
class Further:
    """One more script that the hook wants to have written."""

    draft: Draft
    functions: Functions


def asked(
    opened: Session, found: Difference, heads: Sequence[str], draft: Draft | None = None
) -> Difference:
    """Return a difference as others want it, where there are any.

    ``draft`` is what the hook is told of the script, and may change.
    """
    with alembic_names():
        own = adopted.own_comparisons(opened.settings.options)
        if opened.settings.options.get("process_revision_directives") is None and not own:
            return found
        return _Asking(opened, found, draft or Draft(), own).answer(tuple(heads))


class _Asking:
    """The questions about one script."""

    def __init__(self, opened: Session, found: Difference, draft: Draft, own: bool) -> None:
        self.found, self.draft, self.own = found, draft, own
        self.functions = found.functions or Functions()
        self.written = frozenset(self.functions.upgrade)
        self.metadata = list(found.database.metadata)
        self.options = _options(opened, found)
        self.hook: Callable[..., Any] | None = self.options.get("process_revision_directives")
        self.opened = opened
        self.context = self._context()

    def _context(self, **more: Any) -> Any:
        from ..compat.alembic.runtime.migration import MigrationContext

        return MigrationContext.configure(self.opened.connection, opts={**self.options, **more})

    def answer(self, heads: tuple[str, ...]) -> Difference:
        """Ask, and return the difference that comes of it."""
        script = self._script(self.context)
        plain = self._script(self._context(**adopted.alone())) if self.own else script
        untouched, given = self._rendered(plain, alone=self.own), self._rendered(script)
        directives = [script]
        if self.hook is not None:
            self.hook(self.context, heads, directives)
        if not directives:
            return self._nothing(is_new=not script.upgrade_ops.is_empty())
        more = directives[1:]
        further = tuple(Further(_draft(one), self._rendered(one).functions) for one in more)
        found = replace(self.found, further=further, is_hooked=bool(further))
        if self.hook is not None:
            found = replace(found, draft=_draft(directives[0]))
        after = self._rendered(directives[0])
        if after == untouched:
            return found
        functions = after.functions
        if after == given and not _has_types(found):
            # It is comparators that made the difference, not the hook.
            functions = after.around(self.functions, untouched) or functions
        added = tuple(line.strip() for line in functions.upgrade if line not in self.written)
        changes = replace(found.changes, added=added)
        mine = self.functions
        functions = replace(functions, tokens=mine.tokens, more=mine.more)
        return replace(found, functions=functions, is_hooked=True, changes=changes)

    def _nothing(self, is_new: bool) -> Difference:
        found = self.found
        if not is_new:
            return found  # What we have found beyond it was not asked about.
        changes = replace(found.changes, operations=(), remarks=(), undecided=())
        nothing = Functions(tokens=self.functions.tokens, more=self.functions.more)
        return replace(found, operations=(), functions=nothing, changes=changes)

    def _script(self, context: Any) -> Any:
        from ..compat.alembic import autogenerate
        from ..compat.alembic import util

        script = autogenerate.produce_migrations(context, self.metadata)
        draft = self.draft
        script.rev_id, script.message = draft.rev_id or util.rev_id(), draft.message
        script.head, script.splice = draft.head, draft.splice
        script.branch_label = ",".join(draft.branch_labels) or None
        script.version_path = draft.version_path
        script.depends_on = list(draft.depends_on) or None
        return script

    def _pieces(self, operations: Any, imports: set[str]) -> _Pieces:
        from ..compat.alembic.autogenerate.context import AutogenContext
        from ..compat.alembic.autogenerate.render import render_op

        autogen = AutogenContext(self.context, metadata=self.metadata)
        autogen.imports = imports
        return [
            tuple(f"    {line}" for line in "\n".join(render_op(autogen, one)).splitlines() if line)
            for one in operations.ops
        ]

    def _rendered(self, script: Any, *, alone: bool = False) -> _Rendered:
        imports = {"from alembic import op", "import sqlalchemy as sa", *(script.imports or ())}
        with adopted.without_renderers() if alone else nullcontext():
            up = self._pieces(script.upgrade_ops, imports)
            down = self._pieces(script.downgrade_ops, imports)
        return _Rendered(up, down, imports)


def _has_types(found: Difference) -> bool:
    """Whether enumerated types change, as libraries change them that exist for nothing else."""
    return any(type(op).__module__ == types.__name__ for op in found.operations)


def _draft(script: Any) -> Draft:
    """Return what a script's header is to be."""
    labels, wanted = script.branch_label, script.depends_on
    head = script.head or "head"
    return Draft(
        script.message,
        head if isinstance(head, str) else tuple(head),
        bool(script.splice),
        _words(labels.split(",") if isinstance(labels, str) else labels),
        script.version_path and str(script.version_path),
        script.rev_id,
        _words([wanted] if isinstance(wanted, str) else wanted),
    )


def _words(found: Any) -> tuple[str, ...]:
    return tuple(word.strip() for word in found or () if word.strip())


def _options(opened: Session, found: Difference) -> dict[str, Any]:
    """Return the options of an Alembic context that looks at the tables that we look at."""
    options = opened.settings.options
    wanted = options.get("include_name")

    def include_name(name: Any, type_: str, parents: Any) -> bool:
        if type_ == "table" and Name(name, parents.get("schema_name")) not in found.before.tables:
            return False
        return bool(wanted(name, type_, parents)) if wanted is not None else True

    return {
        "compare_type": True,
        "compare_server_default": True,
        "include_schemas": False,
        "include_object": None,
        "render_item": None,
        "process_revision_directives": None,
        "user_module_prefix": None,
        "render_as_batch": opened.connection.dialect.name == "sqlite",
        "sqlalchemy_module_prefix": "sa.",
        "alembic_module_prefix": "op.",
        "upgrade_token": "upgrades",
        "downgrade_token": "downgrades",
        "version_table": opened.settings.version_table,
        "version_table_schema": opened.settings.version_table_schema,
        **{name: value for name, value in options.items() if value is not None},
        "include_name": include_name,
        "target_metadata": list(found.database.metadata),
    }
