"""The schedule: a Prefect runner that starts each night and each upkeep in a process of its own, one at a time of each.

Belongs here: cron, what an earlier schedule left behind, the night that was missed, going on after a crash. Does not belong here:
the server (prefectserver.py), what is scheduled (deployments.py).
"""

import asyncio
import logging
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import Flow, get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId, FlowRunFilter, FlowRunFilterState
from prefect.client.schemas.filters import FlowRunFilterStateType as StateType
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy, FlowRun
from prefect.client.schemas.objects import StateType as Type
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.server.schemas.schedules import CronSchedule as FireTimes
from prefect.states import Crashed
from prefect.types.entrypoint import EntrypointType

from flows.deployments import nightly, weekly_upkeep
from flows.notices import tell_given_up
from flows.prefectcheck import engines
from flows.prefectserver import PrefectServer
from flows.rundir import RunInfo, is_at_work, unfinished, utc_now
from sources.config import load_sources
from warehouse.lake import Lake
from warehouse.paths import DataDir
from warehouse.state import last_started

LOG = logging.getLogger(__name__)
NIGHT, UPKEEP = "night", "upkeep"
# A night that was killed is gone on with at once, but a page that kills it every time must not keep the machine busy for ever.
GOES_ON = "goes-on"
MOST_TRIES = 3
_SECONDS_BETWEEN_LOOKS = 5.0
# A runner starts a run some moments before its time.
_EARLY = timedelta(seconds=30)
# Nobody wants the nights of a month that a machine was off: a feed shows the last days at most, and one night asks for all of it.
_LOOK_BACK = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a flow runs: a cron expression in a zone of the IANA database."""

    cron: str
    timezone: str

    def fires_between(self, start: datetime, end: datetime) -> bool:
        """Whether it was to run after `start` and not after `end`."""
        dates = asyncio.run(FireTimes(cron=self.cron, timezone=self.timezone).get_dates(n=1, start=start, end=end))
        return any(start < at <= end for at in dates)


@dataclass(frozen=True, slots=True)
class Service:
    """What `nightdesk serve` was asked for."""

    sources: Path
    data: DataDir
    night: Schedule
    upkeep: Schedule | None
    workers: int | None = None
    catch_up: bool = True


def missed_night(service: Service, now: datetime) -> str | None:
    """Why a night is to be run now, in a few words; None if none is.

    One that was left unfinished is gone on with, unless a process is at work on it. Else, if a night was to begin since the last
    one began and did not, one night is run for all that were missed. Before the first night of a warehouse there is none to be
    missed.
    """
    nights = _unfinished_nights(service)
    if nights:
        return None if all(is_at_work(service.data, night) for night in nights) else "a night was left unfinished"
    last = last_started(Lake(service.data.lake), NIGHT)
    if last is not None and service.night.fires_between(max(last + _EARLY, now - _LOOK_BACK), now):
        return f"none has begun since {last:%Y-%m-%d %H:%M} UTC"
    return None


def _unfinished_nights(service: Service) -> list[RunInfo]:
    return [info for info in unfinished(service.data) if info.kind == NIGHT]


async def deployments(service: Service) -> list[RunnerDeployment]:
    """What is to be scheduled."""
    data = {"data": str(service.data.root)}
    night = {"sources": str(service.sources.resolve()), "workers": service.workers}
    made = [await _deployment(nightly, NIGHT, service.night, data | night)]
    if service.upkeep:
        made.append(await _deployment(weekly_upkeep, UPKEEP, service.upkeep, data))
    return made


async def _deployment(flow: Flow[Any, Any], name: str, schedule: Schedule, parameters: dict[str, Any]) -> RunnerDeployment:
    """A second run of it is refused while one is under way."""
    return await flow.ato_deployment(
        name,
        schedule=Cron(schedule.cron, timezone=schedule.timezone),
        parameters=parameters,
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def serve(service: Service, server: PrefectServer | None, now: datetime) -> None:
    """Serve until the process is told to end. `server`: the one to watch; None where somebody else's is used."""
    asyncio.run(_serve(service, server, now, missed_night(service, now) if service.catch_up else None))


async def _serve(service: Service, server: PrefectServer | None, now: datetime, why_now: str | None) -> None:
    runner = Runner(name="nightdesk", pause_on_shutdown=False, limit=None)
    ids = {deployment.name: await runner.aadd_deployment(deployment) for deployment in await deployments(service)}
    async with get_client() as client:
        await tidy(client, list(ids.values()), now)
        if why_now:
            LOG.warning("a night is run now: %s", why_now)
            await client.create_flow_run_from_deployment(ids[NIGHT], name=f"catch-up-{now:%Y%m%dT%H%M%SZ}")
    watch = asyncio.create_task(_watch(service, server, ids[NIGHT]))
    serving = asyncio.create_task(runner.start())
    await asyncio.sleep(0)  # it has set its own handlers now, which end the process half-way
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    with suppress(asyncio.CancelledError):
        await serving
    watch.cancel()


async def tidy(client: PrefectClient, ids: Sequence[UUID], now: datetime) -> None:
    """End on paper what ended in fact: runs that an earlier schedule had under way, and those that it was to start by now.

    This process alone serves these deployments (see the lock in the command), so what is not its own is nobody's, unless its
    process has outlived the `serve` that started it.
    """
    alive = engines()
    for run in await _runs(client, ids, [Type.RUNNING, Type.PENDING, Type.CANCELLING]):
        if str(run.id) in alive:
            continue
        await client.set_flow_run_state(
            run.id, Crashed(message="Its process ended with an earlier `nightdesk serve`."), force=True
        )
    for run in await _runs(client, ids, [Type.SCHEDULED]):
        if run.expected_start_time and run.expected_start_time <= now:
            with suppress(ObjectNotFound):
                await client.delete_flow_run(run.id)


async def _runs(client: PrefectClient, ids: Sequence[UUID], types: Sequence[Type]) -> list[FlowRun]:
    return await client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=list(ids))),
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=StateType(any_=list(types)))),
    )


async def _watch(service: Service, server: PrefectServer | None, night_id: UUID) -> None:
    """Keep the server up, and go on with a night whose process died."""
    tries = 0
    while True:
        await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
        if server is not None and await asyncio.to_thread(server.keep_up):
            LOG.warning("Prefect's server had ended, and was started again")
        with suppress(Exception):  # the server may be gone for a moment; the next look is in five seconds
            tries = await _go_on(service, night_id, tries)


async def _go_on(service: Service, night_id: UUID, tries: int) -> int:
    """Start a run for the night that was left unfinished, if nobody works on it. How often that was done for it."""
    nights = _unfinished_nights(service)
    if not nights:
        return 0
    if all(is_at_work(service.data, night) for night in nights):
        return tries
    async with get_client() as client:
        at_work = await _runs(client, [night_id], [Type.RUNNING, Type.PENDING, Type.CANCELLING])
        soon = [run for run in await _runs(client, [night_id], [Type.SCHEDULED]) if not run.auto_scheduled]
        if at_work or soon or tries > MOST_TRIES:
            return tries
        if tries == MOST_TRIES:
            LOG.error("a night was left unfinished, and is not gone on with: its process died in each of %d runs", tries)
            await asyncio.to_thread(tell_given_up, lambda: load_sources(service.sources).notify, tries)
            return tries + 1  # it is told once
        LOG.warning("a night was left unfinished; it is gone on with")
        await client.create_flow_run_from_deployment(night_id, name=f"goes-on-{utc_now():%Y%m%dT%H%M%SZ}", tags=[GOES_ON])
    return tries + 1
