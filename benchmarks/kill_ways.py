"""The processes of the kill test: Prefect's server, and four ways of running a night, each with the process that is to die.

Belongs here: starting them as an operator does, finding their children, killing. Does not belong here: when (kills.py), how far a
night is (kill_stages.py). Every process bears the name of its warehouse in its environment, and so do its children.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from flows import settings

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 400.0
_MARK = "NIGHTDESK_KILLS"
_UNDER_WAY = ["RUNNING", "PENDING", "CANCELLING"]
NEVER = "0 0 29 2 1"  # a 29th of February that is a Monday
NIGHTDESK = (sys.executable, "-c", "from flows.cli import main; main()")


def until(what: Callable[[], Any], why: str, seconds: float = PATIENCE_SECONDS) -> Any:
    """Wait for something, and give it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.1)
    raise TimeoutError(f"waited {seconds:.0f} s in vain for {why}")


class Api:
    """A Prefect server, by HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> Any:
        return self._answer(urllib.request.Request(self.url + path))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._answer(
            urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        )

    def _answer(self, request: urllib.request.Request) -> Any:
        """As Prefect's client: once more where it is busy (503, or no answer)."""
        for pause in (1.0, 2.0, 4.0, 8.0):
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)
            except (urllib.error.HTTPError, TimeoutError) as error:
                if isinstance(error, urllib.error.HTTPError) and error.code != 503:
                    raise
                time.sleep(pause)
        raise TimeoutError(f"{request.full_url}: busy")

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5):
                return True
        except OSError:
            return False

    def under_way(self) -> list[str]:
        """Names of the runs that it takes to be under way."""
        found = self.post("/flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": _UNDER_WAY}}}})
        return [run["name"] for run in found]

    def waiting(self) -> bool:
        """Whether a run is to start now that no schedule has asked for."""
        found = self.post("/flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}})
        return any(not run["auto_scheduled"] for run in found)

    def start(self, deployment: str, **parameters: object) -> str:
        """Start a run of a deployment now. Its id."""
        (found,) = self.post("/deployments/filter", {"deployments": {"name": {"any_": [deployment]}}})
        run = self.post(f"/deployments/{found['id']}/create_flow_run", {"parameters": parameters, "state": {"type": "SCHEDULED"}})
        return str(run["id"])

    def states(self) -> dict[str, str]:
        """State by id of the last runs."""
        return {run["id"]: run["state_name"] for run in self.post("/flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 50})}


class PrefectServer:
    """Prefect's server as docs/running.md has one started by hand."""

    def __init__(self, work: Path) -> None:
        self._port = free_port()
        self._log = work / "server.log"
        self.environment = os.environ | settings.LIBRARY_DEFAULTS | settings.SERVICE_DEFAULTS
        self.environment |= {"PREFECT_HOME": str(work / "prefect"), "PREFECT_SERVER_API_PORT": str(self._port)}
        self.environment |= {"PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5", _MARK: str(work)}
        self.environment.pop("PREFECT_API_URL", None)
        self.api = Api(f"http://127.0.0.1:{self._port}/api")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [
            sys.executable,
            "-m",
            "prefect",
            "server",
            "start",
            "--host",
            "127.0.0.1",
            "--port",
            str(self._port),
            "--no-ui",
        ]
        self._process = started(command, self.environment, self._log)
        until(lambda: self.api.answers() or self._process.poll() is not None, "Prefect's server")

    def kill(self) -> None:
        """With its own children, as when a machine dies."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def end(self) -> None:
        """In order."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(60)


class Way(ABC):
    """A way of running nights over one warehouse."""

    def __init__(self, work: Path, sources: Path, server: PrefectServer | None) -> None:
        work.mkdir(exist_ok=True)
        self.work, self.sources, self.data, self.log = work, sources, work / "data", work / "log"
        self._environment = os.environ | settings.LIBRARY_DEFAULTS | {settings.DATA_DOCS_VARIABLE: "0", _MARK: str(work)}
        self._environment |= {"PREFECT_RUNNER_POLL_FREQUENCY": "1", "PREFECT_WORKER_QUERY_SECONDS": "1"}
        for name in ("PREFECT_API_URL", "PREFECT_HOME"):
            self._environment.pop(name, None)
        if server is not None:
            self._environment |= {"PREFECT_API_URL": server.api.url, "PREFECT_HOME": server.environment["PREFECT_HOME"]}

    @abstractmethod
    def begin(self) -> None:
        """Start a night."""

    @abstractmethod
    def is_at_work(self) -> bool:
        """Whether a process is at work on a night, or will be by itself."""

    @abstractmethod
    def flow_process(self) -> int | None:
        """The process that a night runs in."""

    @abstractmethod
    def close(self) -> None:
        """End what is still up."""

    def processes(self) -> dict[int, tuple[int, str]]:
        """All that bear this warehouse's name, with their parents and command lines."""
        return {pid: rest for pid, *rest in _marked(self.work)}  # type: ignore[misc]

    def pool_worker(self) -> int | None:
        """An extraction process: the child of a fork server."""
        every = self.processes()
        servers = {pid for pid, (_, command) in every.items() if "forkserver" in command}
        return next((pid for pid, (parent, _) in every.items() if parent in servers), None)


class Run(Way):
    """`nightdesk run`, again and again, by cron or by hand."""

    process: "subprocess.Popen[bytes] | None" = None
    program = NIGHTDESK

    def begin(self) -> None:
        command = [*self.program, "run", "--sources", str(self.sources), "--data", str(self.data)]
        self.process = started(command, self._environment, self.log)

    def is_at_work(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def flow_process(self) -> int | None:
        return self.process.pid if self.process and self.is_at_work() else None

    def close(self) -> None:
        if self.process and self.is_at_work():
            self.process.terminate()
            self.process.wait(90)


class DaskRun(Run):
    """The same with its pages read by two workers of a Dask scheduler on loopback, in shares so small that both have some."""

    program = (sys.executable, "-c", "from flows import shares; shares.SHARE_PAGES = 6; from flows.cli import main; main()")

    def __init__(self, work: Path, sources: Path, server: PrefectServer) -> None:
        super().__init__(work, sources, server)
        port = free_port()
        self._scheduler = f"tcp://127.0.0.1:{port}"
        self._environment |= {"NIGHTDESK_ENGINE": "dask", "NIGHTDESK_ENGINE_ADDRESS": self._scheduler}
        self._dask = [self._started("scheduler", "--host", "127.0.0.1", "--port", str(port))]
        self.workers = [self.work_on(), self.work_on()]

    def _started(self, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
        return started(command, self._environment, self.log.with_name("dask.log"))

    def work_on(self) -> "subprocess.Popen[bytes]":
        """Start a worker. Without a nanny: its workers would be daemons, which may have no processes of their own."""
        folder = str(self.work / "dask")
        asked = ("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--local-directory", folder)
        worker = self._started("worker", self._scheduler, *asked)
        self._dask.append(worker)
        return worker

    def close(self) -> None:
        super().close()
        for process in reversed(self._dask):
            process.terminate()
            process.wait(60)


class Serve(Way):
    """`nightdesk serve`, whose nights are asked for as its UI does; its server is its own."""

    def __init__(self, work: Path, sources: Path) -> None:
        super().__init__(work, sources, None)
        self._port = free_port()
        self.api = Api(f"http://127.0.0.1:{self._port}/api")
        self.serve()

    def serve(self) -> None:
        """Start it, and wait until it can be asked for a night."""
        command = [*NIGHTDESK, "serve", "--sources", str(self.sources), "--data", str(self.data), "--port", str(self._port)]
        self.process = started([*command, "--cron", NEVER, "--upkeep-cron", "none"], self._environment, self.log)
        until(lambda: self.process.poll() is not None or self._is_ready(), "nightdesk serve")

    def _is_ready(self) -> bool:
        with suppress(OSError):
            return bool(self.api.post("/deployments/filter", {}))
        return False

    def begin(self) -> None:
        self.api.start("night")

    def is_at_work(self) -> bool:
        try:
            return bool(self.api.under_way()) or self.api.waiting()
        except OSError:  # its server is being started again
            return True

    def flow_process(self) -> int | None:
        return _engine(self.processes())

    def kill_server(self) -> None:
        """Prefect's server with its own children."""
        note = json.loads((self.data / "prefect" / "server.json").read_bytes())
        os.killpg(int(note["pid"]), signal.SIGKILL)

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(90)


class Worker(Way):
    """A process worker of a pool, and the deployment `nightly` of prefect.yaml."""

    def __init__(self, work: Path, sources: Path, server: PrefectServer) -> None:
        super().__init__(work, sources, server)
        self.api = server.api
        self._prefect("work-pool", "create", "--type", "process", "nightdesk")
        self._prefect("--no-prompt", "deploy", "--name", "nightly")
        self.work_on()

    def _prefect(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "prefect", *arguments]
        with self.log.open("ab") as out:
            subprocess.run(command, env=self._environment, cwd=ROOT, check=True, stdout=out, stderr=out, timeout=PATIENCE_SECONDS)

    def work_on(self) -> None:
        """Start a worker."""
        command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "nightdesk", "--type", "process"]
        self.process = started(command, self._environment, self.log)

    def begin(self) -> None:
        self.api.start("nightly", sources=str(self.sources), data=str(self.data))

    def is_at_work(self) -> bool:
        return self.flow_process() is not None or (self.process.poll() is None and self.api.waiting())

    def flow_process(self) -> int | None:
        return _engine(self.processes())

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(90)


def started(command: list[str], environment: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """A process that is a group of its own."""
    with log.open("ab") as out:
        return subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=log.parent, start_new_session=True)


def free_port(host: str = "127.0.0.1") -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _engine(processes: Mapping[int, tuple[int, str]]) -> int | None:
    return next((pid for pid, (_, command) in processes.items() if "prefect.engine" in command), None)


def _marked(work: Path) -> Iterator[tuple[int, int, str]]:
    """Process, parent and command line of all that bear the mark."""
    mark = f"{_MARK}={work}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark not in (entry / "environ").read_bytes().split(b"\0"):
                continue
            after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            if after_name[0] != "Z":
                yield int(entry.name), int(after_name[1]), (entry / "cmdline").read_text().replace("\0", " ")
