"""Operations: what a migration does, each one a frozen value that knows all about itself.

:mod:`.tables`, :mod:`.columns`, :mod:`.constraints`, :mod:`.indexes`, :mod:`.types`, :mod:`.data`.
An operation knows its effect on a :class:`~flask_schemamigrate.schema.objects.Schema`, its inverse,
the call that a script makes for it, and its sentence.  It does not know SQL: dialects do.
"""
