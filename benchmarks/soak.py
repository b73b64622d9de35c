"""Hundreds of short nights in one served process: what grows?

    python benchmarks/soak.py --out DIR                            # 200 nights: 40 minutes at best
    python benchmarks/soak.py --nights 20 --every 2 --out DIR      # to see that it works; too short for its bounds to say much

Belongs here: `nightdesk serve`, its nights one after the other, and the calendar. Does not belong here: what is looked at
(soak_samples.py), bounds and figures (soak_figures.py).
A night is a run of the served deployment, as the schedule would start it, over a loopback newsroom with a few new stories
(soak_town.py); upkeep runs every seventh night. Each night counts as a day for Prefect's database: what it has of finished runs
and of events is dated back by a day before the next one, so that its own pruning (runs after 90 days, events after 7) meets 200
days of them. The pruning looks every minute instead of every hour. Exit code 1 if a bound is broken, a night was not completed,
or it was ended by hand (Ctrl-C: the figures so far are shown).
"""

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kill_ways import NEVER, Api, free_port
from soak_figures import broken_bounds, markdown
from soak_samples import Sample, others, take
from soak_town import Town, open_town

UPKEEP_EVERY = 7
_PATIENCE_S = 300.0

SOURCES = """
[settings]
delay_seconds = 0

[[sources]]
name = "town"
lists = ["{home}/list.txt"]
allow_private = true
"""
ENVIRONMENT = {
    "PREFECT_RUNNER_POLL_FREQUENCY": "1",  # how soon a run that was asked for is seen: ten seconds otherwise
    "PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS": "60",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ORPHAN_CLEANUP_LOOP_SECONDS": "600",
    "NIGHTDESK_DATA_DOCS": "0",  # of the night's own process, which ends: 2 CPU seconds that leave nothing behind
}


class Served:
    """`nightdesk serve` in a process of its own."""

    def __init__(self, work: Path, town: Town) -> None:
        self.data, self.log, self.port = work / "data", work / "serve.log", free_port()
        self.api = Api(f"http://127.0.0.1:{self.port}/api")
        sources = work / "sources.toml"
        sources.write_text(SOURCES.format(home=town.home), encoding="utf8")
        command = [str(Path(sys.executable).with_name("nightdesk")), "serve", "--sources", str(sources), "--data", str(self.data)]
        command += ["--port", str(self.port), "--cron", NEVER, "--upkeep-cron", NEVER, "--workers", "1"]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=kept | ENVIRONMENT, stdout=log, stderr=log)
        self.deployments = self._wait(self._deployments)
        self.server: int = json.loads((self.data / "prefect" / "server.json").read_bytes())["pid"]

    def run(self, deployment: str) -> str:
        """One run of a deployment, waited for; its last state."""
        run_id = self.api.post(f"/deployments/{self.deployments[deployment]}/create_flow_run", {})["id"]

        def ended() -> str | None:
            run = self.api.get(f"/flow_runs/{run_id}")
            return run["state_name"] if run["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED") else None

        state: str = self._wait(ended)
        return state

    def settled(self) -> None:
        """Wait until no process of a run is there, a few seconds at most."""
        deadline = time.monotonic() + 15
        mine = {self.process.pid, self.server}
        while others(self.data, but=mine) and time.monotonic() < deadline:
            time.sleep(0.2)

    def a_day_passes(self) -> None:
        """For Prefect's database: what its pruning goes by is dated back."""
        columns = {"flow_run": "end_time", "events": "occurred", "event_resources": "occurred"}
        with closing(sqlite3.connect(self.data / "prefect" / "prefect.db", timeout=60)) as con, con:
            for table, column in columns.items():
                con.execute(
                    f"update {table} set {column} = strftime('%Y-%m-%d %H:%M:%f000', {column}, '-1 day') where {column} not null"
                )

    def end(self) -> int:
        """As a service manager ends it."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(120)

    def _deployments(self) -> dict[str, str] | None:
        try:
            found = self.api.post("/deployments/filter", {})
        except OSError:
            return None
        return {item["name"]: item["id"] for item in found} if len(found) == 2 else None

    def _wait(self, what: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            if (found := what()) is not None:
                return found
            if self.process.poll() is not None:
                raise SystemExit(f"nightdesk serve ended with {self.process.returncode}; see {self.log}")
            time.sleep(1)
        raise SystemExit(f"waited {_PATIENCE_S:.0f} s in vain; see {self.log}")


@contextmanager
def _served(work: Path, town: Town) -> Iterator[Served]:
    served = Served(work, town)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.end()


@dataclass
class Found:
    """What the nights came to so far. `wrong`: a sentence for all that did not end as it should."""

    nights_s: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    def write(self, out: Path) -> None:
        """soak.json, written anew after every look: a machine may go down within the hour."""
        (out / "soak.json").write_text(json.dumps(asdict(self), indent=1))


def soak(served: Served, town: Town, nights: int, every: int, found: Found) -> Iterator[None]:
    """All nights, added to `found`; gives way after every look."""
    began = time.monotonic()
    for night in range(1, nights + 1):
        town.next_night()
        started = time.monotonic()
        if (state := served.run("night")) != "Completed":
            found.wrong.append(f"night {night}: {state}")
        found.nights_s.append(round(time.monotonic() - started, 2))
        if night % UPKEEP_EVERY == 0 and (state := served.run("upkeep")) != "Completed":
            found.wrong.append(f"upkeep after night {night}: {state}")
        served.a_day_passes()
        if night % every == 0:
            served.settled()
            at_s = time.monotonic() - began
            look = take(night, at_s, serve=served.process.pid, server=served.server, data=served.data)
            found.samples.append(look)
            print(f"night {night}: {found.nights_s[-1]} s, {look.serve}, {look.server}", file=sys.stderr, flush=True)
            yield


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=200)
    parser.add_argument("--every", type=int, default=4, help="look after so many nights")
    parser.add_argument("--stories", type=int, default=3, help="new ones a night")
    parser.add_argument(
        "--work", type=Path, help="a folder for the warehouse (default: below the system's own); removed at the end"
    )
    parser.add_argument("--out", type=Path, required=True, help="gets soak.md, soak.json and serve.log")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    found = Found()
    with (
        tempfile.TemporaryDirectory(prefix="nightdesk-soak-", dir=args.work) as folder,
        open_town(args.stories) as town,
        _served(Path(folder), town) as served,
    ):
        try:
            for _ in soak(served, town, args.nights, args.every, found):
                found.write(args.out)
        except KeyboardInterrupt:
            found.wrong.append(f"ended by hand after {len(found.nights_s)} of {args.nights} nights")
        if code := served.end():
            found.wrong.append(f"nightdesk serve ended with exit code {code}")
        found.wrong += [f"left behind at the end: {line}" for line in others(served.data, but=set())]
        (args.out / "serve.log").write_bytes(served.log.read_bytes())
    found.wrong += broken_bounds(found.samples)
    found.write(args.out)
    text = markdown(found.samples, found.nights_s, found.wrong)
    (args.out / "soak.md").write_text(text, encoding="utf8")
    print(text)
    raise SystemExit(1 if found.wrong else 0)


if __name__ == "__main__":
    main()
