"""The night, as a table of contents: discover, plan, fetch, extract, check, load, publish, report."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.futures import as_completed
from prefect.task_runners import ThreadPoolTaskRunner

from expectations.ownrules import all_rules
from flows.ending import ending, summary_of
from flows.engines import workers_for
from flows.finish import RunSummary, finish_run
from flows.network import Network
from flows.notices import tell_alarms, tell_killed
from flows.reading import manner_of
from flows.rundir import run_key, utc_now
from flows.settings import Place, warehouse
from flows.stages import (
    ConnectTo,
    Night,
    check_batch,
    discover_candidates,
    extract_each,
    fetch_batch,
    load_batches,
    plan_fetches,
)
from flows.takeover import held_run
from sources.config import NotifySettings, SourcesFile, load_sources, only_sources
from warehouse.paths import DataDir

# Batches under way at once. Their threads only wait: one event loop does the work of all, so that the hosts of a late batch do
# not wait for a slow host of an early one. So many batches are a quarter of a million pages.
FETCHERS: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=128)

# Batches that are committed together: a load of 100,000 rows holds 1.3 GB. A night of fewer pages is one commit a table.
COMMIT_BATCHES = 50


@flow(
    name="night",
    task_runner=FETCHERS,  # type: ignore[arg-type]  # its type is invariant in the future
    validate_parameters=False,
)
def night(
    sources: Path,
    data: Place,
    *,
    day: date | None = None,
    only: Sequence[str] = (),
    kind: str = "night",
    connect_to: ConnectTo | None = None,
    workers: int | None = None,
) -> Any:
    """One night over `sources`, a sources.toml. `only`: names of sources, all if empty. `day`: default today (UTC).

    Gives its RunSummary, in a failed state if the gate failed: `ending.summary_of` takes it out.
    """
    config = only_sources(load_sources(sources), only)
    tonight = day or utc_now().date()
    return pull(config, warehouse(data), kind=kind, work=(day,), day=tonight, connect_to=connect_to, workers=workers)


def pull(
    config: SourcesFile,
    data: DataDir,
    *,
    kind: str,
    work: Sequence[object],
    day: date,
    connect_to: ConnectTo | None = None,
    workers: int | None = None,
) -> Any:
    """All stages over what the sources of `config` name, within a flow. `kind` and `work`: what it is a run of, beside `config`.

    Gives its RunSummary, in a failed state if the gate failed: `ending.summary_of` takes it out.
    """
    all_rules()  # one of an installed package that is broken is told before anything is fetched
    # Who is told of it is no part of the work.
    key = run_key(replace(config, notify=NotifySettings()), *work)
    manner = manner_of(config.sources, config.rules, max_page_bytes=config.settings.max_page_bytes, workers=workers)
    with held_run(data, kind=kind, key=key, day=day) as run:
        tell_killed(config.notify, run)
        with workers_for(run) as engine, Network() as network:
            tonight = Night(run, config, connect_to or {}, network=network)
            discover_candidates(tonight, date.fromisoformat(run.info.day))
            batches = plan_fetches(tonight)
            fetched = (done.result() for done in as_completed([fetch_batch.submit(tonight, batch) for batch in batches]))
            for batch in extract_each(run, fetched, manner, engine):
                check_batch(run, batch, config.sources)
        for together in _in_commits([0, *batches]):
            load_batches(run, together)
        summary = finish_run(run, batches, config.gate, sources=config.sources)
    tell_alarms(config.notify, summary.run_id, [alarm.message for alarm in summary.alarms])
    return ending(summary, config.notify)


def _in_commits(batches: Sequence[int]) -> list[Sequence[int]]:
    return [batches[first : first + COMMIT_BATCHES] for first in range(0, len(batches), COMMIT_BATCHES)]


def until_tonight(one_night: Callable[[], Any], day: date | None) -> Iterator[RunSummary]:
    """Nights until that of `day` (default: today, UTC) is done: one that had been left unfinished is finished first, under its
    own day.
    """
    while True:
        summary = summary_of(one_night())
        yield summary
        if not summary.resumed or summary.day == (day or utc_now().date()).isoformat():
            return
