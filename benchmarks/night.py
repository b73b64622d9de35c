"""A whole night beside the ways in which such pipelines are first written: from pages of a server on 127.0.0.1 to rows.

    python benchmarks/night.py --out DIR                                       # 20,000 pages; peers get 2,000 of them
    python benchmarks/night.py --out DIR --pages 2000 --peer-pages 500

Belongs here: which engines there are, counting their CPU time and rows. Does not belong here: the pages (fetch_site.py), an
engine (night_nightdesk.py, ...). Every engine is a process of its own, one after the other, and counted with all its descendants;
the server is counted with nobody. An engine that leaves fewer rows than 98 of 100 pages has no figures.
"""

import argparse
import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from fetch import HERE, PEERS_PYTHON, Site, serving
from fetch_site import page_urls
from figures import table

_PR_SET_CHILD_SUBREAPER = 36
_LEAST_SHARE = 0.98


def _rows_of_lake(out: Path) -> int:
    import duckdb

    with duckdb.connect(str(out / "data" / "nightdesk.duckdb"), read_only=True) as con:
        (count,) = con.sql("select count(*) from articles where body is not null").fetchall()[0]
    return int(count)


def _json_lines(out: Path) -> int:
    with (out / "articles.jsonl").open(encoding="utf8") as lines:
        return sum(bool(json.loads(line).get("text")) for line in lines)


def _json_files(out: Path) -> int:
    return sum(bool(json.loads(path.read_bytes()).get("maintext")) for path in (out / "data").rglob("*.json"))


@dataclass(frozen=True)
class Engine:
    """How one pipeline is called, and how its rows are counted."""

    name: str
    script: str
    arguments: tuple[str, ...]
    leaves: str
    rows: Callable[[Path], int]
    is_peer: bool = True  # runs under the peers' Python
    is_whole: bool = False  # gets all pages
    cores: int | None = None  # may use so many of them; None: all


_LAKE = "WARC, ledger, rules, lake, views, report"
ENGINES = {
    engine.name: engine
    for engine in (
        Engine("nightdesk, 2 workers", "night_nightdesk.py", ("2",), _LAKE, _rows_of_lake, is_peer=False, is_whole=True),
        Engine("nightdesk, 1 worker", "night_nightdesk.py", ("1",), _LAKE, _rows_of_lake, is_peer=False, is_whole=True),
        Engine(
            "nightdesk, 1 worker on 1 core",
            "night_nightdesk.py",
            ("1",),
            _LAKE,
            _rows_of_lake,
            is_peer=False,
            is_whole=True,
            cores=1,
        ),
        Engine("Scrapy and trafilatura", "night_scrapy.py", (), "JSON lines", _json_lines),
        Engine("news-please", "night_newsplease.py", (), "JSON files", _json_files),
        Engine("a Prefect task a page", "night_tasks.py", (), "JSON lines", _json_lines, is_peer=False),
    )
}


@dataclass(frozen=True)
class Night:
    """What one engine's night cost. `stages`: CPU seconds by stage; empty for those that say nothing of theirs."""

    engine: str
    leaves: str
    pages: int
    rows: int
    wall_s: float
    cpu_s: float
    stages: dict[str, float]

    @property
    def share_of_stages(self) -> float:
        return sum(self.stages.values()) / self.cpu_s


def measured(engine: Engine, site: Site, urls: Sequence[str], out: Path, python: Path) -> Night:
    """One engine's night over `urls`. Raises SystemExit if it fails or leaves too few rows."""
    work = out / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    listed = work / "urls.txt"
    listed.write_text("\n".join(urls), encoding="utf8")
    command = [str(python if engine.is_peer else sys.executable), str(HERE / engine.script), str(listed), str(work)]
    site.served()
    before, began = _descendants_cpu(), time.perf_counter()
    with (out / "night.log").open("ab") as log:
        code = subprocess.run(
            _on_cores([*command, *engine.arguments], engine.cores), stdout=log, stderr=log, check=False
        ).returncode
    wall_s = time.perf_counter() - began
    _wait_for_orphans(but=site.pid)
    cpu_s = _descendants_cpu() - before
    rows = engine.rows(work) if code in (0, 1) else 0
    if rows < _LEAST_SHARE * len(urls):
        raise SystemExit(f"{engine.name}: exit code {code}, {rows} rows of {len(urls)} pages; see {out / 'night.log'}")
    night = Night(engine.name, engine.leaves, len(urls), rows, wall_s, cpu_s, _stages(work, cpu_s))
    shutil.rmtree(work)
    print(f"{engine.name}: {len(urls)} pages in {wall_s:.1f} s, {cpu_s:.1f} CPU s", file=sys.stderr, flush=True)
    return night


