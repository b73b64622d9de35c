"""What benchmarks/fetch.py shows: a page of Markdown with its table, and bars in SVG.

Belongs here: figures of one engine from its runs, and how they are written. Does not belong here: measuring.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median
from typing import Self

from bars import Bar, Panel, draw
from fetch_meter import Cost
from figures import machine, table

OURS = "nightdesk"


@dataclass(frozen=True)
class Figures:
    """One engine: the medians of its runs. Seconds, bytes."""

    name: str
    version: str
    leaves: str
    pages: int
    wall: float
    fetch_cpu: float
    start_cpu: float
    peak_bytes: float
    sent_bytes: float

    @classmethod
    def of(cls, name: str, leaves: str, pages: int, runs: Sequence[tuple[Cost, int]]) -> Self:
        """The medians of what (cost, bytes that the server sent) say."""
        costs = [cost for cost, _ in runs]
        return cls(
            name=name,
            version=str(costs[0].said["version"]),
            leaves=leaves,
            pages=pages,
            wall=median(cost.wall for cost in costs),
            fetch_cpu=median(cost.fetch_cpu for cost in costs),
            start_cpu=median(cost.start_cpu for cost in costs),
            peak_bytes=median(cost.peak_bytes for cost in costs),
            sent_bytes=median(sent for _, sent in runs),
        )

    @property
    def pages_per_cpu_second(self) -> float:
        """Pages a second of CPU time, start-up left out."""
        return self.pages / self.fetch_cpu


def write_figures(figures: Sequence[Figures], *, pages: int, hosts: int, sizes: Sequence[int], out: Path) -> str:
    """Write fetch.md and fetch.svg into `out`; returns the Markdown. `sizes`: bytes of each page, decoded."""
    parts = [
        "# Fetching: what a page costs until it lies in the archive",
        f"{pages:,} pages of {hosts} hosts on 127.0.0.1 with no delays, {mean(sizes) / 1e3:.0f} kB each on average (median "
        f"{median(sizes) / 1e3:.0f}), gzipped on the wire, {datetime.now(UTC):%Y-%m-%d}. {machine()}",
        "CPU time is user and system time of the engine's process and its children, from its first request on; *start* is what "
        "its interpreter and imports cost before. The server is not counted. robots.txt is obeyed by all. Ratios hold on other "
        "machines, times do not. Every archive was read back: each page is there, at its whole size.",
        "![bars of the table below](fetch.svg)",
        table(_HEAD, [_row(each, figures) for each in figures]),
    ]
    text = "\n\n".join(parts) + "\n"
    (out / "fetch.md").write_text(text, encoding="utf8")
    (out / "fetch.svg").write_text(draw(list(_panels(figures)), highlight=OURS), encoding="utf8")
    return text


@dataclass(frozen=True)
class NightFigures:
    """One night, `hours` after the first. `served`: the server's answers by kind, and their bytes."""

    hours: float
    cost: Cost
    served: dict[str, int]


def write_nights(nights: Sequence[NightFigures], *, pages: int, hosts: int, out: Path) -> str:
    """Write nights.md into `out`; returns the Markdown."""
    rows = [
        (
            f"{night.hours:g}",
            f"{night.served.get('pages', 0):,}",
            f"{night.served.get('unchanged', 0):,}",
            *(text for measure in _MEASURES for text in _beside(measure(night), measure(nights[0]))),
        )
        for night in nights
    ]
    head = ("hours after the first", "sent", "304s", "MB", "", "night: s", "", "its fetching: s", "", "CPU s", "")
    parts = [
        "# Nights with nothing new",
        f"nightdesk's stages from discovery to the load (Prefect and the report left out) over {pages:,} pages of {hosts} hosts, "
        f"named by a sitemap a host, on 127.0.0.1, {datetime.now(UTC):%Y-%m-%d}. {machine()} After the first night "
        "nothing changes. *Fetching* is discovery, plan and fetch alone. Each figure stands beside its share of the "
        "first night's.",
        table(head, rows),
    ]
    text = "\n\n".join(parts) + "\n"
    (out / "nights.md").write_text(text, encoding="utf8")
    return text


_MEASURES: tuple[Callable[[NightFigures], float], ...] = (
    lambda night: night.served["bytes"] / 1e6,
    lambda night: night.cost.said["night_wall"],
    lambda night: night.cost.said["fetch_wall"],
    lambda night: night.cost.said["fetch_cpu"],
)


def _beside(value: float, first: float) -> tuple[str, str]:
    return f"{value:.1f}", f"{value / first:.1%}"


_HEAD = (
    "engine",
    "version",
    "leaves",
    "pages/CPU s",
    "nightdesk's is",
    "CPU ms a page",
    "pages/s",
    "CPU s",
    "start CPU s",
    "peak MB",
    "MB sent",
)


def _row(each: Figures, figures: Sequence[Figures]) -> tuple[str, ...]:
    ours = next((other for other in figures if other.name == OURS), None)
    return (
        f"**{each.name}**" if each is ours else each.name,
        each.version,
        each.leaves,
        f"{each.pages_per_cpu_second:.0f}",
        f"{ours.pages_per_cpu_second / each.pages_per_cpu_second:.2f}x" if ours and each is not ours else "",
        f"{each.fetch_cpu / each.pages * 1e3:.2f}",
        f"{each.pages / each.wall:.0f}",
        f"{each.fetch_cpu:.1f}",
        f"{each.start_cpu:.1f}",
        f"{each.peak_bytes / 1e6:.0f}",
        f"{each.sent_bytes / 1e6:.0f}",
    )


def _panels(figures: Sequence[Figures]) -> Iterable[Panel]:
    speeds = [Bar(each.name, each.pages_per_cpu_second, f"{each.pages_per_cpu_second:.0f}") for each in figures]
    yield Panel("Pages a second of CPU time (more is better)", speeds)
    walls = [Bar(each.name, each.pages / each.wall, f"{each.pages / each.wall:.0f}") for each in figures]
    yield Panel("Pages a second (more is better)", walls)
    memory = [Bar(each.name, each.peak_bytes, f"{each.peak_bytes / 1e6:.0f}") for each in figures]
    yield Panel("Peak memory, MB (less is better)", memory)
