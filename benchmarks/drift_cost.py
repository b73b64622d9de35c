"""What the drift alarms cost a night: 300 sources with 1,000 nights of metrics in the lake, loose and compacted.

Belongs here: measuring read_nights and drift_alarms over a lake. Does not belong here: whether the alarms are right (drift.py).
Usage: .venv/bin/python benchmarks/drift_cost.py [--sources 300] [--nights 1000]
"""

import argparse
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from expectations.alerting import drift_alarms
from expectations.nights import read_nights
from expectations.signals import SIGNALS, Model
from flows.rundir import utc_now
from warehouse.compaction import compact
from warehouse.lake import Lake
from warehouse.schema import EXTRACTED, METRICS, PAGES, RUNS

START = datetime(2024, 1, 1, 20, tzinfo=UTC)


def fill(lake: Lake, sources: int, nights: int) -> tuple[str, datetime]:
    """A lake of so many nights, the last of which is not finished. Gives its run and start."""
    rng = np.random.default_rng(1)
    figures = [(signal.metric.replace("language_", "language_id"), signal.column, signal.model) for signal in SIGNALS]
    figures += [(name, None, Model.COUNT) for name in ("extracted", "wanted", "judged", "stored", "bytes")]
    names = [f"source-{n:03d}" for n in range(sources)]
    for night in range(nights):
        at = START + timedelta(days=night)
        run_id = f"{at:%Y%m%dT%H%M%SZ}-000000"
        shape = (sources, len(figures))
        counted = np.array([model is not Model.SHARE for _, _, model in figures])
        values = np.where(counted, rng.poisson(60, shape), rng.uniform(0.1, 0.12, shape))
        table = pa.table(
            {
                "run_id": pa.array([run_id] * values.size),
                "source": pa.array(np.repeat(names, len(figures))),
                "metric": pa.array([metric for metric, _, _ in figures] * sources),
                "column": pa.array([column for _, column, _ in figures] * sources, pa.string()),
                "value": values.ravel(),
            }
        ).cast(METRICS)
        lake.append_once("metrics", table, batch_id=run_id)
        if night + 1 < nights:
            counts = dict.fromkeys(("candidates", "stored", "unchanged", "duplicate", "quarantined", "failed", "skipped"), 0)
            row = counts | {"run_id": run_id, "kind": "night", "day": f"{at:%Y-%m-%d}", "started_at": at, "finished_at": at}
            row |= {"resumed": 0, "gate": "passed", "nightdesk_version": "0"}
            lake.append_once("runs", pa.Table.from_pylist([row], schema=RUNS), batch_id=run_id)
    return run_id, at


def measure(lake: Lake, run_id: str, at: datetime) -> str:
    """Wall and CPU seconds of reading the window, and of judging it."""
    clock, cpu = time.perf_counter(), time.process_time()
    nights = read_nights(lake, run_id, kind="night", day=f"{at:%Y-%m-%d}", started_at=at)
    read, read_cpu = time.perf_counter() - clock, time.process_time() - cpu
    clock, cpu = time.perf_counter(), time.process_time()
    alarms = drift_alarms(nights, PAGES.empty_table(), EXTRACTED.empty_table())
    judged, judged_cpu = time.perf_counter() - clock, time.process_time() - cpu
    return (
        f"read {len(nights.days)} nights, {nights.values.size:,} figures: {read:.2f} s ({read_cpu:.2f} CPU s); "
        f"judged: {judged:.2f} s ({judged_cpu:.2f} CPU s), {len(alarms)} alarms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sources", type=int, default=300)
    parser.add_argument("--nights", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as folder:
        lake = Lake(Path(folder) / "lake")
        run_id, at = fill(lake, arguments.sources, arguments.nights)
        print("as the nights left them:", measure(lake, run_id, at), flush=True)
        for table in ("runs", "metrics"):
            compact(lake, table, scratch=Path(folder) / "compacted", unfinished=lambda: {run_id})
        print("compacted:", measure(lake, run_id, at))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, filling included; {utc_now():%B %Y}")


if __name__ == "__main__":
    main()
