"""The raw archive through today's code: what would change, and new versions where it does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows import progress, staging
from flows.finish import RunSummary, commit_run, publish_views, summarise, write_reports
from flows.rundir import RunDir, open_run, run_key, utc_now
from flows.settings import Place, warehouse
from flows.stages import check_batch, extract_batch
from sources.config import GateSettings, Source
from sources.content import LARGEST_PAGE_BYTES
from sources.planning import BATCH_PAGES
from sources.rereading import Archived, Rereader
from sources.siterules import Site
from transforms.extract import EXTRACTOR
from transforms.paging import next_page_url
from transforms.records import Reason, WarcPointer
from transforms.siterules import SiteRules
from warehouse import schema
from warehouse.lake import Lake
from warehouse.ledger import assemble_pages, assemble_quarantine
from warehouse.load import load_articles
from warehouse.reextraction import CHOSEN, Differences, current_pages, differences, merged


@dataclass(frozen=True, slots=True)
class Reextraction:
    """What came of it: pages read again, how their rows differ, which pages gave none (reason, pages), and the run that stored
    the new versions (None: nothing was stored).
    """

    pages: int
    differences: Differences
    refused: tuple[tuple[str, int], ...]
    run: RunSummary | None


@flow(name="reextract", validate_parameters=False)
def reextract(
    data: Place,
    *,
    since: datetime | None = None,
    site: str | None = None,
    sources: Sequence[Source] = (),
    sites: Sequence[Site] = (),
    dry_run: bool = False,
    workers: int | None = None,
) -> Reextraction:
    """The current versions fetched from `since` on, of one site or all, made anew from their raw pages.

    Each row that differs becomes a new version, unless `dry_run`. A page that gives no row any more, or one that the rules
    refuse, keeps the version that it has.
    """
    started, rules = utc_now(), SiteRules(each.rule for each in sites)
    key = run_key(since, site, dry_run, EXTRACTOR, *sources, *(each.rule for each in sites))
    with open_run(warehouse(data), kind="reextract", key=key, day=started.date().isoformat(), now=started) as run:
        batches = choose(run, since, site)
        for batch in batches:
            reread(run, batch, rules)
            extract_batch(run, batch, sources=sources, rules=rules, max_page_bytes=LARGEST_PAGE_BYTES, workers=workers)
            check_batch(run, batch)
        found = merged(_differences(run, batch) for batch in batches)
        pages, refused = _counted(run, batches)
        if dry_run or not batches:
            run.remove()
            return Reextraction(pages, found, refused, None)
        for batch in batches:
            load_revisions(run, batch)
        gate, ledger, _ = commit_run(run, batches, GateSettings())
        views_file = publish_views(run)
        report = write_reports(run, batches, gate)
        return Reextraction(pages, found, refused, summarise(run, ledger, gate, views_file=views_file, report=report))


@task(name="choose", cache_policy=NO_CACHE)
def choose(run: RunDir, since: datetime | None, site: str | None) -> list[int]:
    """The lake's current versions -> chosen-<batch>.parquet, in the order in which the archive holds them. Gives the batches."""
    done = run.file("chosen.parquet")
    if not done.exists():
        staging.write_table(current_pages(Lake(run.data.lake), since=since, site=site), done)
    chosen = staging.read_table(done, CHOSEN)
    batches = [chosen.slice(first, BATCH_PAGES) for first in range(0, chosen.num_rows, BATCH_PAGES)]
    for batch, pages in enumerate(batches, start=1):
        staging.write_table(pages, run.file(f"chosen-{batch}.parquet"))
    return list(range(1, len(batches) + 1))


@task(name="read archive", cache_policy=NO_CACHE)
def reread(run: RunDir, batch: int, rules: SiteRules) -> None:
    """chosen-<batch>.parquet -> fetched-<batch>.parquet: the raw pages, where they lie."""
    done = run.file(f"fetched-{batch}.parquet")
    if done.exists():
        return
    chosen = staging.read_table(run.file(f"chosen-{batch}.parquet"), CHOSEN).to_pylist()
    reader = Rereader(partial(next_page_url, rules=rules), utc_now)
    with progress.stage(f"read {batch}", len(chosen)) as stage:
        found = []
        for row in chosen:
            found.append(reader.fetched(_archived(run, row)))
            stage.advance()
        ids = {row["url"]: row["article_id"] for row in chosen}
        staging.write_table(staging.fetched_to_table(found, ids), done)


