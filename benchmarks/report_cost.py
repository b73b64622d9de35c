"""What the report costs over a lake of many nights, and a night's end beside the reports of many.

Belongs here: making such a lake, measuring each query of the report, the page, the Data Docs. Does not belong here: the rows
(generated.py), the drift alarms' cost (drift_cost.py), upkeep's (lake.py).
Usage: .venv/bin/python benchmarks/report_cost.py [--nights 60] [--sources 300] [--articles 3000] [--reports 1 100 1000]
Each part is a process of its own, which says its CPU seconds, wall seconds and peak memory, imports left out of the times.
"""

import argparse
import multiprocessing
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from generated import Corpus

from expectations.docs import write_data_docs
from expectations.document import as_json
from expectations.figures import Figures, read_figures, read_list
from expectations.metrics import run_metrics
from expectations.report import Report, markdown, write_report
from expectations.verdicts import check_counts
from warehouse.compaction import compact
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.query import connect
from warehouse.schema import PAGES, RUNS
from warehouse.views import publish

FIRST_DAY = date(2026, 1, 1)
# Of a night's articles: new versions of yesterday's, and of those of a month ago.
_CORRECTED = ((1, 0.05), (30, 0.01))


def run_of(night: int) -> tuple[str, datetime]:
    """A night's run and its start."""
    at = datetime.combine(FIRST_DAY + timedelta(days=night + 1), datetime.min.time(), UTC)
    return f"{at:%Y%m%dT%H%M%SZ}-000000", at


def extracted(corpus: Corpus, night: int, articles: int) -> pa.Table:
    """New articles, and corrected ones of earlier nights: schema EXTRACTED."""
    run_id, _ = run_of(night)
    day = FIRST_DAY + timedelta(days=night)
    parts = [corpus.rows(night * articles, articles, day=day, run_id=run_id)]
    for ago, share in _CORRECTED:
        if night >= ago:
            count = round(articles * share)
            parts.append(corpus.rows((night - ago) * articles, count, day=day, run_id=run_id, edition=2 + ago))
    return pa.concat_tables(parts)


def fill(data: DataDir, nights: int, sources: int, articles: int) -> None:
    """So many nights, each with all that the report reads but alarms, and the views over them."""
    lake, corpus = Lake(data.lake), Corpus(sources=sources)
    for night in range(nights):
        run_id, at = run_of(night)
        rows = extracted(corpus, night, articles)
        decided = load_articles(lake, rows, batch_id=f"{run_id}:1", staged=data.staged_of(run_id))
        pages = _ledger(rows, decided, run_id, at)
        checks = check_counts(rows, run_id)
        lake.append_once("pages", pages, batch_id=run_id)
        lake.append_once("checks", checks, batch_id=run_id)
        lake.append_once("metrics", run_metrics(pages, rows, checks, run_id), batch_id=run_id)
        lake.append_once("runs", _run(run_id, at, pages), batch_id=run_id)
    publish(data)


def compacted(data: DataDir) -> None:
    """The same after upkeep: articles sorted by source, so that a night's corrections lie in many places."""
    compact(Lake(data.lake), "articles", scratch=data.compacted, unfinished=set)
    publish(data)


