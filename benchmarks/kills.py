"""Whole nights of which one process is killed with -9 at a random moment: the next run must leave the lake of undisturbed nights.

    python benchmarks/kills.py --out DIR [--kills 30]
    python benchmarks/kills.py --out DIR --victims "worker process" --kills 2

Belongs here: when a kill comes, running on, comparing. Does not belong here: who is killed and how (kill_victims.py), ways of
running nights (kill_ways.py), the pages that they fetch (kill_site.py), how far one is (kill_stages.py), the page (kill_page.py).
A warehouse has one night after the other, the newsroom's two days in turns, and one kill in each. Stages take turns, the moment
in each is drawn from a seed. After each kill the night is run again until it is over; then every row of the lake must be that of
undisturbed nights, and in the end Prefect must take no run for running and no process be left. Exit code 1 if not.
"""

import argparse
import json
import random
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from itertools import cycle
from pathlib import Path

from kill_page import Kill, Outcome, markdown, read_outcome
from kill_site import Site
from kill_stages import STAGES, Lake, durations, lake_of, stage_of
from kill_victims import VICTIMS, Victim
from kill_ways import PATIENCE_SECONDS, Api, DaskRun, PrefectServer, Run, Serve, Way, Worker, until

from sources.newsroom.content import DAYS

_MOST_RUNS = 4


class Undisturbed:
    """Nights that nobody disturbs, run when somebody asks what a lake must be after so many of them."""

    def __init__(self, way: Run, site: Site) -> None:
        self._way, self._site = way, site
        self._lakes: list[Lake] = []
        self._took: list[dict[str, float]] = []

    def lake(self, nights: int) -> Lake:
        """What is in the lake after the first `nights` of them."""
        while len(self._lakes) < nights:
            self._run_one(len(self._lakes) + 1)
        return self._lakes[nights - 1]

    def _run_one(self, night: int) -> None:
        self._site.publish(day_of(night))
        self._way.begin()
        self._took.append(durations(self._way.data, night, self._way.is_at_work))
        until(lambda: not self._way.is_at_work(), "an undisturbed night")
        self._lakes.append(lake_of(self._way.data))

    def typical(self, stage: str) -> float:
        """How many seconds a stage takes."""
        return statistics.median(took.get(stage, 0.0) for took in self._took)


def day_of(night: int) -> date:
    """The newsroom's two days in turns: each night has new pages, changed ones and gone ones."""
    return DAYS[(night - 1) % 2]


