"""Running revisions: connections, transactions, the version table, scripts.

:mod:`.live` and :mod:`.sqlwriter` are the two executors: one runs steps, the other writes them.
"""
