"""A run's folder within a flow, and what Prefect is told of the flow run that held it before and died.

Belongs here: which of Prefect's runs is at work on a run of ours. Does not belong here: the folder and its lock (rundir.py), what
`serve` does for its own deployments (serving.py).
A process that was killed tells Prefect nothing, and its flow run would be Running for ever. Who holds the lock knows better.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from uuid import UUID

from prefect import get_client
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Crashed

from flows import settings
from flows.orphaned import outlive_starter
from flows.prefectcheck import dead_here
from flows.rundir import RunDir, open_run, utc_now
from warehouse.paths import DataDir

LOG = logging.getLogger(__name__)


@contextmanager
def held_run(data: DataDir, *, kind: str, key: str, day: date | None = None) -> Iterator[RunDir]:
    """As open_run, now, for the flow that this is called in. The flow run before it, if it did not end, is Crashed from here on.

    `day`: default today (UTC).
    """
    outlive_starter()
    now, own = utc_now(), flow_run.id
    with open_run(data, kind=kind, key=key, day=(day or now.date()).isoformat(), now=now, holder=own) as run:
        try:
            for dead in _dead(run, own):
                _end_on_paper(UUID(dead))
        except Exception as error:  # it must not cost the night: Prefect's picture alone is at stake
            LOG.warning("Prefect could not be told of runs that are dead: %s", error)
        yield run


def _dead(run: RunDir, own: str | None) -> list[str]:
    """Who held the lock before, and those of a worker on this machine that died before they held it."""
    url = settings.prefect_api_url()
    found = {run.held_before, *(dead_here(run.data, url) if url else ())}
    return [flow_run for flow_run in found if flow_run and flow_run != own]


def _end_on_paper(dead: UUID) -> None:
    with get_client(sync_client=True) as client, suppress(ObjectNotFound):  # another server's, or forgotten
        state = client.read_flow_run(dead).state
        if state is None or not state.is_final():
            why = "Its process was killed; the next run over the same warehouse found no trace of it."
            client.set_flow_run_state(dead, Crashed(message=why), force=True)
