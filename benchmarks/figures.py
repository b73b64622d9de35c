"""What the benchmark shows: a page of Markdown with its tables, and bars in SVG.

Belongs here: figures of one engine from its pages, and how they are written. Does not belong here: measuring, drawing (bars.py).
"""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Self

from bars import Bar, Panel, draw
from engines import BASELINE, OURS

# Measure of the scorer -> the row's column that it judges: an engine that never fills it gets no figure.
QUALITY = {
    "body_f1": "body",
    "body_precision": "body",
    "body_recall": "body",
    "body_exact": "body",
    "title": "title",
    "day": "published_at",
    "minute": "published_at",
    "authors": "authors",
}


@dataclass(frozen=True)
class Figures:
    """One engine. Times are CPU seconds a page; `quality` is set -> measure -> value, empty without a truth."""

    name: str
    version: str
    total: float
    trimmed: float  # total without the dearest 1% of the pages: one strange page can be a fifth of a total
    p50: float
    p99: float
    slowest: float
    pages: int
    failed: int  # exceptions, timeouts and pages refused
    bodyless: int
    peak_bytes: int
    quality: dict[str, dict[str, float]]
    gives: frozenset[str]  # the columns that it filled on any page
    first_errors: tuple[str, ...]

    @classmethod
    def of(
        cls,
        name: str,
        version: str,
        seconds: Sequence[float],
        rows: Sequence[dict[str, Any]],
        errors: Sequence[str | None],
        peak_bytes: int,
        quality: dict[str, dict[str, float]],
    ) -> Self:
        """The figures of one engine from what it did page by page."""
        said = [error for error in errors if error]
        return cls(
            name=name,
            version=version,
            total=sum(seconds),
            trimmed=sum(sorted(seconds)[: _centile(seconds, 99) + 1]),
            p50=median(seconds),
            p99=sorted(seconds)[_centile(seconds, 99)],
            slowest=max(seconds),
            pages=len(seconds),
            failed=len(said),
            bodyless=sum(not row.get("body") for row in rows),
            peak_bytes=peak_bytes,
            quality=quality,
            gives=frozenset(column for row in rows for column, value in row.items() if value),
            first_errors=tuple(dict.fromkeys(said))[:3],
        )

    @property
    def pages_per_second(self) -> float:
        """Pages a second on one core."""
        return self.pages / self.total


