"""The quality of the nights as data files, and copies of their reports.

Belongs here: which files there are. Does not belong here: their contents (sql/), the reports themselves (report.py).
"""

from pathlib import Path
from typing import Any

import duckdb

from expectations.browser.shards import Shards
from expectations.browser.statements import statement
from expectations.report import FIELDS, without_docs
from warehouse.paths import DataDir

# Four weeks, as the report's own charts; one of 300 sources has 2 MB.
MOST_REPORTS = 28


def write_quality(con: duckdb.DuckDBPyConnection, data: DataDir, shards: Shards) -> dict[str, Any]:
    """Write all files of the quality pages; gives what the page must know to find them."""
    reports = _copy_reports(con, data, shards)
    con.execute(f"create temp table nights as {statement('nights')}")
    shards.write("runs", _value(con, "runs", {"reports": reports}))
    shards.write("refusals", _value(con, "refusals", {}))
    shards.write("alarms", _value(con, "newest_alarms", {}))
    sources = shards.write_rows(con, "sources", {})
    nights = con.execute("select run_id, day from nights order by place").fetchall()
    return {"quality": {"sources": sources, "nights": nights, "fields": FIELDS}}


def _value(con: duckdb.DuckDBPyConnection, name: str, parameters: dict[str, Any]) -> str:
    ((value,),) = con.execute(statement(name), parameters).fetchall()
    return value or "[]"


def _copy_reports(con: duckdb.DuckDBPyConnection, data: DataDir, shards: Shards) -> list[str]:
    """Copy the newest reports that are there; gives their runs."""
    runs = con.execute("select run_id from runs order by started_at desc, run_id desc limit 60").fetchall()
    copied: list[str] = []
    for (run_id,) in runs:
        page: Path = data.reports_of(run_id) / "index.html"
        if len(copied) < MOST_REPORTS and page.exists():
            shards.write_page(f"reports/{run_id}.html", without_docs(page.read_text(encoding="utf-8")))
            copied.append(run_id)
    return copied
