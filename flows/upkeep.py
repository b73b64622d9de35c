"""Upkeep as a Prefect flow, for a weekly schedule: the steps of `nightdesk maintain`, each a task."""

from collections.abc import Callable
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from flows import progress
from flows.commands.maintain import upkeep_lines
from flows.rundir import utc_now
from flows.settings import Place, warehouse
from warehouse.maintenance import Upkeep, maintain
from warehouse.rawstore import RawLimits
from warehouse.reportstore import REPORTS_KEPT


@flow(name="maintain", validate_parameters=False)
def upkeep(
    data: Place,
    *,
    keep_raw_days: int | None = None,
    max_raw_bytes: int | None = None,
    drop_needed_raw: bool = False,
    keep_reports: int = REPORTS_KEPT,
    dry_run: bool = False,
) -> Upkeep:
    """One upkeep of the warehouse below `data`; arguments as those of `nightdesk maintain`."""
    limits = RawLimits(keep_raw_days, max_raw_bytes, drop_needed_raw)
    now = utc_now().timestamp()
    done = maintain(warehouse(data), limits, now=now, keep_reports=keep_reports, dry_run=dry_run, run_step=_as_task)
    create_markdown_artifact("\n".join(f"- {line}" for line in upkeep_lines(done)), key="upkeep", description="What upkeep did")
    return done


def _as_task(name: str, step: Callable[[], Any]) -> Any:
    def run() -> Any:
        with progress.stage(name):
            return step()

    return task(name=name, cache_policy=NO_CACHE)(run)()
