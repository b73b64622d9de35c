"""What dead processes left: half-removed folders, free locks, spilled sorts, WARC files that nobody closed.

Belongs here: telling such things from what a living process uses, and removing them. Does not belong here: files of tables
(cleaning.py), and unfinished runs, which are only told of: the same command takes them up again.
"""

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from warehouse import files
from warehouse.cleaning import Removed, sizes
from warehouse.paths import DataDir
from warehouse.underway import staged_runs

# Nothing that is younger is touched: whoever made it may be at work, or be run again tomorrow.
_UNTOUCHED_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What was, or would be, removed, by kind."""

    staged: Removed  # folders of runs that are over; at a URL, also what workers elsewhere staged for them
    locks: Removed  # of runs that are over
    spilled: Removed  # sorts that did not end
    unclosed: Removed  # WARC files of runs that were given up; at a URL, also those here of runs that are over
    unfinished: tuple[str, ...]  # runs that wait to be taken up again


def remove_leftovers(data: DataDir, *, now: float, dry_run: bool) -> Leftovers:
    """Remove what is older than a week and no process holds. `now`: seconds since 1970."""
    old = now - _UNTOUCHED_SECONDS
    unfinished = staged_runs(data)
    folders = [path for path in _below(data.staged) if path.is_dir() and path.name not in unfinished and _newest(path) < old]
    left = data.segments.glob("*/*.warc.gz*" if data.is_remote else "*/*.open")  # closed ones are elsewhere, or were given up
    unclosed = [path for path in left if path.parent.name not in unfinished and path.stat().st_mtime < old]
    handed = [path for path in _handed(data, but=unfinished) if path.stat().st_mtime < old]
    found = Leftovers(
        staged=sum((_sizes_below(path) for path in folders), sizes(handed)),
        locks=_free_locks(data, old, dry_run),
        spilled=_spilled(data, old, dry_run),
        unclosed=sizes(unclosed),
        unfinished=tuple(sorted(unfinished)),
    )
    if not dry_run:
        for path in folders:
            shutil.rmtree(path, ignore_errors=True)
        for path in (*unclosed, *handed):
            path.unlink(missing_ok=True)
    return found


def _handed(data: DataDir, but: Collection[str]) -> list[Path]:
    """At a URL: what workers elsewhere staged or were to read, `but` that of some runs."""
    found = data.handed.rglob("*") if data.is_remote else ()
    return [path for path in found if path.is_file() and path.relative_to(data.handed).parts[0] not in but]


def _free_locks(data: DataDir, old: float, dry_run: bool) -> Removed:
    """One lock file stays behind for every kind of work that was ever done: a file is removed only by who holds it."""
    removed = Removed()
    for path in _below(data.staged):
        if path.suffix != ".lock" or path.stat().st_mtime >= old:
            continue
        try:
            with files.exclusive(path, wait=False):
                removed += sizes([path])
                if not dry_run:
                    path.unlink()
        except BlockingIOError:
            continue
    return removed


def _spilled(data: DataDir, old: float, dry_run: bool) -> Removed:
    """What publishing spilled: nobody publishes while the lock is ours."""
    with files.exclusive(data.publish_lock):
        spilled = [path for path in _below(data.spill) if path.stat().st_mtime < old]
        removed = sizes(spilled)
        if not dry_run:
            for path in spilled:
                path.unlink(missing_ok=True)
    return removed


def _below(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.iterdir())) if folder.is_dir() else iter(())


def _newest(folder: Path) -> float:
    """When anything in a folder was last written."""
    return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))


def _sizes_below(folder: Path) -> Removed:
    return sizes(path for path in folder.rglob("*"))
