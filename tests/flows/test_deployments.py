"""prefect.yaml: as Prefect's own loader reads it, as its server takes it, and as a worker would run it."""

import importlib
import io
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import duckdb
import pytest
from prefect import Flow
from prefect.cli.deploy._config import _load_deploy_configs_and_actions
from prefect.utilities.callables import parameter_schema
from prefect_docker.worker import DockerWorker
from rich.console import Console

Ask = Callable[[str, dict[str, Any]], Any]
ROOT = Path(__file__).parents[2]
DOCKER_POOL = DockerWorker.get_default_base_job_template()


def deployments() -> list[dict[str, Any]]:
    said = io.StringIO()  # what it skips, and why
    console = Console(file=said)
    found, actions = _load_deploy_configs_and_actions(ROOT / "prefect.yaml", console=console)
    assert (said.getvalue(), actions) == ("", {"build": [], "push": [], "pull": []})
    return found


def flow_of(entrypoint: str) -> Flow[Any, Any]:
    module, _, name = entrypoint.rpartition(".")
    found = getattr(importlib.import_module(module), name)
    assert isinstance(found, Flow)
    return found


def test_what_can_be_deployed() -> None:
    every = [(item["name"], item["work_pool"]["name"]) for item in deployments()]
    names = ["nightly", "weekly-upkeep", "backfill", "backfill-days", "report"]
    assert every == [(name, "nightdesk") for name in names] + [(f"{name}-docker", "nightdesk-docker") for name in names]


@pytest.mark.parametrize("item", deployments(), ids=lambda item: str(item["name"]))
def test_a_deployment_names_parameters_that_its_flow_has_and_describes(item: dict[str, Any]) -> None:
    schema = parameter_schema(flow_of(item["entrypoint"]))
    assert set(item["parameters"]) <= set(schema.properties)
    assert [name for name, form in schema.properties.items() if not form.get("description")] == []
    left_to_the_form = {"backfill-days": {"first"}}.get(item["name"].removesuffix("-docker"), set())
    assert set(schema.required) - set(item["parameters"]) == left_to_the_form
    if item["name"].endswith("-docker"):
        assert set(item["work_pool"]["job_variables"]) <= set(DOCKER_POOL["variables"]["properties"])


@pytest.fixture(scope="module")
def deployed(prefect_environment: dict[str, str], ask_prefect: Ask) -> dict[str, Any]:
    """All of them on the server of these tests, by name."""
    ask_prefect("/work_pools/", {"name": "nightdesk", "type": "process"})
    ask_prefect("/work_pools/", {"name": "nightdesk-docker", "type": "docker", "base_job_template": DOCKER_POOL})
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        env=prefect_environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return {item["name"]: item for item in ask_prefect("/deployments/filter", {}) if item["work_pool_name"]}


def test_a_server_takes_them_all(deployed: dict[str, Any]) -> None:
    assert sorted(deployed) == sorted(item["name"] for item in deployments())
    nightly = deployed["nightly"]
    assert (nightly["pull_steps"], nightly["entrypoint"]) == ([], "flows.deployments.nightly")
    assert nightly["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert [schedule["schedule"]["cron"] for schedule in nightly["schedules"]] == ["0 2 * * *"]
    assert "sources.toml" in nightly["parameter_openapi_schema"]["properties"]["sources"]["description"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def town(folder: Path) -> Iterator[Path]:
    """A day's list of two stories; gives its sources.toml."""
    with HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        home = f"http://127.0.0.1:{server.server_address[1]}"
        for number in range(2):
            sentence = f"The council met on Tuesday to speak of ferry number {number}, of its crew and its captain. "
            text = "".join(f"<p>{sentence * 2}{paragraph}.</p>" for paragraph in range(4))
            (folder / f"{number}.html").write_text(
                f'<html lang="en"><head><meta property="article:published_time" content="2026-03-02T10:00:00+01:00"></head>'
                f"<body><article><h1>Ferry number {number}</h1>{text}</article></body></html>"
            )
        (folder / "2026-03-02.txt").write_text("".join(f"{home}/{number}.html\n" for number in range(2)))
        sources = folder / "sources.toml"
        lists = f'lists = ["{home}/{{yyyy}}-{{mm}}-{{dd}}.txt"]'
        sources.write_text(
            f'[settings]\ndelay_seconds = 0\n[[sources]]\nname = "town"\n{lists}\ntimezone = "UTC"\nallow_private = true\n'
        )
        yield sources
        server.shutdown()


@contextmanager
def working(environment: dict[str, str], folder: Path) -> Iterator[Path]:
    """`prefect worker start` as docs/running.md has it; gives its log."""
    log = folder / "worker.log"
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "nightdesk", "--type", "process"]
    with log.open("w") as out:
        sooner = {"PREFECT_WORKER_QUERY_SECONDS": "1"}  # than the ten seconds of its default
        worker = subprocess.Popen(command, env=environment | sooner, cwd=folder, stdout=out, stderr=out)
    try:
        yield log
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)


@pytest.mark.timeout(300)
def test_a_worker_runs_them(
    deployed: dict[str, Any], prefect_environment: dict[str, str], ask_prefect: Ask, tmp_path: Path
) -> None:
    data = tmp_path / "data"

    def start(name: str, **parameters: object) -> str:
        run = ask_prefect(
            f"/deployments/{deployed[name]['id']}/create_flow_run", {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        )
        return str(run["id"])

    def end_of(run: str) -> str:
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline:
            [found] = ask_prefect("/flow_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
            if found["state_type"] not in ("SCHEDULED", "PENDING", "RUNNING"):
                return f"{found['state_name']}: {found['state']['message']}"
            time.sleep(0.3)
        return "it did not end"

    with town(tmp_path) as sources, working(prefect_environment, tmp_path) as log:
        days = {"first": "2026-03-02", "last": "2026-03-02", "workers": 1}
        assert end_of(start("backfill-days", sources=str(sources), data=str(data), **days)) == "Completed: None", log.read_text()
        [page] = data.glob("reports/*/index.html")
        page.unlink()
        assert end_of(start("report", data=str(data))) == "Completed: None", log.read_text()
    assert page.exists()
    with duckdb.connect(str(data / "nightdesk.duckdb"), read_only=True) as con:
        rows = con.sql("select split_part(url, '/', -1), disposition, reason from pages order by 1").fetchall()
    assert rows == [("0.html", "stored", "new_article"), ("1.html", "stored", "new_article")]
