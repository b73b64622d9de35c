"""What nightdesk costs before it does anything: --help, sql, and a night without a page, beside Prefect's own empty flow.

    python benchmarks/startup.py --out DIR
    python benchmarks/startup.py --out DIR --rounds 1

Belongs here: whole processes, wall and CPU time with all their descendants. Does not belong here: nights with pages (night.py).
Every round runs all commands, one after the other, so that another program on the machine disturbs all alike. The night and the
flow run twice in a round: in a new folder, where Prefect makes its database, and in the same folder again.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from figures import machine, table

NIGHT, NIGHT_AGAIN, FLOW, FLOW_AGAIN = "an empty night", "an empty night, the next", "Prefect's empty flow", "the same, the next"

# The list names no page. A night needs a source.
SOURCES = """
[[sources]]
name = "empty"
lists = ["{urls}"]
hosts = ["empty.localhost"]
allow_private = true
"""
# No network, and Prefect's own limit of 20 s is exceeded on busy cores: nightdesk's nights set the same.
PREFECT_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "240",
    "PREFECT_LOGGING_LEVEL": "WARNING",
}
# As a plain user would write it.
EMPTY_FLOW = """
from prefect import flow

@flow
def empty():
    print("done")

empty()
"""


# A night without a page never passes the gate.
GATE_FAILED = 1


@dataclass(frozen=True)
class Cost:
    """One process with its descendants."""

    wall_s: float
    cpu_s: float


def measured(command: list[str], environment: dict[str, str], log: Path, *, code: int = 0) -> Cost:
    """What `command` cost. SystemExit if it ends otherwise than with `code`, or says nothing: then it has not done its work."""
    before, began = _cpu_s(), time.perf_counter()
    done = subprocess.run(command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    wall_s = time.perf_counter() - began
    with log.open("ab") as said:
        said.write(done.stdout)
    if done.returncode != code or not done.stdout:
        raise SystemExit(f"{' '.join(command)[:120]}: exit code {done.returncode}; see {log}")
    return Cost(wall_s, _cpu_s() - before)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def one_round(out: Path) -> Iterator[tuple[str, Cost]]:
    """Every command once, in new folders."""
    work, log = out / "work", out / "startup.log"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    urls, sources, data = work / "urls.txt", work / "sources.toml", work / "data"
    urls.touch()
    sources.write_text(SOURCES.format(urls=urls.resolve()), encoding="utf8")
    nightdesk = [str(Path(sys.executable).with_name("nightdesk"))]
    night = [*nightdesk, "run", "--sources", str(sources), "--data", str(data)]
    prefect = PREFECT_SETTINGS | {"PREFECT_HOME": str(work / "prefect")}
    flow = [sys.executable, "-c", EMPTY_FLOW]
    yield "--help", measured([*nightdesk, "--help"], {}, log)
    yield NIGHT, measured(night, {}, log, code=GATE_FAILED)
    yield FLOW, measured(flow, prefect, log)
    yield NIGHT_AGAIN, measured(night, {}, log, code=GATE_FAILED)
    yield FLOW_AGAIN, measured(flow, prefect, log)
    yield "sql", measured([*nightdesk, "sql", "select count(*) from articles", "--data", str(data)], {}, log)
    shutil.rmtree(work)


def report(costs: dict[str, list[Cost]]) -> str:
    """The figures as Markdown."""
    rows = [
        (
            name,
            f"{statistics.median(cost.wall_s for cost in found):.2f}",
            f"{max(cost.wall_s for cost in found):.2f}",
            f"{statistics.median(cost.cpu_s for cost in found):.2f}",
        )
        for name, found in costs.items()
    ]
    ratios = [
        f"{night[0].upper() + night[1:]}: {_ratio(costs[night], costs[flow]):.2f} times the CPU time of {flow}."
        for night, flow in ((NIGHT, FLOW), (NIGHT_AGAIN, FLOW_AGAIN))
    ]
    head = ("command", "wall s, median", "wall s, most", "CPU s, median")
    return "\n\n".join([f"{len(costs[NIGHT])} rounds. {machine()}", table(head, rows), " ".join(ratios)]) + "\n"


def _ratio(ours: list[Cost], theirs: list[Cost]) -> float:
    return statistics.median(our.cpu_s / their.cpu_s for our, their in zip(ours, theirs, strict=True))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for startup.md and startup.log")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    costs: defaultdict[str, list[Cost]] = defaultdict(list)
    for _ in range(args.rounds):
        for name, cost in one_round(args.out):
            costs[name].append(cost)
            print(f"{name}: {cost.wall_s:.2f} s, {cost.cpu_s:.2f} CPU s", file=sys.stderr, flush=True)
    text = report(costs)
    (args.out / "startup.md").write_text(text, encoding="utf8")
    print(text)


if __name__ == "__main__":
    main()
