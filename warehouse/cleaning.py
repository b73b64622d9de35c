"""Files that no reader needs any more, and the log kept short.

Belongs here: vacuum, checkpoints, and how long open readers are given. Does not belong here: compaction, raw pages, staged work.
"""

import json
import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from warehouse import layout
from warehouse.lake import Lake
from warehouse.paths import DataDir
from warehouse.schema import TABLES
from warehouse.views import KEPT_FOR_READERS_SECONDS, oldest_in_use

# What lies between looking at the tables and writing the views that show them, with much to spare.
_MARGIN_HOURS = 1


@dataclass(frozen=True, slots=True)
class Removed:
    """Files that were, or would be, removed."""

    files: int = 0
    bytes: int = 0

    def __add__(self, other: "Removed") -> "Removed":
        return Removed(self.files + other.files, self.bytes + other.bytes)


def retention_hours(data: DataDir, now: float) -> int:
    """How long a file must have been out of use before it may go. `now`: seconds since 1970.

    A week, so that a DuckDB that opened the views a week ago still finds its files; more if the views that were current then are
    older than that: nobody may have published for a month.
    """
    in_use = oldest_in_use(data, now)
    age = KEPT_FOR_READERS_SECONDS if in_use is None else max(KEPT_FOR_READERS_SECONDS, now - in_use)
    return math.ceil(age / 3600) + _MARGIN_HOURS


def vacuum(lake: Lake, table: str, *, retention_hours: int, dry_run: bool) -> Removed:
    """Remove files that are in no snapshot of the last `retention_hours`: replaced ones, and what killed writers left.

    LakeError if the table cannot be read.
    """
    if lake.snapshot(table).version is None:
        return Removed()
    handle, folder = lake.open(table), lake.folder(table)
    removed = sizes(folder / path for path in handle.vacuum(retention_hours, dry_run=True, full=True))
    if removed.files and not dry_run:
        handle.vacuum(retention_hours, dry_run=False, full=True)
    return removed


def checkpoint(lake: Lake, table: str) -> int:
    """Sum the log up, so that whoever opens the table reads one file, and remove what is older than the log's retention.

    Gives the number of log files that were removed. LakeError if the table cannot be read.
    """
    if lake.snapshot(table).version is None:
        return 0
    handle, log = lake.open(table), lake.folder(table) / "_delta_log"
    _keep_properties(handle, table)
    before = set(log.iterdir())
    if _checkpointed(log) < handle.version():
        handle.create_checkpoint()
    handle.cleanup_metadata()
    return len(before - set(log.iterdir()))


def _keep_properties(handle: DeltaTable, table: str) -> None:
    """A table that an earlier version made gets the settings of this one."""
    declared = layout.table_properties(TABLES[table])
    known = handle.metadata().configuration
    if declared != {name: known.get(name) for name in declared}:
        with suppress(CommitFailedError):  # somebody else committed; there is another upkeep next week
            handle.alter.set_table_properties(declared)


def sizes(paths: Iterable[Path]) -> Removed:
    """How many of these files there are, and how large they are together."""
    found = [path.stat().st_size for path in paths if path.is_file()]
    return Removed(len(found), sum(found))


def _checkpointed(log: Path) -> int:
    """The version that the newest checkpoint sums up; -1: there is none."""
    pointer = log / "_last_checkpoint"
    return int(json.loads(pointer.read_bytes())["version"]) if pointer.exists() else -1
