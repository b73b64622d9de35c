"""nightdesk and other fetchers over the same pages of one server on 127.0.0.1: what a page costs to fetch and to archive.

    python benchmarks/fetch.py --out DIR                       # 20,000 pages of 200 hosts, every engine once
    python benchmarks/fetch.py --out DIR --pages 2000 --engines nightdesk,scrapy-warc
    python benchmarks/fetch.py --out DIR --nights              # nightdesk alone, night after night with nothing new

Belongs here: which engines there are, the order of the rounds, reading the archives back. Does not belong here: the pages
(fetch_site.py), an engine (fetch_nightdesk.py, ...), tables and bars (fetch_figures.py).
Every engine is a process of its own, one after the other; the server is another one and counted with nobody. After each run the
archive is read back: an engine that has not every page at its whole size has no figures.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fetch_figures import Figures, NightFigures, write_figures, write_nights
from fetch_meter import Cost, run
from fetch_site import bodies, page_urls, sitemap_urls

from sources.warc import scan

HERE = Path(__file__).resolve().parent
# A page is looked at again a day, three days and a week after it was first seen, and then let go.
HOURS = (0, 1, 24, 48, 200)
PEERS_PYTHON = HERE / ".venv" / "bin" / "python"


def _warc_sizes(out: Path) -> Iterator[int]:
    for path in out.rglob("*.warc.gz"):
        yield from (page.bytes or 0 for page in scan(path, source="bench", now=lambda: datetime.now(UTC)) if page.reason is None)


def _file_sizes(out: Path) -> Iterator[int]:
    yield from (path.stat().st_size for path in out.rglob("*.html"))


@dataclass(frozen=True)
class Engine:
    """How one fetcher is called, what it leaves, and where the sizes of its pages are read."""

    name: str
    script: str
    arguments: tuple[str, ...]
    leaves: str
    sizes: Callable[[Path], Iterator[int]]
    is_peer: bool = True


ENGINES = {
    engine.name: engine
    for engine in (
        Engine("nightdesk", "fetch_nightdesk.py", (), "WARC, ledger", _warc_sizes, is_peer=False),
        Engine("scrapy-warc", "fetch_scrapy.py", ("warc",), "WARC (warcio)", _warc_sizes),
        Engine("scrapy-files", "fetch_scrapy.py", ("files",), "HTML files", _file_sizes),
        Engine("news-please", "fetch_newsplease.py", (), "HTML files", _file_sizes),
    )
}


class Site:
    """The running server: where it listens, and what was asked of it since the last time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout, self.pid = process.stdin, process.stdout, process.pid
        self.port = int(self._stdout.readline())

    def served(self) -> dict[str, int]:
        """Answers by kind, and bytes."""
        self._stdin.write("\n")
        self._stdin.flush()
        tally: dict[str, int] = json.loads(self._stdout.readline())
        return tally


@contextmanager
def serving(pages: int, hosts: int, *options: str) -> Iterator[Site]:
    """The server in a process of its own, until the block ends."""
    command = [sys.executable, str(HERE / "fetch_site.py"), "--pages", str(pages), "--hosts", str(hosts), *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Site(process)
        assert process.stdin is not None
        process.stdin.close()


def main() -> None:
    """The command line."""
    args = _arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    made = bodies()
    sizes = sorted(len(made[number % len(made)]) for number in range(args.pages))
    costs: defaultdict[str, list[tuple[Cost, int]]] = defaultdict(list)
    with serving(args.pages, args.hosts) as site:
        if args.nights:
            print(write_nights(_nights(site, args), pages=args.pages, hosts=args.hosts, out=args.out))
            return
        for number in range(args.rounds):
            first = number % len(args.engines)
            for name in args.engines[first:] + args.engines[:first]:
                costs[name].append(_measured(ENGINES[name], site, args, sizes))
    figures = [Figures.of(name, ENGINES[name].leaves, args.pages, costs[name]) for name in args.engines]
    print(write_figures(figures, pages=args.pages, hosts=args.hosts, sizes=sizes, out=args.out))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the figures; the archives are made and removed there")
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=1, help="the median of so many runs of each engine counts")
    parser.add_argument("--engines", default=",".join(ENGINES), type=_engine_names, help="which, set apart by commas")
    parser.add_argument("--nights", action="store_true", help="nightdesk alone, over several nights in which nothing is new")
    parser.add_argument("--peers", type=Path, default=PEERS_PYTHON, help="Python of the venv with requirements.txt")
    args = parser.parse_args()
    if not args.nights and any(ENGINES[name].is_peer for name in args.engines) and not args.peers.exists():
        parser.error(f"no Python at {args.peers}: benchmarks/README.md says how to install the peers, or choose --engines")
    return args


def _engine_names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if unknown := [name for name in names if name not in ENGINES]:
        raise argparse.ArgumentTypeError(f"no engine {unknown}; there are: {', '.join(ENGINES)}")
    return names


def _nights(site: Site, args: argparse.Namespace) -> list[NightFigures]:
    """The nights of HOURS after the first, each a process of its own over the same warehouse."""
    work = args.out / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    urls = work / "sitemaps.txt"
    urls.write_text("\n".join(sitemap_urls(args.pages, args.hosts, site.port)), encoding="utf8")
    nights = []
    for hours in HOURS:
        site.served()
        command = [sys.executable, str(HERE / ENGINES["nightdesk"].script), str(urls), str(work), "--hours", str(hours)]
        cost = run(command, args.out / "fetch.log")
        nights.append(NightFigures(hours, cost, site.served()))
        print(f"after {hours} h: {cost.wall:.1f} s, {cost.fetch_cpu:.1f} CPU s, {nights[-1].served}", file=sys.stderr, flush=True)
    shutil.rmtree(work)
    return nights


def _measured(engine: Engine, site: Site, args: argparse.Namespace, sizes: Sequence[int]) -> tuple[Cost, int]:
    """The cost of one run, and the bytes that the server sent for it. Raises SystemExit if a page is missing."""
    work = args.out / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    urls = work / "urls.txt"
    urls.write_text("\n".join(page_urls(args.pages, args.hosts, site.port)), encoding="utf8")
    python = args.peers if engine.is_peer else sys.executable
    command = [str(python), str(HERE / engine.script), str(urls), str(work), *engine.arguments]
    site.served()
    cost = run(command, args.out / "fetch.log")
    served = site.served()
    if (found := sorted(engine.sizes(work))) != list(sizes):
        raise SystemExit(
            f"{engine.name}: archived {len(found)} pages, {sum(found)} bytes, of {len(sizes)}, {sum(sizes)}; see fetch.log"
        )
    shutil.rmtree(work)
    print(f"{engine.name}: {cost.wall:.1f} s, {cost.fetch_cpu:.1f} CPU s; the server sent {served}", file=sys.stderr, flush=True)
    return cost, served["bytes"]


if __name__ == "__main__":
    main()
