"""What dead processes left goes; what a living one may use stays."""

import os
import time
from pathlib import Path

import pytest

from warehouse import files
from warehouse.cleaning import Removed
from warehouse.leftovers import Leftovers, remove_leftovers
from warehouse.paths import RUN_FILE, DataDir

NOW = time.time()
LONG_AGO = NOW - 8 * 86_400


def left(path: Path, *, old: bool = True) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"12345")
    for aged in (path, path.parent):
        os.utime(aged, (LONG_AGO if old else NOW,) * 2)
    return path


@pytest.fixture
def litter(data: DataDir) -> DataDir:
    left(data.staged_of("over") / "fetched-1.parquet")
    left(data.staged_of("starting") / "fetched-1.parquet", old=False)
    left(data.staged_of("waiting") / RUN_FILE)
    left(data.raw_of("waiting") / "1.warc.gz.open")
    left(data.raw_of("given-up") / "1.warc.gz.open")
    left(data.raw_of("given-up") / "1.warc.gz")
    left(data.raw_of("fetching") / "1.warc.gz.open", old=False)
    left(data.staged / "night-free.lock")
    left(data.staged / "night-held.lock")
    left(data.staged / "night-new.lock", old=False)
    left(data.spill / "duckdb_temp_storage_DEFAULT-0.tmp")
    return data


EXPECTED = Leftovers(Removed(1, 5), Removed(1, 5), Removed(1, 5), Removed(1, 5), ("waiting",))
GONE = [
    ".spill/duckdb_temp_storage_DEFAULT-0.tmp",
    "raw/given-up/1.warc.gz.open",
    "staged/night-free.lock",
    "staged/over/fetched-1.parquet",
]


def everything(data: DataDir) -> set[str]:
    return {str(path.relative_to(data.root)) for path in data.root.rglob("*") if path.is_file()} - {".publish.lock"}


def test_what_is_old_and_nobodys_is_removed(litter: DataDir) -> None:
    before = everything(litter)
    with files.exclusive(litter.staged / "night-held.lock"):
        dry = remove_leftovers(litter, now=NOW, dry_run=True)
        after_dry_run = everything(litter)
        done = remove_leftovers(litter, now=NOW, dry_run=False)
    assert (dry, after_dry_run, done) == (EXPECTED, before, EXPECTED)
    assert sorted(before - everything(litter)) == GONE


def test_an_empty_folder_has_nothing_left_over(data: DataDir) -> None:
    nothing = Leftovers(Removed(), Removed(), Removed(), Removed(), ())
    assert remove_leftovers(data, now=NOW, dry_run=False) == nothing


def test_what_workers_elsewhere_staged_for_runs_that_are_over_is_removed(
    object_store: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in object_store.items():
        monkeypatch.setenv(name, value)
    from warehouse.remote import open_folder

    data = DataDir(open_folder("s3://newsroom/leftovers"), work=tmp_path)
    (data.handed_of("over") / "share-1-0" / "extracted.parquet").write_bytes(b"12345")
    (data.handed_of("waiting") / "fetched-1.parquet").write_bytes(b"12345")
    (data.underway / "waiting" / RUN_FILE).write_bytes(b"{}")
    assert remove_leftovers(data, now=NOW, dry_run=False).staged == Removed()
    assert remove_leftovers(data, now=NOW + 8 * 86_400, dry_run=False).staged == Removed(1, 5)
    assert [path.name for path in data.handed.rglob("*") if path.is_file()] == ["fetched-1.parquet"]
