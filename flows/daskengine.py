"""Dask's workers, through its own client.

Belongs here: what Dask calls things, and what its errors mean. Does not belong here: shares and their way home.
Security is Dask's own: whoever reaches a scheduler without TLS can run code on its workers (docs/scale.md).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from flows.shares import Share, Station, fault_of_worker, read_share
from transforms.errors import ConfigError, EngineError, first_line
from transforms.extract import EXTRACTOR

try:
    from distributed import Client, Future, KilledWorker
    from distributed.client import FutureCancelledError
except ImportError as error:
    raise ConfigError(
        f"NIGHTDESK_ENGINE=dask: Dask is not installed ({error}). Run: pip install 'nightdesk[dask]', here and for its workers"
    ) from error

_CONNECT_SECONDS = 20.0
# A cluster that grows by need starts a machine only when something waits: that takes minutes.
_WORKERLESS_SECONDS = 300.0
# Of what a worker's own try met, such as a store that did not answer. A worker's death counts elsewhere (allowed-failures, 3).
_RETRIES = 2
_AGAIN = "run the same command again: it goes on where it was"


@contextmanager
def connected(address: str) -> Iterator["DaskWorkers"]:
    """The workers of a scheduler. EngineError if it cannot be reached."""
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise EngineError(
            f"Dask's scheduler at {address} cannot be reached ({first_line(error)}). Start it (dask scheduler), or set "
            "NIGHTDESK_ENGINE_ADDRESS to where it listens"
        ) from error
    with client:
        yield DaskWorkers(client, address)


class DaskWorkers:
    """As engines.Engine."""

    def __init__(self, client: Client, address: str) -> None:
        self._client = client
        self._address = address
        self._seen_at = time.monotonic()

    def admit(self, station: Station) -> None:
        """ConfigError if a worker cannot be used. Those that come later are looked at with their first share."""
        self.wait_for_workers()
        for worker, fault in self._client.run(fault_of_worker, station, on_error="return").items():
            if isinstance(fault, ImportError):
                fault = f"it has no nightdesk ({fault}). Install {EXTRACTOR.split()[0]} where Dask's workers run"
            if fault is not None:
                raise ConfigError(f"Dask's worker {worker} cannot be used: {fault}")

    def wait_for_workers(self) -> None:
        """EngineError if there is none, and none comes."""
        try:
            self._client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except TimeoutError as error:
            raise EngineError(f"Dask's scheduler at {self._address} has no worker. Start some: {self._start()}") from error

    def counted(self) -> str:
        """Dask at tcp://HOST:8786: 2 workers, 16 shares at a time"""
        self.wait_for_workers()
        workers = self._client.scheduler_info()["workers"].values()
        return (
            f"Dask at {self._address}: {len(workers)} workers, {sum(worker['nthreads'] for worker in workers)} shares at a time"
        )

    def submit(self, share: Share) -> "Future[str]":
        """Dask gives it to another worker if its worker dies. EngineError if the scheduler was lost while pages were fetched."""
        if self._client.status != "running":
            raise self._lost()
        return self._client.submit(read_share, share, pure=False, retries=_RETRIES)

    def look(self) -> None:
        """EngineError if the scheduler is gone, or all workers have been for minutes."""
        try:
            workers = self._client.scheduler_info()["workers"]
        except (OSError, ValueError) as error:
            raise self._lost() from error
        if self._client.status != "running":  # of a scheduler that is gone it says what it knew last
            raise self._lost()
        if workers:
            self._seen_at = time.monotonic()
        elif time.monotonic() - self._seen_at > _WORKERLESS_SECONDS:
            raise EngineError(
                f"Dask's scheduler at {self._address} has had no worker for {_WORKERLESS_SECONDS / 60:.0f} minutes. Start some "
                f"({self._start()}), then {_AGAIN}"
            )

    def stop(self) -> None:
        """All that was handed out is given up."""
        self._client.close()  # type: ignore[no-untyped-call]

    def explained(self, error: Exception, share: Share) -> Exception:
        """What Dask's own errors mean."""
        if isinstance(error, KilledWorker):
            return EngineError(
                f"{share.name}: one worker of Dask's after another died while it read these pages, the last of them "
                f"{error.last_worker.address}. Look at their logs and memory, then {_AGAIN}"
            )
        return self._lost() if isinstance(error, FutureCancelledError | OSError) else error

    def _lost(self) -> EngineError:
        return EngineError(f"Dask's scheduler at {self._address} was lost. Start it again, then {_AGAIN}")

    def _start(self) -> str:
        return f"dask worker {self._address} --no-nanny"