def _centile(values: Sequence[float], share: int) -> int:
    """The index, among the sorted values, of the smallest that `share` per cent of them do not exceed."""
    return max(0, -(-len(values) * share // 100) - 1)


def write_figures(figures: Sequence[Figures], archive: str, pages: int, out: Path) -> str:
    """Write extract.md and extract.svg into `out`; returns the Markdown."""
    parts = [
        "# Extraction: what a page costs, and how right the rows are",
        f"{pages} pages of `{archive}`, {datetime.now(UTC):%Y-%m-%d}. {machine()}",
        "Every page went to all engines, one after the other, before the next page did; each engine is a process of its own, "
        "warmed up, without a network. CPU time of the engine's process; a core is this machine's. Ratios hold on other "
        "machines, times do not. *Without 1%*: each engine's dearest pages left out of both sums.",
        "![bars of the tables below](extract.svg)",
        "## Cost",
        _cost_table(figures),
        *_quality_parts(figures),
        *_error_parts(figures),
    ]
    text = "\n\n".join(parts) + "\n"
    (out / "extract.md").write_text(text, encoding="utf8")
    (out / "extract.svg").write_text(draw(list(_panels(figures)), highlight=OURS), encoding="utf8")
    return text


def memory_markdown(samples: Sequence[tuple[int, int, int]], distinct: int, restarts: int) -> str:
    """The memory of a long run: (pages so far, resident bytes, highest so far) by line."""
    rows = [(f"{number:,}", f"{rss / 1e6:.1f}", f"{peak / 1e6:.1f}") for number, rss, peak in samples]
    lines = [
        "# Memory over many pages",
        f"nightdesk alone, one process that is never recycled, {distinct} pages over and over. {machine()}",
        table(("pages", "resident MB", "peak MB"), rows),
    ]
    # Two rounds over the archive: caches have met every page.
    settled = [sample for sample in samples if sample[0] >= 2 * distinct]
    if len(settled) > 1:
        (first, before, _), (last, after, _) = settled[0], settled[-1]
        lines.append(f"Resident memory from page {first:,} to page {last:,}: {(after - before) / 1e6:+.1f} MB.")
    if restarts:
        lines.append(f"The process died or hung {restarts} times: the figures above are not those of one process.")
    return "\n\n".join(lines) + "\n"


def machine() -> str:
    """What it was measured on, in a sentence."""
    names = (line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name"))
    load = os.getloadavg()[1]
    return f"{next(names, platform.machine())}, {os.cpu_count()} cores (load {load:.1f}), Python {platform.python_version()}."


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def _cost_table(figures: Sequence[Figures]) -> str:
    base = next((each for each in figures if each.name == BASELINE), None)
    head: tuple[str, ...] = ("engine", "version", "pages/s/core", "p50 ms", "p99 ms", "p99 / p50", "slowest ms")
    head += ("sum / trafilatura's", "the same without 1%", "median / trafilatura's", "peak MB", "failed", "no body")
    rows = [
        (
            _name(each),
            each.version,
            f"{each.pages_per_second:.1f}",
            f"{each.p50 * 1e3:.1f}",
            f"{each.p99 * 1e3:.1f}",
            f"{each.p99 / each.p50:.1f}",
            f"{each.slowest * 1e3:.0f}",
            f"{each.total / base.total:.2f}" if base else "",
            f"{each.trimmed / base.trimmed:.2f}" if base else "",
            f"{each.p50 / base.p50:.2f}" if base else "",
            f"{each.peak_bytes / 1e6:.0f}",
            str(each.failed),
            str(each.bodyless),
        )
        for each in figures
    ]
    return table(head, rows)


def _quality_parts(figures: Sequence[Figures]) -> Iterable[str]:
    for name in _sets(figures):
        scored = [each for each in figures if name in each.quality]
        measures = [key for key in QUALITY if any(key in each.quality[name] for each in scored)]
        rows = [
            (
                _name(each),
                *(_share(each.quality[name].get(key)) if QUALITY[key] in each.gives else "" for key in measures),
                f"{each.quality[name]['missing']:.0f}",
            )
            for each in scored
        ]
        yield f"## Quality: set `{name}`, {scored[0].quality[name]['pages']:.0f} pages"
        yield table(("engine", *(key.replace("_", " ") for key in measures), "missing"), rows)


def _sets(figures: Sequence[Figures]) -> list[str]:
    return sorted({name for each in figures for name in each.quality})


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _error_parts(figures: Sequence[Figures]) -> Iterable[str]:
    lines = [f"- {each.name}: {' '.join(error.split())[:160]}" for each in figures for error in each.first_errors]
    if lines:
        yield "## Failures, the first of each kind"
        yield "\n".join(lines)


def _name(figures: Figures) -> str:
    return f"**{figures.name}**" if figures.name == OURS else figures.name


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown: names to the left, figures to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _panels(figures: Sequence[Figures]) -> Iterable[Panel]:
    speeds = [Bar(each.name, each.pages_per_second, f"{each.pages_per_second:.0f}") for each in figures]
    yield Panel("Pages a second on one core (more is better)", speeds)
    slow = [Bar(each.name, each.p99, f"{each.p99 * 1e3:.0f}") for each in figures]
    yield Panel("CPU ms of a page, p99 (less is better)", slow)
    memory = [Bar(each.name, each.peak_bytes, f"{each.peak_bytes / 1e6:.0f}") for each in figures]
    yield Panel("Peak memory, MB (less is better)", memory)
    for name in _sets(figures):
        for key, title in (("body_f1", "Body F1"), ("body_exact", "Body exactly right")):
            values = [(each.name, each.quality[name][key]) for each in figures if name in each.quality]
            bars = [Bar(engine, value, f"{value:.3f}") for engine, value in values]
            yield Panel(f"{title}, set {name} (more is better)", bars, full=1.0)
