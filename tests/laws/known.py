"""Where a law is known not to hold: (case, system) -> the laws, with the reason beside it.

A case that keeps a law that it is listed for fails, so that this list stays true.  Whoever mends
one takes it out.
"""

from __future__ import annotations

KNOWN = {
    # The server numbers what has no name; the numbers stay.
    ("one of two unnamed checks goes", "mariadb"): "True",
}
