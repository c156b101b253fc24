"""SQLAlchemy constructs on tables that exist only to carry them.

A directive names tables and columns by strings; SQLAlchemy's compilers want ``Table`` and
``Column`` objects.  Everything here lives in one throw-away ``MetaData`` per directive, which has
the naming convention of the app's metadata.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import conv
from sqlalchemy.sql.sqltypes import NULLTYPE

from ..errors import InvalidOperation


class InlineLiteral(sa.BindParameter[Any]):
    """A value that is always written into the SQL, never bound."""

    # The value is part of the SQL, so that no other value can share it.
    inherit_cache = False


@compiles(InlineLiteral)
def _write_literal(element: InlineLiteral, compiler: Any, **kw: Any) -> str:
    # ``literal_execute`` would not do: it loses values for columns with signs in their names.
    return str(compiler.render_literal_bindparam(element, **kw))


def inline_literal(value: Any, type_: Any = None) -> InlineLiteral:
    """Return a value as an expression that is written into the SQL."""
    return InlineLiteral(None, value, type_=type_)


def metadata(convention: Mapping[str, Any] | None) -> sa.MetaData:
    """Return an empty MetaData with a naming convention."""
    return sa.MetaData(naming_convention=dict(convention)) if convention else sa.MetaData()


def ad_hoc_table(
    name: str, holder: sa.MetaData, columns: Iterable[Any] = (), schema: str | None = None
) -> sa.Table:
    """Return a table with columns of no type, one for each name that is a string."""
    named = dict.fromkeys(str(c) for c in columns if isinstance(c, str))
    return sa.Table(name, holder, *(sa.Column(c, NULLTYPE) for c in named), schema=schema)


def full_table(
    name: str, holder: sa.MetaData, elements: Sequence[Any], keywords: Mapping[str, Any]
) -> sa.Table:
    """Return a table of whole columns and constraints, with stand-ins for what it refers to.

    Elements that already belong to another table are copied.
    """
    table = sa.Table(name, holder, *(_free(e) for e in elements), **keywords)
    for key in table.foreign_keys:
        _stand_in(key, table)
    return table


def _free(element: Any) -> Any:
    # Constraints know no table yet, and raise when they are asked for it.
    attached = isinstance(element, sa.Column) and element.table is not None
    return element._copy() if attached else element


def _stand_in(key: sa.ForeignKey, table: sa.Table) -> None:
    """Make sure that the column a foreign key points at can be found by the compiler."""
    colspec: Any = key._colspec
    if not isinstance(colspec, str):
        return
    tokens: Any = key._column_tokens
    schema, table_name, column = tokens
    column = column or key.parent.name
    if schema is None and table.metadata.schema:
        schema = table.metadata.schema
    fullname = f"{schema}.{table_name}" if schema else table_name
    target = table.metadata.tables.get(fullname)
    if target is None:
        target = sa.Table(table_name, table.metadata, schema=schema)
    if column not in target.c:
        # Not a column of the table itself, where that is the one it points at.
        target.append_column(sa.Column(column, NULLTYPE, system=True))


def foreign_key(
    name: str | None,
    source: tuple[str, str | None],
    referent: tuple[str, str | None],
    columns: tuple[Sequence[str], Sequence[str]],
    holder: sa.MetaData,
    keywords: Mapping[str, Any],
) -> sa.ForeignKeyConstraint:
    """Return a foreign key between two tables, given as (name, schema) and column names."""
    local, remote = columns
    if len(local) != len(remote):
        raise InvalidOperation(
            f"The foreign key {name or ''} of {source[0]} has {len(local)} columns here and "
            f"{len(remote)} there."
        )
    same = source == referent
    table = ad_hoc_table(source[0], holder, [*local, *(remote if same else ())], source[1])
    target = table if same else ad_hoc_table(referent[0], holder, remote, referent[1])
    key = sa.ForeignKeyConstraint(
        [table.c[c] for c in local], [target.c[c] for c in remote], name=name, **keywords
    )
    table.append_constraint(key)
    return key


def index(
    name: str | None,
    table_name: str,
    schema: str | None,
    keys: Iterable[Any],
    holder: sa.MetaData,
    keywords: Mapping[str, Any],
) -> sa.Index:
    """Return an index; keys are column names, ``text()`` or expressions."""
    listed = [keys] if isinstance(keys, str) else list(keys)
    included = [c for k, v in keywords.items() if k.endswith("_include") for c in v or ()]
    table = ad_hoc_table(table_name, holder, [*listed, *included], schema)
    expressions = [table.c[k] if isinstance(k, str) else k for k in listed]
    options: dict[str, Any] = {
        k: sa.text(v) if k.endswith("_where") and isinstance(v, str) else v
        for k, v in keywords.items()
    }
    return sa.Index(name, *expressions, _table=table, **options)


def key_constraint(
    kind: type[sa.UniqueConstraint] | type[sa.PrimaryKeyConstraint],
    name: str | None,
    table: tuple[str, str | None],
    columns: Sequence[str],
    holder: sa.MetaData,
    keywords: Mapping[str, Any],
) -> Any:
    """Return a unique or primary key constraint over named columns."""
    listed = [columns] if isinstance(columns, str) else list(columns)
    included = [c for k, v in keywords.items() if k.endswith("_include") for c in v or ()]
    ad_hoc = ad_hoc_table(table[0], holder, [*listed, *included], table[1])
    constraint = kind(*(ad_hoc.c[c] for c in listed), name=name, **keywords)
    ad_hoc.append_constraint(constraint)
    return constraint


def check(
    name: str | None,
    table: tuple[str, str | None],
    condition: Any,
    holder: sa.MetaData,
    keywords: Mapping[str, Any],
) -> sa.CheckConstraint:
    """Return a check constraint; ``condition`` is text or an expression."""
    ad_hoc = ad_hoc_table(table[0], holder, (), table[1])
    constraint = sa.CheckConstraint(condition, name=name, **keywords)
    ad_hoc.append_constraint(constraint)
    return constraint


def exclusion(
    name: str | None,
    table: tuple[str, str | None],
    elements: Sequence[tuple[Any, str]],
    holder: sa.MetaData,
    keywords: Mapping[str, Any],
) -> Any:
    """Return an exclusion constraint; each element is an (expression or column, operator)."""
    from sqlalchemy.dialects.postgresql import ExcludeConstraint

    signs = ("(", "||", "::")  # Else a string is a column, as it is for SQLAlchemy.
    names = [e for e, _ in elements if isinstance(e, str) and not any(s in e for s in signs)]
    ad_hoc = ad_hoc_table(table[0], holder, names, table[1])
    parts = [
        (ad_hoc.c[e] if isinstance(e, str) and e in ad_hoc.c else _as_text(e), operator)
        for e, operator in elements
    ]
    constraint = ExcludeConstraint(*parts, name=name, **keywords)
    ad_hoc.append_constraint(constraint)
    return constraint


def _as_text(element: Any) -> Any:
    return sa.literal_column(element) if isinstance(element, str) else element


def final(name: str) -> str:
    """Mark a name as final: no naming convention is applied to it any more."""
    return conv(name)
