"""prefect.yaml: as Prefect's own loader reads it, as its server takes it, and as a worker would run it."""

import importlib
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prefect import Flow
from prefect.cli.deploy._config import _load_deploy_configs_and_actions
from prefect.utilities.callables import parameter_schema
from prefect_docker.worker import DockerWorker
from rich.console import Console

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


def test_a_server_takes_them_all(prefect_environment: dict[str, str], ask_prefect: Callable[[str, dict[str, Any]], Any]) -> None:
    ask_prefect("/work_pools/", {"name": "nightdesk", "type": "process"})
    ask_prefect("/work_pools/", {"name": "nightdesk-docker", "type": "docker", "base_job_template": DOCKER_POOL})
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        env=prefect_environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    made = {item["name"]: item for item in ask_prefect("/deployments/filter", {}) if item["work_pool_name"]}
    assert sorted(made) == sorted(item["name"] for item in deployments())
    nightly = made["nightly"]
    assert (nightly["pull_steps"], nightly["entrypoint"]) == ([], "flows.deployments.nightly")
    assert nightly["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert [schedule["schedule"]["cron"] for schedule in nightly["schedules"]] == ["0 2 * * *"]
    assert "sources.toml" in nightly["parameter_openapi_schema"]["properties"]["sources"]["description"]
