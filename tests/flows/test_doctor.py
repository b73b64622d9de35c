"""Each thing that can be wrong is made wrong for real, and the doctor names it with its cure."""

import contextlib
import importlib
import json
import os
import pkgutil
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
import zoneinfo
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from prefect import Flow

import flows
from flows import machinecheck, prefectcheck, settings
from flows.commands.doctor import command
from flows.doctor import Examined, examine
from flows.finding import Finding, Level, ok, warning
from flows.prefectserver import start_time
from flows.rundir import RunDir, open_run
from warehouse.paths import DataDir

AddRun = Callable[..., None]
Ask = Callable[[str, dict[str, Any]], Any]
NOW = datetime.now(UTC)
SOURCES = '[[sources]]\nname = "town"\nfeeds = ["http://127.0.0.1/rss"]\ntimezone = "Asia/Jakarta"\n'


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PREFECT_API_URL", "PREFECT_HOME", "PREFECT_PROFILE", settings.NOTIFY_VARIABLE, settings.METRICS_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sources.toml").write_text(SOURCES)


def findings(data: Path | str, *, now: datetime | None = None, sources: Path | None = None, port: int = 0) -> list[Finding]:
    return list(examine(Examined(data, sources, port, now or datetime.now(UTC))))


def wrong(data: Path | str, **more: Any) -> list[tuple[str, str, str, str | None]]:
    """Check, level, what was said and the cure of all that is not well."""
    return [(f.check, str(f.level), f.said, f.cure) for f in findings(data, **more) if f.level is not Level.OK]


def left_run(data: DataDir, now: datetime, kind: str = "night") -> RunDir:
    with open_run(data, kind=kind, key="k", day="2026-03-02", now=now) as run:
        return run


def test_a_machine_on_which_all_is_well(tmp_path: Path, add_run: AddRun) -> None:
    data = DataDir(tmp_path / "data")
    add_run(data, NOW)
    found = findings(data.root)
    assert [(f.check, f.cure) for f in found if f.level is not Level.OK] == []
    assert [f.check for f in found] == [
        "text", "time zones", "sources", "notices", "extensions", "folders", "lake", "clock", "disk", "runs", "leftovers", "port",
        "prefect", "prefect database", "prefect runs",
    ]  # fmt: skip
    assert ok("lake", f"1 tables; the last run ended: {NOW:%Y-%m-%d %H:%M} UTC") in found
    assert ok("sources", "sources.toml: 1 sources") in found


