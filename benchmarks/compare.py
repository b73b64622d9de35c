"""nightdesk beside its peers, all of it by one command, on one page: docs/measured.md.

    python benchmarks/compare.py                 # small: a quarter of an hour on two idle cores
    python benchmarks/compare.py --full          # the sizes of README.md: two hours
    python benchmarks/compare.py --warc PAGES.warc.gz --truth TRUTH.jsonl --score SCORE.py      # quality as well

Belongs here: which benchmarks there are, their sizes, the page, and where a peer is ahead. Does not belong here: measuring.
Without --warc extraction is measured on the pages of fetch_site.py, which are ours: costs alone, no quality.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

from fetch import PEERS_PYTHON
from fetch_site import article_of_its_own, bodies
from figures import machine
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "measured.md"
OURS = re.compile(r"\**nightdesk\b")


@dataclass(frozen=True)
class Part:
    """One benchmark: its script, its arguments in both sizes, and what a reader must know beside its figures."""

    title: str
    script: str
    small: tuple[str, ...]
    full: tuple[str, ...]
    lost: str
    needs_peers: bool = True

    @property
    def name(self) -> str:
        return Path(self.script).stem


PARTS = (
    Part(
        "Extraction",
        "extract.py",
        ("--limit", "30"),
        (),
        "resiliparse gives the main text and a title and is an order of magnitude cheaper: where times, names and clean edges do "
        "not matter it is the better choice. nightdesk holds phrase tables, language data and date grammars in memory, and pays "
        "for them once a process.",
    ),
    Part(
        "Fetching",
        "fetch.py",
        ("--pages", "600", "--hosts", "30"),
        (),
        "Scrapy follows links, logs in, and renders scripts by extensions; nightdesk does none of the three. A plain file a "
        "page is less than an archive of requests, headers and times.",
    ),
    Part(
        "A night",
        "night.py",
        ("--pages", "400", "--peer-pages", "80", "--hosts", "40"),
        (),
        "What a run costs before its first page (interpreter, imports, Prefect: some 6 CPU s) weighs on a small night; a script "
        "over a hundred pages is done sooner. Peers leave JSON alone: no archive, ledger, rules, tables or report.",
    ),
    Part(
        "The warehouse",
        "lake.py",
        ("--articles", "20000", "--nights", "5", "--parts", "large"),
        ("--parts", "large", "small-files"),
        "Held against native DuckDB tables of the same rows, which one process alone can write, while nobody reads. Parquet "
        "files with a log, of which each query takes the newest versions, cost more: the ratio says how much.",
        needs_peers=False,
    ),
    Part(
        "Validation",
        "quality.py",
        ("--rows", "40000", "--plain-rows", "5000"),
        (),
        "Great Expectations on its own has many more expectations, and engines beside pandas; nightdesk judges by those that its "
        "rules name, compiled for DuckDB.",
        needs_peers=False,
    ),
)

# Header of a column -> whether more is better. Columns without an entry judge nobody.
MORE_IS_BETTER = {
    **dict.fromkeys(("pages/s/core", "pages/CPU s", "pages/s", "title", "day", "minute", "authors"), True),
    **dict.fromkeys(("body f1", "body precision", "body recall", "body exact"), True),
    **dict.fromkeys(("p50 ms", "p99 ms", "slowest ms", "peak MB", "failed", "no body", "start CPU s", "CPU ms a page"), False),
    **dict.fromkeys(("peak memory", "CPU µs a row", "µs a row"), False),
}


def main() -> int:
    """The command line. 1 if a benchmark failed; the page says so in its place."""
    args = _arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    before, sections, failed = os.getloadavg()[1], [], []
    for part in PARTS:
        if args.parts and part.name not in args.parts:
            continue
        text = _measured(part, args)
        sections.append(f"## {part.title}\n\n{text}\n\n**What is lost.** {part.lost}")
        failed += [part.title] if text.startswith("Not measured") else []
    head = _head(args, before, os.getloadavg()[1])
    args.page.write_text("\n\n".join([head, *sections]) + "\n", encoding="utf-8")
    print(f"{args.page}: written{', without ' + ', '.join(failed) if failed else ''}")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="the sizes of benchmarks/README.md")
    parser.add_argument("--parts", nargs="+", choices=[part.name for part in PARTS], help="only these")
    parser.add_argument("--warc", type=Path, help="pages for extraction (default: pages of fetch_site.py)")
    parser.add_argument("--truth", type=Path, help="with --score: as extract.py takes them")
    parser.add_argument("--score", type=Path)
    parser.add_argument("--peers", type=Path, default=PEERS_PYTHON, help="Python of the venv with requirements.txt")
    parser.add_argument("--out", type=Path, default=HERE / "out", help="folder for the pages of the single benchmarks")
    parser.add_argument("--page", type=Path, default=PAGE)
    args = parser.parse_args()
    if not args.peers.exists():
        parser.error(f"no Python at {args.peers}: benchmarks/README.md says how to install the peers")
    return args


def _measured(part: Part, args: argparse.Namespace) -> str:
    """A part's page without its heading, and where a peer is ahead; "Not measured" and why, if it failed."""
    out = args.out / part.name
    out.mkdir(exist_ok=True)
    command = [sys.executable, str(HERE / part.script), "--out", str(out), *(part.full if args.full else part.small)]
    command += ["--peers", str(args.peers)] if part.needs_peers else []
    command += _pages(args, out) if part.name == "extract" else []
    print(f"{part.title}: {' '.join(command[1:])}", file=sys.stderr, flush=True)
    began = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    print(f"{part.title}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if done.returncode != 0:
        return f"Not measured: {next(reversed(done.stderr.strip().splitlines()), 'it failed without a word')}"
    page = (out / f"{part.name}.md").read_text(encoding="utf-8")
    page = re.sub(r"^!\[.*\n+", "", re.sub(r"^# .*\n+", "", page, flags=re.MULTILINE), flags=re.MULTILINE)
    page = re.sub(r"^##", "###", page, flags=re.MULTILINE).strip()
    if args.warc and part.name == "extract":
        page = f"The pages are no part of the project; sets bear the names that their truth gives them.\n\n{page}"
    return f"{page}\n\n**Where a peer is ahead**: {'; '.join(ahead(page)) or 'in none of these columns'}."


def _pages(args: argparse.Namespace, out: Path) -> list[str]:
    if args.warc:
        return ["--warc", str(args.warc), *(["--truth", str(args.truth), "--score", str(args.score)] if args.truth else [])]
    path = out / "pages.warc.gz"
    with path.open("wb") as file:
        writer = WARCWriter(file)
        for number, body in enumerate(bodies()):
            url = f"http://fetch.localhost/baca/{number}"
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
            payload = BytesIO(article_of_its_own(body, url, number))
            writer.write_record(writer.create_warc_record(url, "response", payload=payload, http_headers=headers))
    return ["--warc", str(path)]


def ahead(page: str) -> Iterator[str]:
    """Column by column of a page's tables: the best peer that beats ours, with both figures. Ours at its best counts."""
    for head, rows in _tables(page):
        ours = [row for row in rows if OURS.match(row[0])]
        peers = [row for row in rows if not OURS.match(row[0])]
        for index, name in enumerate(head):
            if ours and peers and name in MORE_IS_BETTER:
                sign = 1 if MORE_IS_BETTER[name] else -1
                best = max((row for row in ours), key=lambda row: sign * _number(row[index], sign))
                other = max((row for row in peers), key=lambda row: sign * _number(row[index], sign))
                if sign * _number(other[index], sign) > sign * _number(best[index], sign):
                    yield f"{name}: {other[0]} {other[index]}, nightdesk {best[index]}"
        if "ratio" in head and "native" in head:
            ratio = head.index("ratio")
            slower = [f"{row[0]} {row[ratio]} times" for row in rows if _number(row[ratio], 1) > 1]
            yield f"native tables are quicker in {len(slower)} of {len(rows)} queries ({', '.join(slower)})"


def _tables(page: str) -> Iterator[tuple[list[str], list[list[str]]]]:
    for block in re.findall(r"(?:^\|.*\n?)+", page, re.MULTILINE):
        head, _, *rows = ([cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines())
        yield head, rows


def _number(cell: str, sign: int) -> float:
    """A cell's figure; an empty one is worse than all others."""
    found = re.match(r"[\d,.]+", cell)
    return float(found[0].replace(",", "")) if found else -sign * float("inf")


def _head(args: argparse.Namespace, before: float, after: float) -> str:
    size = "full" if args.full else "small"
    ours = {name: version(name) for name in ("trafilatura", "prefect", "duckdb", "deltalake", "great-expectations", "lxml")}
    named = ", ".join(f"{name} {number}" for name, number in (ours | _peer_versions(args.peers)).items())
    return "\n\n".join(
        [
            "# Measured beside its peers",
            f"Made by `python benchmarks/compare.py`, {datetime.now(UTC):%Y-%m-%d}, {size} size. nightdesk {version('nightdesk')}"
            f"{_commit()}; {named}. {machine()} {platform.system()}; load {before:.1f} at the start, {after:.1f} at the end.",
            "Costs are CPU time of the engine and all its processes, which a busy machine disturbs little; wall time, and pages "
            "a second of it, it does disturb. Trust ratios, and large ones more than small ones. How each figure is taken is in "
            "[benchmarks/README.md](../benchmarks/README.md); what the tools are for is in [How it compares](comparison.md).",
        ]
    )


def _peer_versions(python: Path) -> dict[str, str]:
    names = ["Scrapy", "news-please", "newspaper4k", "readability-lxml", "resiliparse"]
    code = f"import json; from importlib.metadata import version as v; print(json.dumps({{n: v(n) for n in {names}}}))"
    found: dict[str, str] = json.loads(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout)
    return found


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    return f" ({done.stdout.strip()})" if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
