"""Tenants of a server: its databases, which it calls schemas too."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence

from sqlalchemy.engine import URL

#: What tenants are called here.
NOUN = "database"
#: All databases that are not the server's own and that the user may see.
EVERY = (
    "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN "
    "('information_schema', 'mysql', 'performance_schema', 'sys')"
)
#: Those whose names are like a pattern.
LIKE = f"{EVERY} AND schema_name LIKE :pattern"


def enter(quote: Callable[[str], str], name: str, shared: Sequence[str]) -> str:
    """Return the statement after which names without a database are those of a tenant."""
    return f"USE {quote(name)}"


def url(of: URL, name: str) -> URL:
    """Return the URL of a tenant."""
    return of.set(database=name)


def schema(name: str) -> str | None:
    """Return where the version table is: where all names without a database are."""
    return None
