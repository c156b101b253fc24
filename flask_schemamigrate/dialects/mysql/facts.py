"""What a server can do, by product and version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Facts:
    """Capabilities of MariaDB or MySQL.

    MySQL's are from its manual (8.0), and were tried on 9.7.
    """

    mariadb: bool
    version: tuple[int, ...]

    @classmethod
    def of(cls, dialect: Any) -> Facts:
        """Return the facts about the server that a SQLAlchemy dialect is connected to.

        Without a connection the URL's scheme decides, and the server counts as recent.
        """
        mariadb = bool(getattr(dialect, "is_mariadb", False) or dialect.name == "mariadb")
        version = getattr(dialect, "server_version_info", None)
        numbers = tuple(n for n in version or () if isinstance(n, int))
        return cls(mariadb, numbers or ((10, 11) if mariadb else (8, 4)))

    @property
    def if_exists(self) -> bool:
        """``ADD COLUMN IF NOT EXISTS``, ``DROP CONSTRAINT IF EXISTS`` and the like."""
        return self.mariadb

    @property
    def follows_renames(self) -> bool:
        """Whether checks and generated columns follow the new name of a column.

        MySQL refuses it where there are any: errors 3959 and 3108.
        """
        return self.mariadb

    @property
    def usual_action(self) -> str:
        """What happens where a foreign key does not say ON DELETE; both mean the same to InnoDB."""
        return "RESTRICT" if self.mariadb else "NO ACTION"

    @property
    def drop_check(self) -> str:
        """The word that drops a check constraint; MySQL 8.0.19 understands MariaDB's too."""
        return "CONSTRAINT" if self.mariadb or self.version >= (8, 0, 19) else "CHECK"

    @property
    def quoted_defaults(self) -> bool:
        """Whether ``information_schema`` spells defaults as SQL (MariaDB from 10.2.7)."""
        return self.mariadb

    @property
    def compound(self) -> bool:
        """``BEGIN NOT ATOMIC`` outside of stored programs (MariaDB 10.1.1)."""
        return self.mariadb and self.version >= (10, 1, 1)

    @property
    def plain_mode(self) -> str:
        """What to put before a query so that sql_mode does not change how SQL is quoted in it.

        Nor does a limit of the session's cut off what :attr:`gathers` is for.
        """
        limit = ", group_concat_max_len = 4294967295" if self.gathers else ""
        return f"SET STATEMENT sql_mode = ''{limit} FOR " if self.mariadb else ""

    @property
    def gathers(self) -> bool:
        """Whether the rows of a table can be had as one: JSON_ARRAY (MariaDB 10.2.3).

        MySQL has it too, but no limit for one statement that the server gives its word for.
        """
        return self.mariadb and self.version >= (10, 2, 3)

    @property
    def expression_keys(self) -> bool:
        """Whether indexes may have expressions for keys (MySQL 8.0.13)."""
        return not self.mariadb and self.version >= (8, 0, 13)

    @property
    def rename_column(self) -> bool:
        """``RENAME COLUMN`` (MariaDB 10.5.2, MySQL 8.0.3)."""
        return self.version >= ((10, 5, 2) if self.mariadb else (8, 0))

    @property
    def rename_index(self) -> bool:
        """``RENAME INDEX`` (MariaDB 10.5.2, MySQL 5.7)."""
        return self.version >= ((10, 5, 2) if self.mariadb else (5, 7))
