"""A night that finds a source silent: the alarm is stored, printed before all else, and fails the gate if the settings say so."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from expectations.gate import Gate
from expectations.metrics import run_metrics
from flows.finish import RunSummary, commit_run
from flows.rundir import open_run
from flows.summary import print_summary
from sources.config import GateSettings, Source
from warehouse import scan
from warehouse.lake import Lake
from warehouse.paths import DataDir
from warehouse.schema import CHECKS, EXTRACTED, PAGES, RUNS

TONIGHT = datetime(2026, 3, 16, 20, tzinfo=UTC)
SILENT = "kabar: no candidates, usually 30 on a Monday (30 to 30)."


def store_night(lake: Lake, at: datetime) -> None:
    """A finished night on which source kabar had thirty new articles."""
    run_id = f"{at:%Y%m%dT%H%M%SZ}-000000"
    page = {"run_id": run_id, "source": "kabar", "discovered_via": "feed", "discovered_at": at}
    pages = [
        page | {"url": f"https://kabar.example/{at:%d}/{n}", "disposition": "stored", "reason": "new_article"} for n in range(30)
    ]
    ledger = pa.Table.from_pylist(pages, schema=PAGES)
    lake.append_once("metrics", run_metrics(ledger, EXTRACTED.empty_table(), CHECKS.empty_table(), run_id), batch_id=run_id)
    counts = dict.fromkeys(("resumed", "unchanged", "duplicate", "quarantined", "failed", "skipped"), 0)
    row = {"run_id": run_id, "kind": "night", "day": f"{at:%Y-%m-%d}", "started_at": at, "finished_at": at, "candidates": 30}
    row |= counts | {"stored": 30, "gate": "passed", "nightdesk_version": "0"}
    lake.append_once("runs", pa.Table.from_pylist([row], schema=RUNS), batch_id=run_id)


def test_a_silent_source_is_stored_printed_first_and_fails_the_gate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = DataDir(tmp_path)
    lake = Lake(data.lake)
    for ago in range(10, 0, -1):
        store_night(lake, TONIGHT - timedelta(days=ago))
    data.staged.mkdir(parents=True, exist_ok=True)
    with open_run(data, kind="night", key="k", day="2026-03-16", now=TONIGHT) as run:
        gate, _, alarms = commit_run.fn(run, [], GateSettings(max_critical_alarms=0), sources=[Source("kabar")])
        again = commit_run.fn(run, [], GateSettings(max_critical_alarms=0), sources=[Source("kabar")])
    assert gate == Gate(
        passed=False,
        reasons=(
            "No page was found: every feed, sitemap and list was empty or there was none.",
            "1 critical drift alarm (max_critical_alarms allows 0).",
        ),
    )
    assert (again[0], again[2]) == (gate, alarms)
    with duckdb.connect() as con:
        stored = con.sql(f"select source, kind, message from ({scan.snapshot_query(lake.snapshot('alarms'))})").fetchall()
    assert stored == [("kabar", "silent", SILENT)]
    summary = RunSummary("run", "2026-03-16", 0, (), gate, Path("report"), Path("data/views"), alarms)
    print_summary(summary)
    printed = capsys.readouterr().out
    assert f"critical: {SILENT}" in printed
    assert printed.index(SILENT) < printed.index("disposition")
