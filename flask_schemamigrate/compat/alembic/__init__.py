"""What a script gets when it says ``import alembic`` while it runs here."""

from __future__ import annotations

from ... import context as context
from ... import op as op
from . import migration as migration
from . import operations as operations
from . import util as util

#: The version whose behaviour towards scripts is followed.
__version__ = "1.20.1"
runtime = migration
