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


@pytest.mark.parametrize("stage", STAGES)
def test_a_night_killed_while(
    stage: str, tmp_path: Path, undisturbed: Any, nightdesk: Run, prefect_environment: dict[str, str], receiver: Any
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
