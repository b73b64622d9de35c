"""nightdesk and other extractors over the same archive, interleaved: what a page costs, and how right the rows are.

    python benchmarks/extract.py --warc PAGES.warc.gz --truth TRUTH.jsonl --score score.py --out DIR
    python benchmarks/extract.py --warc PAGES.warc.gz --repeat-to 20000 --out DIR      # nightdesk's memory alone

Belongs here: the order of the rounds, and files of rows for the scorer. Does not belong here: calling an engine (engines.py,
engine_process.py), tables and bars (figures.py).
Every page goes to all engines before the next page does, one engine at a time and each in its own process, so that a slow
minute of the machine slows all of them. CPU time is measured in the engine's process.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from archive import newsroom_pages, read_pages
from engine_process import Answer, EngineProcess
from engines import ENGINES, OURS, Page, Row
from figures import Figures, memory_markdown, write_figures

from transforms.records import RawPage

PEERS_PYTHON = Path(__file__).resolve().parent / ".venv" / "bin" / "python"
RSS_EVERY = 2_000

SCORED = pa.schema(
    [
        ("url", pa.string()),
        ("title", pa.string()),
        ("authors", pa.list_(pa.string())),
        ("lead", pa.string()),
        ("body", pa.string()),
        ("published_at", pa.timestamp("us", "UTC")),
        ("published_precision", pa.string()),
        ("published_utc_offset", pa.int16()),
    ]
)


@dataclass
class Tally:
    """What one engine did with all pages: per page its CPU seconds, its row and its error, in the archive's order."""

    cpu_seconds: list[float] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    errors: list[str | None] = field(default_factory=list)
    peak_bytes: int = 0

    def add(self, answer: Answer) -> None:
        """Count one more page."""
        self.cpu_seconds.append(answer.cpu_seconds)
        self.rows.append(answer.row)
        self.errors.append(answer.error or answer.row.get("rejection"))
        self.peak_bytes = max(self.peak_bytes, answer.peak_bytes)


def main() -> None:
    """The command line."""
    args = _arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    pages = [_as_given(page) for page in read_pages(args.warc, limit=args.limit)]
    if not pages:
        raise SystemExit(f"{args.warc}: holds no page")
    if args.repeat_to:
        _run_long(pages, args.repeat_to, args.out)
        return
    tallies, versions = _run_rounds(pages, args.engines, str(args.peers), args.out)
    scores = {}
    if args.truth:
        truth = _truth_of(pages, args.truth, args.out) if args.limit else args.truth
        scores = {name: _score(pages, tally, args.score, truth, args.out / _rows_name(name)) for name, tally in tallies.items()}
    figures = [
        Figures.of(name, versions[name], tally.cpu_seconds, tally.rows, tally.errors, tally.peak_bytes, scores.get(name, {}))
        for name, tally in tallies.items()
    ]
    _write_pages(pages, tallies, args.out / "extract-pages.tsv")
    print(write_figures(figures, args.warc.name, len(pages), args.out))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warc", type=Path, required=True, help="archive with the pages")
    parser.add_argument("--truth", type=Path, help="right rows of the pages, as --score takes them")
    parser.add_argument("--score", type=Path, help="scorer: run as SCORE ROWS.parquet TRUTH --json, prints figures by set")
    parser.add_argument("--out", type=Path, required=True, help="folder for the figures")
    parser.add_argument("--peers", type=Path, default=PEERS_PYTHON, help="Python of the venv with requirements.txt")
    parser.add_argument("--engines", default=",".join(ENGINES), type=_engine_names, help="which, set apart by commas")
    parser.add_argument("--limit", type=int, help="only the first pages of the archive")
    parser.add_argument("--repeat-to", type=int, help="nightdesk alone over so many pages, the archive repeated: its memory")
    args = parser.parse_args()
    if (args.truth is None) != (args.score is None):
        parser.error("--truth and --score go together")
    if any(ENGINES[name].is_peer for name in args.engines) and not args.repeat_to and not args.peers.exists():
        parser.error(f"no Python at {args.peers}: benchmarks/README.md says how to install the peers, or choose --engines")
    return args


