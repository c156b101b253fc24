"""How a dialect compares what the models say with what the database has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any
from typing import ClassVar
from typing import NamedTuple

from sqlalchemy import text as sa_text
from sqlalchemy.sql.elements import UnaryExpression

from .. import util
from ..util import sqla_compat
from ._autogen import ComparisonResult
from ._autogen import ConstraintSig


class _TypeText(NamedTuple):
    """A type's text taken apart: ``varchar``, ``(50,)``, ``character set utf8``."""

    words: str
    arguments: tuple[str, ...]
    rest: str


class Comparing:
    """The comparisons of :class:`~.impl.DefaultImpl`."""

    dialect: Any
    type_synonyms: ClassVar[tuple[set[str], ...]]
    type_arg_extract: ClassVar[Sequence[str]]
    identity_attrs_ignore: ClassVar[tuple[str, ...]]

    # --- types and defaults ----------------------------------------------------------------------

    def _taken_apart(self, column: Any) -> _TypeText:
        text = self.dialect.type_compiler_instance.process(column.type).lower()
        found = re.match(r"([^()]*)(?:\(([^()]*)\))?\s*([^()]*)$", text)
        if found is None:
            return _TypeText(text, (), "")
        words, arguments, rest = found.groups()
        tokens = words.split()
        listed = tuple(a.strip() for a in arguments.split(",")) if arguments else ()
        tail = " ".join([*tokens[1:], *rest.split()])
        return _TypeText(tokens[0] if tokens else "", listed, tail)

    def compare_type(self, inspector_column: Any, metadata_column: Any) -> bool:
        """Whether the types of two columns differ, as far as the dialect can tell."""
        found, wanted = self._taken_apart(inspector_column), self._taken_apart(metadata_column)
        if not self._same_words(found, wanted):
            return True
        if found.words == wanted.words and self._tokens(found) != self._tokens(wanted):
            return True
        if len(found.arguments) == len(wanted.arguments) and found.arguments != wanted.arguments:
            return True
        for pattern in self.type_arg_extract:
            ours, theirs = re.search(pattern, wanted.rest), re.search(pattern, found.rest)
            if ours and theirs and ours[1] != theirs[1]:
                return True
        return False

    def _tokens(self, type_: _TypeText) -> list[str]:
        """Return what follows a type, without the options that one side may leave out."""
        rest = type_.rest
        for pattern in self.type_arg_extract:
            rest = re.sub(pattern, "", rest)
        return rest.split()

    def _same_words(self, found: _TypeText, wanted: _TypeText) -> bool:
        if found.words == wanted.words:
            return True
        whole = {" ".join(filter(None, (t.words, t.rest))) for t in (found, wanted)}
        first = {found.words, wanted.words}
        synonyms = [{term.lower() for term in group} for group in self.type_synonyms]
        return any(whole <= group or first <= group for group in synonyms)

    def compare_server_default(
        self,
        inspector_column: Any,
        metadata_column: Any,
        rendered_metadata_default: str | None,
        rendered_inspector_default: str | None,
    ) -> bool:
        """Whether two defaults differ."""
        return rendered_inspector_default != rendered_metadata_default

    def _compare_identity_default(
        self, metadata_identity: Any, inspector_identity: Any
    ) -> tuple[set[str], bool, bool]:
        """Return the options that differ, whether any does, and whether one side has no identity.

        An option that the models leave out is whatever the server made of it.
        """
        if metadata_identity is None or inspector_identity is None:
            return set(), True, metadata_identity is not inspector_identity
        wanted = sqla_compat._get_identity_options_dict(metadata_identity)
        found = sqla_compat._get_identity_options_dict(inspector_identity)
        ignored = set(self.identity_attrs_ignore)
        differing = {
            name
            for name in {*wanted, *found} - ignored
            if wanted.get(name) != found.get(name) and not self._is_default(name, wanted, found)
        }
        if bool(metadata_identity.always) != bool(inspector_identity.always):
            differing.add("always")
        else:
            differing.discard("always")
        return differing, bool(differing), False

    def _is_default(self, name: str, wanted: Any, found: Any) -> bool:
        return name not in wanted or wanted[name] is None

    # --- constraints and indexes -----------------------------------------------------------------

    def compare_indexes(self, metadata_index: Any, reflected_index: Any) -> ComparisonResult:
        """Compare two indexes of one name: uniqueness, columns, the dialect's options."""
        reasons = []
        if unique := self._unique_differs(metadata_index, reflected_index):
            reasons.append(unique)
        wanted = [_column_of(element) for element in metadata_index.expressions]
        found = [_column_of(element) for element in reflected_index.expressions]
        if wanted != found:
            reasons.append(f"expression {found} to {wanted}")
        reasons.extend(self._options_differ(metadata_index, reflected_index))
        return ComparisonResult.Different(reasons) if reasons else ComparisonResult.Equal()

    def _unique_differs(self, metadata_index: Any, reflected_index: Any) -> str | None:
        wanted, found = bool(metadata_index.unique), bool(reflected_index.unique)
        return None if wanted == found else f"unique={found} to unique={wanted}"

    def _options_differ(self, metadata_object: Any, reflected_object: Any) -> Iterable[str]:
        return ()

    def compare_unique_constraint(
        self, metadata_constraint: Any, reflected_constraint: Any
    ) -> ComparisonResult:
        """Compare two unique constraints of one name."""
        wanted = self._create_metadata_constraint_sig(metadata_constraint)
        found = self._create_reflected_constraint_sig(reflected_constraint)
        reasons = []
        if wanted.unnamed != found.unnamed:
            reasons.append(f"expression {found.unnamed} to {wanted.unnamed}")
        reasons.extend(self._options_differ(metadata_constraint, reflected_constraint))
        return ComparisonResult.Different(reasons) if reasons else ComparisonResult.Equal()

    def compare_check_constraint(
        self, metadata_constraint: Any, reflected_constraint: Any
    ) -> ComparisonResult:
        """Compare two checks of one name: their texts are not compared here."""
        return ComparisonResult.Equal()

    def correct_for_autogen_constraints(
        self,
        conn_unique_constraints: Any,
        conn_indexes: Any,
        metadata_unique_constraints: Any,
        metadata_indexes: Any,
    ) -> None:
        """Take off the lists what is the same in other words."""

    def correct_for_autogen_foreignkeys(self, conn_fks: Any, metadata_fks: Any) -> None:
        """Bring foreign keys into the same words."""

    def _skip_functional_indexes(self, metadata_indexes: Any, conn_indexes: Any) -> None:
        """Take off the lists the indexes on expressions, which the dialect cannot reflect."""
        by_name = {index.name: index for index in conn_indexes}
        for index in list(metadata_indexes):
            if sqla_compat.is_expression_index(index):
                util.warn(
                    "autogenerate skipping metadata-specified expression-based index "
                    f"{index.name!r}; dialect {self.dialect.name!r} under SQLAlchemy "
                    f"{'.'.join(map(str, sqla_compat._vers))} can't reflect these indexes so they "
                    "can't be compared"
                )
                metadata_indexes.discard(index)
                if index.name in by_name:
                    conn_indexes.discard(by_name[index.name])

    def adjust_reflected_dialect_options(
        self, reflected_object: dict[str, Any], kind: str
    ) -> dict[str, Any]:
        """Return the dialect options of something reflected, as keywords of its class."""
        return dict(reflected_object.get("dialect_options", {}))

    def _create_metadata_constraint_sig(self, constraint: Any, **opts: Any) -> ConstraintSig:
        return ConstraintSig.from_constraint(True, self, constraint)

    def _create_reflected_constraint_sig(self, constraint: Any, **opts: Any) -> ConstraintSig:
        return ConstraintSig.from_constraint(False, self, constraint)

    # --- words -----------------------------------------------------------------------------------

    def index_key(self, element: Any) -> Any:
        """Return a key of an index as CREATE INDEX has it, in brackets where it needs them."""
        return element

    def autogen_column_reflect(self, inspector: Any, table: Any, column_info: Any) -> None:
        """Adjust a column right after it was reflected."""

    def render_ddl_sql_expr(self, expr: Any, is_server_default: bool = False, **kw: Any) -> str:
        """Return an expression as SQL, its values in place."""
        options = {"literal_binds": True, "include_table": False}
        if isinstance(expr, str):
            expr = sa_text(expr)
        return str(expr.compile(dialect=self.dialect, compile_kwargs=options))

    def _compat_autogen_column_reflect(self, inspector: Any) -> Any:
        def adapt(table: Any, column_info: Any) -> None:
            self.autogen_column_reflect(inspector, table, column_info)

        return adapt

    def _normalize_computed_default(self, sqltext: str) -> str:
        """Return a computation without spaces, brackets and quotes, in lower case."""
        return re.sub(r"[ \(\)'\"`\[\]\t\r\n]", "", sqltext).lower()


def _column_of(element: Any) -> str:
    """Return a key of an index without its direction, which most systems do not report."""
    while isinstance(element, UnaryExpression) and element.modifier is not None:
        element = element.element
    return str(getattr(element, "name", element))
