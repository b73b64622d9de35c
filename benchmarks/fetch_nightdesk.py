"""nightdesk's night up to the raw archive, as one engine of benchmarks/fetch.py: discover, plan, fetch.

    python benchmarks/fetch_nightdesk.py URLS.txt OUT

The stages are the night's own; only Prefect, which would run them, is left out. Prints what it did as one line of JSON.
"""

import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

from fetch_meter import started

from flows import staging
from flows.rundir import open_run
from flows.stages import Night, discover_candidates, fetch_batch, plan_fetches
from sources.config import load_sources
from warehouse import schema
from warehouse.paths import DataDir

SOURCES = """
[settings]
delay_seconds = 0

[[sources]]
name = "bench"
lists = ["{urls}"]
hosts = ["fetch.localhost"]
allow_private = true
"""
_BATCHES_AT_ONCE = 128  # as in flows/night.py


def main(urls: Path, out: Path) -> None:
    """One pass over the list of URLs, with a warehouse of its own below `out`."""
    logging.disable(logging.INFO)  # as the command line does
    path = out / "sources.toml"
    path.write_text(SOURCES.format(urls=urls.resolve()), encoding="utf8")
    with open_run(DataDir(out / "data"), kind="bench", key="bench", day="2026-03-02", now=datetime.now(UTC)) as run:
        night = Night(run, load_sources(path), {})
        start_cpu = started()
        with night.network, ThreadPoolExecutor(_BATCHES_AT_ONCE) as threads:
            discover_candidates.fn(night, date(2026, 3, 2))
            batches = plan_fetches.fn(night)
            list(threads.map(lambda batch: fetch_batch.fn(night, batch), batches))
        done = staging.read_tables((run.file(f"fetched-{batch}.parquet") for batch in batches), schema.FETCHED)
        archived = sum(reason is None for reason in done["reason"].to_pylist())
    print(json.dumps({"version": version("nightdesk"), "archived": archived, "start_cpu": start_cpu}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
