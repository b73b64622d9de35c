"""What vacuum removes, and what it leaves to open readers."""

import os
import time
from pathlib import Path

import pyarrow as pa
import pytest

from warehouse.cleaning import Removed, checkpoint, retention_hours, vacuum
from warehouse.compaction import compact
from warehouse.lake import Lake
from warehouse.paths import DataDir
from warehouse.schema import METRICS

DAY = 86_400
NOW = time.time()


def metrics(value: float) -> pa.Table:
    row = {"run_id": f"r{value}", "source": "s", "metric": "stored", "column": None, "value": value}
    return pa.Table.from_pylist([row], schema=METRICS)


def published(data: DataDir, *days_ago: float) -> None:
    data.root.mkdir(parents=True, exist_ok=True)
    for version, days in enumerate(days_ago):
        path = data.superseded_file(version)
        path.touch()
        os.utime(path, (NOW - days * DAY,) * 2)


@pytest.mark.parametrize(
    ("days_ago", "days"),
    [
        pytest.param([], 7, id="nothing was ever published"),
        pytest.param([1], 7, id="first published yesterday"),
        pytest.param([20, 10, 8, 6, 1], 8, id="the views of 8 days ago were current until 6 days ago"),
        pytest.param([30, 1], 30, id="those of a month ago were current until yesterday"),
        pytest.param([30], 30, id="and still are"),
    ],
)
def test_readers_of_the_last_week_keep_their_files(data: DataDir, days_ago: list[float], days: int) -> None:
    published(data, *days_ago)
    assert retention_hours(data, NOW) == days * 24 + 1


@pytest.fixture
def merged(data: DataDir, lake: Lake) -> list[Path]:
    """Files that a compaction has replaced."""
    for value in range(3):
        lake.append_once("metrics", metrics(value), batch_id=f"r{value}")
    files = [Path(file) for file in lake.snapshot("metrics").files]
    compact(lake, "metrics", scratch=data.compacted, unfinished=set)
    return files


def backdate(lake: Lake, days: float) -> None:
    """Make the table's last commit look old: its removals bear their time."""
    entry = max((lake.folder("metrics") / "_delta_log").glob("*.json"))
    now = entry.read_text().split('"deletionTimestamp":')[1].split(",")[0]
    entry.write_text(
        entry.read_text().replace(f'"deletionTimestamp":{now}', f'"deletionTimestamp":{int(now) - round(days * DAY * 1000)}')
    )


def test_replaced_files_go_when_no_reader_can_hold_them(data: DataDir, lake: Lake, merged: list[Path]) -> None:
    sizes = sum(file.stat().st_size for file in merged)
    young = vacuum(lake, "metrics", retention_hours=169, dry_run=False)
    backdate(lake, 8)
    dry = vacuum(lake, "metrics", retention_hours=169, dry_run=True)
    still = [file.exists() for file in merged]
    done = vacuum(lake, "metrics", retention_hours=169, dry_run=False)
    assert (young, dry, done) == (Removed(), Removed(3, sizes), Removed(3, sizes))
    assert (still, [file.exists() for file in merged]) == ([True] * 3, [False] * 3)
    assert [Path(file).exists() for file in lake.snapshot("metrics").files] == [True]


def test_what_killed_writers_left_goes_after_a_week_and_files_in_use_stay_however_old(lake: Lake) -> None:
    lake.append_once("metrics", metrics(1.0), batch_id="r1")
    old, young = (lake.folder("metrics") / f"part-{name}.parquet" for name in ("old", "young"))
    for path in (old, young):
        path.write_bytes(b"half")
    for path in (old, *map(Path, lake.snapshot("metrics").files)):
        os.utime(path, (NOW - 8 * DAY,) * 2)
    assert vacuum(lake, "metrics", retention_hours=169, dry_run=False) == Removed(1, 4)
    assert (old.exists(), young.exists(), [Path(f).exists() for f in lake.snapshot("metrics").files]) == (False, True, [True])


def test_a_checkpoint_is_written_once_and_the_table_reads_the_same(lake: Lake) -> None:
    for value in range(3):
        lake.append_once("metrics", metrics(value), batch_id=f"r{value}")
    before = lake.snapshot("metrics")
    assert (checkpoint(lake, "metrics"), checkpoint(lake, "metrics")) == (0, 0)
    log = lake.folder("metrics") / "_delta_log"
    assert [path.name for path in log.glob("*.checkpoint.parquet")] == [f"{3:020d}.checkpoint.parquet"]
    assert lake.snapshot("metrics") == before
    assert lake.append_once("metrics", metrics(0), batch_id="r0") is False


def test_log_entries_go_after_their_month(lake: Lake) -> None:
    for value in range(3):
        lake.append_once("metrics", metrics(value), batch_id=f"r{value}")
    checkpoint(lake, "metrics")
    log = lake.folder("metrics") / "_delta_log"
    for path in log.iterdir():
        os.utime(path, (NOW - 40 * DAY,) * 2)
    lake.append_once("metrics", metrics(3), batch_id="r3")
    before = lake.snapshot("metrics")
    assert checkpoint(lake, "metrics") == 2  # the last commit has removed what was before the checkpoint
    assert sorted(path.name for path in log.glob("0*")) == [f"{4:020d}.checkpoint.parquet", f"{4:020d}.json"]
    assert lake.snapshot("metrics") == before
    assert lake.append_once("metrics", metrics(0), batch_id="r0") is False


@pytest.mark.parametrize(
    "step", [lambda lake: vacuum(lake, "runs", retention_hours=169, dry_run=False), lambda lake: checkpoint(lake, "runs")]
)
def test_a_table_that_was_never_written_is_not_made(lake: Lake, step: object) -> None:
    step(lake)  # type: ignore[operator]
    assert not lake.root.exists()
