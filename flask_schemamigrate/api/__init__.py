"""One plain function per command, from :class:`~flask_schemamigrate.settings.Settings` to values.

They raise the exceptions of :mod:`flask_schemamigrate.errors`, never exit, never print and leave
logging alone.
"""

from __future__ import annotations

from .creating import Draft
from .creating import edit_path
from .creating import init
from .creating import list_templates
from .creating import merge
from .creating import revision
from .migrating import Answers
from .migrating import check
from .migrating import migrate
from .moving import downgrade
from .moving import stamp
from .moving import upgrade
from .offline import downgrade_sql
from .offline import stamp_sql
from .offline import upgrade_sql
from .reading import branches
from .reading import current
from .reading import heads
from .reading import history
from .reading import needs_database
from .reading import require_heads
from .reading import show

__all__ = [
    "Answers",
    "Draft",
    "branches",
    "check",
    "current",
    "downgrade",
    "downgrade_sql",
    "edit_path",
    "heads",
    "history",
    "init",
    "list_templates",
    "merge",
    "migrate",
    "needs_database",
    "require_heads",
    "revision",
    "show",
    "stamp",
    "stamp_sql",
    "upgrade",
    "upgrade_sql",
]
