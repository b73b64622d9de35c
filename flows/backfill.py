"""The stages of the night over WARC archives: what a fetch would give is read from files instead."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows import progress, staging
from flows.engines import workers_for
from flows.finish import RunSummary, finish_run
from flows.reading import manner_of
from flows.rundir import BACKFILL_KIND, RunDir, open_run, run_key, utc_now
from flows.settings import Place, warehouse
from flows.stages import check_batch, extract_each, load_batches
from sources.archivelists import Archive
from sources.config import FetchSettings, GateSettings
from sources.content import DEFAULT_PAGE_BYTES
from sources.download import DownloadError, download
from sources.joining import join_captures
from sources.planning import keep_latest_captures
from sources.records import Fetched
from sources.siterules import Site
from sources.warc import scan
from transforms.paging import next_page_url
from transforms.records import Candidate, WarcPointer
from transforms.siterules import SiteRules
from warehouse.paths import DataDir

# Where workers elsewhere read pages: archives read ahead of the one that is loaded next. One of 30,000 pages is 60 shares.
ARCHIVES_AT_ONCE = 4


@flow(name="backfill", validate_parameters=False)
def backfill(
    archives: Sequence[Archive],
    data: Place,
    *,
    source: str = "archive",
    sites: Sequence[Site] = (),
    workers: int | None = None,
    contact: str | None = None,
) -> RunSummary:
    """Every page of `archives` through extraction, rules and load, file by file; a killed run goes on with its file.

    Those that lie elsewhere are downloaded one by one, each when its turn comes. `sites`: the sites' own rules. `contact`: for
    hosts that are not local.
    """
    started = utc_now()
    rules = [site.rule for site in sites]
    key = run_key(source, *(_identity(archive) for archive in archives), *rules)
    manner = manner_of((), SiteRules(rules), max_page_bytes=DEFAULT_PAGE_BYTES, workers=workers)
    with open_run(warehouse(data), kind=BACKFILL_KIND, key=key, day=started.date().isoformat(), now=started) as run:
        batches = range(1, len(archives) + 1)
        with workers_for(run) as engine:
            read = _read_each(run, archives, source, SiteRules(rules), FetchSettings(contact=contact))
            for batch in extract_each(run, read, manner, engine, at_once=ARCHIVES_AT_ONCE):
                check_batch(run, batch)
                load_batches(run, [batch])
                if archives[batch - 1].url and run.data.is_remote:
                    archives[batch - 1].path.unlink(missing_ok=True)  # a thousand of them would fill this machine
        return finish_run(run, batches, GateSettings())


def _read_each(run: RunDir, archives: Sequence[Archive], source: str, rules: SiteRules, settings: FetchSettings) -> Iterator[int]:
    """Read one archive after the other, each when it is asked for. Gives its batch."""
    for batch, archive in enumerate(archives, start=1):
        read_archive(run, batch, archive, source, rules, settings)
        yield batch


def _identity(archive: Archive) -> tuple[str, int, int]:
    """An archive that has been replaced since is another archive; of one that lies elsewhere the address must do."""
    if archive.url is not None:
        return archive.url, 0, 0
    return str(archive.path), archive.path.stat().st_size, archive.path.stat().st_mtime_ns


@task(name="read archive", cache_policy=NO_CACHE)
def read_archive(run: RunDir, batch: int, archive: Archive, source: str, rules: SiteRules, settings: FetchSettings) -> None:
    """One WARC file -> fetched-<batch>.parquet: every record accounted for, pages where they lie, articles of several joined.

    A file that cannot be had is a row under its own URL.
    """
    done = run.file(f"fetched-{batch}.parquet")
    if done.exists():
        return
    found: list[Fetched] = []
    try:
        _had(archive, settings)
    except DownloadError as error:
        candidate = Candidate(archive.url or "", source, "warc", utc_now())
        found.append(Fetched(candidate, error.reason, f"the archive cannot be had: {error.detail}"))
    else:
        with progress.stage(f"read {archive.path.name}") as stage:
            for record in scan(archive.path, source=source, now=utc_now):
                found.append(record)
                stage.advance()
    captures = join_captures(keep_latest_captures(found), partial(next_page_url, rules=rules))
    if archive.url and run.data.is_remote and archive.path.exists():
        captures = _archived(run.data, archive.path, captures)
    staging.write_table(staging.fetched_to_table(captures), done)


def _archived(data: DataDir, path: Path, captures: Sequence[Fetched]) -> list[Fetched]:
    """Put an archive that was downloaded where other machines find it, and have its pages called as they are there."""
    from warehouse import remote

    name = path.relative_to(data.segments)
    remote.put(path, data.raw / name)

    def moved(pointer: WarcPointer) -> WarcPointer:
        return replace(pointer, file=name.as_posix())

    return [replace(item, warc=item.warc and moved(item.warc), parts=tuple(map(moved, item.parts))) for item in captures]


def _had(archive: Archive, settings: FetchSettings) -> None:
    if archive.url is not None and not archive.path.exists():
        with progress.stage(f"download {archive.path.name}, kB") as stage:
            download(archive.url, archive.path, settings, lambda size: stage.advance(size // 1024))