def _archived(run: RunDir, row: dict[str, Any]) -> Archived:
    pointer = WarcPointer(row["warc_file"] or "", row["warc_offset"] or 0)
    return Archived(
        url=row["url"],
        source=row["source"],
        fetched_at=row["fetched_at"],
        path=run.data.raw_page(pointer.file),
        pointer=pointer,
        page_count=row["page_count"] or 1,
    )


def _differences(run: RunDir, batch: int) -> Differences:
    chosen = staging.read_table(run.file(f"chosen-{batch}.parquet"), CHOSEN)
    return differences(Lake(run.data.lake), chosen, _accepted(run, batch))


def _accepted(run: RunDir, batch: int) -> pa.Table:
    extracted = staging.read_table(run.file(f"extracted-{batch}.parquet"), schema.EXTRACTED)
    refused = staging.read_table(run.file(f"refused-{batch}.parquet"), schema.REFUSED)
    return extracted.filter(pc.invert(pc.is_in(extracted["url"], value_set=refused["url"].combine_chunks())))


def _counted(run: RunDir, batches: Sequence[int]) -> tuple[int, tuple[tuple[str, int], ...]]:
    """How many pages were read, and the reasons of those that gave no row."""
    fetched = staging.read_tables((run.file(f"fetched-{n}.parquet") for n in batches), schema.FETCHED)
    refused = staging.read_tables((run.file(f"refused-{n}.parquet") for n in batches), schema.REFUSED)
    reasons = [reason for reason in (*fetched["reason"].to_pylist(), *refused["reason"].to_pylist()) if reason]
    return fetched.num_rows, tuple(sorted((reason, reasons.count(reason)) for reason in set(reasons)))


@task(name="load", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5)
def load_revisions(run: RunDir, batch: int) -> None:
    """Rows that differ -> articles, as new versions; what the rules refuse -> quarantine; all -> the ledger."""
    batch_id = f"{run.info.run_id}:{batch}"
    with progress.stage(f"load {batch}"):
        lake = Lake(run.data.lake)
        accepted, found = _accepted(run, batch), _differences(run, batch)
        folder = run.file(f"load-{batch}")
        folder.mkdir(exist_ok=True)
        is_changed = pc.is_in(accepted["url"], value_set=pa.array(found.changed, pa.string()))
        revised = load_articles(lake, accepted.filter(is_changed), batch_id=batch_id, staged=folder, is_revision=True)
        kept = _kept(accepted.filter(pc.invert(is_changed)), frozenset(found.moved))
        _append_ledger(run, batch, lake, pa.concat_tables([revised.cast(schema.DECIDED), kept]), batch_id)


def _kept(rows: pa.Table, moved: frozenset[str]) -> pa.Table:
    """What is said of rows that are not stored: they say what is stored already, or would be of another article."""
    decided = [
        {
            "url": row["url"],
            "article_id": row["article_id"],
            "version": None,
            "reason": Reason.SAME_ARTICLE if row["url"] in moved else Reason.SAME_CONTENT,
        }
        for row in rows.select(["url", "article_id"]).to_pylist()
    ]
    return pa.Table.from_pylist(decided, schema=schema.DECIDED)


def _append_ledger(run: RunDir, batch: int, lake: Lake, decided: pa.Table, batch_id: str) -> None:
    fetched = staging.read_table(run.file(f"fetched-{batch}.parquet"), schema.FETCHED)
    extracted = staging.read_table(run.file(f"extracted-{batch}.parquet"), schema.EXTRACTED)
    refused = staging.read_table(run.file(f"refused-{batch}.parquet"), schema.REFUSED)
    run_id = run.info.run_id
    pages = assemble_pages(fetched=fetched, refused=refused, decided=decided, run_id=run_id)
    quarantine = assemble_quarantine(fetched=fetched, extracted=extracted, refused=refused, run_id=run_id, extractor=EXTRACTOR)
    lake.append_once("quarantine", quarantine, batch_id=batch_id)
    lake.append_once("pages", pages, batch_id=batch_id)
