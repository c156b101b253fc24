"""One plain function per command, from :class:`~flask_schemamigrate.settings.Settings` to values.

They raise the exceptions of :mod:`flask_schemamigrate.errors`, never exit, never print and leave
logging alone.  Each is imported when it is first used: a question about the history needs little of
the engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .baselining import baseline
    from .checking import check
    from .checking import check_plan
    from .creating import Draft
    from .creating import edit_path
    from .creating import merge
    from .creating import revision
    from .deciding import Answers
    from .drifting import adopt
    from .drifting import drift
    from .drifting import repair
    from .edited import accept
    from .layouts import init
    from .layouts import list_templates
    from .layouts import modernize
    from .layouts import remove
    from .logs import drop_log
    from .logs import log
    from .migrating import migrate
    from .moving import downgrade
    from .moving import stamp
    from .moving import upgrade
    from .offline import downgrade_sql
    from .offline import stamp_sql
    from .offline import upgrade_sql
    from .planning import plan_downgrade
    from .planning import plan_migrate
    from .planning import plan_upgrade
    from .reading import branches
    from .reading import current
    from .reading import heads
    from .reading import history
    from .reading import needs_database
    from .reading import require_heads
    from .reading import show
    from .repairing import faults
    from .repairing import mend
    from .resolving import resolve
    from .states import health
    from .states import status
    from .waiting import wait

_MODULES = {
    "Draft": "creating",
    "edit_path": "creating",
    "merge": "creating",
    "revision": "creating",
    "Answers": "deciding",
    "init": "layouts",
    "list_templates": "layouts",
    "modernize": "layouts",
    "remove": "layouts",
    "accept": "edited",
    "adopt": "drifting",
    "baseline": "baselining",
    "drift": "drifting",
    "repair": "drifting",
    "faults": "repairing",
    "mend": "repairing",
    "drop_log": "logs",
    "log": "logs",
    "check": "checking",
    "migrate": "migrating",
    "downgrade": "moving",
    "stamp": "moving",
    "upgrade": "moving",
    "downgrade_sql": "offline",
    "stamp_sql": "offline",
    "upgrade_sql": "offline",
    "check_plan": "checking",
    "plan_downgrade": "planning",
    "plan_migrate": "planning",
    "plan_upgrade": "planning",
    "branches": "reading",
    "current": "reading",
    "heads": "reading",
    "history": "reading",
    "needs_database": "reading",
    "require_heads": "reading",
    "show": "reading",
    "resolve": "resolving",
    "health": "states",
    "status": "states",
    "wait": "waiting",
}


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f".{module}", __name__), name)
    return found


__all__ = [
    "Answers",
    "Draft",
    "accept",
    "adopt",
    "baseline",
    "branches",
    "check",
    "check_plan",
    "current",
    "downgrade",
    "downgrade_sql",
    "drift",
    "drop_log",
    "edit_path",
    "faults",
    "heads",
    "health",
    "history",
    "init",
    "list_templates",
    "log",
    "mend",
    "merge",
    "migrate",
    "modernize",
    "needs_database",
    "remove",
    "plan_downgrade",
    "plan_migrate",
    "plan_upgrade",
    "repair",
    "require_heads",
    "resolve",
    "revision",
    "show",
    "stamp",
    "stamp_sql",
    "status",
    "upgrade",
    "upgrade_sql",
    "wait",
]
