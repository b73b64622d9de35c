"""Runs that have begun and not ended: what they have committed so far is nobody's business yet.

Belongs here: which runs these are, and snapshots without their rows. Does not belong here: a run's stages (flows).
A run commits table by table, its row of `runs` last. Until that is there its rows are left out of what is published, whoever
publishes: a reader sees all of a run or nothing. A run that was killed stays unfinished until it is run again, or until a person
gives it up by removing its folder below staged/: then what it had committed is shown.
"""

import hashlib
from collections.abc import Collection

from warehouse.lake import Lake, Snapshot
from warehouse.paths import RUN_FILE, DataDir
from warehouse.schema import TABLES


def staged_runs(data: DataDir) -> set[str]:
    """Runs whose work in progress is on disk."""
    return {path.parent.name for path in data.underway.glob(f"*/{RUN_FILE}")}


def unfinished_runs(data: DataDir, lake: Lake) -> set[str]:
    """Those of them that have no row in `runs` yet. LakeError if that cannot be read."""
    staged = staged_runs(data)
    return staged - lake.landed("runs", staged)


def snapshots_of(data: DataDir, lake: Lake) -> tuple[dict[str, Snapshot], dict[str, Snapshot]]:
    """The newest snapshot of every table, and the same without the rows of runs that are not finished.

    Asked in this order: a run that is finished before the tables are read is in them as a whole; one that commits while they are
    read still has its folder afterwards. One that finishes in that time may already share files with others (compaction.py), by
    which its rows can no longer be told: then all is read again. LakeError if a table cannot be read.
    """
    while True:
        finished = lake.landed("runs", staged_runs(data))
        snapshots = {table: lake.snapshot(table) for table in TABLES}
        unfinished = staged_runs(data) - finished
        if not lake.landed("runs", unfinished):
            return snapshots, {table: snapshot.without(unfinished) for table, snapshot in snapshots.items()}


def digest(runs: Collection[str]) -> str:
    """What tells files derived without these runs from those without others: 8 hex digits."""
    return hashlib.blake2b("\n".join(sorted(runs)).encode(), digest_size=4).hexdigest()
