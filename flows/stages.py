"""The stages of a run as Prefect tasks: each reads staged files, calls one package, and writes staged files.

Belongs here: what goes in, what comes out, skipping what is done. Does not belong here: how a stage does its work.
A stage whose file is there is done: that is how a killed run goes on.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.task_runners import ThreadPoolTaskRunner

from expectations.projection import CONTEXT
from expectations.verdicts import assess
from flows import progress, staging
from flows.engines import Engine, spread
from flows.network import Network
from flows.outcomes import log_quarantine
from flows.reading import Manner, pages_of, read_pages
from flows.rundir import RunDir, utc_now
from flows.shares import cut, forget_shares
from sources.client import HttpClient
from sources.config import Source, SourcesFile
from sources.discover import Discovery, discover
from sources.fetch import fetch_pages
from sources.hosts import Hosts
from sources.listings import ListingStore
from sources.planning import make_plan
from sources.records import Fetched, FetchRequest
from sources.revisits import Revisits
from sources.salvage import close_segments, fetched_before
from sources.warc import WarcWriter, free_segment
from transforms.extract import EXTRACTOR
from transforms.paging import next_page_url
from warehouse import schema
from warehouse.lake import Lake
from warehouse.ledger import assemble_pages, assemble_quarantine
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.quarantine import released_before
from warehouse.state import known_pages

# Whose shares workers elsewhere have at a time: a quarter of a million pages. A thread each, which only waits.
BATCHES_AT_ONCE = 128

ConnectTo = Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Night:
    """What every stage of a night needs: where to ask, where to write, what is known of the hosts. Whoever makes one closes its
    network.
    """

    run: RunDir
    config: SourcesFile
    connect_to: ConnectTo
    hosts: Hosts = field(default_factory=Hosts)
    network: Network = field(default_factory=Network)

    def client(self) -> HttpClient:
        return HttpClient(self.config.settings, sources=self.config.sources, connect_to=self.connect_to, hosts=self.hosts)


@task(name="discover", cache_policy=NO_CACHE)
def discover_candidates(night: Night, day: date) -> None:
    """Feeds, sitemaps and lists -> candidates.parquet, and undiscoverable.parquet for those that could not be read."""
    done = night.run.file("candidates.parquet")
    if done.exists():
        return

    async def ask(http: HttpClient) -> Discovery:
        store = ListingStore(night.run.data.listings)
        store.forget_old(utc_now())
        return await discover(night.config.sources, night.config.settings, http=http, now=utc_now, day=day, store=store)

    with progress.stage("discover"):
        found = night.network.run(night.client, ask)
        requests = [(FetchRequest(candidate), None, 0) for candidate in found.candidates]
        staging.write_table(staging.fetched_to_table(found.failures), night.run.file("undiscoverable.parquet"))
        staging.write_table(staging.requests_to_table(requests), done)


@task(name="plan", cache_policy=NO_CACHE)
def plan_fetches(night: Night) -> list[int]:
    """candidates.parquet minus what the ledger knows -> planned.parquet, fetched-0.parquet (settled). Gives the batches."""
    done = night.run.file("planned.parquet")
    if not done.exists():
        discovered = staging.read_table(night.run.file("candidates.parquet"), schema.PLANNED)
        candidates = [request.candidate for request in staging.requests_from_table(discovered)]
        known = known_pages(Lake(night.run.data.lake), [candidate.url for candidate in candidates])
        revisits = {source.name: _revisits(source, night.config) for source in night.config.sources}
        plan = make_plan(candidates, known, revisits=revisits.__getitem__, now=utc_now())
        undiscoverable = staging.read_table(night.run.file("undiscoverable.parquet"), schema.FETCHED)
        settled = pa.concat_tables([undiscoverable, staging.fetched_to_table(plan.settled, plan.article_ids)])
        staging.write_table(settled, night.run.file("fetched-0.parquet"))
        staging.write_table(
            staging.requests_to_table([(item.request, item.article_id, item.batch) for item in plan.planned]), done
        )
    return sorted(
        {request_batch for request_batch in staging.read_table(done, schema.PLANNED)["batch"].to_pylist() if request_batch}
    )


def _revisits(source: Source, config: SourcesFile) -> Revisits:
    hours = config.settings.revisit_hours if source.revisit_hours is None else source.revisit_hours
    return Revisits(hours, config.settings.revisit_days if source.revisit_days is None else source.revisit_days)


@task(name="fetch", cache_policy=NO_CACHE)
def fetch_batch(night: Night, batch: int) -> int:
    """One batch of planned.parquet -> raw/<run>/<batch>.warc.gz and fetched-<batch>.parquet. Gives the batch.

    What a fetch that was killed had archived by then is not asked for again.
    """
    done = night.run.file(f"fetched-{batch}.parquet")
    if done.exists():
        return batch
    planned = staging.read_table(night.run.file("planned.parquet"), schema.PLANNED)
    planned = planned.filter(pc.field("batch") == batch)
    requests = staging.requests_from_table(planned)
    article_ids = {row["url"]: row["article_id"] for row in planned.select(["url", "article_id"]).to_pylist()}
    run_id, folder = night.run.info.run_id, night.run.data.segments_of(night.run.info.run_id)
    follow = partial(next_page_url, rules=night.config.rules)
    with progress.joint_stage("fetch", len(requests)) as stage:
        left = close_segments(folder, str(batch))
        had = fetched_before(left, requests, name=lambda path: f"{run_id}/{path.name}", next_page_url=follow, now=utc_now)
        stage.advance(len(had))
        missing = [request for request in requests if request.candidate.url not in had]
        path = free_segment(folder / f"{batch}.warc.gz")
        with WarcWriter(path, name=f"{run_id}/{path.name}") as archive:

            async def ask(http: HttpClient) -> list[Fetched]:
                return await fetch_pages(
                    missing, http=http, archive=archive, next_page_url=follow, on_done=lambda _: stage.advance(), rank=batch
                )

            asked = night.network.run(night.client, ask)
        _archive(night.run.data, run_id, batch)
        fetched = had | {item.candidate.url: item for item in asked}
        in_order = [fetched[request.candidate.url] for request in requests]
        staging.write_table(staging.fetched_to_table(in_order, article_ids), done)
    return batch


def _archive(data: DataDir, run_id: str, batch: int) -> None:
    """A batch's closed segments into the archive, if that is elsewhere. Here they stay until the run ends: they are read next."""
    if data.is_remote:
        from warehouse import remote

        for path in close_segments(data.segments_of(run_id), str(batch)):
            remote.put(path, data.raw_of(run_id) / path.name)


