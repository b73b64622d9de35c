"""Refused pages once more: through today's code and rules (replay), or stored as they are because a person says so (release)."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from expectations.ownrules import all_rules
from flows import progress, staging
from flows.archive import accepted_rows, append_ledger, read_again, split_batches
from flows.finish import RunSummary, finish_run
from flows.rundir import RunDir, held, run_key, utc_now
from flows.settings import Place, warehouse
from flows.takeover import held_run
from sources.config import GateSettings, Source
from sources.siterules import Site
from transforms.errors import InputError
from transforms.extract import EXTRACTOR
from transforms.siterules import SiteRules
from warehouse import schema
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.quarantine import STATES, Selection, as_extracted, chosen_rows, release_rulings, replay_rulings

# What a replay gives says nothing of how a night went.
_NO_GATE = GateSettings(max_failed_share=1, max_quarantined_share=1)
# A later look at a page supersedes an earlier one, but whoever names that one by its id wants it.
_REPLAYABLE = ("open", "superseded")


@dataclass(frozen=True, slots=True)
class Again:
    """One refused page, and why it is refused now; `now` is None if it passes."""

    quarantine_id: str
    url: str
    before: str
    now: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of a replay. `settled`: ids of rows that were named and need no replay, with their states; `removed`: ids of rows
    whose raw pages are gone; `run`: None if nothing was stored.
    """

    pages: tuple[Again, ...]
    settled: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    run: RunSummary | None


@flow(name="replay", validate_parameters=False)
def replay(
    data: Place,
    selection: Selection,
    *,
    sources: Sequence[Source] = (),
    sites: Sequence[Site] = (),
    dry_run: bool = False,
    workers: int | None = None,
) -> Replay:
    """Rows of the quarantine made anew from their raw pages, by today's code, site rules and row rules.

    What passes is stored as if it had passed on its night: first_seen_at and fetched_at are of then. What does not is refused
    anew, with today's reason. Nothing is fetched. With `dry_run` nothing is stored.
    """
    folder, rules = warehouse(data), SiteRules(each.rule for each in sites)
    key = run_key(selection, dry_run, EXTRACTOR, all_rules(), *sources, *(each.rule for each in sites))
    with _alone(folder), held_run(folder, kind="replay", key=key) as run:
        settled, removed, batches = choose(run, selection)
        read_again(run, batches, sources=sources, rules=rules, workers=workers)
        pages = tuple(page for batch in batches for page in _again(run, batch))
        if dry_run or not batches:
            run.remove()
            return Replay(pages, settled, removed, None)
        for batch in batches:
            load_replayed(run, batch)
        return Replay(pages, settled, removed, finish_run(run, batches, _NO_GATE))


@flow(name="release", validate_parameters=False)
def release(data: Place, ids: Sequence[str], *, because: str) -> RunSummary:
    """Rows of the quarantine stored as they were extracted, although they break rules: false alarms, as a person has seen.

    InputError for a row that is settled already, or a page that gave no row.
    """
    folder = warehouse(data)
    with _alone(folder), held_run(folder, kind="release", key=run_key(*sorted(ids), because)) as run:
        try:
            choose_released(run, ids, because)
        except InputError:
            run.remove()
            raise
        load_released(run, because)
        return finish_run(run, [1], _NO_GATE)


def _alone(data: DataDir) -> AbstractContextManager[None]:
    """Two at once would each store what the other does: the rows land once, but both ledgers would tell of them."""
    return held(data.quarantine_lock, "a replay or a release of the quarantine")


@task(name="choose", cache_policy=NO_CACHE)
def choose(run: RunDir, selection: Selection) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...], list[int]]:
    """Open rows of the quarantine -> chosen-<batch>.parquet. Gives what Replay calls settled and removed, and the batches."""
    done = run.file("named.parquet")
    if not done.exists():
        lake = Lake(run.data.lake)
        states = STATES if selection.ids else ("open",)
        staging.write_table(chosen_rows(lake, selection, states=states), done)
    named = staging.read_table(done, schema.QUARANTINE)
    rows = named.select(["quarantine_id", "replay_state", "warc_file"]).to_pylist()
    settled = [(row["quarantine_id"], row["replay_state"]) for row in rows if row["replay_state"] not in _REPLAYABLE]
    left = [row["replay_state"] in _REPLAYABLE for row in rows]
    there = [_has_raw(run, row["warc_file"]) for row in rows]
    removed = [row["quarantine_id"] for row, is_left, has_raw in zip(rows, left, there, strict=True) if is_left and not has_raw]
    chosen = named.filter(pa.array([is_left and has_raw for is_left, has_raw in zip(left, there, strict=True)], pa.bool_()))
    return tuple(settled), tuple(removed), split_batches(run, chosen)


