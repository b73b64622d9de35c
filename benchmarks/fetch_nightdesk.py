"""nightdesk's night up to the raw archive, as one engine of benchmarks/fetch.py: discover, plan, fetch.

    python benchmarks/fetch_nightdesk.py URLS.txt OUT                     # a list of pages
    python benchmarks/fetch_nightdesk.py SITEMAPS.txt OUT --hours 24      # a night so long after the first one below OUT

The stages are the night's own; only Prefect, which would run them, is left out. Prints what it did as one line of JSON.
"""

import argparse
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

from fetch_meter import started

from flows import stages, staging
from flows.reading import manner_of
from flows.rundir import RunDir, open_run
from flows.stages import Night, check_batch, discover_candidates, extract_batch, fetch_batch, load_batches, plan_fetches
from sources.client import HttpClient
from sources.config import SourcesFile, load_sources
from warehouse import schema
from warehouse.paths import DataDir

SOURCES = """
[settings]
delay_seconds = 0

[[sources]]
name = "bench"
{places}
hosts = {hosts}
allow_private = true
"""
_FIRST_NIGHT = datetime(2026, 3, 2, 1, tzinfo=UTC)
_BATCHES_AT_ONCE = 128  # as in flows/night.py


def main() -> None:
    """One night over the list, with a warehouse of its own below `out`."""
    args = _arguments()
    logging.disable(logging.INFO)  # as the command line does
    path = args.out / "sources.toml"
    path.write_text(SOURCES.format(places=_places(args), hosts=_hosts(args.urls)), encoding="utf8")
    now = _FIRST_NIGHT + timedelta(hours=args.hours or 0)
    _set_clock(now)
    config = load_sources(path)
    with open_run(DataDir(args.out / "data"), kind="bench", key=str(args.hours), day=now.date().isoformat(), now=now) as run:
        night = Night(run, config, {})
        start_cpu, began = started(), time.perf_counter()
        with night.network, ThreadPoolExecutor(_BATCHES_AT_ONCE) as threads:
            discover_candidates.fn(night, now.date())
            batches = plan_fetches.fn(night)
            list(threads.map(lambda batch: fetch_batch.fn(night, batch), batches))
        fetch_cpu, fetch_wall = started() - start_cpu, time.perf_counter() - began
        done = staging.read_tables((run.file(f"fetched-{batch}.parquet") for batch in [0, *batches]), schema.FETCHED)
        archived = done["reason"].null_count
        if args.hours is not None:
            _store(run, batches, config)
        said = {"version": version("nightdesk"), "archived": archived, "start_cpu": start_cpu}
        print(json.dumps(said | {"fetch_cpu": fetch_cpu, "fetch_wall": fetch_wall, "night_wall": time.perf_counter() - began}))


def _store(run: RunDir, batches: list[int], config: SourcesFile) -> None:
    """The rest of the night up to the ledger: without it the next night would know of nothing."""
    manner = manner_of(config.sources, config.rules, max_page_bytes=config.settings.max_page_bytes, workers=None)
    for batch in batches:
        extract_batch.fn(run, batch, manner)
        check_batch.fn(run, batch)
    load_batches.fn(run, [0, *batches])
    run.remove()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("urls", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--hours", type=float)
    return parser.parse_args()


def _places(args: argparse.Namespace) -> str:
    if args.hours is None:
        return f'lists = ["{args.urls.resolve()}"]'
    return f"sitemaps = {json.dumps(args.urls.read_text(encoding='utf8').split())}"


def _hosts(urls: Path) -> str:
    return json.dumps(sorted({url.split("/")[2].partition(":")[0] for url in urls.read_text(encoding="utf8").split()}))


def _set_clock(now: datetime) -> None:
    """Nights are a day apart, and a benchmark is not: the one thing here that is not real."""
    stages.utc_now = lambda: now
    stages.HttpClient = partial(HttpClient, now=lambda: now)


if __name__ == "__main__":
    main()
