"""The schedule on a server of its own: a missed night, a killed one, one too many, and the end."""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import settings
from flows.prefectserver import is_taken, start_time
from flows.rundir import open_run
from flows.serving import Schedule, Service, missed_night
from warehouse.lake import Lake
from warehouse.paths import DataDir
from warehouse.state import last_started

AddRun = Callable[..., None]
Ask = Callable[[str, dict[str, Any]], Any]
STORIES = 6
EVERY_TWENTY_SECONDS = "* * * * * */20"
NEVER = "0 0 29 2 1"


class Town(http.server.BaseHTTPRequestHandler):
    """A list and its stories, which nobody gets before `opened` is set."""

    opened = threading.Event()

    def do_GET(self) -> None:
        home = f"http://127.0.0.1:{self.server.server_address[1]}"  # type: ignore[str-bytes-safe]
        if self.path == "/list.txt":
            self._send("text/plain", "\n".join(f"{home}/story/{number}" for number in range(STORIES)))
        elif self.path.startswith("/story/"):
            self.opened.wait(60)
            number = self.path.rpartition("/")[2]
            sentence = f"The council met on Tuesday to speak of ferry number {number}, of its crew and its captain. "
            self._send(
                "text/html",
                f'<html lang="en"><head><title>Ferry number {number}</title><meta property="article:published_time" '
                f'content="2026-03-02T10:00:00+01:00"></head><body><article><h1>Ferry number {number}</h1>'
                + "".join(f"<p>{sentence * 2}{n}.</p>" for n in range(4))
                + "</article></body></html>",
            )
        else:
            self.send_error(404)

    def _send(self, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class QuietServer(http.server.ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A night that is killed hangs up."""


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Path]:
    with QuietServer(("127.0.0.1", 0), Town) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        path = tmp_path / "sources.toml"
        home = f"http://127.0.0.1:{server.server_address[1]}"
        path.write_text(
            f'[settings]\ndelay_seconds = 0\n[[sources]]\nname = "town"\nlists = ["{home}/list.txt"]\nallow_private = true\n'
        )
        yield path
        Town.opened.set()
        server.shutdown()


class Served:
    """`nightdesk serve` in a process of its own. `server`: the environment that leads to a server that is there already."""

    def __init__(self, sources: Path, data: Path, port: int, cron: str, server: dict[str, str] | None = None) -> None:
        self.data, self.api = data, server["PREFECT_API_URL"] if server else f"http://127.0.0.1:{port}/api"
        self.log = data.parent / "serve.log"
        environment = os.environ | {
            # How soon what is due is seen: a minute and ten seconds otherwise.
            "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5",
            "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        }
        environment = {name: value for name, value in environment.items() if name not in ("PREFECT_API_URL", "PREFECT_HOME")}
        environment |= server or {}
        command = [sys.executable, "-c", "from flows.cli import main; main()", "serve", "--sources", str(sources)]
        command += ["--data", str(data), "--port", str(port), "--cron", cron, "--upkeep-cron", "none", "--workers", "1"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def flow_runs(self) -> list[tuple[str, str]]:
        """Name and state of every run that was not only planned."""
        body = json.dumps({"sort": "START_TIME_ASC"}).encode()
        request = urllib.request.Request(f"{self.api}/flow_runs/filter", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                found = json.load(answer)
        except OSError:
            return []
        return [(run["name"], run["state_name"]) for run in found if run["state_name"] not in ("Scheduled", "Late")]

    def until(self, what: Callable[[], Any], seconds: float = 180) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := what():
                return found
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.2)
        pytest.fail(f"waited {seconds} s in vain; runs: {self.flow_runs()}\n{self.log.read_text()[-3000:]}")

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def finished(data: Path) -> list[tuple[Any, ...]]:
    if not (data / "nightdesk.duckdb").exists():
        return []
    with duckdb.connect(str(data / "nightdesk.duckdb"), read_only=True) as con:
        return con.sql("select kind, candidates, stored, resumed from runs where candidates > 0 order by started_at").fetchall()


def engine_of(data: Path) -> int | None:
    """The process that a night runs in: its parent is the schedule."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            is_engine = b"prefect.engine" in entry.read_bytes()
            if is_engine and str(data).encode() in (entry.parent / "environ").read_bytes():
                return int(entry.parent.name)
        except OSError:
            continue
    return None


@pytest.mark.timeout(420)
def test_a_missed_night_is_run_once_a_killed_one_goes_on_and_a_second_is_refused(
    sources: Path, tmp_path: Path, free_port: int, add_run: AddRun
) -> None:
    data = tmp_path / "data"
    add_run(DataDir(data), datetime.now(UTC) - timedelta(days=3))
    Town.opened.clear()
    served = Served(sources, data, free_port, EVERY_TWENTY_SECONDS)
    try:
        served.until(lambda: list(data.glob("raw/*/*.open")))
        assert [name.partition("-")[0] for name, state in served.flow_runs() if state == "Running"] == ["catch"]
        os.kill(served.until(lambda: engine_of(data)), signal.SIGKILL)
        # Whoever is first goes on with it: the next by the schedule, or one for this purpose. The others are refused meanwhile.
        served.until(
            lambda: (
                "Running" in dict(served.flow_runs()).values()
                and [state for name, state in served.flow_runs() if name.startswith("catch-up")] == ["Crashed"]
            )
        )
        served.until(lambda: "Cancelled" in dict(served.flow_runs()).values())
        assert [state for _, state in served.flow_runs()].count("Running") == 1
        Town.opened.set()
        # Then the night of every twenty seconds: nothing is new.
        assert served.until(lambda: len(finished(data)) >= 2 and finished(data))[:2] == [
            ("night", STORIES, STORIES, 1),
            ("night", STORIES, 0, 0),
        ]
        assert len([name for name, _ in served.flow_runs() if name.startswith("catch-up")]) == 1
    finally:
        code = served.end()
    assert code == 0, served.log.read_text()[-3000:]
    assert engine_of(data) is None
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{served.api}/health", timeout=5)
    assert "Traceback" not in served.log.read_text()


def test_a_server_at_a_url_is_used_and_outlives_the_schedule(
    sources: Path, tmp_path: Path, free_port: int, add_run: AddRun, prefect_environment: dict[str, str], ask_prefect: Ask
) -> None:
    data = tmp_path / "data"
    add_run(DataDir(data), datetime.now(UTC) - timedelta(days=3))
    Town.opened.set()
    served = Served(sources, data, free_port, "0 0 * * *", prefect_environment)
    try:
        served.until(lambda: any(name.startswith("catch-up") and state == "Completed" for name, state in served.flow_runs()))
        assert [engine_of(data), finished(data)] == [None, [("night", STORIES, STORIES, 0)]]
    finally:
        code = served.end()
    assert code == 0, served.log.read_text()[-3000:]
    assert (list(data.glob("prefect/server.*")), is_taken(free_port)) == ([], False)
    [night] = ask_prefect("/deployments/filter", {"deployments": {"name": {"any_": ["night"]}}})
    assert (night["parameters"]["data"], night["entrypoint"]) == (str(data), "flows.deployments.nightly")


def test_what_is_told_to_end_while_its_server_starts_ends_both(sources: Path, tmp_path: Path, free_port: int) -> None:
    data = tmp_path / "data"
    served = Served(sources, data, free_port, NEVER)
    note = data / "prefect" / "server.json"
    served.until(note.exists)
    server = json.loads(served.until(note.read_bytes))["pid"]
    assert served.end() == 0, served.log.read_text()
    assert (start_time(server), note.exists()) == (None, False)


def service(data: Path, cron: str = "0 2 * * *", timezone: str = "UTC") -> Service:
    return Service(data / "sources.toml", DataDir(data), Schedule(cron, timezone), None)


def test_a_night_is_missed_if_one_was_to_begin_since_the_last_one_began(tmp_path: Path, add_run: AddRun) -> None:
    last = datetime(2026, 3, 2, 1, 59, 59, 500_000, tzinfo=UTC)  # half a second before its time, as runners are
    assert missed_night(service(tmp_path), last) is None  # an empty warehouse has missed nothing
    add_run(DataDir(tmp_path), last)
    add_run(DataDir(tmp_path), last + timedelta(hours=40), kind="backfill")
    assert missed_night(service(tmp_path), last + timedelta(hours=23, minutes=59)) is None
    assert missed_night(service(tmp_path), last + timedelta(days=1, minutes=1)) == "none has begun since 2026-03-02 01:59 UTC"
    assert missed_night(service(tmp_path), last + timedelta(days=400)) == "none has begun since 2026-03-02 01:59 UTC"
    assert missed_night(service(tmp_path, "0 0 1 1 *"), last + timedelta(days=200)) is None


def test_a_night_that_was_left_unfinished_is_missed_unless_somebody_is_at_work_on_it(tmp_path: Path, add_run: AddRun) -> None:
    now = datetime(2026, 3, 2, 3, tzinfo=UTC)
    add_run(DataDir(tmp_path), now)
    with open_run(DataDir(tmp_path), kind="night", key="k", day="2026-03-02", now=now):
        assert missed_night(service(tmp_path), now) is None
    assert missed_night(service(tmp_path), now) == "a night was left unfinished"


@pytest.mark.parametrize(
    ("around", "fires"),
    [
        ("2026-03-29", ["2026-03-28T01:30:00+00:00", "2026-03-29T00:30:00+00:00", "2026-03-30T00:30:00+00:00"]),
        ("2026-10-25", ["2026-10-24T00:30:00+00:00", "2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00"]),
    ],
)
def test_days_on_which_the_clocks_change_have_one_night(around: str, fires: list[str]) -> None:
    """Half past two is there not at all in spring, and twice in autumn."""
    schedule = Schedule("30 2 * * *", "Europe/Berlin")
    day = datetime.fromisoformat(f"{around}T00:00:00+00:00")
    minutes = [day - timedelta(days=1) + timedelta(minutes=10 * n) for n in range(3 * 144)]
    found = [end.isoformat() for start, end in pairwise(minutes) if schedule.fires_between(start, end)]
    assert found == fires


def test_the_newest_run_of_a_kind(tmp_path: Path, add_run: AddRun) -> None:
    assert last_started(Lake(tmp_path / "lake"), "night") is None
    first = datetime(2026, 3, 2, 2, tzinfo=UTC)
    for days, kind in ((0, "night"), (1, "night"), (2, "backfill")):
        add_run(DataDir(tmp_path), first + timedelta(days=days), kind)
    assert last_started(Lake(tmp_path / "lake"), "night") == first + timedelta(days=1)


def test_what_a_person_can_get_wrong(tmp_path: Path, sources: Path) -> None:
    def ask(*more: str) -> tuple[int, str]:
        command = [sys.executable, "-c", "from flows.cli import main; main()", "serve", "--data", str(tmp_path / "data"), *more]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=240, env=os.environ | settings.LIBRARY_DEFAULTS, check=False
        )
        return done.returncode, done.stderr

    assert ask("--sources", str(tmp_path / "none.toml"))[0] == 2
    code, said = ask("--sources", str(sources), "--timezone", "Mars/Olympus")
    assert (code, "Mars/Olympus" in said) == (2, True)
    code, said = ask("--sources", str(sources), "--cron", "at two")
    assert code == 2
    assert said == "nightdesk: --cron 'at two': is no cron expression; five fields, such as '0 2 * * *' for two at night\n"
    port = sources.read_text().partition("127.0.0.1:")[2].partition("/")[0]
    code, said = ask("--sources", str(sources), "--port", port)
    assert (code, f"--port {port}: another program listens there" in said) == (2, True)
