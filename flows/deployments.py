"""What can be scheduled: each verb that runs unattended as a flow with plain parameters, for `nightdesk serve`, prefect.yaml and
the form of Prefect's UI, which takes descriptions from the docstrings alone (Google's format), and types from the annotations.

Belongs here: parameters, their types and descriptions. Does not belong here: what a night is (night.py), when it
runs (serving.py).
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

from prefect import flow
from pydantic import Field

from expectations.report import read_report, write_report
from flows import logs, settings
from flows.backfill import backfill
from flows.commands.report import chosen_run
from flows.ending import gate_state
from flows.finish import publish_artifacts
from flows.history import past_days
from flows.night import FETCHERS, night, until_tonight
from flows.notices import unfinished_is_told
from flows.orphaned import outlive_starter
from flows.rundir import utc_now
from flows.upkeep import upkeep
from sources.archivelists import local_archives
from sources.config import NotifySettings, load_sources
from sources.siterules import load_sites
from transforms.errors import InputError
from warehouse.maintenance import Upkeep
from warehouse.reportstore import REPORTS_KEPT

# Of a worker's process and of those that `nightdesk serve` starts, this module is the beginning.
logs.configure()

AtLeastOne = Annotated[int, Field(ge=1)]
AtLeastZero = Annotated[int, Field(ge=0)]


@flow(name="nightly", task_runner=FETCHERS, persist_result=False)  # type: ignore[arg-type]  # its type is invariant in the future
def nightly(
    sources: Path,
    data: str,
    day: date | None = None,
    only: list[str] = [],  # noqa: B006  # the form wants a list; here and below
    workers: AtLeastOne | None = None,
) -> Any:
    """One night: discover, fetch, archive, extract, check, load, report. One that was left unfinished is finished first.

    Args:
        sources: sources.toml, where pages come from.
        data: The warehouse, a folder or s3://bucket/prefix.
        day: The night's logical day; empty: today, UTC.
        only: Names of sources; empty: all.
        workers: Extraction processes; empty: one a processor.
    """
    with unfinished_is_told(lambda: load_sources(sources).notify):
        *_, last = until_tonight(lambda: night.fn(sources, settings.place(data), day=day, only=only, workers=workers), day)
    return gate_state(last)


@flow(name="weekly-upkeep", persist_result=False)
def weekly_upkeep(
    data: str,
    keep_raw_days: AtLeastZero | None = None,
    max_raw_bytes: AtLeastZero | None = None,
    drop_needed_raw: bool = False,
    keep_reports: AtLeastOne = REPORTS_KEPT,
    dry_run: bool = False,
) -> Upkeep:
    """Compaction, vacuum, checkpoints, retention of raw pages and reports.

    Args:
        data: The warehouse, a folder or s3://bucket/prefix.
        keep_raw_days: Remove raw pages older than so many days; empty: keep all.
        max_raw_bytes: Remove the oldest raw pages beyond so many bytes; empty: keep all.
        drop_needed_raw: Remove raw pages of current articles and of the quarantine as well.
        keep_reports: Keep the reports of so many runs, the last ones.
        dry_run: Only say what would be done.
    """
    outlive_starter()
    return upkeep.fn(
        settings.place(data),
        keep_raw_days=keep_raw_days,
        max_raw_bytes=max_raw_bytes,
        drop_needed_raw=drop_needed_raw,
        keep_reports=keep_reports,
        dry_run=dry_run,
    )


@flow(name="archive-backfill", persist_result=False)
def archive_backfill(
    data: str, warc: list[str], source: str = "archive", rules: Path | None = None, workers: AtLeastOne | None = None
) -> Any:
    """The night's stages over WARC archives: extract, check, load, report.

    Args:
        data: The warehouse, a folder or s3://bucket/prefix.
        warc: WARC files, paths or patterns such as /archive/2026/*.warc.gz.
        source: The name that the rows bear as their source.
        rules: The sites' own rules, a file or a folder; empty: none.
        workers: Extraction processes; empty: one a processor.
    """
    archives = local_archives(warc, called="warc")
    if not archives:
        raise InputError("warc: names no file; give paths or patterns")
    sites = load_sites(rules) if rules else ()
    with unfinished_is_told(NotifySettings, "a backfill"):
        return backfill.fn(
            archives,
            settings.place(data),
            source=source,
            sites=sites,
            workers=workers,
            contact=settings.contact(),
        )


@flow(name="days-backfill", task_runner=FETCHERS, persist_result=False)  # type: ignore[arg-type]  # as above
def days_backfill(
    sources: Path,
    data: str,
    first: date,
    last: date | None = None,
    only: list[str] = [],  # noqa: B006
    delay_seconds: Annotated[float, Field(ge=0)] | None = None,
    workers: AtLeastOne | None = None,
) -> Any:
    """The night's stages over past days: what sitemaps still tell of them, and places with {yyyy}, {mm}, {dd} in their URL.

    Args:
        sources: sources.toml, where pages come from.
        data: The warehouse, a folder or s3://bucket/prefix.
        first: The first of the days.
        last: The last of them; empty: yesterday, UTC.
        only: Names of sources; empty: all.
        delay_seconds: Pause between two pages of a host; empty: as the sources say.
        workers: Extraction processes; empty: one a processor.
    """
    last = last or max(first, utc_now().date() - timedelta(days=1))
    if last < first:
        raise InputError(f"last {last}: is before first {first}")
    place = settings.place(data)
    with unfinished_is_told(lambda: load_sources(sources).notify, "a backfill"):
        return past_days.fn(sources, place, first=first, last=last, only=only, delay_seconds=delay_seconds, workers=workers)


@flow(name="quality-report", persist_result=False)
def quality_report(data: str, run: str | None = None) -> str:
    """The quality report of a run, made again from the warehouse. Gives its page's path; artifacts show it in the UI.

    Args:
        data: The warehouse, a folder or s3://bucket/prefix.
        run: Which run; empty: the last one.
    """
    outlive_starter()
    folder = settings.warehouse(settings.place(data))
    report = read_report(folder, chosen_run(folder, run))
    path = write_report(folder, report)
    publish_artifacts(report, path)
    return str(path)
