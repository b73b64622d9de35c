"""A backfill whose pages are read by two Dask workers, beside the same with two processes of its own: what the engine costs.

    python benchmarks/spread.py --out DIR [--pages 3000] [--rounds 2] [--warc PAGES.warc.gz]

Belongs here: the archives, the cluster, the order of the rounds. Does not belong here: anything of nightdesk's own. Pages are the
bundled newsroom's, or those of a WARC file, under so many addresses that there are enough of them. Scheduler, workers and run are
counted with all their descendants. Exit code 1 if the two ledgers differ.
"""

import argparse
import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count, cycle, islice
from pathlib import Path

import duckdb
from archive import newsroom_pages, read_pages
from figures import machine, table
from night import _adopt_orphans, _descendants_cpu, _wait_for_orphans
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from transforms.records import RawPage

_ARCHIVES = 4
_CLUSTER_SECONDS = 120.0


def write_archives(pages: Sequence[RawPage], size: int, folder: Path) -> list[Path]:
    """`size` pages in _ARCHIVES files, each under an address of its own."""
    folder.mkdir(parents=True)
    named = zip(cycle(pages), count(), strict=False)
    written = []
    for number in range(_ARCHIVES):
        written.append(folder / f"{number}.warc.gz")
        with written[-1].open("wb") as file:
            writer = WARCWriter(file, gzip=True)
            for page, copy in islice(named, size // _ARCHIVES):
                headers = StatusAndHeaders("200 OK", [("Content-Type", page.content_type or "text/html")], protocol="HTTP/1.1")
                payload = io.BytesIO(page.body)
                url = f"{page.url}?copy={copy}"
                writer.write_record(writer.create_warc_record(url, "response", payload=payload, http_headers=headers))
    return written


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A scheduler and two workers of a thread each on 127.0.0.1. Gives the address once both are there."""
    told = folder / "scheduler.json"
    with ExitStack() as processes:
        scheduler = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told)]
        worker = ["worker", "--scheduler-file", str(told), "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny"]
        for arguments in (scheduler, worker, worker):
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments, "--no-dashboard"], cwd=folder, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
            processes.callback(process.wait)
            processes.callback(process.terminate)
        from distributed import Client

        deadline = time.monotonic() + _CLUSTER_SECONDS
        while not told.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        with Client(scheduler_file=str(told), timeout=_CLUSTER_SECONDS, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=_CLUSTER_SECONDS)
            address = client.scheduler.address
        yield address


def backfill(archives: Sequence[Path], data: Path, workers: int, more: dict[str, str]) -> float:
    """Gives its wall time. SystemExit if it does not end well."""
    began = time.perf_counter()
    command = [sys.executable, "-c", "from flows.cli import main; main()", "backfill", "--data", str(data)]
    named = [part for path in archives for part in ("--warc", str(path))]
    done = subprocess.run(
        [*command, *named, "--workers", str(workers)], env=os.environ | more, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"exit code {done.returncode}: {done.stderr[-3000:]}")
    return time.perf_counter() - began


def ledger(data: Path) -> list[tuple[object, ...]]:
    """What became of every page."""
    with duckdb.connect(str(data / "nightdesk.duckdb"), read_only=True) as con:
        return con.sql("select url, disposition, reason, article_id from pages order by all").fetchall()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--warc", type=Path)
    args = parser.parse_args()
    _adopt_orphans()
    shutil.rmtree(args.out, ignore_errors=True)
    archives = write_archives(read_pages(args.warc) if args.warc else newsroom_pages(), args.pages, args.out / "archives")
    walls: dict[str, list[float]] = {"own processes": [], "Dask": []}
    cpus: dict[str, list[float]] = {"own processes": [], "Dask": []}
    ledgers = []
    for number in range(args.rounds):
        for name in walls:
            data, before = args.out / f"{name}-{number}", _descendants_cpu()
            with tempfile.TemporaryDirectory() as folder, ExitStack() as engine:
                more = {"NIGHTDESK_DATA_DOCS": "0"}
                if name == "Dask":
                    address = engine.enter_context(cluster(Path(folder)))
                    more |= {"NIGHTDESK_ENGINE": "dask", "NIGHTDESK_ENGINE_ADDRESS": address}
                walls[name].append(backfill(archives, data, 1 if name == "Dask" else 2, more))
            _wait_for_orphans(but=0)
            cpus[name].append(_descendants_cpu() - before)
            ledgers.append(ledger(data))
            print(f"{name}: {walls[name][-1]:.1f} s, {cpus[name][-1]:.1f} CPU s", file=sys.stderr, flush=True)
    rows = [
        (name, f"{statistics.median(walls[name]):.1f}", f"{statistics.median(cpus[name]):.1f}", f"{args.pages:,}")
        for name in walls
    ]
    print(table(["pages read by", "s", "CPU s", "pages"], rows))
    wall, cpu = (statistics.median(took["Dask"]) / statistics.median(took["own processes"]) for took in (walls, cpus))
    print(f"\nDask / own processes: {wall:.2f} of the time, {cpu:.2f} of the CPU time. {machine()}")
    if any(found != ledgers[0] for found in ledgers):
        raise SystemExit("the ledgers differ")


if __name__ == "__main__":
    main()
