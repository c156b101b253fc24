"""What is different between the databases and the models.

Mostly nothing is: then next to nothing is loaded to find that out.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..run.session import Session
from ..schema.uncollected import uncollected
from ..settings import Settings
from . import given
from . import reading
from . import refusing
from . import visiting
from .decisions import Decisions
from .given import Difference
from .given import Sides
from .values import Changes

if TYPE_CHECKING:
    from ..history.graph import Graph
    from .creating import Draft
    from .deciding import Answers

#: The peers' options by which somebody else has a say in what seems to be equal.
_SAYING = (
    "process_revision_directives",
    "autogenerate_plugins",
    "include_object",
    "include_name",
)


def compare(
    settings: Settings,
    graph: Graph,
    decisions: Decisions,
    answers: Answers | None = None,
    flags: tuple[str, ...] = (),
    draft: Draft | None = None,
) -> tuple[Difference, ...]:
    """Compare every database that has models with them.

    ``flags`` are what an ``env.py`` finds true in ``config.cmd_opts``, and ``draft`` is what the
    peers' hook is told of the script.  Raises NoModels, NotUpToDate and UnknownApplied, and what
    the decisions lead to; ``answers`` is asked what ``decisions`` does not say.
    """

    def work(opened: Session) -> Difference:
        with opened.reading():
            now = opened.versions.rows()
        refusing.require_up_to_date(opened, graph, now, given.models(opened.database))
        with opened.reading(), uncollected():
            sides = given.read(opened, decisions)
            if sides.settled.is_same and not decisions.renames and not _others_say(opened):
                return _nothing(opened, sides)
            from . import differing

            return differing.told(opened, sides, decisions, answers, now, draft)

    differences = visiting.visit(settings, work, flags=flags, only=given.models)
    if not differences:
        raise refusing.no_models(settings)
    if decisions.renames or decisions.fills or decisions.maps:
        from . import differing

        differing.refuse_unused(decisions, differences)
    return differences


def _others_say(opened: Session) -> bool:
    """Whether a callback, or a library that Alembic knows, may find more or less than we do."""
    modules = ("alembic", "flask_schemamigrate.compat.alembic.autogenerate")
    return any(map(opened.settings.options.get, _SAYING)) or any(m in sys.modules for m in modules)


def _nothing(opened: Session, sides: Sides) -> Difference:
    """Return the difference between a database and models that are equal."""
    names = tuple(sorted(map(str, sides.wanted.tables)))
    changes = Changes(
        reading.name_of(opened.database),
        opened.database.label,
        (),
        len(sides.settled.actual.tables),
        len(names),
        sides.notes,
        unmanaged=tuple(str(table.name) for table in sides.others),
        names=names,
    )
    actual = sides.settled.actual
    return Difference(opened.database, opened.settings, actual, (), None, changes)
