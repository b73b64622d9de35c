"""What can be scheduled: each verb that runs unattended as a flow with plain parameters, for `nightdesk serve`, prefect.yaml and
the form of Prefect's UI.

Belongs here: parameters, their types and descriptions. Does not belong here: what a night is (night.py), when it
runs (serving.py).
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from prefect import flow
from pydantic import Field

from flows import settings
from flows.backfill import backfill
from flows.ending import gate_state
from flows.night import FETCHERS, night, until_tonight
from flows.notices import unfinished_is_told
from flows.upkeep import upkeep
from sources.archivelists import local_archives
from sources.config import load_sources
from sources.siterules import load_sites
from transforms.errors import InputError
from warehouse.maintenance import Upkeep

Sources = Annotated[Path, Field(description="sources.toml: where pages come from.")]
Data = Annotated[str, Field(description="The warehouse: a folder, or s3://bucket/prefix.")]
Workers = Annotated[int | None, Field(description="Extraction processes; empty: one a processor.", ge=1)]


@flow(name="nightly", task_runner=FETCHERS, persist_result=False)  # type: ignore[arg-type]  # its type is invariant in the future
def nightly(
    sources: Sources,
    data: Data,
    day: Annotated[date | None, Field(description="The night's logical day; empty: today, UTC.")] = None,
    only: Annotated[list[str], Field(description="Names of sources; empty: all.")] = [],  # noqa: B006  # the form wants a list
    workers: Workers = None,
) -> Any:
    """One night: discover, fetch, archive, extract, check, load, report. One that was left unfinished is finished first."""
    with unfinished_is_told(lambda: load_sources(sources).notify):
        *_, last = until_tonight(lambda: night.fn(sources, settings.place(data), day=day, only=only, workers=workers), day)
    return gate_state(last)


@flow(name="weekly-upkeep", persist_result=False)
def weekly_upkeep(
    data: Data,
    keep_raw_days: Annotated[
        int | None, Field(description="Remove raw pages older than so many days; empty: keep all.", ge=0)
    ] = None,
    max_raw_bytes: Annotated[int | None, Field(description="Remove the oldest raw pages beyond so many bytes.", ge=0)] = None,
    drop_needed_raw: Annotated[
        bool, Field(description="Remove raw pages of current articles and of the quarantine as well.")
    ] = False,
    dry_run: Annotated[bool, Field(description="Only say what would be done.")] = False,
) -> Upkeep:
    """Compaction, vacuum, checkpoints, retention of raw pages."""
    return upkeep.fn(
        settings.place(data),
        keep_raw_days=keep_raw_days,
        max_raw_bytes=max_raw_bytes,
        drop_needed_raw=drop_needed_raw,
        dry_run=dry_run,
    )


@flow(name="archive-backfill", persist_result=False)
def archive_backfill(
    data: Data,
    warc: Annotated[list[str], Field(description="WARC files: paths or patterns such as /archive/2026/*.warc.gz.")],
    source: Annotated[str, Field(description="The name that the rows bear as their source.")] = "archive",
    rules: Annotated[Path | None, Field(description="The sites' own rules: a file or a folder.")] = None,
    workers: Workers = None,
) -> Any:
    """The night's stages over WARC archives: extract, check, load, report."""
    archives = local_archives(warc, called="warc")
    if not archives:
        raise InputError("warc: names no file; give paths or patterns")
    sites = load_sites(rules) if rules else ()
    return backfill.fn(
        archives,
        settings.place(data),
        source=source,
        sites=sites,
        workers=workers,
        contact=settings.contact(),
    )
