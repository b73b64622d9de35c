"""The schedule on PostgreSQL: Prefect's server starts on it, a night runs, and what is old is forgotten."""

import asyncio
import functools
import http.server
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import pytest

from flows import settings
from flows.finding import ok
from flows.prefectcheck import database
from warehouse.paths import DataDir

PASSWORD = "no-secret-at-all"


def program(name: str) -> str | None:
    """Of PostgreSQL: Debian keeps them out of the path, by version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of a database in a cluster of this test's own."""
    initdb, server = program("initdb"), program("postgres")
    if not initdb or not server:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    # It refuses to run as root; and another user may not look into pytest's own folders.
    user: dict[str, Any] = {"user": pwd.getpwnam("nobody").pw_uid} if os.geteuid() == 0 else {}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = Path(tempfile.mkdtemp(prefix="nightdesk-pg-"))
    try:
        (home / "password").write_text(PASSWORD)
        for path in (home, home / "password"):
            os.chown(path, user.get("user", -1), -1)
        more = ["--username=nightdesk", f"--pwfile={home / 'password'}", "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8"]
        subprocess.run([initdb, f"--pgdata={home / 'data'}", *more], check=True, capture_output=True, cwd=home, **user)
        options = ["listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", "fsync=off"]
        arguments = [word for option in options for word in ("-c", option)]
        with (home / "log").open("w") as log:
            process = subprocess.Popen([server, "-D", home / "data", *arguments], stdout=log, stderr=log, cwd=home, **user)
        try:
            url = f"postgresql+asyncpg://nightdesk:{PASSWORD}@127.0.0.1:{port}/postgres"
            until(lambda: answers(url), lambda: (home / "log").read_text())
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # its fast shutdown
            process.wait(30)
    finally:
        shutil.rmtree(home)


def until(what: Callable[[], Any], log: Callable[[], str], seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.2)
    pytest.fail(f"waited {seconds} s in vain\n{log()[-3000:]}")


def ask(url: str, query: str) -> list[Any]:
    async def answer() -> list[Any]:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return asyncio.run(answer())


def answers(url: str) -> bool:
    try:
        return bool(ask(url, "select 1"))
    except (OSError, asyncpg.PostgresError):
        return False


class Pages(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Path]:
    """A list of one page."""
    site = tmp_path / "site"
    site.mkdir()
    sentence = "The council met on Tuesday to speak of the ferry, of its crew and of its captain. "
    (site / "ferry.html").write_text(
        '<html lang="en"><head><title>The ferry</title><meta property="article:published_time" '
        'content="2026-03-02T10:00:00+01:00"></head><body><article><h1>The ferry</h1>'
        + "".join(f"<p>{sentence * 2}{n}.</p>" for n in range(4))
        + "</article></body></html>"
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Pages, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        home = f"http://127.0.0.1:{server.server_address[1]}"
        (site / "urls.txt").write_text(f"{home}/ferry.html\n")
        path = tmp_path / "sources.toml"
        path.write_text(
            f'[settings]\ndelay_seconds = 0\n[[sources]]\nname = "town"\nlists = ["{home}/urls.txt"]\nallow_private = true\n'
        )
        yield path
        server.shutdown()


@pytest.mark.timeout(300)
def test_a_night_by_schedule_on_postgresql_and_old_runs_are_forgotten(
    postgres: str, sources: Path, tmp_path: Path, free_port: int, add_run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = DataDir(tmp_path / "data")
    add_run(data, datetime.now(UTC) - timedelta(days=3))  # so that a night was missed, and is run at once
    variables = {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": postgres,
        "PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS": "2",  # an hour otherwise
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    command = [sys.executable, "-c", "from flows.cli import main; main()", "serve", "--sources", str(sources)]
    command += ["--data", str(data.root), "--port", str(free_port), "--upkeep-cron", "none", "--workers", "1"]
    log = tmp_path / "serve.log"
    with log.open("w") as out:
        inherited = {name: value for name, value in os.environ.items() if name not in ("PREFECT_API_URL", "PREFECT_HOME")}
        served = subprocess.Popen(command, env=inherited | variables, stdout=out, stderr=out)
    try:
        completed = "select name, state_type from flow_run where state_type in ('COMPLETED', 'FAILED', 'CRASHED')"
        until(lambda: served.poll() is not None or answers_with(postgres, completed), lambda: log.read_text(), 180)
        assert served.poll() is None, log.read_text()
        [(name, state)] = answers_with(postgres, completed)
        assert (name.startswith("catch-up-"), state) == (True, "COMPLETED")
        with duckdb.connect(str(data.views_file), read_only=True) as con:
            assert con.sql("select title from articles").fetchall() == [("The ferry",)]
        monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", postgres)
        found = database(settings.prefect_home(data))
        assert (found.level, found.said.startswith("PostgreSQL at 127.0.0.1: ")) == (ok("", "").level, True)
        ask(postgres, f"update flow_run set end_time = end_time - interval '91 days' where name = '{name}' returning 1")
        until(lambda: not ask(postgres, f"select 1 from flow_run where name = '{name}'"), lambda: log.read_text(), 60)
    finally:
        served.send_signal(signal.SIGTERM)
        assert served.wait(60) == 0, log.read_text()[-3000:]
    assert not list((data.work / "prefect").glob("prefect.db*"))
    assert PASSWORD not in "".join(path.read_text() for path in (log, *(data.work / "prefect").glob("*.log")))


def answers_with(url: str, query: str) -> list[Any]:
    try:
        return ask(url, query)
    except asyncpg.PostgresError:  # the server is still making its tables
        return []
