"""A Prefect server that all nights of these tests share: an in-process one would cost each night 20 CPU seconds."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pytest

from flows import settings
from warehouse.lake import Lake
from warehouse.paths import DataDir
from warehouse.schema import RUNS

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def add_run() -> Callable[..., None]:
    """add_run(data, started_at, kind="night", size=0): the row of a finished run, and nothing else of it."""

    def add(data: DataDir, started_at: datetime, kind: str = "night", size: int = 0) -> None:
        row: dict[str, Any] = dict.fromkeys((field.name for field in RUNS if pa.types.is_integer(field.type)), 0)
        row |= {"run_id": f"{kind}-{started_at:%Y%m%d%H%M}", "kind": kind, "day": f"{started_at:%Y-%m-%d}", "bytes": size}
        row |= {"started_at": started_at, "finished_at": started_at, "gate": "passed", "nightdesk_version": "0"}
        Lake(data.lake).append_once("runs", pa.Table.from_pylist([row], schema=RUNS), batch_id=row["run_id"])

    return add


@pytest.fixture
def free_port() -> int:
    return unused_port()


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def prefect_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a process whose flows talk to a running server."""
    port = unused_port()
    home = tmp_path_factory.mktemp("prefect")
    environment = os.environ | settings.LIBRARY_DEFAULTS | {"PREFECT_HOME": str(home), "PREFECT_SERVER_API_PORT": str(port)}
    # What takes most of a small night's time; who wants them says so.
    environment |= {settings.DATA_DOCS_VARIABLE: "0"}
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            wait_for_server(f"http://127.0.0.1:{port}/api/health", server, home / "server.log")
            yield environment | {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
        finally:
            server.terminate()
            server.wait(60)


def wait_for_server(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the Prefect server did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def ask_prefect(prefect_environment: dict[str, str]) -> Callable[[str, dict[str, Any]], Any]:
    """ask_prefect("/flows/", {...}) -> what the server of these tests answers to a POST."""
    return lambda path, body: post(prefect_environment["PREFECT_API_URL"] + path, body)


def post(url: str, body: dict[str, Any]) -> Any:
    """As Prefect's client: once more where its database is busy (503)."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    for pause in (0.5, 1, 2, 4, 0):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 503 or not pause:
                pytest.fail(f"{url}: {error.code}: {error.read()!r}")
            time.sleep(pause)
    return None


class Receiver(HTTPServer):
    """Takes what is posted to it; /broken answers 500."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook/s3cret"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        self.server.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(500 if "broken" in self.path else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Where notices go."""
    with Receiver() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@dataclass(frozen=True)
class DaskCluster:
    """A scheduler and its workers, each a process of its own."""

    address: str
    workers: dict[str, "subprocess.Popen[bytes]"]  # by name

    def variables(self) -> dict[str, str]:
        return {settings.ENGINE_VARIABLE: "dask", settings.ENGINE_ADDRESS_VARIABLE: self.address}


@pytest.fixture
def dask_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """A scheduler and two workers that speak TCP on loopback."""
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'nightdesk[dask]'")
    folder = tmp_path_factory.mktemp("dask")
    with ExitStack() as processes:
        port = unused_port()
        address = f"tcp://127.0.0.1:{port}"
        processes.enter_context(_dask(folder, "scheduler", "--host", "127.0.0.1", "--port", str(port)))
        # Without a nanny: its workers would be daemons, which may have no child processes, and it would start them anew.
        names = ("first", "second")
        asked = ("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
        workers = {name: processes.enter_context(_dask(folder, "worker", address, "--name", name, *asked)) for name in names}
        yield DaskCluster(address, workers)


@contextmanager
def _dask(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / f"{len(list(folder.glob('*.log')))}.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "dask", *arguments, "--no-dashboard"], stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait(60)


@pytest.fixture(scope="session")
def nightdesk(prefect_environment: dict[str, str]) -> Run:
    """Run the command line in a process of its own."""

    def run(*arguments: object, timeout: float = 240, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from flows.cli import main; main()", *map(str, arguments)],
            env=prefect_environment | dict(more or {}),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
