"""Shares of a batch: what workers elsewhere stage comes home whole and once, from a disk and from a store."""

import io
import multiprocessing
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from flows import settings, shares, staging
from flows.engines import spread
from flows.reading import Extracted, Manner, pages_of, read_pages
from flows.rundir import RunDir, open_run
from flows.shares import Share, cut, fault_of_worker, forget_shares, read_share, station_of, take_home
from sources.warc import scan
from transforms.errors import ConfigError
from transforms.extract import EXTRACTOR, ExtractSettings
from transforms.siterules import SiteRules
from warehouse import schema

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TEXT = " ".join(["The footbridge over the gorge closes on Monday, and the children walk the long way round to school."] * 9)
MANNER = Manner({"kabar": ExtractSettings(max_bytes=10_000)}, SiteRules(), workers=1)


def write_archive(path: Path, names: str) -> None:
    """A page a letter; x is too large."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for name in names:
            text = f"<h1>Bridge {name} closes</h1><p>{name}: {TEXT}</p><p>{TEXT * (20 if name == 'x' else 1)}</p>"
            page = f"<html><head><title>Bridge {name}</title></head><body><article>{text}</article></body></html>".encode()
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                f"https://kabar.example/{name}", "response", payload=io.BytesIO(page), length=len(page), http_headers=headers
            )
            writer.write_record(record)


@pytest.fixture(params=["disk", "store"])
def run(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunDir]:
    """A run of which five pages are archived; shares are of two."""
    monkeypatch.setattr(shares, "SHARE_PAGES", 2)
    place: settings.Place = tmp_path / "data"
    if request.param == "store":
        for name, value in request.getfixturevalue("object_store").items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv(settings.WORK_VARIABLE, str(tmp_path / "work"))
        place = "s3://newsroom/shares"
    archive = tmp_path / "pages.warc.gz"
    write_archive(archive, "abxcd")
    with open_run(settings.warehouse(place), kind="backfill", key="k", day="2026-03-02", now=NOW) as run:
        fetched = staging.fetched_to_table(scan(archive, source="kabar", now=lambda: NOW))
        staging.write_table(fetched, run.file("fetched-1.parquet"))
        yield run


def read_here(run: RunDir) -> Extracted:
    pages = pages_of(staging.read_table(run.file("fetched-1.parquet"), schema.FETCHED))
    return read_pages(run.data, run.info.run_id, pages, MANNER, now=NOW)


class OneWorker:
    """An engine that remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self._threads = ThreadPoolExecutor(1)

    def submit(self, share: Share) -> "Future[str]":
        self.given.append(share.name)
        return self._threads.submit(read_share, share)

    def admit(self, station: shares.Station) -> None: ...

    def counted(self) -> str:
        return "one worker"

    def look(self) -> None: ...

    def stop(self) -> None: ...

    def explained(self, error: Exception, share: Share) -> Exception:
        return error


def test_what_was_read_twice_or_before_a_kill_comes_home_once(run: RunDir) -> None:
    first, *_ = given = cut(run, 1, MANNER, NOW)
    assert [(share.name, share.size) for share in given] == [("share-1-0-2", 2), ("share-1-2-2", 2), ("share-1-4-1", 1)]
    read_share(first)  # by a worker that was taken for dead
    take_home(run, first, read_share(first))
    engine, pages = OneWorker(), list[int]()
    found = spread(run, given, engine, on_pages=pages.append)
    assert found == read_here(run)
    assert [row["url"][-1] for row in found.rows.to_pylist()] == ["a", "b", "c", "d"]
    assert [(row["url"], row["reason"]) for row in found.rejected.to_pylist()] == [("https://kabar.example/x", "too_large")]
    assert (engine.given, pages) == (["share-1-2-2", "share-1-4-1"], [2, 2, 1])
    forget_shares(run, 1)
    assert sorted(path.name for path in run.staged.iterdir()) == ["fetched-1.parquet", "run.json"]
    assert run.handed / "fetched-1.parquet" in run.handed.rglob("*")
    run.remove()
    assert [path for folder in (run.staged, run.handed) for path in folder.rglob("*")] == []


def test_a_worker_that_comes_after_the_run_has_ended_leaves_nothing_on_the_disk(run: RunDir) -> None:
    share, *_ = cut(run, 1, MANNER, NOW)
    run.remove()
    with pytest.raises(ConfigError, match=r"there is no .*run\.json\. Workers must see the warehouse under the path"):
        read_share(share)
    assert [path for folder in (run.staged, run.handed) for path in folder.rglob("*")] == []


def test_a_worker_with_other_versions_is_refused(run: RunDir) -> None:
    assert fault_of_worker(station_of(run)) is None
    other = fault_of_worker(replace(station_of(run), extractor="nightdesk 0.0 / trafilatura 1.0"))
    assert other is not None
    assert other.endswith(f"it has {EXTRACTOR}, and the run nightdesk 0.0 / trafilatura 1.0. Install the same on both")


@pytest.mark.parametrize("run", ["disk"], indirect=True)
def test_a_worker_that_may_have_no_children_is_refused(run: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "current_process", lambda: SimpleNamespace(daemon=True))
    fault = fault_of_worker(station_of(run))
    assert fault is not None
    assert "--no-nanny, or with DASK_DISTRIBUTED__WORKER__DAEMON=false" in fault


@pytest.mark.parametrize("run", ["disk"], indirect=True)
def test_pages_are_not_blamed_for_an_archive_that_the_worker_does_not_see(run: RunDir, tmp_path: Path) -> None:
    share, *_ = cut(run, 1, MANNER, NOW)
    shutil.move(tmp_path / "pages.warc.gz", tmp_path / "elsewhere.warc.gz")
    with pytest.raises(ConfigError, match=r"there is no .*/pages\.warc\.gz\. Archives must lie where all machines see them"):
        read_share(share)
