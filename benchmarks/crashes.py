"""Loads and upkeep killed with -9 at random moments, beside a second writer and a reader: nothing lost, doubled, half visible,
unreadable.

    python benchmarks/crashes.py --kills 50 --out DIR [--data s3://bucket/prefix]

Belongs here: who is killed when, and holding the end against what must be there. Does not belong here: what the processes do
(crash_roles.py). A night is stored in its own process: articles, quarantine, ledger, checks, metrics, its row of `runs`, views.
It is killed and started again until it is done, then the next night comes. Every fifth kill strikes upkeep instead, which
compacts all the while; a backfill stores nights of its own undisturbed. Exit code 1 if anything is wrong. At a URL each process
is a machine of its own: it shares no folder and no lock with the others.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import duckdb
from nightly import Night

from flows import settings
from flows.settings import Place
from warehouse import scan
from warehouse.lake import Lake
from warehouse.paths import DataDir

ROLES = Path(__file__).with_name("crash_roles.py")
_PATIENCE_SECONDS = 300.0


@dataclass
class Outcome:
    """What the test came to. All but the first four must be 0."""

    kills: dict[str, int] = field(default_factory=dict)  # by process and what it was at
    nights: int = 0
    backfilled: int = 0
    looks: int = 0
    lost: int = 0
    doubled: int = 0
    unexpected: int = 0
    half_visible: int = 0
    hidden: int = 0
    went_back: int = 0
    held_changed: int = 0
    unreadable: int = 0
    failed: int = 0
    errors: list[str] = field(default_factory=list)

    def wrong(self) -> int:
        """How many things are wrong."""
        names = ("lost", "doubled", "unexpected", "half_visible", "hidden", "went_back", "held_changed", "unreadable", "failed")
        return sum(getattr(self, name) for name in names)


class Role:
    """One of the processes."""

    def __init__(self, work: Path, data: Place, role: str, *arguments: object) -> None:
        self.role = role
        self.log = work / f"{role}.log"
        with self.log.open("w") as log:
            command = [sys.executable, str(ROLES), role, str(data), *map(str, arguments)]
            environment = os.environ | {settings.WORK_VARIABLE: str(work / role)}
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self.log.read_text() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)

    def kill(self) -> str | None:
        """Kill it now; says what it was at, None if it had ended."""
        if self.process.poll() is not None:
            return None
        self.process.kill()
        self.process.wait()
        return f"{self.role}: {self.log.read_text().splitlines()[-1]}"

    def ended(self) -> bool:
        """Wait for its end; whether it ended well."""
        return self.process.wait(_PATIENCE_SECONDS) == 0


def run(work: Path, place: Place, *, kills: int, articles: int, seed: int) -> Outcome:
    """The whole test of the lake at `place`, where none is yet, with what each process keeps for itself in the folder `work`."""
    rng, outcome = random.Random(seed), Outcome()
    stop, seen = work / "stop", work / "seen.json"
    data, start = settings.warehouse(place), partial(Role, work, place)
    Night(0, articles).store(data)
    reader, backfill = start("read", stop, seen), start("backfill", articles // 4, stop)
    upkeep, first = start("maintain", stop), start("store", 1, articles)
    began = time.monotonic()
    outcome.failed += not first.ended()
    typical, night, struck = time.monotonic() - began, 2, Counter[str]()
    while struck.total() < kills:
        load = start("store", night, articles)
        hits_upkeep = struck.total() % 5 == 4
        time.sleep(rng.uniform(0.0, typical))
        if at := (upkeep if hits_upkeep else load).kill():
            struck[at] += 1
        if hits_upkeep:
            upkeep = start("maintain", stop)
            outcome.failed += not load.ended()
        if load.process.returncode == 0:
            night += 1
    outcome.failed += not start("store", night, articles).ended()
    stop.touch()
    outcome.failed += sum(not role.ended() for role in (backfill, upkeep, reader))
    outcome.kills, outcome.nights = dict(sorted(struck.items())), night + 1
    outcome.backfilled = len(backfill.log.read_text().split()) - 1
    _add_seen(outcome, seen)
    _compare(outcome, data, articles)
    return outcome


def _add_seen(outcome: Outcome, seen: Path) -> None:
    result = json.loads(seen.read_text())
    outcome.errors = result["errors"]
    for name, value in result["seen"].items():
        setattr(outcome, name, getattr(outcome, name) + value)


def _compare(outcome: Outcome, data: DataDir, articles: int) -> None:
    """The lake at the end against the nights that must be in it."""
    with tempfile.TemporaryDirectory() as spill, scan.connect(Path(spill)) as con:
        con.execute("create table expected (article_id varchar, version integer, content_hash varchar)")
        for writer, nights, size in (("night", outcome.nights, articles), ("backfill", outcome.backfilled, articles // 4)):
            for number in range(nights):
                con.register("rows", Night(number, size, writer=writer).extracted("any"))
                con.execute("insert into expected select article_id, 1, content_hash from rows")
        # A correction is of the night before: the second of its rows.
        con.execute(
            "create view wanted as select article_id, content_hash, "
            "row_number() over (partition by article_id order by rowid)::integer as version from expected"
        )
        con.execute(f"create view held as {scan.snapshot_query(Lake(data.lake).snapshot('articles'))}")
        con.execute("create table stored as select article_id, version, content_hash from held")
        columns = "article_id, version, content_hash"
        outcome.lost = _one(con, f"select count(*) from (select {columns} from wanted except select {columns} from stored)")
        outcome.unexpected = _one(con, f"select count(*) from (select {columns} from stored except select {columns} from wanted)")
        outcome.doubled += _one(con, "select count(*) - count(distinct (article_id, version)) from stored")


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    ((value,),) = con.execute(query).fetchall()
    return int(value)


def markdown(outcome: Outcome, seed: int) -> str:
    """The outcome as a page."""
    lines = [
        "# Killed at random moments",
        "",
        f"{sum(outcome.kills.values())} kills with -9 (seed {seed}); {outcome.nights} nights and {outcome.backfilled} of a "
        f"backfill stored in the end; the reader looked {outcome.looks} times.",
        "",
        "| what | must be | was |",
        "|---|---:|---:|",
        *(
            f"| {name.replace('_', ' ')} | 0 | {value} |"
            for name, value in asdict(outcome).items()
            if name not in ("kills", "nights", "backfilled", "looks", "errors")
        ),
        "",
        "| killed while | times |",
        "|---|---:|",
        *(f"| {at} | {times} |" for at, times in outcome.kills.items()),
        "",
        *(f"- {error}" for error in outcome.errors),
    ]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--articles", type=int, default=1_000, help="new ones a night")
    parser.add_argument("--seed", type=int, default=20260302)
    parser.add_argument("--work", type=Path, help="a folder for the lake, removed at the end (default: below the system's own)")
    parser.add_argument("--data", type=settings.place, help="where the lake is made, a URL (default: in that folder)")
    parser.add_argument("--out", type=Path, required=True, help="gets crashes.md and crashes.json")
    args = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="nightdesk-crashes-", dir=args.work))
    try:
        outcome = run(work, args.data or work / "data", kills=args.kills, articles=args.articles, seed=args.seed)
    finally:
        shutil.rmtree(work)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "crashes.json").write_text(json.dumps(asdict(outcome), indent=1))
    (args.out / "crashes.md").write_text(markdown(outcome, args.seed))
    print(markdown(outcome, args.seed))
    raise SystemExit(1 if outcome.wrong() else 0)


if __name__ == "__main__":
    main()
