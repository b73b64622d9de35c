"""A night killed with -9 at any stage, run again, ends in the lake of an undisturbed night."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sources.newsroom.content import DAYS
from sources.newsroom.truth import expected_ledger

Run = Callable[..., subprocess.CompletedProcess[str]]
Ask = Callable[[str, dict[str, Any]], Any]

# What a run leaves on disk when it has come so far; the kill comes at once when it is there.
STAGES = {
    "discovering": "staged/*/run.json",
    "fetching": "raw/*/*.warc.gz.open",
    "extracting": "staged/*/fetched-1.parquet",
    "loading": "staged/*/load-*/decided-*.parquet",
    "finishing": "lake/pages/_delta_log/*1.json",
    "reporting": "reports/*/data_docs",
}


def lake_of(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What the lake holds, but for times and names that belong to one run."""
    queries = {
        "articles": """select * exclude (run_id, fetched_at, first_seen_at, extracted_at, warc_file, warc_offset)
            from article_versions""",
        "pages": "select url, source, disposition, reason, article_id, http_status, bytes from pages",
        "quarantine": "select url, reason, broken_rules, title, body from quarantine",
        "runs": "select kind, candidates, stored, quarantined, failed, skipped, duplicate, gate from runs",
        "checks": "select * exclude (run_id) from checks",
        "metrics": """select source, metric, "column", value from metrics
            where metric not like 'lag%' and metric not like 'elapsed%'""",
    }
    with duckdb.connect(str(data / "nightdesk.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return {table: sorted(connection.sql(sql).fetchall(), key=repr) for table, sql in queries.items()}


def kill_when(pattern: str, data: Path, environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", "from flows.cli import main; main()", "run", "--sample", "--data", str(data)],
        env=environment | {"NIGHTDESK_DATA_DOCS": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not any(data.glob(pattern)) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    assert process.poll() is None, f"the night ended before {pattern} was there: {process.communicate()[1][-2000:]!r}"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    # The workers notice that they are orphans by themselves; nothing of the test's own may outlive it.
    process.communicate()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, nightdesk: Run) -> dict[str, list[tuple[Any, ...]]]:
    data = tmp_path_factory.mktemp("undisturbed") / "data"
    assert nightdesk("run", "--sample", "--data", data).returncode == 0
    lake = lake_of(data)
    assert len(lake["pages"]) == len(expected_ledger(DAYS[0]))
    return lake


# What the kills of benchmarks/kills.py strike as well.
LONG = ("discovering", "finishing")


@pytest.mark.parametrize("stage", [pytest.param(stage, marks=[pytest.mark.long] * (stage in LONG)) for stage in STAGES])
def test_a_night_killed_while(
    stage: str,
    tmp_path: Path,
    undisturbed: Any,
    nightdesk: Run,
    prefect_environment: dict[str, str],
    ask_prefect: Ask,
    receiver: Any,
) -> None:
    data = tmp_path / "data"
    kill_when(STAGES[stage], data, prefect_environment)
    receiver.received.clear()
    again = nightdesk("run", "--sample", "--data", data, more={"NIGHTDESK_NOTIFY_URL": receiver.url})
    assert again.returncode == 0, again.stderr[-3000:]
    assert [(notice["kind"], notice["subject"].partition("run ")[2][-14:]) for notice in receiver.received] == [
        ("unfinished", "was found dead")
    ]
    assert lake_of(data) == undisturbed
    assert list((data / "staged").glob("*/run.json")) == []
    runs = ask_prefect("/flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 20})
    assert [run["state_type"] for run in runs if run["parameters"].get("data") == str(data)] == ["COMPLETED", "CRASHED"]


# As the command line, but that shares are so small that the newsroom makes several.
SMALL_SHARES = "from flows import shares; shares.SHARE_PAGES = 10; from flows.cli import main; main()"


def test_a_night_on_dask_one_of_whose_workers_is_killed(
    tmp_path: Path, undisturbed: Any, prefect_environment: dict[str, str], dask_cluster: Any
) -> None:
    data = tmp_path / "data"
    with subprocess.Popen(
        [sys.executable, "-c", SMALL_SHARES, "run", "--sample", "--workers", "1", "--data", str(data)],
        env=prefect_environment | dask_cluster.variables() | {"NIGHTDESK_DATA_DOCS": "1"},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as night:  # fmt: skip
        try:
            held = kill_a_worker_at_work(data, night, dask_cluster)
            _, said = night.communicate()
        finally:
            night.kill()
    assert night.returncode == 0, said[-3000:]
    assert held, "the worker that was killed had no share"
    assert lake_of(data) == undisturbed
    assert list((data / "staged").glob("*/")) == []


def kill_a_worker_at_work(data: Path, night: subprocess.Popen[str], cluster: Any) -> list[str]:
    """Once the first share is home. Gives the shares that the worker had when it was killed."""
    from distributed import Client

    victim = cluster.workers["first"]
    with Client(cluster.address, set_as_default=False) as client:
        while not any(data.glob("staged/*/share-*")):
            assert night.poll() is None, "the night ended before a share was home"
            time.sleep(0.002)
        victim.send_signal(signal.SIGSTOP)  # so that it cannot end its share between the question and the kill
        names = {address: worker["name"] for address, worker in client.scheduler_info()["workers"].items()}
        held = {names[address]: list(shares) for address, shares in client.processing().items()}
        victim.kill()
    return held["first"]
