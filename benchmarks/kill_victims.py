"""Who is killed in the kill test, and how.

Belongs here: each victim, the stages in which it can be struck, its share of the kills. Does not belong here: starting it
(kill_ways.py), when it dies (kills.py).
"""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from kill_ways import DaskRun, PrefectServer, Serve, Way, Worker

_KILLED_IN = ("start", "discover", "fetch", "extract", "check", "load", "finish", "publish and report")
# A service manager starts a server again after some seconds.
_SERVER_DOWN_SECONDS = 3.0
# An extra, which need not be installed.
_HAS_DASK = all(find_spec(name) for name in ("distributed", "flows.daskengine"))


@dataclass(frozen=True)
class Victim:
    """What is killed, how, in which stages, and its share of 30 kills. `kill` gives whether there was something to kill."""

    name: str
    way: str
    share: int
    kill: Callable[[Way, PrefectServer], bool]
    stages: tuple[str, ...] = _KILLED_IN


def kill_flow(way: Way, _: PrefectServer) -> bool:
    return _killed(way.flow_process())


def kill_pool_worker(way: Way, _: PrefectServer) -> bool:
    for _try in range(500):  # the stage begins before its processes do
        if (worker := way.pool_worker()) is not None or not way.is_at_work():
            return _killed(worker)
        time.sleep(0.01)
    return False


def kill_server(way: Way, server: PrefectServer) -> bool:
    if isinstance(way, Serve):  # which starts it again
        way.kill_server()
        return True
    server.kill()
    time.sleep(_SERVER_DOWN_SECONDS)
    server.start()
    return True


def kill_serve(way: Way, _: PrefectServer) -> bool:
    assert isinstance(way, Serve)
    way.process.kill()
    way.process.wait()
    time.sleep(_SERVER_DOWN_SECONDS)
    way.serve()
    return True


def kill_worker(way: Way, _: PrefectServer) -> bool:
    assert isinstance(way, Worker)
    way.process.kill()
    way.process.wait()
    way.work_on()
    return True


def kill_dask_worker(way: Way, _: PrefectServer) -> bool:
    assert isinstance(way, DaskRun)
    worker = way.workers.pop(0)
    worker.kill()
    worker.wait()
    way.workers.append(way.work_on())
    return True


def kill_worker_and_flow(way: Way, server: PrefectServer) -> bool:
    assert isinstance(way, Worker)
    way.process.kill()
    return kill_flow(way, server) and kill_worker(way, server)


def _killed(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


VICTIMS = (
    Victim("flow process of `nightdesk run`", "run", 6, kill_flow),
    Victim("extraction process", "run-2", 4, kill_pool_worker, ("extract",)),
    Victim("Prefect's server, under `nightdesk run`", "run-2", 4, kill_server),
    Victim("flow process of `nightdesk serve`", "serve", 4, kill_flow),
    Victim("Prefect's server, under `nightdesk serve`", "serve", 2, kill_server),
    Victim("`nightdesk serve` itself", "serve", 2, kill_serve),
    Victim("worker process", "worker", 2, kill_worker),
    Victim("worker process and its night at once", "worker", 3, kill_worker_and_flow),
    *([Victim("Dask worker", "dask", 3, kill_dask_worker, ("fetch", "extract"))] if _HAS_DASK else []),
)
