"""From what a script writes (names, strings, SQLAlchemy objects) to operations.

:mod:`.elements` builds SQLAlchemy's constructs on tables that exist only for them, :mod:`.build`
turns them into operations; :mod:`flask_schemamigrate.op` is the face of it.
"""
