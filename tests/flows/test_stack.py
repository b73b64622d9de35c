"""The pinned libraries together can do what nights need: an unpinned install fails these."""

import os
import subprocess
import sys
from pathlib import Path

from flows import settings

CRON_RUN = """
import asyncio
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.server.services.scheduler import schedule_deployments
import prefect.server.api.server

@flow
def empty():
    return 7

async def scheduled():
    async with get_client() as client:
        flow_id = await client.create_flow(empty)
        deployment = await client.create_deployment(
            flow_id=flow_id, name="nightly",
            schedules=[DeploymentScheduleCreate(schedule=CronSchedule(cron="0 2 * * *", timezone="Asia/Jakarta"))],
        )
        await schedule_deployments(perpetual=None)
        runs = await client.read_flow_runs()
        return [str(run.state_name) for run in runs if run.deployment_id == deployment]

assert empty() == 7
states = asyncio.run(scheduled())
assert states and set(states) == {"Scheduled"}, states
print("scheduled", len(states) > 0)
"""


def test_a_flow_runs_without_a_server_and_cron_creates_runs(tmp_path: Path) -> None:
    environment = os.environ | settings.LIBRARY_DEFAULTS | {"PREFECT_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CRON_RUN],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "scheduled True\n"), done.stderr[-3000:]