@task(name="extract", cache_policy=NO_CACHE)
def extract_batch(run: RunDir, batch: int, manner: Manner, engine: Engine | None = None) -> None:
    """The pages of fetched-<batch>.parquet -> extracted-<batch>.parquet; those that gave no row -> rejected-<batch>.parquet.

    How the sites' own rules fared -> sitechecks-<batch>.parquet. `engine`: whose workers read them; None: processes of our own.
    """
    done = run.file(f"extracted-{batch}.parquet")
    if done.exists():
        return
    pages = pages_of(staging.read_table(run.file(f"fetched-{batch}.parquet"), schema.FETCHED))
    if engine is None:
        with progress.stage(f"extract {batch}", pages.num_rows) as stage:
            found = read_pages(run.data, run.info.run_id, pages, manner, now=utc_now(), on_page=stage.advance)
    else:
        with progress.joint_stage("extract", pages.num_rows) as stage:
            shares = cut(run, batch, manner, utc_now())
            found = spread(run, shares, engine, on_pages=stage.advance)
    staging.write_table(found.site_checks, run.file(f"sitechecks-{batch}.parquet"))
    staging.write_table(found.rejected, run.file(f"rejected-{batch}.parquet"))
    staging.write_table(found.rows, done)
    forget_shares(run, batch)


def extract_each(
    run: RunDir, batches: Iterable[int], manner: Manner, engine: Engine | None, *, at_once: int = BATCHES_AT_ONCE
) -> Iterator[int]:
    """Extract each of `batches`, within a flow, and give it once its rows are staged, in the same order.

    Workers elsewhere have the pages of up to `at_once` batches at a time; with processes of our own it is one after the other.
    """
    if engine is None:
        for batch in batches:
            extract_batch(run, batch, manner)
            yield batch
        return
    under_way: deque[tuple[int, PrefectFuture[None]]] = deque()
    threads: ThreadPoolTaskRunner[None] = ThreadPoolTaskRunner(max_workers=at_once)
    with threads:
        try:
            for batch in batches:
                asked = {"run": run, "batch": batch, "manner": manner, "engine": engine}
                under_way.append((batch, threads.submit(extract_batch, asked)))
                while under_way and (len(under_way) >= at_once or under_way[0][1].state.is_final()):
                    yield _extracted(*under_way.popleft())
            while under_way:
                yield _extracted(*under_way.popleft())
        except BaseException:
            engine.stop()  # or the threads would wait for all that was handed out
            raise


