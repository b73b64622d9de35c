"""A Prefect server that all nights of these tests share: an in-process one would cost each night 20 CPU seconds."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from flows import settings

Run = Callable[..., subprocess.CompletedProcess[str]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def prefect_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a process whose flows talk to a running server."""
    port = free_port()
    home = tmp_path_factory.mktemp("prefect")
    environment = os.environ | settings.LIBRARY_DEFAULTS | {"PREFECT_HOME": str(home), "PREFECT_SERVER_API_PORT": str(port)}
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