class Exam:
    """The whole test in the folder `work`."""

    def __init__(self, work: Path, seed: int) -> None:
        self._work, self._rng = work, random.Random(seed)
        self._site = Site(work)
        self._server = PrefectServer(work)
        self._undisturbed = Undisturbed(self._way("undisturbed"), self._site)  # type: ignore[arg-type]
        self.outcome = Outcome()

    def _way(self, name: str) -> Way:
        folder = self._work / name
        if name == "serve":
            return Serve(folder, self._site.sources)
        ways = {"worker": Worker, "dask": DaskRun}
        return ways.get(name, Run)(folder, self._site.sources, self._server)

    def close(self) -> None:
        """End what is up."""
        self._site.close()
        self._server.end()

    def hold(self, name: str, kills: Sequence[Victim]) -> None:
        """All the kills of one warehouse, and a last night that nobody disturbs."""
        self._undisturbed.lake(2)
        way = self._way(name)
        stages = {victim.name: self._stages(victim) for victim in kills}
        try:
            left, night = list(kills), 0
            while left and night < 2 * len(kills) + 2:
                night += 1
                if self._kill_once(way, night, left[0], next(stages[left[0].name])):
                    left.pop(0)
            self._last_night(way, night + 1)
        except (TimeoutError, OSError, AssertionError) as error:
            log = way.log.read_text(errors="replace")[-1500:]
            self.outcome.errors.append(f"{name}: {type(error).__name__}: {error}\n{log}")
        finally:
            way.close()
        self._look_for_processes(way)

    def _stages(self, victim: Victim) -> Iterator[str]:
        return cycle(self._rng.sample(victim.stages, len(victim.stages)))

    def _kill_once(self, way: Way, night: int, victim: Victim, stage: str) -> bool:
        """A night with a kill in it. Whether there was one: a night may be over sooner than was thought."""
        expected = self._undisturbed.lake(night)
        self._site.publish(day_of(night))
        way.begin()
        self._wait_for(way, night, stage)
        at = stage_of(way.data, night)
        is_struck = victim.kill(way, self._server) and at != "over"
        began = time.monotonic()
        runs = self._recover(way, night)
        if not is_struck:
            return False
        kill = Kill(victim.name, night, at, runs, seconds=time.monotonic() - began)
        kill.unequal = self._compare(way, expected)
        self.outcome.kills.append(kill)
        still = _api(way, self._server).under_way()
        print(f"{len(self.outcome.kills)}: {kill}; still running: {still}", flush=True)
        return True

    def _wait_for(self, way: Way, night: int, stage: str) -> None:
        """Until a drawn moment of a stage, or of a later one if that was too short to be seen."""
        until(lambda: way.flow_process() or stage_of(way.data, night) == "over", "a night to begin")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while STAGES.index(stage_of(way.data, night)) < STAGES.index(stage) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(self._rng.uniform(0.0, self._undisturbed.typical(stage)))

    def _recover(self, way: Way, night: int) -> int:
        """Run the night again until it is over. How often that was."""
        if isinstance(way, Serve):
            until(lambda: stage_of(way.data, night) == "over", "nightdesk serve to go on with the night")
        runs, again = 0, way
        until(lambda: not way.is_at_work(), "a night to end")
        while stage_of(way.data, night) != "over":
            if runs == _MOST_RUNS:
                raise TimeoutError(f"night {night} is not over after {runs} further runs\n{again.log.read_text()[-1500:]}")
            runs += 1
            again = self._by_hand(way, night) if isinstance(way, Worker) else way
            again.begin()
            until(lambda again=again: not again.is_at_work(), "the next run")
        until(lambda: not way.is_at_work(), "a night to end")
        return runs

    def _by_hand(self, way: Way, night: int) -> Way:
        """A deployment's place is free five minutes after the death of who held it, by hand a night can be run at once."""
        run = Run(self._work / f"by-hand-{night}", self._site.sources, self._server)
        run.data = way.data
        return run

    def _compare(self, way: Way, expected: Lake) -> list[str]:
        held = lake_of(way.data)
        self.outcome.rows = max(
            self.outcome.rows, {name: len(rows) for name, rows in held.items()}, key=lambda rows: sum(rows.values())
        )
        unequal = [name for name in expected if held[name] != expected[name]]
        for name in unequal:
            wanted, found = Counter(map(repr, expected[name])), Counter(map(repr, held[name]))
            self.outcome.errors.append(f"{name}: missing {list(wanted - found)[:3]}, too many {list(found - wanted)[:3]}")
        return unequal

    def _last_night(self, way: Way, night: int) -> None:
        expected = self._undisturbed.lake(night)
        self._site.publish(day_of(night))
        way.begin()
        until(lambda: stage_of(way.data, night) == "over" and not way.is_at_work(), "the last night")
        if unequal := self._compare(way, expected):
            self.outcome.errors.append(f"after the last night of {way.work.name}: {', '.join(unequal)}")
        self.outcome.still_running += _api(way, self._server).under_way()

    def _look_for_processes(self, way: Way) -> None:
        """Orphans notice that they are, but not at once."""
        deadline = time.monotonic() + 60
        while (left := way.processes()) and time.monotonic() < deadline:
            time.sleep(1)
        self.outcome.processes_left += [f"{way.work.name}: {command[:120]}" for _, command in left.values()]


def _api(way: Way, server: PrefectServer) -> Api:
    return way.api if isinstance(way, Serve) else server.api


def planned(victims: Sequence[Victim], kills: int) -> dict[str, list[Victim]]:
    """Victims by warehouse, as their shares say, scaled to so many kills."""
    drawn = [victim for victim in victims for _ in range(victim.share)]
    chosen = [drawn[number * len(drawn) // kills] for number in range(kills)]
    return {way: [victim for victim in chosen if victim.way == way] for way in dict.fromkeys(each.way for each in chosen)}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--victims", nargs="+", choices=[victim.name for victim in VICTIMS], help="only these", metavar="NAME")
    parser.add_argument("--seed", type=int, default=20260302)
    parser.add_argument(
        "--work", type=Path, help="a folder for the warehouses, removed at the end (default: below the system's own)"
    )
    parser.add_argument("--out", type=Path, required=True, help="gets kills.md and kills.json")
    parser.add_argument("--add", action="store_true", help="to the kills that are in --out from earlier calls")
    args = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="nightdesk-kills-", dir=args.work))
    exam = Exam(work, args.seed)
    if args.add and (earlier := args.out / "kills.json").exists():
        exam.outcome = read_outcome(earlier)
    try:
        for way, kills in planned([each for each in VICTIMS if each.name in (args.victims or each.name)], args.kills).items():
            exam.hold(way, kills)
    finally:
        exam.close()
        shutil.rmtree(work)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "kills.json").write_text(json.dumps(asdict(exam.outcome), indent=1))
    (args.out / "kills.md").write_text(markdown(exam.outcome, args.seed))
    print(markdown(exam.outcome, args.seed))
    raise SystemExit(1 if exam.outcome.wrong() else 0)


if __name__ == "__main__":
    main()