def _extracted(batch: int, done: PrefectFuture[None]) -> int:
    done.result()
    return batch


@task(name="check", cache_policy=NO_CACHE)
def check_batch(run: RunDir, batch: int, sources: Sequence[Source] = ()) -> None:
    """extracted-<batch>.parquet -> refused-<batch>.parquet (with the rules each row broke) and checks-<batch>.parquet.

    What was known of the pages before they were read -> context-<batch>.parquet. A row that a person has released from the
    quarantine is not refused again for the same.
    """
    done = run.file(f"refused-{batch}.parquet")
    if done.exists():
        return
    with progress.stage(f"check {batch}"):
        rows = staging.read_table(run.file(f"extracted-{batch}.parquet"), schema.EXTRACTED)
        context = _context(run, batch, sources)
        verdicts = assess(rows, run.info.run_id, context=context)
        staging.write_table(context, run.file(f"context-{batch}.parquet"))
        staging.write_table(verdicts.checks, run.file(f"checks-{batch}.parquet"))
        released = released_before(Lake(run.data.lake), rows, verdicts.refused)
        rejected = staging.read_table(run.file(f"rejected-{batch}.parquet"), schema.REFUSED)
        staging.write_table(pa.concat_tables([rejected, without(verdicts.refused, released).cast(schema.REFUSED)]), done)


def _context(run: RunDir, batch: int, sources: Sequence[Source]) -> pa.Table:
    """What feeds and sources.toml say of the pages of a batch, as CONTEXT."""
    declared = {
        source.name: {"languages": source.languages or None, "since": source.since and _midnight(source.since)}
        for source in sources
    }
    names = ["url", "source", "hint_title", "hint_published_at"]
    pages = staging.read_table(run.file(f"fetched-{batch}.parquet"), schema.FETCHED).select(names).to_pylist()
    return pa.Table.from_pylist([page | declared.get(page["source"], {}) for page in pages], schema=CONTEXT)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)


def without(rows: pa.Table, others: pa.Table) -> pa.Table:
    """The rows whose url is in none of `others`."""
    return rows.filter(pc.invert(pc.is_in(rows["url"], value_set=others["url"].combine_chunks())))


@task(name="load", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5)
def load_batches(run: RunDir, batches: Sequence[int]) -> None:
    """What the rules accepted -> articles; the rest -> quarantine; all -> the ledger. One commit a table, none of them twice."""
    name = "-".join(str(number) for number in (batches[0], batches[-1]))
    batch_id = f"{run.info.run_id}:{name}"
    with progress.stage("load"):
        lake = Lake(run.data.lake)
        fetched = staging.read_tables((run.file(f"fetched-{n}.parquet") for n in batches), schema.FETCHED)
        worked = [n for n in batches if run.file(f"extracted-{n}.parquet").exists()]
        extracted = staging.read_tables((run.file(f"extracted-{n}.parquet") for n in worked), schema.EXTRACTED)
        refused = staging.read_tables((run.file(f"refused-{n}.parquet") for n in worked), schema.REFUSED)
        accepted = without(extracted, refused)
        folder = run.file(f"load-{name}")
        folder.mkdir(exist_ok=True)
        decided = load_articles(lake, accepted, batch_id=batch_id, staged=folder).cast(schema.DECIDED)
        pages = assemble_pages(fetched=fetched, refused=refused, decided=decided, run_id=run.info.run_id)
        quarantine = assemble_quarantine(
            fetched=fetched, extracted=extracted, refused=refused, run_id=run.info.run_id, extractor=EXTRACTOR
        )
        lake.append_once("quarantine", quarantine, batch_id=batch_id)
        lake.append_once("pages", pages, batch_id=batch_id)
        log_quarantine(quarantine.select(["source", "url", "reason"]).to_pylist())


__all__ = [
    "ConnectTo",
    "Night",
    "check_batch",
    "discover_candidates",
    "extract_batch",
    "extract_each",
    "fetch_batch",
    "load_batches",
    "plan_fetches",
    "without",
]
