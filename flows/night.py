"""The night, as a table of contents: discover, plan, fetch, extract, check, load, publish, report."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from prefect import flow
from prefect.futures import as_completed
from prefect.task_runners import ThreadPoolTaskRunner

from flows.finish import RunSummary, commit_run, publish_views, summarise, write_reports
from flows.progress import Reporter, SilentReporter
from flows.rundir import open_run, run_key, utc_now
from flows.stages import (
    ConnectTo,
    Night,
    check_batch,
    discover_candidates,
    extract_batch,
    fetch_batch,
    load_batches,
    plan_fetches,
)
from sources.config import load_sources, only_sources
from warehouse.paths import DataDir

# Fetch batches that are under way at once: each waits for the network most of the time.
FETCHES_AT_ONCE = 4


@flow(name="night", task_runner=ThreadPoolTaskRunner(max_workers=FETCHES_AT_ONCE), validate_parameters=False)
def night(
    sources: Path,
    data: Path,
    *,
    day: date | None = None,
    only: Sequence[str] = (),
    kind: str = "night",
    connect_to: ConnectTo | None = None,
    workers: int | None = None,
    reporter: Reporter | None = None,
) -> RunSummary:
    """One night over `sources`, a sources.toml. `only`: names of sources, all if empty. `day`: default today (UTC)."""
    show: Reporter = reporter or SilentReporter()
    config = only_sources(load_sources(sources), only)
    started = utc_now()
    logical_day = day or started.date()
    key = run_key(config, day)
    with open_run(DataDir(data), kind=kind, key=key, day=logical_day.isoformat(), now=started) as run:
        tonight = Night(run, config, show, connect_to or {}, workers)
        discover_candidates(tonight, logical_day)
        batches = plan_fetches(tonight)
        for fetched in as_completed([fetch_batch.submit(tonight, batch) for batch in batches]):
            batch = fetched.result()
            extract_batch(run, batch, sources=config.sources, reporter=show, workers=workers)
            check_batch(run, batch, show)
        load_batches(run, [0, *batches], show)
        gate, pages = commit_run(run, batches, config.gate, show)
        views_file = publish_views(run, show)
        report = write_reports(run, batches, show)
        return summarise(run, pages, gate, views_file=views_file, report=report)