def _engine_names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if unknown := [name for name in names if name not in ENGINES]:
        raise argparse.ArgumentTypeError(f"no engine {unknown}; there are: {', '.join(ENGINES)}")
    return names


def _as_given(page: RawPage) -> Page:
    fetched_at = page.fetched_at.isoformat() if page.fetched_at else None
    return Page(page.url, page.body, page.content_type, page.final_url, fetched_at)


def _run_rounds(pages: Sequence[Page], names: Sequence[str], peers: str, out: Path) -> tuple[dict[str, Tally], dict[str, str]]:
    tallies = {name: Tally() for name in names}
    # What engines load when they first need it (tables, language data) is not the cost of a page; and no page that is
    # measured may have been seen before.
    warm_up = [_as_given(page) for page in newsroom_pages()]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                EngineProcess(ENGINES[name], peers if ENGINES[name].is_peer else sys.executable, out / "engines.log")
            )
            for name in names
        ]
        for process in processes:
            for page in warm_up:
                process.extract(page)
        for number, page in enumerate(pages):
            first = number % len(processes)  # nobody always follows the same neighbour's use of the caches
            for process in processes[first:] + processes[:first]:
                tallies[process.engine.name].add(process.extract(page))
            if number % 50 == 49:
                print(f"{number + 1} of {len(pages)} pages", file=sys.stderr)
    return tallies, {process.engine.name: process.version for process in processes}


def _run_long(pages: Sequence[Page], count: int, out: Path) -> None:
    """nightdesk over `count` pages in one process that is never recycled, as the night's workers are."""
    samples: list[tuple[int, int, int]] = []
    with EngineProcess(ENGINES[OURS], sys.executable, out / "engines.log") as process:
        for number, page in enumerate(islice(cycle(pages), count), 1):
            answer = process.extract(page)
            if number % RSS_EVERY == 0 or number in (1, len(pages), count):
                samples.append((number, answer.rss_bytes, answer.peak_bytes))
                print(
                    f"{number:>7,} pages: {answer.rss_bytes / 1e6:.1f} MB, at most {answer.peak_bytes / 1e6:.1f} MB", flush=True
                )
        restarts = process.restarts
    text = memory_markdown(samples, len(pages), restarts)
    (out / "memory.md").write_text(text, encoding="utf8")
    print(text)


def _truth_of(pages: Sequence[Page], truth: Path, out: Path) -> Path:
    """The truth of these pages alone: a scorer counts what is in the truth and not in the rows as lost."""
    urls = {page.url for page in pages}
    with truth.open(encoding="utf8") as lines:
        kept = [line for line in lines if json.loads(line)["url"] in urls]
    path = out / "truth.jsonl"
    path.write_text("".join(kept), encoding="utf8")
    return path


def _rows_name(engine: str) -> str:
    return f"rows-{re.sub(r'[^a-z0-9]+', '-', engine).strip('-')}.parquet"


def _score(pages: Sequence[Page], tally: Tally, scorer: Path, truth: Path, path: Path) -> dict[str, dict[str, float]]:
    """Figures by set, as the scorer counts them. A page without a row is an empty row: it scores zero."""
    rows = [_scored_row(page, row) for page, row in zip(pages, tally.rows, strict=True)]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCORED), path)
    command = [sys.executable, str(scorer), str(path), str(truth), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, dict[str, float]] = json.loads(done.stdout)
    return figures


def _scored_row(page: Page, row: Row) -> Row:
    scored = {name: row.get(name) for name in SCORED.names} | {"url": page.url}
    if scored["published_at"]:
        moment = datetime.fromisoformat(scored["published_at"])
        # Without a zone it is the clock of the page: the scorer compares clocks.
        scored["published_at"] = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return scored


def _write_pages(pages: Sequence[Page], tallies: dict[str, Tally], path: Path) -> None:
    """Milliseconds of CPU by page and engine: where to look for what is slow."""
    lines = ["\t".join(["url", "bytes", *tallies])]
    for index, page in enumerate(pages):
        costs = (f"{tally.cpu_seconds[index] * 1e3:.2f}" for tally in tallies.values())
        lines.append("\t".join([page.url, str(len(page.body)), *costs]))
    path.write_text("\n".join(lines) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
