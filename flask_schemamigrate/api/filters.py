"""The peers' ``include_object`` and ``include_name``, asked about tables."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from ..schema.names import Name


def excluded(
    options: Mapping[str, Any], models: Mapping[Name, sa.Table], there: Iterable[Name]
) -> frozenset[Name]:
    """Return the tables that the callbacks among ``options`` do not want compared.

    ``models`` are the tables of the models, ``there`` those of the database; a table of the
    database is given to ``include_object`` by its name, without its columns.
    """
    if not (options.get("include_object") or options.get("include_name")):
        return frozenset()
    by_object = options.get("include_object") or _everything
    by_name = options.get("include_name") or _everything
    existing = set(there)
    out: set[Name] = set()
    for name in existing - models.keys():
        parents = {"schema_name": name.schema, "schema_qualified_table_name": str(name)}
        if not by_name(name.name, "table", parents):
            out.add(name)
    for name in {*existing, *models} - out:
        model = models.get(name)
        reflected = _stub(name) if name in existing else None
        given = reflected if model is None else model
        other = None if model is None else reflected
        if not by_object(given, name.name, "table", model is None, other):
            out.add(name)
    return frozenset(out)


def _everything(*_: object) -> bool:
    return True


def _stub(name: Name) -> sa.Table:
    return sa.Table(name.name, sa.MetaData(), schema=name.schema)
