"""deploy/: files that name versions, verbs, options and paths name those that there are."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.cli import nightdesk

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
IMAGE = f"nightdesk:{tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']['version']}"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
POD = yaml.safe_load((DEPLOY / "cronjob.yaml").read_text())["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def check_command(words: list[str]) -> None:
    """nightdesk's own parser takes it, without running it."""
    verb = nightdesk.get_command(None, words[0])  # type: ignore[arg-type]  # it asks for none
    assert verb is not None
    verb.make_context(words[0], words[1:])


def commands() -> list[list[str]]:
    health = re.search(r"HEALTHCHECK.*CMD (\[.*\])", (DEPLOY / "Dockerfile").read_text())
    start = re.search(r"^ExecStart=/opt/nightdesk/bin/nightdesk (.*)$", (DEPLOY / "nightdesk.service").read_text(), re.MULTILINE)
    assert health
    assert start
    return [yaml.safe_load(health[1])[1:], start[1].split(), POD["containers"][0]["command"][1:]]


@pytest.mark.parametrize("words", commands(), ids=lambda words: words[0])
def test_verbs_and_options_are_those_of_the_command_line(words: list[str]) -> None:
    check_command(words)


def test_one_version_everywhere() -> None:
    written = "\n".join(path.read_text() for path in [*DEPLOY.iterdir(), ROOT / "prefect.yaml"])
    assert set(re.findall(r"\bnightdesk:\d[\w.]*", written)) == {IMAGE}
    images: list[Any] = [service["image"] for service in COMPOSE["services"].values()]
    bases = re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert len(set(bases)) == 1
    assert [name for name in (*images, *bases) if not re.search(r":\d+\.\d+", name)] == []


def test_nobody_is_root_and_the_server_is_this_machine_s_alone() -> None:
    assert re.findall(r"^USER (\d+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE) == ["10001"]
    assert POD["securityContext"] == {"runAsNonRoot": True, "runAsUser": 10001, "fsGroup": 10001}
    assert COMPOSE["services"]["server"]["ports"] == ["127.0.0.1:4200:4200"]


def test_deployments_in_containers_use_what_compose_makes() -> None:
    docker = yaml.safe_load((ROOT / "prefect.yaml").read_text())["definitions"]["docker"]["job_variables"]
    volumes = {f"{COMPOSE['name']}_{name}" for name in COMPOSE["volumes"]}
    assert {volume.partition(":")[0] for volume in docker["volumes"]} <= volumes
    assert docker["networks"] == [f"{COMPOSE['name']}_default"]
