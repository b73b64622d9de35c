"""A warehouse on a store that speaks S3: conditional puts, what is told of a store that cannot be had, and the crash test of
test_crashes.py, in which each process is a machine of its own.
"""

import json
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from flows import settings
from flows.commands.report import command as report_verb
from flows.commands.report import near
from transforms.errors import ConfigError, LakeError
from warehouse import files, remote
from warehouse.cleaning import Removed
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.maintenance import Upkeep, maintain
from warehouse.paths import RUN_FILE, DataDir
from warehouse.query import connect, run_query
from warehouse.rawstore import RawLimits
from warehouse.reportstore import ReportsKept, keep_newest
from warehouse.schema import RUNS
from warehouse.views import publish

CRASHES = Path(__file__).resolve().parents[2] / "benchmarks" / "crashes.py"
LOADER = Path(__file__).with_name("scripts") / "load_batches.py"
Machine = Callable[[str], DataDir]
Rows = Callable[..., pa.Table]


@pytest.fixture
def machine(
    object_store: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> Machine:
    """machine("a") -> the warehouse of this test as machine a has it."""
    for name, value in object_store.items():
        monkeypatch.setenv(name, value)

    def of(name: str) -> DataDir:
        monkeypatch.setenv(settings.WORK_VARIABLE, str(tmp_path / name))
        return settings.warehouse(f"s3://newsroom/{request.node.name.partition('[')[0]}")

    return of


def load(data: DataDir, rows: pa.Table, batch_id: str) -> None:
    load_articles(Lake(data.lake), rows, batch_id=batch_id, staged=data.staged_of("run-1"))


def shown(data: DataDir) -> list[tuple[Any, ...]]:
    with connect(data) as con:
        return con.execute("select article_id, version from article_versions order by all").fetchall()


def upkeep(data: DataDir, limits: RawLimits = RawLimits()) -> Upkeep:  # noqa: B008 (frozen)
    return maintain(data, limits, now=time.time(), dry_run=False, run_step=lambda _, step: step())


def test_an_object_is_put_only_if_nobody_else_was_quicker(machine: Machine) -> None:
    path = machine("a").root / "views"
    for content in ("first", "second"):
        with files.replacing(path) as fresh:
            fresh.write_text(content)
        assert path.read_text() == content
        with pytest.raises(files.ReplacedMeanwhileError, match="by another process"), files.replacing(path) as fresh:  # noqa: PT012
            path.write_bytes(b"theirs")
            fresh.write_text("ours")
        assert path.read_text() == "theirs"
    with pytest.raises(ZeroDivisionError), files.replacing(path) as fresh:
        fresh.write_text(str(1 // 0))
    assert path.read_text() == "theirs"


def test_an_archive_that_was_put_in_part_is_put_again(machine: Machine, tmp_path: Path) -> None:
    source, target = tmp_path / "1.warc.gz", machine("a").raw_of("run-1") / "1.warc.gz"
    source.write_bytes(b"whole")
    for left in (None, b"wh", b"whole"):
        if left is not None:
            target.write_bytes(left)
        remote.put(source, target)
        assert target.read_bytes() == b"whole"
    again = pickle.loads(pickle.dumps(target))
    with again.open("rb") as file:
        assert (file.seek(2), file.read(2), str(again)) == (2, b"ol", str(target))


def test_a_row_s_page_is_read_where_it_lies(machine: Machine, tmp_path: Path) -> None:
    data = machine("a")
    near = data.segments_of("run-1") / "1.warc.gz"
    near.parent.mkdir(parents=True)
    near.touch()
    names = ("run-1/1.warc.gz", "run-2/1.warc.gz", f"{data.raw}/run-2/1.warc.gz", "/archive/a.gz")
    far = f"{data.root}/raw/run-2/1.warc.gz"
    assert [str(data.raw_page(name)) for name in names] == [str(near), far, far, "/archive/a.gz"]


def test_what_one_machine_stores_another_publishes_compacts_and_still_reads(machine: Machine, make_rows: Rows) -> None:
    a, b = machine("a"), machine("b")
    for number, (name, content) in enumerate((("kali", "a"), ("kali", "b"), ("pasar", "a"))):
        load(a, make_rows((name, content)), f"batch-{number}")
        publish(a if number % 2 else b)
    rows = [("id-kali", 1), ("id-kali", 2), ("id-pasar", 1)]
    held = connect(a)
    (articles, *_) = upkeep(b).compactions
    assert (articles.files, articles.replaced, articles.by, articles.rows) == (3, 3, 1, 3)
    assert (shown(a), shown(b)) == (rows, rows)
    assert held.execute("select article_id, version from article_versions order by all").fetchall() == rows
    assert sorted(path.name.partition("-")[0] for path in b.root.iterdir() if path.name != "raw") == [
        *("gone", "lake", "nightdesk.duckdb", "stories", "superseded", "superseded", "superseded", "superseded"),
    ]


def test_machines_that_load_while_another_compacts_lose_nothing_and_double_nothing(machine: Machine) -> None:
    writers = {}
    for name in ("night", "backfill", "replay"):
        command = [sys.executable, LOADER, machine(name).root, name, 3]
        writers[name] = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    data, compacted = machine("upkeep"), 0
    while any(process.poll() is None for process in writers.values()):
        if data.lake.is_dir():
            compacted += upkeep(data).compactions[0].by
    outputs = {name: process.communicate()[0].split() for name, process in writers.items()}
    assert outputs == {name: ["ready", *(f"{name}-{batch}" for batch in range(3))] for name in writers}
    compacted += upkeep(data).compactions[0].by
    own = [(f"id-{name}-{batch}-{number}", 1) for name in writers for batch in range(3) for number in range(10)]
    # Every batch changed every shared article: nine versions each.
    assert shown(data) == sorted([*own, *((f"id-shared-{number}", version) for number in range(10) for version in range(1, 10))])
    assert compacted > 0


def test_a_run_that_another_machine_has_not_finished_is_not_shown(machine: Machine, make_rows: Rows) -> None:
    a, b = machine("a"), machine("b")
    load(a, make_rows(("kali", "a", {"run_id": "run-0"})), "run-0:1")
    (a.underway / "run-1" / RUN_FILE).write_bytes(b"{}")
    load(a, make_rows(("pasar", "a")), "run-1:1")
    publish(b)
    assert shown(b) == [("id-kali", 1)]
    done = upkeep(b)
    assert (done.leftovers.unfinished, done.underway.name, shown(a)) == (("run-1",), "underway", [("id-kali", 1)])
    (a.underway / "run-1" / RUN_FILE).unlink()
    publish(b)
    assert shown(a) == [("id-kali", 1), ("id-pasar", 1)]


def test_raw_pages_beyond_a_limit_go(machine: Machine, make_rows: Rows) -> None:
    data = machine("a")
    load(data, make_rows(("kali", "a")), "run-1:1")
    for name in ("run-1/1", "run-1/1-2", "run-1/2"):
        (data.raw / f"{name}.warc.gz").write_bytes(b"page")
    raw = upkeep(data, RawLimits(max_bytes=0)).raw
    assert (raw.removed.files, raw.total.files, raw.kept.files) == (1, 3, 2)
    assert sorted(path.name for path in data.raw.glob("*/*")) == ["1-2.warc.gz", "1.warc.gz"]


def test_a_report_is_opened_from_a_copy(machine: Machine) -> None:
    data = machine("a")
    report = data.reports_of("run-1")
    for name in ("index.html", "data_docs/index.html"):
        (report / name).write_bytes(name.encode())
    copy = near(data, report)
    assert copy == data.work / "reports" / "run-1"
    assert {path: path.read_text() for path in copy.rglob("*.html")} == {
        copy / name: name for name in ("index.html", "data_docs/index.html")
    }


def test_the_report_verb_names_runs_and_opens_a_copy(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    data, at, run_id = machine("a"), datetime(2026, 3, 2, 20, tzinfo=UTC), "20260302T200000Z-0a1b2c"
    counts = dict.fromkeys(("candidates", "stored", "unchanged", "duplicate", "quarantined", "failed", "skipped"), 0)
    row = counts | {"run_id": run_id, "kind": "night", "day": "2026-03-02", "started_at": at, "finished_at": at, "resumed": 0}
    row |= {"bytes": 0, "gate": "passed", "nightdesk_version": "0"}
    Lake(data.lake).append_once("runs", pa.Table.from_pylist([row], schema=RUNS), batch_id=run_id)
    publish(data)
    opened: list[str] = []
    monkeypatch.setattr("click.launch", opened.append)
    shown = CliRunner().invoke(report_verb, ["--data", str(data.root), "--open"])
    assert (shown.exit_code, shown.stdout) == (0, f"{data.root}/reports/{run_id}/index.html\n")
    assert opened == [str(data.report_copies / run_id / "index.html")]
    missed = CliRunner().invoke(report_verb, ["--data", str(data.root), "--run", "run-9"])
    assert str(missed.exception) == f"--run run-9: there is no such run in {data.root}; the last ones are {run_id}"


def test_old_reports_go_and_so_do_this_machines_copies_of_them(machine: Machine) -> None:
    data = machine("a")
    runs = [f"2026030{day}T200000Z-0a1b2c" for day in (1, 2, 3)]
    for run_id in runs:
        for name in ("index.html", "data_docs/index.html"):
            (data.reports_of(run_id) / name).write_bytes(b"12345")
        near(data, data.reports_of(run_id))
    planned = keep_newest(data, 2, dry_run=True)
    assert (planned, sorted(path.name for path in data.reports.iterdir())) == (ReportsKept(2, 1, Removed(2, 10)), runs)
    assert keep_newest(machine("b"), 2, dry_run=False) == planned
    assert sorted(path.name for path in data.report_copies.iterdir()) == runs
    assert keep_newest(data, 2, dry_run=False) == ReportsKept(2)
    assert sorted(path.name for path in (*data.reports.iterdir(), *data.report_copies.iterdir())) == sorted(runs[1:] * 2)


def test_a_file_of_the_lake_that_is_gone_is_told(machine: Machine, make_rows: Rows) -> None:
    data = machine("a")
    load(data, make_rows(("kali", "a")), "batch-1")
    publish(data)
    for path in data.lake.glob("articles/*/*.parquet"):
        path.unlink()
    with pytest.raises(LakeError, match=f"the lake at {data.lake} cannot be published"):
        publish(data)
    with connect(data) as con, pytest.raises(LakeError, match="a file of the lake cannot be read"):
        run_query(con, "select sum(word_count) from articles", "csv", sys.stdout)


class _Refusing(BaseHTTPRequestHandler):
    """Answers as a store does that knows no such key, or that has the bucket elsewhere."""

    def do_GET(self) -> None:
        is_elsewhere = "elsewhere" in self.path
        code = "PermanentRedirect" if is_elsewhere else "InvalidAccessKeyId"
        body = f"<Error><Code>{code}</Code><AWSAccessKeyId>AKIANEWSROOM</AWSAccessKeyId></Error>".encode()
        self.send_response(301 if is_elsewhere else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def refusing() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("url", "variables", "message"),
    [
        ("s3://nobody/x", {}, "there is no bucket nobody. Create it, or name another with --data"),
        ("s3://newsroom/x", {"AWS_ENDPOINT_URL": "REFUSING"}, "the store refuses (InvalidAccessKeyId). Check AWS_ACCESS_KEY_ID"),
        ("s3://elsewhere/x", {"AWS_ENDPOINT_URL": "REFUSING"}, "the bucket lies in another region. Set AWS_REGION to it"),
        ("s3://newsroom/x", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "the store cannot be reached. Check AWS_ENDPOINT_URL"),
        ("s3://newsroom/x", {"AWS_ALLOW_HTTP": ""}, "AWS_ENDPOINT_URL is plain http. Set AWS_ALLOW_HTTP=true if that is meant"),
        ("s3://newsroom/x", {"AWS_SECRET_ACCESS_KEY": ""}, "there are no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET"),
        (
            "s3://newsroom/x",
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_METADATA_ENDPOINT": "http://127.0.0.1:9"},
            "there are no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET",
        ),
        ("s3://News/x", {}, "is no place for a warehouse. It is written s3://bucket/prefix"),
        ("gs://newsroom/x", {}, "is no place for a warehouse. It is written s3://bucket/prefix"),
        ("s3://newsroom/a=b", {}, "is no place for a warehouse. It is written s3://bucket/prefix"),
    ],
    ids=["bucket", "key", "region", "unreachable", "plain-http", "half-a-key", "no-key", "bucket-name", "other-store", "prefix"],
)
def test_a_store_that_cannot_be_had_is_told_with_the_cure(
    url: str, variables: dict[str, str], message: str, machine: Machine, refusing: str, monkeypatch: pytest.MonkeyPatch,
    object_store: dict[str, str],
) -> None:  # fmt: skip
    for name, value in variables.items():
        if value:
            monkeypatch.setenv(name, value.replace("REFUSING", refusing))
        else:
            monkeypatch.delenv(name)
    with pytest.raises(ConfigError) as refused:
        settings.warehouse(url)
    assert str(refused.value).startswith(f"{url}: {message}")
    assert object_store["AWS_SECRET_ACCESS_KEY"] not in str(refused.value)


def test_nothing_is_lost_doubled_or_half_visible_whichever_machine_is_killed_when(machine: Machine, tmp_path: Path) -> None:
    command = [
        *(sys.executable, CRASHES, "--kills", "2", "--articles", "20", "--data", machine("a").root / "lake-of-crashes"),
        *("--work", tmp_path, "--out", tmp_path / "out"),
    ]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    outcome = json.loads((tmp_path / "out" / "crashes.json").read_text())
    kills, looks = sum(outcome.pop("kills").values()), outcome.pop("looks")
    nights, backfilled = outcome.pop("nights"), outcome.pop("backfilled")
    assert (kills, looks > 0, nights > 1, backfilled > 0, outcome.pop("errors")) == (2, True, True, True, [])
    assert set(outcome.values()) == {0}
