"""What the warehouse benchmark measured, as Markdown and bars.

Belongs here: tables, and which query is above which bar for what reason. Does not belong here: measuring.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bars import Bar, Panel, draw
from lake_queries import QUERIES

LIMIT_MS = 300.0
LIMIT_RATIO = 3.0

# Why a query through the views costs what it costs beside a native table.
_CAUSES = {
    "count of articles": "a native table knows how many rows it has; here each row's place is held against the replaced ones",
    "one day by source": "files are sorted by source, so that a day of all sources lies in half of a month's row groups",
    "latest 50 of a source": "row groups of 8,192 rows are unpacked whole; a native table keeps 2,048 together, lightly packed",
    "a source's day with bodies": "one row group of 8,192 bodies is unpacked for some 500",
    "top 100 authors": "lists in Parquet are put together from their levels",
    "bodies with a word": "every body is unpacked (zstd); a native table packs them by half as well",
    "headlines with a word": "every headline is unpacked and searched without regard to case",
    "language mix": "each row's place is held against the replaced ones",
}


@dataclass
class Results:
    """Everything that was measured, as the parts gave it."""

    shape: dict[str, int]
    load: dict[str, Any] = field(default_factory=dict)
    published: dict[str, Any] = field(default_factory=dict)
    upsert: dict[str, Any] = field(default_factory=dict)
    upkeep: dict[str, Any] = field(default_factory=dict)
    native: dict[str, Any] = field(default_factory=dict)
    queries: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    search: dict[str, Any] = field(default_factory=dict)
    small: dict[str, Any] = field(default_factory=dict)
    small_before: dict[str, dict[str, Any]] = field(default_factory=dict)
    small_upkeep: dict[str, Any] = field(default_factory=dict)
    small_after: dict[str, dict[str, Any]] = field(default_factory=dict)
    nights: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)

    def ratio(self, name: str) -> float:
        """Warm CPU through the views to that over native tables."""
        return float(self.queries[name, "views"]["warm"][0] / max(0.1, self.queries[name, "native"]["warm"][0]))

    def peak_bytes(self) -> int:
        """The largest peak of a part that is ours."""
        parts = (
            self.load,
            self.published,
            self.upsert,
            self.upkeep,
            self.search,
            self.small,
            self.small_upkeep,
            *self.nights.values(),
        )
        ours = (part for (_, side), part in self.queries.items() if side == "views")
        return max(part.get("peak_bytes", 0) for part in (*parts, *ours))


def write_results(results: Results, out: Path) -> str:
    """lake.md, lake.svg and lake.json in `out`. Gives the page."""
    large = (_heading, _writing, _queries, _search) if results.load else ()
    parts = (*large, *((_small,) if results.small else ()), *((_nights,) if results.nights else ()))
    page = "\n".join(line for part in parts for line in part(results))
    (out / "lake.md").write_text(page + "\n")
    if results.queries:
        (out / "lake.svg").write_text(_bars(results))
    plain = {name: value for name, value in vars(results).items() if name not in ("queries", "nights")}
    plain["queries"] = [[*key, value] for key, value in results.queries.items()]
    plain["nights"] = [[*key, value] for key, value in results.nights.items()]
    (out / "lake.json").write_text(json.dumps(plain, indent=1))
    return page


def _heading(results: Results) -> list[str]:
    rows, size, shape = results.load["rows"], results.load["bytes"], results.shape
    return [
        f"# The lake with {rows:,} articles",
        "",
        f"{shape['nights']} nights, {shape['sources']} sources, {size / rows / 1000:.1f} kB a row. Peak memory of any part of "
        f"ours: {results.peak_bytes() / 1e9:.2f} GB. CPU can be trusted on a busy machine, wall time cannot.",
        "",
    ]


def _writing(results: Results) -> list[str]:
    load, upsert, upkeep = results.load, results.upsert, results.upkeep
    rate = f"{load['rows'] / load['cpu_s']:,.0f} rows, {load['bytes'] / load['cpu_s'] / 1e6:.0f} MB a CPU second"
    commits = f"one of the first five {load['first_commits_cpu_s']:.2f} CPU s, of the last {load['last_commits_cpu_s']:.2f}"
    packed = f"{load['bytes'] / 1e9:.1f} GB packed to {load['bytes_packed'] / 1e9:.1f}"
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(upsert["reasons"].items()))
    sorted_rows = f"{upkeep['replaced']} files to {upkeep['by']}, {upkeep['rows']:,} rows sorted"
    return [
        "## Writing",
        "",
        "| part | CPU s | wall s | peak GB | what came of it |",
        "|---|---:|---:|---:|---|",
        _part(f"{results.shape['nights']} commits", load, f"{rate}; {packed}; {commits}"),
        _part("first publish of all", results.published, "views, search index and stories of all rows; a night adds its own"),
        _part(f"upsert of {upsert['rows']:,}", upsert, f"{reasons}; views published in {upsert['publish_cpu_s']:.2f} CPU s"),
        _part("maintain", upkeep, sorted_rows),
        _part("native tables", results.native, f"{results.native['bytes'] / 1e9:.1f} GB"),
        "",
    ]


def _part(name: str, measured: dict[str, Any], result: str) -> str:
    costs = f"{measured['cpu_s']:.1f} | {measured['wall_s']:.1f} | {measured['peak_bytes'] / 1e9:.2f}"
    return f"| {name} | {costs} | {result} |"


def _queries(results: Results) -> list[str]:
    lines = [
        "## Twelve queries",
        "",
        "Through the views as `nightdesk sql` opens them, and over native DuckDB tables of the same rows, without an index. CPU "
        "ms, and wall ms at the end; warm is the median of five.",
        "",
        "| query | rows | cold | native | warm | native | ratio | wall, warm | native |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for query in QUERIES:
        ours, native = results.queries[query.name, "views"], results.queries[query.name, "native"]
        cells = (ours["cold"][0], native["cold"][0], ours["warm"][0], native["warm"][0])
        shown = " | ".join(f"{value:,.1f}" for value in cells)
        wall = f"{ours['warm'][1]:,.1f} | {native['warm'][1]:,.1f}"
        same = "" if ours["rows"] == native["rows"] else f" (native: {native['rows']:,})"
        lines.append(f"| {query.name} | {ours['rows']:,}{same} | {shown} | {results.ratio(query.name):.1f} | {wall} |")
    ratios = [results.ratio(query.name) for query in QUERIES]
    above = [query for query in QUERIES if results.queries[query.name, "views"]["warm"][0] > LIMIT_MS and not query.reads_bodies]
    lines += [
        "",
        f"Median ratio {median(ratios):.1f} (bar: {LIMIT_RATIO:.0f}). Above {LIMIT_MS:.0f} ms of CPU warm, scans of "
        f"all bodies aside: {', '.join(query.name for query in above) or 'none'}.",
        "",
        f"More than {LIMIT_RATIO:.0f} times a native table, and why:",
        "",
        *(
            f"- {query.name}: {results.ratio(query.name):.1f} times; {_CAUSES.get(query.name, 'cause not known')}."
            for query in QUERIES
            if results.ratio(query.name) > LIMIT_RATIO
        ),
        "",
    ]
    return lines


def _search(results: Results) -> list[str]:
    if "found" not in results.search:
        return ["## Search", "", f"Not there: {results.search['missing']}", ""]
    lines = ["## Search", "", "| word | articles | search alone, wall ms | with headlines |", "|---|---:|---:|---:|"]
    lines += [
        f"| {word} | {rows:,} | {alone:.1f} | {joined:.1f} |" for word, (alone, joined, rows) in results.search["found"].items()
    ]
    return [*lines, ""]


def _small(results: Results) -> list[str]:
    small, done = results.small, results.small_upkeep
    lines = [
        f"## {small['files']:,} small files",
        "",
        f"{small['rows']:,} articles in {small['files']:,} files, written in {small['cpu_s']:.1f} CPU s; "
        f"`maintain` makes {done['by']} of them in {done['cpu_s']:.1f} CPU s, peak {done['peak_bytes'] / 1e9:.2f} GB.",
        "",
        "| query, CPU ms | cold before | after | warm before | after |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, before in results.small_before.items():
        after = results.small_after[name]
        cells = (before["cold"][0], after["cold"][0], before["warm"][0], after["warm"][0])
        lines.append(f"| {name} | {' | '.join(f'{value:,.0f}' for value in cells)} |")
    return [*lines, ""]


def _nights(results: Results) -> list[str]:
    lines = [
        "## One more night",
        "",
        "Nights of 50 new and 13 corrected articles, all tables, views included; CPU s of the median of the last ten.",
        "",
        "| | nights there | one more, CPU s | maintain, CPU s | files of articles | of the ledger |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for (name, there), measured in results.nights.items():
        kept = f"{measured['upkeep_cpu_s']:.2f}" if measured["upkeep_cpu_s"] else ""
        files = measured["files"]
        lines.append(
            f"| {name} | {there:,} | {measured['night_cpu_s']:.2f} | {kept} | {files['articles']:,} | {files['pages']:,} |"
        )
    return lines


def _bars(results: Results) -> str:
    panels = []
    for query in QUERIES:
        times = {side: results.queries[query.name, side]["warm"][0] for side in ("views", "native")}
        panels.append(Panel(f"{query.name}, CPU ms warm", [Bar(side, value, f"{value:,.1f}") for side, value in times.items()]))
    return draw(panels, highlight="views")