def test_on_the_command_line(tmp_path: Path) -> None:
    """In a locale without letters, with a broken file and a taken port: a line a check, and the same as JSON."""

    def ask(*more: str, **variables: str) -> tuple[int, str]:
        command = [sys.executable, "-c", "from flows.cli import main; main()", "doctor", "--data", "data", *more]
        done = subprocess.run(
            command, env=os.environ | variables, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stderr == ""
        return done.returncode, done.stdout

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = ask("--port", str(port), "--json", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
        assert code == 1
        assert [found for found in json.loads(said) if found["level"] == "problem"] == [
            {
                "check": "text",
                "level": "problem",
                "said": "this locale writes ansi_x3.4-1968 and ascii, which has no letters for most news",
                "cure": "set LANG=C.UTF-8, or PYTHONUTF8=1",
            },
            {
                "check": "port",
                "level": "problem",
                "said": f"{port}: another program listens there",
                "cure": f"end it, or give another: serve --port {port + 1}",
            },
        ]
    (tmp_path / "sources.toml").write_text("[[sources]]\nnam = 1\n")
    code, said = ask(LC_ALL="C.UTF-8")
    assert code == 1
    assert "ok       text             UTF-8\n" in said
    assert "problem  sources          sources.toml:2: [sources]" in said
    assert len(said.splitlines()) == 15


def test_warnings_alone_are_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left_run(DataDir(tmp_path / "data"), NOW)
    assert command.main(["--data", "data", "--port", "65123"], standalone_mode=False) == 0
    assert "warning  runs " in capsys.readouterr().out


def test_sources_and_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.NOTIFY_VARIABLE, "hooks.example/s3cret")
    missing = tmp_path / "none.toml"
    found = wrong(tmp_path / "data", sources=missing)
    assert [(check, level) for check, level, _, _ in found] == [("sources", "problem"), ("notices", "problem")]
    assert f"{missing}: there is no such file" in found[0][2]
    assert "s3cret" not in str(found)
    (tmp_path / "sources.toml").unlink()
    monkeypatch.setenv(settings.NOTIFY_VARIABLE, "https://hooks.example/s3cret")
    assert wrong(tmp_path / "data") == [
        (
            "sources",
            "warning",
            "sources.toml: there is no such file here",
            "name yours with --sources, or make one: nightdesk init",
        )
    ]
    assert ok("notices", "a webhook of hooks.example") in findings(tmp_path / "data")


def test_a_machine_without_time_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tzdata", None)
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    try:
        found = machinecheck.zones(["Europe/Berlin"])
    finally:
        zoneinfo.reset_tzpath()
    assert (found.level, found.cure) == (Level.PROBLEM, "pip install tzdata, or apt-get install tzdata")
    assert "Asia/Jakarta" in found.said


@pytest.mark.parametrize(
    ("hours", "newest", "elsewhere", "level", "said"),
    [
        (0, -1, 0, "ok", "UTC"),
        (0, 1, 0, "problem", "the clock went back"),
        (-24 * 365 * 50, None, None, "problem", "before nightdesk was installed"),
        (0, None, 1, "warning", "where the warehouse lies"),
    ],
)
def test_clocks(hours: int, newest: int | None, elsewhere: int | None, level: str, said: str) -> None:
    now = NOW + timedelta(hours=hours)
    times = [None if shift is None else now + timedelta(hours=shift) for shift in (newest, elsewhere)]
    found = machinecheck.clock(now, *times)
    assert (str(found.level), said in found.said, found.cure is None) == (level, True, level == "ok")


def test_a_run_that_ended_tomorrow(tmp_path: Path, add_run: AddRun) -> None:
    add_run(DataDir(tmp_path / "data"), NOW + timedelta(days=1))
    assert [found[:2] for found in wrong(tmp_path / "data")] == [("clock", "problem")]


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_folders_that_cannot_be_written(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data")
    data.staged.mkdir(parents=True)
    data.lake.write_text("a file in the lake's place")
    assert wrong(data.root)[0][:3] == (
        "folders",
        "problem",
        f"{data.lake}: cannot be written: Not a directory",
    )
    with tempfile.TemporaryDirectory() as closed:
        Path(closed).chmod(0o555)
        with as_nobody():
            found = machinecheck.folder("folders", Path(closed) / "data")
    assert found.said == f"{closed}: cannot be written: Permission denied"
    assert found.cure is not None
    assert found.cure.startswith("chown it to the user that runs nightdesk")


def test_the_file_of_figures_for_prometheus(tmp_path: Path) -> None:
    assert machinecheck.metrics_file(tmp_path / "nightdesk.prom") == ok("metrics", f"{tmp_path} can be written")
    found = [machinecheck.metrics_file(tmp_path / name) for name in ("nightdesk.txt", "none/nightdesk.prom")]
    assert [(f.level, f.said) for f in found] == [
        (Level.WARNING, f"{tmp_path}/nightdesk.txt: node_exporter reads files that end in .prom"),
        (Level.WARNING, f"{tmp_path}/none: there is no such folder, so no figures are kept"),
    ]


def test_disks(tmp_path: Path, add_run: AddRun) -> None:
    data = DataDir(tmp_path / "data")
    add_run(data, NOW, size=10**15)
    [(check, level, said, cure)] = wrong(data.root)
    assert (check, level) == ("disk", "problem")
    assert said.endswith(" free, and a night needs 3000000.0 GB")
    assert cure == "make room, or remove old raw pages: nightdesk maintain --keep-raw-days N"


def test_runs_that_nobody_works_on(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data")
    run = left_run(data, NOW)
    began = f"{run.info.run_id}: this night of 2026-03-02 began {NOW:%Y-%m-%d %H:%M} UTC"
    [found] = wrong(data.root)
    assert found == (
        "runs",
        "warning",
        f"{began}, and nobody is at work on it: its rows are not shown",
        f"run nightdesk run --data {data.root} again: it goes on where it was; or remove {run.staged} to give it up",
    )
    late = wrong(data.root, now=NOW + timedelta(days=90))
    assert late[-1][:3] == ("runs", "problem", f"{began}, and cannot be gone on with any more")
    with open_run(data, kind="night", key="k", day="2026-03-02", now=NOW):
        assert wrong(data.root) == []
        assert ok("runs", f"{began}, and a process is at work on it") in findings(data.root)
    run.marker.write_text("half a fi")
    assert [found[:2] for found in wrong(data.root)] == [("runs", "problem")]


def test_files_that_dead_runs_left(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data")
    for path in (data.segments_of("over") / "1.warc.gz.open", data.staged_of("gone") / ".fetched-1.parquet.new"):
        path.parent.mkdir(parents=True)
        path.touch()
    run = left_run(data, NOW)
    (data.segments_of(run.info.run_id)).mkdir()
    (data.segments_of(run.info.run_id) / "1.warc.gz.open").touch()
    cure = "nightdesk maintain removes them when they are a week old"
    assert [found for found in wrong(data.root) if found[0] == "leftovers"] == [
        ("leftovers", "warning", f"{folder}: half-written files of a run that is over", cure)
        for folder in (data.segments_of("over"), data.staged_of("gone"))
    ]


def test_a_lake_that_cannot_be_read(tmp_path: Path, add_run: AddRun) -> None:
    data = DataDir(tmp_path / "data")
    add_run(data, NOW)
    next((data.lake / "runs" / "_delta_log").glob("*.json")).write_text("nonsense")
    [(check, level, _, cure)] = wrong(data.root)
    assert (check, level) == ("lake", "problem")
    assert cure == "if it cannot be reached: see the findings above; else bring that table's folder back from a copy"


class ReadOnlyStore(BaseHTTPRequestHandler):
    """A store whose credentials may list, and no more."""

    def do_GET(self) -> None:
        self._answer(200, b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></ListBucketResult>')

    def do_PUT(self) -> None:
        self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")

    def _answer(self, code: int, body: bytes) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_stores(object_store: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (object_store | {settings.WORK_VARIABLE: str(tmp_path / "work")}).items():
        monkeypatch.setenv(name, value)
    url = "s3://newsroom/doctor"
    assert wrong(url) == []
    assert ok("store", f"{url} can be listed, written and deleted from") in findings(url)
    assert wrong("s3://no-such-bucket-here/x")[0][:2] == ("warehouse", "problem")
    with HTTPServer(("127.0.0.1", 0), ReadOnlyStore) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        found = wrong("s3://readable/doctor")
        server.shutdown()
    assert found[0][:2] == ("store", "problem")
    assert "the store refuses (AccessDenied). Check AWS_ACCESS_KEY_ID" in found[0][2]


def test_the_port_of_a_schedule_that_is_served(tmp_path: Path, free_port: int) -> None:
    note = tmp_path / "server.json"
    note.write_text(json.dumps({"pid": os.getpid(), "started": start_time(os.getpid())}))
    with socket.socket() as own:
        own.bind(("127.0.0.1", free_port))
        own.listen()
        assert machinecheck.port(free_port, note) == ok(
            "port", f"{free_port} is taken while nightdesk serves (process {os.getpid()})"
        )
    assert machinecheck.port(free_port, note) == ok("port", f"{free_port} is free")


def test_a_server_that_does_not_answer_and_a_database_that_cannot_be_had(
    tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", f"http://me:s3cret@127.0.0.1:{free_port}/api")
    url = f"postgresql+asyncpg://nightdesk:s3cret@127.0.0.1:{free_port}/prefect"
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", url)
    found = wrong(tmp_path / "data")
    assert [(check, level) for check, level, _, _ in found] == [("prefect", "problem"), ("prefect database", "problem")]
    assert f"http://127.0.0.1:{free_port}/api does not answer" in found[0][2]
    assert "PostgreSQL at 127.0.0.1 cannot be had: " in found[1][2]
    assert "s3cret" not in str(found)


class OldPrefect(BaseHTTPRequestHandler):
    """A server of another version, which wants to know who asks."""

    def do_GET(self) -> None:
        self.send_response(200 if self.headers["Authorization"] == "Basic bWU6czNjcmV0" else 401)
        self.end_headers()
        self.wfile.write(b'"3.1.0"')

    def log_message(self, *_: object) -> None:
        pass


def test_a_server_of_another_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), OldPrefect) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/api"
        monkeypatch.setenv("PREFECT_API_URL", url)
        refused, _ = prefectcheck.server(0, tmp_path)
        monkeypatch.setenv("PREFECT_API_AUTH_STRING", "me:s3cret")
        older, _ = prefectcheck.server(0, tmp_path)
        server.shutdown()
    assert refused.said == f"the server at {url} does not answer: HTTP Error 401: Unauthorized"
    assert older == warning(
        "prefect", f"the server at {url} is 3.1.0, and this is {version('prefect')}", "use one version for both"
    )


def test_a_database_that_is_too_large_or_is_none(tmp_path: Path) -> None:
    home = tmp_path / "data" / "prefect"
    home.mkdir(parents=True)
    with (home / "prefect.db").open("wb") as file:
        file.write(b"no database at all, but a long one")
        file.truncate(3 * 10**9)  # sparse
    found = wrong(tmp_path / "data")
    assert [(check, level) for check, level, _, _ in found] == [("prefect database", "warning"), ("prefect runs", "warning")]
    assert found[0][2] == f"{home / 'prefect.db'}: 3,000 MB"


def test_runs_that_prefect_takes_for_running(
    prefect_environment: dict[str, str], ask_prefect: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a server, and from its database once it is gone: one of a schedule, one by hand, one of another warehouse."""
    api, data = prefect_environment["PREFECT_API_URL"], DataDir(tmp_path / "data")
    flow_id = ask_prefect("/flows/", {"name": "nightly"})["id"]
    deployment = ask_prefect("/deployments/", {"name": "doctor", "flow_id": flow_id})["id"]

    def running(name: str, place: Path, deployment_id: str | None) -> str:
        body = {"flow_id": flow_id, "name": name, "parameters": {"data": str(place)}, "state": {"type": "RUNNING"}}
        made = ask_prefect("/flow_runs/", body | {"deployment_id": deployment_id})
        return str(made["id"])

    served = running("served", data.root, deployment)
    by_hand = running("by-hand", data.root, None)
    running("elsewhere", tmp_path / "other", None)
    later = NOW + timedelta(hours=1)

    def dead() -> set[str]:
        return {said.partition(" ")[0] for check, _, said, _ in wrong(data.root, now=later) if check == "prefect runs"}

    for name, value in {"PREFECT_API_URL": api, "PREFECT_HOME": prefect_environment["PREFECT_HOME"]}.items():
        monkeypatch.setenv(name, value)
    assert dead() == {"served", "by-hand"}
    assert wrong(data.root) == []  # they have only just begun
    with subprocess.Popen(["sleep", "60"], env={"PREFECT__FLOW_RUN_ID": served}) as engine:
        assert dead() == {"by-hand"}
        with open_run(data, kind="night", key="k", day="2026-03-02", now=later):
            assert dead() == set()
        engine.kill()

    def started_as(infrastructure: str) -> None:
        body = json.dumps({"infrastructure_pid": infrastructure}).encode()
        headers = {"Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(f"{api}/flow_runs/{served}", body, headers, method="PATCH")).close()

    assert prefectcheck.dead_here(data, api) == []  # nobody has said which process is its
    for infrastructure, dead_ones in (
        (f"another-machine:{engine.pid}", []),
        (f"{socket.gethostname()}:{engine.pid}", [served]),
        (f"{engine.pid}", [served]),
        (f"{os.getpid()}", []),
    ):
        started_as(infrastructure)
        assert prefectcheck.dead_here(data, api) == dead_ones
    started_as(f"{engine.pid}")
    monkeypatch.delenv("PREFECT_API_URL")
    assert dead() == {"served", "by-hand"}
    for run_id in (served, by_hand):
        urllib.request.urlopen(urllib.request.Request(f"{api}/flow_runs/{run_id}", method="DELETE"), timeout=30).close()


def test_every_flow_is_known() -> None:
    names = set()
    for module in pkgutil.iter_modules(flows.__path__, "flows."):
        if not module.ispkg and module.name != "flows.rayengine":  # it cannot be imported without its extra, and has no flow
            held = vars(importlib.import_module(module.name)).values()
            names |= {item.name for item in held if isinstance(item, Flow)}
    assert tuple(sorted(names)) == prefectcheck.FLOWS


def test_installed_extensions_are_named_and_one_that_is_broken_is_a_problem(tmp_path: Path, install: Callable[..., Path]) -> None:
    def seen() -> list[Finding]:
        return [finding for finding in findings(tmp_path / "data") if finding.check == "extensions"]

    assert seen() == [ok("extensions", "none is installed")]
    points = {"nightdesk.notifiers": {"mast": "acme_desk:send"}, "nightdesk.rules": {"acme": "acme_desk:RULES"}}
    install("acme-desk", "RULES = 3\ndef send(notice): ...", points)
    named = "of acme-desk 1.2 (nightdesk."
    assert [(finding.level, finding.said, finding.cure) for finding in seen()] == [
        (
            Level.PROBLEM,
            f"extension 'acme' {named}rules: acme_desk:RULES): must be an expectations.rules.Rule or a list of them, is 3. "
            "Mend that package, or do without it: pip uninstall acme-desk",
            "see docs/extending.md; a night that needs it does not begin",
        ),
        (Level.OK, f"extension 'mast' {named}notifiers: acme_desk:send)", None),
    ]
