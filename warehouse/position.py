"""How far something that is derived from a table has come.

Belongs here: the name of a place in a table's history. Does not belong here: finding it (increments.py). Imports nothing heavy: a
search from the command line waits for it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """How far something that is derived from a table has come. The same number in another table, or after a repair,
    is another one.
    """

    version: int  # -1: the table was never written to
    commit: str  # hex hash of that version's log entry; empty if there is none
