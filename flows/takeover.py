"""A run's folder within a flow, and what Prefect is told of the flow run that held it before and died.

Belongs here: which of Prefect's runs is at work on a run of ours. Does not belong here: the folder and its lock (rundir.py), what
`serve` does for its own deployments (serving.py).
A process that was killed tells Prefect nothing, and its flow run would be Running for ever. Who holds the lock knows better.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from uuid import UUID

from prefect import get_client
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Crashed

from flows.orphaned import outlive_starter
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
        if run.held_before and run.held_before != own:
            _end_on_paper(run.held_before)
        yield run


def _end_on_paper(holder: str) -> None:
    """Whatever goes wrong here must not cost the night: it is Prefect's picture alone that is at stake."""
    try:
        dead = UUID(holder)
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(dead).state
            if state is None or not state.is_final():
                why = "Its process was killed; the next run of the same work found its lock free."
                client.set_flow_run_state(dead, Crashed(message=why), force=True)
    except ObjectNotFound:  # another server's, or forgotten
        return
    except Exception as error:
        LOG.warning("Prefect could not be told that its run %s is dead: %s", holder, error)
