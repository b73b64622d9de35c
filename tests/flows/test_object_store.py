"""A warehouse at s3://bucket/prefix through the command line: killed, taken up again, read and kept up from other machines.

What this machine keeps for itself is $NIGHTDESK_WORK: another folder is another machine.
"""

import gzip
import http.server
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pyarrow.parquet as pq
import pytest

from sources.newsroom.content import DAYS, newsroom_root
from sources.newsroom.truth import expected_ledger

Run = Callable[..., subprocess.CompletedProcess[str]]

BUCKET, PREFIX = "newsroom", "nightly/news"
URL = f"s3://{BUCKET}/{PREFIX}"


class Machines:
    """What was run, by which machine."""

    def __init__(self, nightdesk: Run, store: dict[str, str], folder: Path) -> None:
        self._nightdesk, self._store, self.folder = nightdesk, store, folder
        self.client = boto3.client(
            "s3",
            endpoint_url=store["AWS_ENDPOINT_URL"],
            region_name=store["AWS_REGION"],
            aws_access_key_id=store["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=store["AWS_SECRET_ACCESS_KEY"],
        )
        self.said: list[str] = []

    def environment(self, machine: str) -> dict[str, str]:
        return self._store | {"NIGHTDESK_WORK": str(self.folder / machine), "NIGHTDESK_DATA": URL}

    def __call__(self, machine: str, *arguments: object) -> str:
        done = self._nightdesk(*arguments, more=self.environment(machine))
        assert done.returncode == 0, done.stdout + done.stderr[-3000:]
        self.said += [done.stdout, done.stderr]
        return done.stdout

    def rows(self, machine: str, sql: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self(machine, "sql", sql, "--format", "json"))
        return rows

    def names(self, prefix: str = "") -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{PREFIX}/{prefix}")
        return [found["Key"].removeprefix(f"{PREFIX}/") for page in pages for found in page.get("Contents", [])]

    def objects(self) -> Iterator[tuple[str, bytes]]:
        for key in self.names():
            yield key, self.client.get_object(Bucket=BUCKET, Key=f"{PREFIX}/{key}")["Body"].read()


@pytest.fixture(scope="module")
def machines(
    nightdesk: Run, object_store: dict[str, str], prefect_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Machines:
    """A night of the first machine, killed when its pages were archived and nothing was committed, and taken up again."""
    used = Machines(nightdesk, object_store, tmp_path_factory.mktemp("machines"))
    night = subprocess.Popen(
        [sys.executable, "-c", "from flows.cli import main; main()", "run", "--sample"],
        env=prefect_environment | used.environment("first"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not used.names("raw/") and night.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert night.poll() is None, night.communicate()[1][-2000:]
    os.kill(night.pid, signal.SIGKILL)
    night.communicate()
    assert (len(used.names("underway/")), used.names("lake/articles/_delta_log/0000000000000000000")) == (1, [])
    used("first", "run", "--sample")
    return used


def test_a_night_that_was_killed_after_its_pages_were_archived_ends_whole(machines: Machines) -> None:
    ledger = machines.rows("reader", "select url, disposition, reason from pages")
    assert {row["url"]: (row["disposition"], row["reason"]) for row in ledger} == {
        url: (str(verdict[0]), str(verdict[1])) for url, verdict in expected_ledger(DAYS[0]).items()
    }
    assert machines.rows("reader", "select resumed, gate from runs") == [{"resumed": 1, "gate": "passed"}]
    assert machines.names("underway/") == []
    assert list((machines.folder / "first").glob("*/*/*.warc.gz")) == []


def test_what_lies_where(machines: Machines) -> None:
    kinds = {key.split("/")[0].partition("-")[0] for key in machines.names()}
    assert kinds == {"gone", "lake", "nightdesk.duckdb", "raw", "reports", "stories", "superseded"}
    (run,) = machines.rows("reader", "select run_id from runs")
    assert [key for key in machines.names("reports/") if "data_docs" not in key] == [f"reports/{run['run_id']}/index.html"]
    page = machines.client.get_object(Bucket=BUCKET, Key=f"{PREFIX}/reports/{run['run_id']}/index.html")
    assert page["ContentType"] == "text/html; charset=utf-8"


def test_another_machine_searches_reports_reads_the_archive_again_and_keeps_it_up(machines: Machines) -> None:
    found = json.loads(machines("other", "search", "tanggul", "laut", "--format", "json", "--limit", "1"))
    assert [row["url"] for row in found] == ["http://karangsenja.localhost/baca/2026/03/02/tanggul-laut-dikebut"]
    assert machines("other", "report").startswith(f"{URL}/reports/")
    again = machines("other", "reextract", "--dry-run", "--sources", newsroom_root() / "sources.toml")
    assert again.splitlines()[0] == "63 pages read again: 0 rows change, 63 do not"
    before = machines.rows("reader", "select * from pages order by url")
    done = machines("other", "maintain")
    archived = [name for name in machines.names("raw/") if name.endswith(".warc.gz")]
    assert f"raw       0 files (0 B) removed of {len(archived)} files" in done
    assert machines.rows("reader", "select * from pages order by url") == before


def test_an_archive_that_was_downloaded_lies_where_other_machines_read_it(machines: Machines, tmp_path: Path) -> None:
    (segment, *_) = machines.names("raw/")
    (tmp_path / "1.warc.gz").write_bytes(dict(machines.objects())[segment])
    (tmp_path / "warc.paths").write_text("1.warc.gz\n")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        prefix = f"http://127.0.0.1:{server.server_port}"
        machines("other", "backfill", "--warc-paths", tmp_path / "warc.paths", "--prefix", prefix)
        server.shutdown()
    sql = "select distinct warc_file from pages where source = 'archive' and warc_file is not null"
    assert machines.rows("reader", sql) == [{"warc_file": "archives/127.0.0.1/1.warc.gz"}]
    assert "raw/archives/127.0.0.1/1.warc.gz" in machines.names("raw/")
    assert list((machines.folder / "other").rglob("*.warc.gz")) == []


@pytest.mark.parametrize("verb", [("sql", "from articles"), ("run", "--sample"), ("maintain",)], ids=["sql", "run", "maintain"])
def test_a_bucket_that_is_not_there_is_one_line(verb: tuple[str, ...], machines: Machines, nightdesk: Run) -> None:
    done = nightdesk(*verb, "--data", "s3://nobody/news", more=machines.environment("other"))
    machines.said.append(done.stderr)
    cure = "Create it, or name another with --data. AWS_ENDPOINT_URL says which store is asked"
    told = f"nightdesk: s3://nobody/news: there is no bucket nobody. {cure}\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


def test_the_secret_is_nowhere(machines: Machines, object_store: dict[str, str]) -> None:
    secret = object_store["AWS_SECRET_ACCESS_KEY"]
    said = "\n".join(machines.said)
    kept = [path for path in machines.folder.rglob("*") if path.is_file()]
    assert secret not in said
    assert [path for path in kept if secret.encode() in path.read_bytes()] == []
    assert [key for key, content in machines.objects() if secret.encode() in _unpacked(key, content)] == []


def _unpacked(key: str, content: bytes) -> bytes:
    if key.endswith(".parquet"):
        return content + repr(pq.read_table(io.BytesIO(content)).to_pylist()).encode()
    return content + (gzip.decompress(content) if key.endswith(".gz") else b"")
