"""The stages of the night over WARC archives: what a fetch would give is read from files instead."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows import progress, staging
from flows.finish import RunSummary, commit_run, publish_views, summarise, write_reports
from flows.rundir import RunDir, open_run, run_key, utc_now
from flows.stages import check_batch, extract_batch, load_batches
from sources.config import GateSettings
from sources.content import DEFAULT_PAGE_BYTES
from sources.joining import join_captures
from sources.planning import keep_latest_captures
from sources.siterules import Site
from sources.warc import scan
from transforms.paging import next_page_url
from transforms.siterules import SiteRules
from warehouse.paths import DataDir


@flow(name="backfill", validate_parameters=False)
def backfill(
    archives: Sequence[Path],
    data: Path,
    *,
    source: str = "archive",
    sites: Sequence[Site] = (),
    workers: int | None = None,
) -> RunSummary:
    """Every page of `archives` through extraction, rules and load, file by file; a killed run goes on with its file.

    `sites`: the sites' own rules.
    """
    started = utc_now()
    rules = [site.rule for site in sites]
    key = run_key(source, *(_identity(path) for path in archives), *rules)
    with open_run(DataDir(data), kind="backfill", key=key, day=started.date().isoformat(), now=started) as run:
        batches = range(1, len(archives) + 1)
        for batch, path in zip(batches, archives, strict=True):
            read_archive(run, batch, path, source, SiteRules(rules))
            extract_batch(run, batch, sources=(), rules=SiteRules(rules), max_page_bytes=DEFAULT_PAGE_BYTES, workers=workers)
            check_batch(run, batch)
            load_batches(run, [batch])
        gate, pages = commit_run(run, batches, GateSettings())
        views_file = publish_views(run)
        report = write_reports(run, batches, gate)
        return summarise(run, pages, gate, views_file=views_file, report=report)


def _identity(path: Path) -> tuple[str, int, int]:
    """An archive that has been replaced since is another archive."""
    return str(path), path.stat().st_size, path.stat().st_mtime_ns


@task(name="read archive", cache_policy=NO_CACHE)
def read_archive(run: RunDir, batch: int, path: Path, source: str, rules: SiteRules) -> None:
    """One WARC file -> fetched-<batch>.parquet: every record accounted for, pages where they lie, articles of several joined."""
    done = run.file(f"fetched-{batch}.parquet")
    if done.exists():
        return
    with progress.stage(f"read {path.name}") as stage:
        found = []
        for record in scan(path, source=source, now=utc_now):
            found.append(record)
            stage.advance()
        captures = join_captures(keep_latest_captures(found), partial(next_page_url, rules=rules))
        staging.write_table(staging.fetched_to_table(captures), done)
