"""Damaged pages through the killable worker pool: each must give a row or a reason, none a traceback, none beyond the limit.

    python benchmarks/mutations.py --warc PAGES.warc.gz --count 10000 --out DIR
    python benchmarks/mutations.py --warc PAGES.warc.gz --seed 4711 --count 1 --here    # one page again, and where it hangs

Belongs here: the run, what it counts, tracebacks of what went wrong. Does not belong here: how pages are damaged (mutate.py).
Exit code 1 if any page gave no row and no reason of its own.
"""

import argparse
import faulthandler
import sys
import time
import traceback
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from unittest import mock

from archive import read_pages
from mutate import Mutation, mutate

from flows import extraction
from flows.extraction import PAGE_TIMEOUT_SECONDS, Extractor, PageTask, extract_task
from transforms.extract import extract_article
from transforms.records import Article, RawPage, Reason, Rejection

# What is our fault and not the page's.
OUR_FAULT = (Reason.EXTRACTOR_ERROR, Reason.EXTRACTOR_TIMEOUT, Reason.EXTRACTOR_CRASHED)


@dataclass(frozen=True)
class Timed:
    """What a worker answers here: the outcome, and the CPU seconds that it cost."""

    outcome: Article | Rejection
    cpu_seconds: float


@dataclass(frozen=True)
class Result:
    """What became of the page of one seed. `cpu_seconds` None: its worker never answered."""

    seed: int
    kinds: tuple[str, ...]
    size: int
    outcome: Article | Rejection
    cpu_seconds: float | None

    @property
    def name(self) -> str:
        """A row, or the reason why there is none."""
        return str(self.outcome.reason) if isinstance(self.outcome, Rejection) else "row"

    @property
    def is_our_fault(self) -> bool:
        """Whether neither a row nor a reason that lies in the page came out."""
        return isinstance(self.outcome, Rejection) and self.outcome.reason in OUR_FAULT


def timed_task(task: PageTask) -> Timed:
    """What the pool's workers run here in place of extract_task."""
    started = time.process_time()
    outcome = extract_task(task)
    return Timed(outcome, time.process_time() - started)


def run(pages: Sequence[RawPage], seeds: range, *, workers: int | None, limit_seconds: float) -> Iterator[Result]:
    """The results in the order of the seeds. Pages are damaged as workers ask for more, so memory is bounded."""
    waiting: deque[Mutation] = deque()  # given to the pool, not yet answered: results come in the order of the tasks

    def tasks() -> Iterator[PageTask]:
        for seed in seeds:
            waiting.append(mutate(seed, pages))
            page = waiting[-1].page
            yield PageTask(page.url, page, final_url=page.final_url)

    # The pool sends this function to its workers: the one place from which a page's own cost is seen.
    with mock.patch.object(extraction, "extract_task", timed_task), Extractor(workers, timeout_seconds=limit_seconds) as pool:
        for _, answer in pool.extract(tasks()):
            timed = cast("Timed | Rejection", answer)
            done = waiting.popleft()
            outcome, seconds = (timed.outcome, timed.cpu_seconds) if isinstance(timed, Timed) else (timed, None)
            yield Result(done.seed, done.kinds, len(done.page.body), outcome, seconds)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warc", type=Path, required=True, help="archive with the pages to damage")
    parser.add_argument("--count", type=int, default=10_000, help="how many damaged pages")
    parser.add_argument("--seed", type=int, default=0, help="the first seed; the next page has the next seed")
    parser.add_argument("--workers", type=int, help="worker processes (default: one a processor)")
    parser.add_argument("--limit-seconds", type=float, default=PAGE_TIMEOUT_SECONDS, help="wall time a page may take")
    parser.add_argument("--out", type=Path, help="folder for mutations.md (default: only printed)")
    parser.add_argument("--here", action="store_true", help="in this process, errors raised, the stack shown at the limit")
    args = parser.parse_args()
    pages = read_pages(args.warc)
    if not pages:
        raise SystemExit(f"{args.warc}: holds no page")
    if args.here:
        run_here(pages, range(args.seed, args.seed + args.count), args.limit_seconds)
        return 0
    results = []
    for result in run(pages, range(args.seed, args.seed + args.count), workers=args.workers, limit_seconds=args.limit_seconds):
        results.append(result)
        if result.is_our_fault:
            what = cast("Rejection", result.outcome)
            print(f"seed {result.seed} ({', '.join(result.kinds)}): {what.reason}, {what.detail}", file=sys.stderr, flush=True)
        if len(results) % 1_000 == 0:
            print(f"{len(results):,} pages", file=sys.stderr, flush=True)
    text = report(results, pages, args.limit_seconds)
    print(text)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "mutations.md").write_text(text, encoding="utf8")
    return 1 if any(result.is_our_fault for result in results) else 0