def _on_cores(command: Sequence[str], cores: int | None) -> list[str]:
    """The command, kept to the first `cores` of those that there are (taskset, of util-linux)."""
    if cores is None:
        return [*command]
    first = sorted(os.sched_getaffinity(0))[:cores]
    return ["taskset", "--cpu-list", ",".join(map(str, first)), *command]


def _stages(work: Path, cpu_s: float) -> dict[str, float]:
    """What night_nightdesk.py said of its own process; the other processes are workers, that extract."""
    said = work / "stages.json"
    if not said.exists():
        return {}
    found = json.loads(said.read_text())
    stages: dict[str, float] = found["stages"]
    stages["extract"] += cpu_s - found["process"]
    return stages


def _adopt_orphans() -> None:
    """Descendants whose parent ends become this process's own, so that their time is counted (Linux)."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise SystemExit(f"orphans cannot be adopted: {os.strerror(ctypes.get_errno())}")


def _wait_for_orphans(*, but: int) -> None:
    """The fork server and its workers end by themselves, a moment after the process that used them. `but`: the site's server."""
    for child in map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()):
        if child != but:
            os.waitpid(child, 0)


def _descendants_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(nights: Sequence[Night]) -> str:
    """The figures as Markdown."""
    rows = [
        [
            night.engine,
            night.leaves,
            f"{night.pages:,}",
            f"{night.rows:,}",
            f"{night.wall_s:.0f}",
            f"{night.pages / night.wall_s:.1f}",
            f"{night.cpu_s / night.pages * 1000:.1f}",
        ]
        for night in nights
    ]
    parts = [table(("engine", "leaves", "pages", "rows", "wall s", "pages/s", "CPU ms a page"), rows)]
    staged = [night for night in nights if night.stages]
    if staged:
        names = list(staged[0].stages)
        lines = [[name, *(f"{night.stages[name]:.1f}" for night in staged)] for name in names]
        lines += [
            ["orchestration", *(f"{night.cpu_s - sum(night.stages.values()):.1f}" for night in staged)],
            ["share of the stages", *(f"{night.share_of_stages:.3f}" for night in staged)],
        ]
        parts.append(table(("CPU s by stage", *(night.engine for night in staged)), lines))
    parts += [
        f"{staged[0].engine}: {other.wall_s / staged[0].wall_s:.2f} times the pages a second of {other.engine}."
        for other in staged[1:]
    ]
    return "\n\n".join(parts)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the figures; what engines leave is removed there")
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--peer-pages", type=int, default=2_000, help="the peers' cost a page is the same from here on")
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES), help="only these")
    parser.add_argument("--peers", type=Path, default=PEERS_PYTHON, help="Python of the venv with requirements.txt")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    _adopt_orphans()
    nights = []
    with serving(args.pages, args.hosts, "--articles") as site:
        urls = page_urls(args.pages, args.hosts, site.port)
        for name in args.engines:
            engine = ENGINES[name]
            wanted = urls if engine.is_whole else urls[: args.peer_pages]
            nights.append(measured(engine, site, wanted, args.out, args.peers))
            (args.out / "night.json").write_text(json.dumps([asdict(night) for night in nights], indent=1))
            (args.out / "night.md").write_text(report(nights) + "\n")
    print(report(nights))


if __name__ == "__main__":
    main()
