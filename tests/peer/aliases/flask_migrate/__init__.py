"""Stands in for Flask-Migrate while its tests run: every name is ours.

Its ``env.py`` sets up logging for the process, as its ``alembic.ini`` says; ours never does.  One
of its tests reads a line of the log, so that is done here.
"""

from __future__ import annotations

import logging

from flask_schemamigrate import Migrate
from flask_schemamigrate.functions import *  # noqa: F403
from flask_schemamigrate.functions import __all__ as _functions

__all__ = [*_functions, "Migrate"]
logging.getLogger("alembic").setLevel(logging.INFO)
logging.getLogger("alembic").addHandler(logging.StreamHandler())