def _has_raw(run: RunDir, warc_file: str | None) -> bool:
    return warc_file is not None and run.data.raw_page(warc_file).exists()


def _again(run: RunDir, batch: int) -> list[Again]:
    fetched = staging.read_table(run.file(f"fetched-{batch}.parquet"), schema.FETCHED)
    refused = staging.read_table(run.file(f"refused-{batch}.parquet"), schema.REFUSED)
    told = [row for table in (fetched, refused) for row in table.select(["url", "reason", "detail"]).to_pylist() if row["reason"]]
    why = {row["url"]: (row["reason"], row["detail"]) for row in told}
    chosen = staging.read_table(run.file(f"chosen-{batch}.parquet"), schema.QUARANTINE)
    return [
        Again(row["quarantine_id"], row["url"], row["reason"], *why.get(row["url"], (None, None)))
        for row in chosen.select(["quarantine_id", "url", "reason"]).to_pylist()
    ]


@task(name="load", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5)
def load_replayed(run: RunDir, batch: int) -> None:
    """What passes -> articles; what does not -> quarantine, anew; all -> the ledger; what is settled by it -> rulings."""
    chosen = staging.read_table(run.file(f"chosen-{batch}.parquet"), schema.QUARANTINE)
    with progress.stage(f"load {batch}"):
        pages, batch_id = _load(run, batch)
        rulings = replay_rulings(chosen, pages, run_id=run.info.run_id, now=utc_now())
        Lake(run.data.lake).append_once("rulings", rulings, batch_id=batch_id)


@task(name="choose", cache_policy=NO_CACHE)
def choose_released(run: RunDir, ids: Sequence[str], because: str) -> None:
    """Rows of the quarantine -> fetched-1.parquet and extracted-1.parquet, as if extraction had just given them."""
    done = run.file("refused-1.parquet")
    if done.exists():
        return
    chosen = chosen_rows(Lake(run.data.lake), Selection(ids=tuple(ids)), states=STATES)
    _check_releasable(chosen)
    staging.write_table(chosen, run.file("chosen-1.parquet"))
    staging.write_table(_as_fetched(chosen, because, utc_now()), run.file("fetched-1.parquet"))
    staging.write_table(as_extracted(chosen, run.info.run_id), run.file("extracted-1.parquet"))
    staging.write_table(schema.REFUSED.empty_table(), done)


def _check_releasable(chosen: pa.Table) -> None:
    for row in chosen.select(["quarantine_id", "replay_state", "article_id", "reason", "detail"]).to_pylist():
        if row["replay_state"] not in _REPLAYABLE:
            raise InputError(f"{row['quarantine_id']}: this row was {row['replay_state']} already; nothing is to be done")
        if row["article_id"] is None:
            raise InputError(
                f"{row['quarantine_id']}: the page gave no row that could be released ({row['reason']}: {row['detail']}). "
                "`nightdesk quarantine replay` tries it again"
            )


def _as_fetched(chosen: pa.Table, because: str, now: datetime) -> pa.Table:
    names = ("url", "source", "article_id", "fetched_at", "warc_file", "warc_offset", "run_id")
    rows = [
        {name: row[name] for name in names if name != "run_id"}
        | {"discovered_via": "quarantine", "discovered_from": row["run_id"], "discovered_at": now, "parts": []}
        | {"detail": f"released from the quarantine: {because}"}
        for row in chosen.select(names).to_pylist()
    ]
    return staging.table_of(rows, schema.FETCHED)


@task(name="load", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5)
def load_released(run: RunDir, because: str) -> None:
    """Released rows -> articles; all -> the ledger; that they were released -> rulings."""
    chosen = staging.read_table(run.file("chosen-1.parquet"), schema.QUARANTINE)
    with progress.stage("load"):
        pages, batch_id = _load(run, 1)
        rulings = release_rulings(chosen, pages, run_id=run.info.run_id, now=utc_now(), because=because)
        Lake(run.data.lake).append_once("rulings", rulings, batch_id=batch_id)


def _load(run: RunDir, batch: int) -> tuple[pa.Table, str]:
    """Accepted rows -> articles; the batch's ledger. Gives the ledger (PAGES) and the batch's id."""
    batch_id = f"{run.info.run_id}:{batch}"
    lake, folder = Lake(run.data.lake), run.file(f"load-{batch}")
    folder.mkdir(exist_ok=True)
    decided = load_articles(lake, accepted_rows(run, batch), batch_id=batch_id, staged=folder).cast(schema.DECIDED)
    return append_ledger(run, batch, lake, decided, batch_id), batch_id
