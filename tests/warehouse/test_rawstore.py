"""Which raw pages go: by age and by size, and not those that a row still needs."""

import os
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from warehouse.cleaning import Removed
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.rawstore import RawLimits, RawReport, keep_within
from warehouse.schema import QUARANTINE, RULINGS

Make = Callable[..., pa.Table]
DAY = 86_400
NOW = time.time()
# Age in days of each run's one file of 100 bytes, oldest first, and who needs it.
AGES = {"superseded": 50, "current": 40, "refused": 30, "replayed": 25, "nothing": 20, "recent": 1}


def quarantined(run_id: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(QUARANTINE.names)
    row |= {
        "quarantine_id": "q-" + run_id,
        "reason": "short_body",
        "replay_state": "open",
        "url": f"https://harian.example/{run_id}",
    }
    return row | {"source": "harian", "extracted_at": 0, "extractor": "t", "run_id": run_id, "warc_file": f"{run_id}/1.warc.gz"}


@pytest.fixture
def archive(data: DataDir, lake: Lake, make_rows: Make) -> DataDir:
    for run_id, days in AGES.items():
        path = data.raw_of(run_id) / "1.warc.gz"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x" * 100)
        os.utime(path, (NOW - days * DAY,) * 2)
    for run_id, content in (("superseded", "a"), ("current", "b")):
        rows = make_rows(("kali", content, {"run_id": run_id, "warc_file": f"{run_id}/1.warc.gz"}))
        load_articles(lake, rows, batch_id=run_id, staged=data.staged)
    refused = [quarantined("refused"), quarantined("replayed")]
    lake.append_once("quarantine", pa.Table.from_pylist(refused, schema=QUARANTINE), batch_id="q")
    ruling = {
        "quarantine_id": "q-replayed",
        "ruling": "replayed",
        "ruled_at": 0,
        "run_id": "r",
        "url": "u",
        "reason": "new_article",
    }
    lake.append_once("rulings", pa.Table.from_pylist([ruling], schema=RULINGS), batch_id="q")
    return data


def left(data: DataDir) -> list[str]:
    return sorted((path.parent.name for path in data.raw.glob("*/*.warc.gz")), key=list(AGES).index)


def keep(data: DataDir, limits: RawLimits, *, dry_run: bool = False, unfinished: tuple[str, ...] = ()) -> RawReport:
    return keep_within(data, Lake(data.lake), limits, unfinished=unfinished, now=NOW, dry_run=dry_run)


def files(count: int) -> Removed:
    return Removed(count, 100 * count)


@pytest.mark.parametrize(
    ("limits", "gone", "kept", "rows"),
    [
        pytest.param(RawLimits(), [], 0, (0, 0), id="no limit"),
        pytest.param(RawLimits(keep_days=60), [], 0, (0, 0), id="all are younger"),
        pytest.param(RawLimits(keep_days=10), ["superseded", "replayed", "nothing"], 2, (1, 1), id="old ones that no row needs"),
        pytest.param(RawLimits(keep_days=22), ["superseded", "replayed"], 2, (1, 1), id="by age"),
        pytest.param(RawLimits(max_bytes=600), [], 0, (0, 0), id="small enough"),
        pytest.param(RawLimits(max_bytes=599), ["superseded"], 0, (0, 0), id="the oldest first"),
        pytest.param(RawLimits(max_bytes=400), ["superseded", "replayed"], 2, (1, 1), id="the oldest that no row needs"),
        pytest.param(
            RawLimits(max_bytes=0), ["superseded", "replayed", "nothing", "recent"], 2, (1, 1), id="all that no row needs"
        ),
        pytest.param(RawLimits(keep_days=22, max_bytes=400), ["superseded", "replayed"], 2, (1, 1), id="both limits"),
        pytest.param(
            RawLimits(keep_days=35, drop_needed=True), ["superseded", "current"], 0, (1, 0), id="needed ones if told so"
        ),
        pytest.param(
            RawLimits(max_bytes=300, drop_needed=True), ["superseded", "current", "refused"], 0, (1, 1), id="by size too"
        ),
    ],
)
def test_raw_files_beyond_the_limits_go(
    archive: DataDir, limits: RawLimits, gone: list[str], kept: int, rows: tuple[int, int]
) -> None:
    report = RawReport(files(len(gone)), files(6), files(kept), *rows)
    assert keep(archive, limits, dry_run=True) == report
    assert left(archive) == list(AGES)
    assert keep(archive, limits) == report
    assert left(archive) == [run for run in AGES if run not in gone]
    assert [run for run in gone if archive.raw_of(run).exists()] == []


def test_pages_of_a_run_that_is_not_finished_are_never_touched(archive: DataDir) -> None:
    report = keep(archive, RawLimits(keep_days=0, drop_needed=True), unfinished=("nothing", "recent"))
    assert report == RawReport(files(4), files(4), files(0), 1, 1)
    assert left(archive) == ["nothing", "recent"]


def test_archives_of_others_are_never_touched(data: DataDir, lake: Lake, make_rows: Make) -> None:
    theirs = data.root / "theirs.warc.gz"
    load_articles(lake, make_rows(("kali", "a", {"warc_file": str(theirs)})), batch_id="b", staged=data.staged)
    theirs.write_bytes(b"x")
    assert keep(data, RawLimits(keep_days=0, drop_needed=True)) == RawReport(Removed(), Removed(), Removed(), 0, 0)
    assert theirs.exists()


def test_segments_of_one_batch_go_and_stay_together(archive: DataDir) -> None:
    """Further pages of an article may lie in the next segment, which no row names."""
    for run_id, age in (("current", 1), ("nothing", 1)):
        segment = archive.raw_of(run_id) / "1-2.warc.gz"
        segment.write_bytes(b"x" * 100)
        os.utime(segment, (NOW - age * DAY,) * 2)
    (archive.raw_of("current") / "2.warc.gz").write_bytes(b"x" * 100)  # another batch of that run
    assert keep(archive, RawLimits(max_bytes=0)) == RawReport(files(6), files(9), files(3), 1, 1)
    kept = [str(path.relative_to(archive.raw)) for path in sorted(archive.raw.glob("*/*"))]
    assert kept == ["current/1-2.warc.gz", "current/1.warc.gz", "refused/1.warc.gz"]
