"""Prefect's server as a child of `nightdesk serve`: started on 127.0.0.1, watched, ended.

Belongs here: that process. Does not belong here: what it schedules (serving.py).
A server that an earlier `serve` left behind when it was killed is told by its note in the data folder, and ended first.
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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from transforms.errors import BusyError, ConfigError

HOST = "127.0.0.1"
# A first start makes the database's tables: 8 s on an idle machine, minutes on one that is busy.
_START_SECONDS = 240
_STOP_SECONDS = 15


class PrefectServer:
    """The server's process. `note` is where its id is kept, `log` where what it prints goes."""

    def __init__(self, port: int, *, note: Path, log: Path) -> None:
        self.port, self._note, self._log = port, note, log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def api_url(self) -> str:
        """What PREFECT_API_URL has to be."""
        return f"http://{HOST}:{self.port}/api"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run it for the length of the block. ConfigError if its port is taken, BusyError if it does not start."""
        _end_leftover(self._note)
        if is_taken(self.port):
            raise ConfigError(f"--port {self.port}: another program listens there; choose another port, or end that program")
        try:
            self._start()
            yield
        finally:
            self._stop()

    def keep_up(self) -> bool:
        """Start it again if it has ended. Whether it had."""
        if self._process is None or self._process.poll() is None:
            return False
        self._start()
        return True

    def _start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(self.port)],
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the scheduler, which ends the server when the runs have ended
            )
        self._note.write_text(json.dumps({"pid": self._process.pid, "started": start_time(self._process.pid)}), encoding="utf-8")
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise BusyError(f"Prefect's server did not start on {HOST}:{self.port}; see {self._log}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.api_url}/health", timeout=2) as answer:  # our own address
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _stop(self) -> None:
        if self._process is not None:
            _end(self._process.pid, self._process)
        self._note.unlink(missing_ok=True)


def living(note: Path) -> int | None:
    """The process that a note tells of, if it lives: one of that id that began at another time is somebody else's."""
    try:
        left = json.loads(note.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return int(left["pid"]) if left["started"] is not None and start_time(left["pid"]) == left["started"] else None


def _end_leftover(note: Path) -> None:
    if (pid := living(note)) is not None:
        _end(pid, None)


def _end(pid: int, child: "subprocess.Popen[bytes] | None") -> None:
    """The server and its own children, who are a process group of their own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(pid, number)
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            if (child.poll() is not None) if child else (start_time(pid) is None):
                return
            time.sleep(0.05)


def start_time(pid: int) -> str | None:
    """When a process began, in the kernel's count; None if there is none of that id, or where the kernel does not tell."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    after_name = status.rpartition(")")[2].split()
    return None if after_name[0] == "Z" else after_name[19]


def is_taken(port: int) -> bool:
    """Whether a program listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False
