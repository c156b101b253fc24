"""A type that SQLAlchemy has no class for, in the words of the database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


class Written(sa.types.UserDefinedType[Any]):
    """A type of which only the text is known: ``Written("OWN(5)")``.

    Scripts that need it bring a class like this one along.
    """

    cache_ok = True

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **options: Any) -> str:
        """Return the text."""
        return self.words
