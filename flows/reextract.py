"""The raw archive through today's code: what would change, and new versions where it does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows import progress, staging
from flows.archive import accepted_rows, append_ledger, read_again, split_batches
from flows.finish import RunSummary, finish_run
from flows.rundir import RunDir, run_key
from flows.settings import Place, warehouse
from flows.takeover import held_run
from sources.config import GateSettings, Source
from sources.siterules import Site
from transforms.extract import EXTRACTOR
from transforms.records import Reason
from transforms.siterules import SiteRules
from warehouse import schema
from warehouse.lake import Lake
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
    rules = SiteRules(each.rule for each in sites)
    key = run_key(since, site, dry_run, EXTRACTOR, *sources, *(each.rule for each in sites))
    with held_run(warehouse(data), kind="reextract", key=key) as run:
        batches = choose(run, since, site)
        read_again(run, batches, sources=sources, rules=rules, workers=workers)
        found = merged(_differences(run, batch) for batch in batches)
        pages, refused = _counted(run, batches)
        if dry_run or not batches:
            run.remove()
            return Reextraction(pages, found, refused, None)
        for batch in batches:
            load_revisions(run, batch)
        return Reextraction(pages, found, refused, finish_run(run, batches, GateSettings()))


@task(name="choose", cache_policy=NO_CACHE)
def choose(run: RunDir, since: datetime | None, site: str | None) -> list[int]:
    """The lake's current versions -> chosen-<batch>.parquet, in the order in which the archive holds them. Gives the batches."""
    done = run.file("chosen.parquet")
    if not done.exists():
        staging.write_table(current_pages(Lake(run.data.lake), since=since, site=site), done)
    return split_batches(run, staging.read_table(done, CHOSEN))


def _differences(run: RunDir, batch: int) -> Differences:
    chosen = staging.read_table(run.file(f"chosen-{batch}.parquet"), CHOSEN)
    return differences(Lake(run.data.lake), chosen, accepted_rows(run, batch))


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
        accepted, found = accepted_rows(run, batch), _differences(run, batch)
        folder = run.file(f"load-{batch}")
        folder.mkdir(exist_ok=True)
        is_changed = pc.is_in(accepted["url"], value_set=pa.array(found.changed, pa.string()))
        revised = load_articles(lake, accepted.filter(is_changed), batch_id=batch_id, staged=folder, is_revision=True)
        kept = _kept(accepted.filter(pc.invert(is_changed)), frozenset(found.moved))
        append_ledger(run, batch, lake, pa.concat_tables([revised.cast(schema.DECIDED), kept]), batch_id)


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
