"""Ray's workers, through its own library.

Belongs here: what Ray calls things, and what its errors mean. Does not belong here: shares and their way home.
Security is Ray's own (RAY_AUTH_MODE, docs/scale.md).
"""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import cast

from flows import settings
from flows.shares import Share, Station, fault_of_worker, read_share
from transforms.errors import ConfigError, EngineError, NightdeskError, first_line

try:
    import ray
    from ray.exceptions import RayError, RayTaskError
except ImportError as error:
    raise ConfigError(
        f"NIGHTDESK_ENGINE=ray: Ray is not installed ({error}). Run: pip install 'nightdesk[ray]', here and for its workers"
    ) from error

# How often a share is given to another worker when its worker dies: Dask's number.
_DEATHS = 3
_AGAIN = "run the same command again: it goes on where it was"


@contextmanager
def connected(address: str) -> Iterator["RayWorkers"]:
    """The workers of a cluster, of which this machine is one. EngineError if it cannot be reached."""
    try:
        ray.init(address, log_to_driver=settings.debug(), configure_logging=settings.debug())
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise EngineError(
            f"Ray's cluster at {address} cannot be reached from here: {first_line(error)}. Start it (ray start --head), join "
            f"this machine to it (ray start --address={address}), set NIGHTDESK_ENGINE_ADDRESS to where it listens, and "
            "RAY_AUTH_MODE=token if it asks for one"
        ) from error
    try:
        yield RayWorkers(address)
    finally:
        ray.shutdown()


class RayWorkers:
    """As engines.Engine."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._read = ray.remote(max_retries=_DEATHS, retry_exceptions=[OSError])(read_share)

    def admit(self, station: Station) -> None:
        """ConfigError if a worker cannot be used: one is asked. The others are looked at with their first share."""
        try:
            fault = ray.get(ray.remote(fault_of_worker).remote(station))
        except RayError as error:
            raise self.explained(error, None) from error
        if fault is not None:
            raise ConfigError(f"Ray's workers cannot be used: {fault}")

    def counted(self) -> str:
        """Ray at HOST:6379: 16 shares at a time"""
        return f"Ray at {self._address}: {ray.cluster_resources().get('CPU', 0):.0f} shares at a time"

    def submit(self, share: Share) -> "Future[str]":
        """Ray gives it to another worker if its worker dies."""
        return cast("Future[str]", self._read.remote(share).future())

    def look(self) -> None:
        """Ray tells of its own accord."""

    def stop(self) -> None:
        """All that was handed out is given up."""
        ray.shutdown()

    def explained(self, error: Exception, share: Share | None) -> Exception:
        """What Ray's own errors mean."""
        if isinstance(error, RayTaskError):
            cause = error.cause
            return cause if isinstance(cause, NightdeskError) else error
        if isinstance(error, RayError):
            return EngineError(f"Ray's workers at {self._address} were lost: {first_line(error)}. See their logs, then {_AGAIN}")
        return error
