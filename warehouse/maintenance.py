"""All upkeep of a warehouse, in order.

Belongs here: the order, and what it came to. Does not belong here: how a step does its work (compaction, cleaning, rawstore,
reportstore, leftovers). Any number of loads may be under way: a reader keeps what it has open, a writer's commit and a
compaction's wait for each other for milliseconds.
"""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from transforms.errors import BusyError, InputError
from warehouse import files
from warehouse.cleaning import Removed, checkpoint, retention_hours, vacuum
from warehouse.compaction import Compaction, compact, plan
from warehouse.lake import Lake
from warehouse.leftovers import Leftovers, remove_leftovers
from warehouse.paths import DataDir
from warehouse.rawstore import RawLimits, RawReport, keep_within
from warehouse.reportstore import REPORTS_KEPT, ReportsKept, keep_newest
from warehouse.schema import TABLES
from warehouse.underway import unfinished_runs
from warehouse.views import publish

# (name, step) -> what the step gave: whoever watches shows its name, an orchestrator makes a task of it.
RunStep = Callable[[str, Callable[[], Any]], Any]


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What was done, or with `dry_run` would be."""

    dry_run: bool
    leftovers: Leftovers
    retention_hours: int
    vacuumed: Removed
    compactions: tuple[Compaction, ...]
    log_files: int  # removed
    raw: RawReport
    reports: ReportsKept
    underway: Path  # holds a folder per unfinished run; without it the run is given up


def maintain(
    data: DataDir, limits: RawLimits, *, now: float, dry_run: bool, run_step: RunStep, keep_reports: int = REPORTS_KEPT
) -> Upkeep:
    """Leftovers, vacuum, compaction, views, checkpoints, raw archive, reports. `now`: seconds since 1970; `keep_reports`: of how
    many runs, at least one.

    With `dry_run` nothing is changed. Killed at any moment it can be run again, and no row is lost or doubled. InputError if
    there is no lake, BusyError if another process is at it, LakeError if the lake cannot be read.
    """
    if not data.lake.is_dir():
        raise InputError(f"no warehouse at {data.root}: run `nightdesk run --sample` to fill one, or name another with --data.")
    with ExitStack() as held:
        try:
            held.enter_context(files.exclusive(data.maintain_lock, wait=False))
        except BlockingIOError:
            raise BusyError(f"{data.root} is being maintained by another process; wait for it to end, or end it") from None
        return _maintained(data, Lake(data.lake), limits, now, keep_reports, dry_run, run_step)


def _maintained(
    data: DataDir, lake: Lake, limits: RawLimits, now: float, keep_reports: int, dry_run: bool, run_step: RunStep
) -> Upkeep:
    leftovers = run_step("leftovers", lambda: remove_leftovers(data, now=now, dry_run=dry_run))
    hours = retention_hours(data, now)
    # Before compaction, which needs the room.
    vacuumed = run_step("vacuum", lambda: _vacuum_all(lake, hours, dry_run))
    compactions = tuple(run_step(f"compact {table}", partial(_compact, data, lake, table, dry_run)) for table in TABLES)
    log_files = 0
    if not dry_run:
        shutil.rmtree(data.compacted, ignore_errors=True)
        run_step("publish views", lambda: publish(data))
        log_files = run_step("checkpoints", lambda: sum(checkpoint(lake, table) for table in TABLES))
    unfinished = leftovers.unfinished
    raw = run_step("raw archive", lambda: keep_within(data, lake, limits, unfinished=unfinished, now=now, dry_run=dry_run))
    reports = run_step("reports", lambda: keep_newest(data, keep_reports, dry_run=dry_run))
    return Upkeep(dry_run, leftovers, hours, vacuumed, compactions, log_files, raw, reports, data.underway)


def _vacuum_all(lake: Lake, hours: int, dry_run: bool) -> Removed:
    removed = (vacuum(lake, table, retention_hours=hours, dry_run=dry_run) for table in TABLES)
    return sum(removed, Removed())


def _compact(data: DataDir, lake: Lake, table: str, dry_run: bool) -> Compaction:
    def unfinished() -> set[str]:
        return unfinished_runs(data, lake)

    if dry_run:
        return plan(lake, table, unfinished=unfinished)[0]
    return compact(lake, table, scratch=data.compacted, unfinished=unfinished)
