"""Tenants of a database: its schemas."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence

from sqlalchemy.engine import URL

#: What tenants are called here.
NOUN = "schema"
#: All schemas that are not the server's own.
EVERY = (
    "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname <> 'information_schema' "
    "AND left(nspname, 3) <> 'pg_'"
)
#: Those whose names are like a pattern.
LIKE = f"{EVERY} AND nspname LIKE :pattern"


def enter(quote: Callable[[str], str], name: str, shared: Sequence[str]) -> str:
    """Return the statement after which names without a schema are those of a tenant."""
    return f"SET SESSION search_path TO {', '.join(map(quote, (name, *shared)))}"


def url(of: URL, name: str) -> URL:
    """Return the URL of a tenant: that of its database."""
    return of


def schema(name: str) -> str | None:
    """Return where the version table is."""
    return name
