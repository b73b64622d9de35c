"""A whole `nightdesk run` as one engine of benchmarks/night.py, with its CPU time told apart by stage.

    python benchmarks/night_nightdesk.py URLS.txt OUT WORKERS

The command line's own code runs, every stage's function with a clock around it. What belongs to a stage: the CPU time of the
threads that it runs in, of the network's thread, of the workers, and, of the stages that run alone, of all threads, since DuckDB
and Arrow have their own. All else is the orchestration's: interpreter, imports, Prefect with its server, the flow between stages.
DuckDB's threads during `check` end unseen and are counted to the orchestration, against nightdesk.
"""

import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

SOURCES = """
[settings]
delay_seconds = 0

[[sources]]
name = "bench"
lists = ["{urls}"]
hosts = {hosts}
allow_private = true
"""
# Nothing else of the night runs meanwhile.
ALONE = ("discover", "plan", "load", "finish", "publish", "report")


class Clock:
    """CPU seconds by stage, in this process."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, its CPU time added to the stage."""
        now = time.process_time if name in ALONE else time.thread_time

        def timed(*args: Any, **kwargs: Any) -> Any:
            before = now()
            try:
                return call(*args, **kwargs)
            finally:
                with self._lock:
                    self.seconds[name] += now() - before

        timed.__wrapped__ = call  # type: ignore[attr-defined]  # Prefect reads the parameters' names
        return timed

    def network(self, close: Callable[..., None]) -> Callable[..., None]:
        """The network's end, before which the CPU time of its thread is taken."""

        def closed(network: Any) -> None:
            if network._thread is not None:
                ticks = Path(f"/proc/self/task/{network._thread.native_id}/stat").read_text().rpartition(") ")[2].split()[11:13]
                self.seconds["fetch"] += sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
            close(network)

        return closed


def main(urls: Path, out: Path, workers: str) -> None:
    """One night. Says its stages in out/stages.json, which is complete if the night is."""
    sources = out / "sources.toml"
    hosts = sorted({url.split("/")[2].partition(":")[0] for url in urls.read_text(encoding="utf8").split()})
    sources.write_text(SOURCES.format(urls=urls.resolve(), hosts=json.dumps(hosts)), encoding="utf8")
    from flows import cli, settings

    settings.prepare_libraries(out / "data")
    from flows import finish, network, stages

    clock = Clock()
    tasks = {
        "discover": stages.discover_candidates,
        "plan": stages.plan_fetches,
        "fetch": stages.fetch_batch,
        "extract": stages.extract_batch,
        "check": stages.check_batch,
        "load": stages.load_batches,
        "finish": finish.commit_run,
        "publish": finish.publish_views,
        "report": finish.write_reports,
    }
    for name, task in tasks.items():
        task.fn = clock.around(name, task.fn)
    network.Network.close = clock.network(network.Network.close)  # type: ignore[method-assign]
    leave = cli._leave

    def told(code: int) -> None:
        said = {"stages": dict(clock.seconds), "process": time.process_time()}
        (out / "stages.json").write_text(json.dumps(said))
        leave(code)

    cli._leave = told
    cli.main(["run", "--sources", str(sources), "--data", str(out / "data"), "--workers", workers])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