def _ledger(rows: pa.Table, decided: pa.Table, run_id: str, at: datetime) -> pa.Table:
    """One page a row, as many again that were not due, and one in thirty that failed."""
    reason = pc.fill_null(decided["reason"], "new_article")
    stored = rows.select(["url", "source", "article_id"]).append_column("reason", reason)
    known = stored.set_column(3, "reason", pa.array(["not_due"] * rows.num_rows))
    failed = stored.slice(0, rows.num_rows // 30).set_column(3, "reason", pa.array(["http_server_error"] * (rows.num_rows // 30)))
    pages = pa.concat_tables(table.cast(stored.schema) for table in (stored, known, failed))
    names = pages["reason"]
    disposition = pc.if_else(
        pc.starts_with(names, "new_"), "stored", pc.if_else(pc.equal(names, "http_server_error"), "failed", "unchanged")
    )
    constants = {"run_id": run_id, "discovered_via": "feed", "discovered_at": at, "fetched_at": at, "http_status": 200}
    constants |= {"bytes": 48_000, "elapsed_ms": 240}
    columns = {name: pages[name] for name in pages.column_names} | {"disposition": disposition}
    return pa.table(
        [
            columns[field.name].cast(field.type)
            if field.name in columns
            else pa.repeat(pa.scalar(constants.get(field.name), field.type), pages.num_rows)
            for field in PAGES
        ],
        schema=PAGES,
    )


def _run(run_id: str, at: datetime, pages: pa.Table) -> pa.Table:
    counts = dict.fromkeys(("candidates", "stored", "unchanged", "duplicate", "quarantined", "failed", "skipped"), 0)
    counts |= {row["values"]: row["counts"] for row in pages["disposition"].value_counts().to_pylist()}
    counts["candidates"] = pages.num_rows
    row = counts | {"run_id": run_id, "kind": "night", "day": f"{at:%Y-%m-%d}", "started_at": at, "resumed": 0, "bytes": 10**9}
    row |= {"finished_at": at + timedelta(hours=1), "gate": "passed", "nightdesk_version": "0"}
    return pa.Table.from_pylist([row], schema=RUNS)


def queries(data: DataDir, run_id: str) -> list[str]:
    """What each query of the report costs, the dearest first, on one connection."""
    spent = []
    with connect(data) as con:
        for name in Figures.__slots__:
            found, line = measured(lambda name=name: read_list(con, name, run_id))
            spent.append((line["cpu_s"], f"  {name}: {line['cpu_s']:.2f} CPU s, {len(found):,} rows"))
    return [line for _, line in sorted(spent, reverse=True) if not line.split(": ")[1].startswith(("0.00", "0.01"))]


def report(data: DataDir, run_id: str) -> list[str]:
    """The verb's work: figures, then the page, the Markdown, the JSON."""

    def read() -> Report:
        with connect(data) as con:
            return Report(read_figures(con, run_id))

    made, reading = measured(read)
    page, writing = measured(lambda: write_report(data, made))
    texts, others = measured(lambda: (markdown(made), as_json(made)))
    return [
        f"figures {_said(reading)}",
        f"page {_said(writing)}, {page.stat().st_size / 1e6:.2f} MB",
        f"Markdown and JSON {_said(others)}, {len(texts[0]) / 1e3:.0f} and {len(texts[1]) / 1e3:.0f} kB",
    ]


def night_end(data: DataDir, run_id: str, count: int, articles: int) -> list[str]:
    """Data Docs and page of one more night, where `count` nights' reports lie already."""
    rows = Corpus().rows(0, articles, day=FIRST_DAY, run_id=run_id)
    with connect(data) as con:
        made = Report(read_figures(con, run_id))
    folder = data.reports_of(run_id)
    write_data_docs(rows.slice(0, 10), folder / "data_docs", run_id)  # imports Great Expectations
    write_report(data, made)
    for number in range(len(list(data.reports.iterdir())), count):
        shutil.copytree(folder, data.reports_of(f"{run_of(number)[0][:-6]}{number:06x}"))
    _, docs = measured(lambda: write_data_docs(rows, folder / "data_docs", run_id))
    _, page = measured(lambda: write_report(data, made))
    return [f"{count:,} nights' reports: Data Docs of {articles:,} rows {_said(docs)}; page {_said(page)}"]


def measured(call: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    wall, cpu = time.perf_counter(), time.process_time()
    gave = call()
    spent = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    return gave, spent | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}


def _said(spent: dict[str, float]) -> str:
    return f"{spent['cpu_s']:.2f} CPU s ({spent['wall_s']:.2f} s), peak memory {spent['peak_mb']:.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--nights", type=int, default=60)
    parser.add_argument("--sources", type=int, default=300)
    parser.add_argument("--articles", type=int, default=3000, help="new ones a night")
    parser.add_argument("--reports", type=int, nargs="*", default=[1, 100, 1000])
    parser.add_argument("--work", type=Path, help="where the lake is made; default: the system's folder for such things")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nightdesk-", dir=arguments.work) as folder:
        data, (run_id, _) = DataDir(Path(folder) / "data"), run_of(arguments.nights - 1)
        apart(fill, data, arguments.nights, arguments.sources, arguments.articles)
        print(f"{arguments.nights} nights of {arguments.articles:,} new articles, {arguments.sources} sources", flush=True)
        for state in ("as the nights left them", "compacted"):
            print(f"{state}:")
            for part in (report, queries):
                print("\n".join(apart(part, data, run_id)), flush=True)
            apart(compacted, data)
        for count in arguments.reports:
            print("\n".join(apart(night_end, data, run_id, count, arguments.articles)), flush=True)


def apart(part: Callable[..., Any], *arguments: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(part, *arguments).result()


if __name__ == "__main__":
    main()
