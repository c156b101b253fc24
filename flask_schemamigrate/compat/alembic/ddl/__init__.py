"""``alembic.ddl``: how each database system spells directives, and how it is compared."""

from __future__ import annotations

from . import mssql as mssql
from . import mysql as mysql
from . import oracle as oracle
from . import postgresql as postgresql
from . import sqlite as sqlite
from .impl import DefaultImpl as DefaultImpl