def run_here(pages: Sequence[RawPage], seeds: range, limit_seconds: float) -> None:
    """Each page in this process: an error is raised as it is, and at the limit the stack is printed and the process ends."""
    for seed in seeds:
        mutation = mutate(seed, pages)
        faulthandler.dump_traceback_later(limit_seconds, exit=True)
        started = time.process_time()
        outcome = extract_article(mutation.page)
        faulthandler.cancel_dump_traceback_later()
        print(f"seed {seed} ({', '.join(mutation.kinds)}), {time.process_time() - started:.2f} s: {outcome}")


def report(results: Sequence[Result], pages: Sequence[RawPage], limit_seconds: float) -> str:
    """The run in Markdown: what came out, what it cost, and the traceback of what should not have come out."""
    outcomes = Counter(result.name for result in results)
    costs = sorted(result.cpu_seconds for result in results if result.cpu_seconds is not None)
    over = sum(result.name == Reason.EXTRACTOR_TIMEOUT for result in results)
    parts = [
        "# Damaged pages",
        f"{len(results):,} pages, damaged from {len(pages)}, seeds {results[0].seed} to {results[-1].seed}.",
        _table(("outcome", "pages"), [(name, f"{count:,}") for name, count in outcomes.most_common()]),
        f"Tracebacks: {outcomes[Reason.EXTRACTOR_ERROR]}. Workers that died: {outcomes[Reason.EXTRACTOR_CRASHED]}. "
        f"Over the limit of {limit_seconds:g} s: {over}.",
    ]
    if costs:
        middle, last = costs[len(costs) // 2], costs[max(0, -(-len(costs) * 99 // 100) - 1)]
        parts.append(f"CPU a page: median {middle * 1e3:.0f} ms, p99 {last * 1e3:.0f} ms, most {costs[-1]:.2f} s.")
    parts += ["## The slowest", _slowest(results), "## By damage", _by_kind(results)]
    if faults := [result for result in results if result.is_our_fault]:
        parts += ["## What should not have come out", *_faults(faults, pages)]
    return "\n\n".join(parts) + "\n"


def _slowest(results: Sequence[Result]) -> str:
    measured = sorted((result for result in results if result.cpu_seconds), key=lambda result: -(result.cpu_seconds or 0))
    rows = [
        (str(result.seed), ", ".join(result.kinds), f"{result.size:,}", result.name, f"{result.cpu_seconds:.2f}")
        for result in measured[:10]
    ]
    return _table(("seed", "damage", "bytes", "outcome", "CPU s"), rows)


def _by_kind(results: Sequence[Result]) -> str:
    rows = []
    for kind in sorted({kind for result in results for kind in result.kinds}):
        part = [result for result in results if kind in result.kinds]
        costs = [result.cpu_seconds for result in part if result.cpu_seconds is not None]
        given = sum(result.name == "row" for result in part)
        rows.append((kind, f"{len(part):,}", f"{given:,}", f"{len(part) - given:,}", f"{max(costs, default=0.0):.2f}"))
    return _table(("damage, alone or with others", "pages", "rows", "refused", "slowest, CPU s"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rows))


def _faults(faults: Sequence[Result], pages: Sequence[RawPage]) -> Iterator[str]:
    """Each different fault once, with the seeds that show it: one traceback for errors raised at the same place."""
    alike: dict[str, list[int]] = {}
    for fault in faults:
        alike.setdefault(_fault(fault, pages), []).append(fault.seed)
    for text, seeds in alike.items():
        yield f"{len(seeds)} pages; seeds {', '.join(map(str, seeds[:10]))}{', ...' if len(seeds) > 10 else ''}:\n\n{text}"


def _fault(result: Result, pages: Sequence[RawPage]) -> str:
    """The traceback of an error; what hung or died is not tried again in this process (--here does)."""
    if isinstance(result.outcome, Rejection) and result.outcome.reason is not Reason.EXTRACTOR_ERROR:
        return f"{result.name}: {result.outcome.detail}"
    try:
        extract_article(mutate(result.seed, pages).page)
    except Exception:
        return f"```\n{traceback.format_exc()}```"
    return "No error outside the worker: a limit of the worker, or a state that other pages left."


if __name__ == "__main__":
    sys.exit(main())
