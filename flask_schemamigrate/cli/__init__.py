"""The commands of ``flask db``: options in, one call of :mod:`flask_schemamigrate.api`, text out.

Results go to stdout, everything else to stderr.  Exit statuses:

======  ==========================================================================================
``0``   done, or nothing to do
``1``   an error with a code, told on stderr; ``check``: the models have changes that no script has;
        ``current --check-heads``: a revision is not applied
``2``   the command was typed wrongly
======  ==========================================================================================
"""

from __future__ import annotations

import click

from . import creating
from . import migrating
from . import moving
from . import reading

#: Every command by its name.
COMMANDS: dict[str, click.Command] = {
    str(command.name): command
    for command in (
        creating.init,
        creating.list_templates,
        creating.revision,
        migrating.migrate,
        migrating.check,
        creating.merge,
        creating.edit,
        moving.upgrade,
        moving.downgrade,
        moving.stamp,
        reading.history,
        reading.heads,
        reading.branches,
        reading.show,
        reading.current,
    )
}
