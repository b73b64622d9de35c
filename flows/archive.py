"""Stages over pages that are archived already: for runs that make rows anew instead of fetching.

Belongs here: what a re-extraction and a replay of the quarantine do alike. Does not belong here: which pages they read, and what
is stored.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import pyarrow as pa
from prefect import task
from prefect.cache_policies import NO_CACHE

from flows import progress, staging
from flows.engines import workers_for
from flows.reading import manner_of
from flows.rundir import RunDir, utc_now
from flows.stages import check_batch, extract_each, without
from sources.config import Source
from sources.content import LARGEST_PAGE_BYTES
from sources.planning import BATCH_PAGES
from sources.rereading import Archived, Rereader
from transforms.extract import EXTRACTOR
from transforms.paging import next_page_url
from transforms.records import WarcPointer
from transforms.siterules import SiteRules
from warehouse import schema
from warehouse.lake import Lake
from warehouse.ledger import assemble_pages, assemble_quarantine


def split_batches(run: RunDir, chosen: pa.Table) -> list[int]:
    """Pages to read again, in the archive's order -> chosen-<batch>.parquet. Gives the batches."""
    firsts = range(0, chosen.num_rows, BATCH_PAGES)
    for batch, first in enumerate(firsts, start=1):
        staging.write_table(chosen.slice(first, BATCH_PAGES), run.file(f"chosen-{batch}.parquet"))
    return list(range(1, len(firsts) + 1))


def read_again(run: RunDir, batches: Sequence[int], *, sources: Sequence[Source], rules: SiteRules, workers: int | None) -> None:
    """chosen-<batch>.parquet -> extracted-<batch>.parquet and refused-<batch>.parquet: today's code on the raw pages."""
    manner = manner_of(sources, rules, max_page_bytes=LARGEST_PAGE_BYTES, workers=workers)
    with workers_for(run) as engine:
        for batch in extract_each(run, _reread_each(run, batches, rules), manner, engine):
            check_batch(run, batch, sources)


def _reread_each(run: RunDir, batches: Sequence[int], rules: SiteRules) -> Iterator[int]:
    for batch in batches:
        reread(run, batch, rules)
        yield batch


@task(name="read archive", cache_policy=NO_CACHE)
def reread(run: RunDir, batch: int, rules: SiteRules) -> None:
    """chosen-<batch>.parquet -> fetched-<batch>.parquet: the raw pages, where they lie."""
    done = run.file(f"fetched-{batch}.parquet")
    if done.exists():
        return
    chosen = staging.read_table(run.file(f"chosen-{batch}.parquet"), schema.ARCHIVED).to_pylist()
    reader = Rereader(partial(next_page_url, rules=rules), utc_now)
    with progress.stage(f"read {batch}", len(chosen)) as stage:
        found = []
        for row in chosen:
            pointer = WarcPointer(row["warc_file"] or "", row["warc_offset"] or 0)
            path = run.data.raw_page(pointer.file)
            # Of a page that gave no row nobody knows whether it has further pages: they are looked for.
            pages = row["page_count"] or 2
            found.append(reader.fetched(Archived(row["url"], row["source"], row["fetched_at"], path, pointer, pages)))
            stage.advance()
        ids = {row["url"]: row["article_id"] for row in chosen}
        staging.write_table(staging.fetched_to_table(found, ids), done)


def accepted_rows(run: RunDir, batch: int) -> pa.Table:
    """The rows (EXTRACTED) of a batch that no rule refuses."""
    extracted = staging.read_table(run.file(f"extracted-{batch}.parquet"), schema.EXTRACTED)
    return without(extracted, staging.read_table(run.file(f"refused-{batch}.parquet"), schema.REFUSED))


def append_ledger(run: RunDir, batch: int, lake: Lake, decided: pa.Table, batch_id: str) -> pa.Table:
    """What the rules refuse -> quarantine; all -> the ledger, whose rows (PAGES) it gives. `decided`: DECIDED, of the rest."""
    fetched = staging.read_table(run.file(f"fetched-{batch}.parquet"), schema.FETCHED)
    extracted = staging.read_table(run.file(f"extracted-{batch}.parquet"), schema.EXTRACTED)
    refused = staging.read_table(run.file(f"refused-{batch}.parquet"), schema.REFUSED)
    run_id = run.info.run_id
    pages = assemble_pages(fetched=fetched, refused=refused, decided=decided, run_id=run_id)
    quarantine = assemble_quarantine(fetched=fetched, extracted=extracted, refused=refused, run_id=run_id, extractor=EXTRACTOR)
    lake.append_once("quarantine", quarantine, batch_id=batch_id)
    lake.append_once("pages", pages, batch_id=batch_id)
    return pages
