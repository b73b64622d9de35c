"""How far a night is, by what it leaves on disk, and what its warehouse holds in the end.

Belongs here: looking into a warehouse from outside. Does not belong here: who is killed (kills.py and the others).
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

# In order. A stage is over when its file is there; `start` is all before a run has its folder: interpreter, imports, Prefect.
STAGES = ("start", "discover", "plan", "fetch", "extract", "check", "load", "finish", "publish and report", "over")
_LEAVES = (
    ("discover", "candidates.parquet"),
    ("plan", "planned.parquet"),
    ("fetch", "fetched-1.parquet"),
    ("extract", "extracted-1.parquet"),
    ("check", "refused-1.parquet"),
)

# Everything but times, places in the archive, and names of runs: what two lakes of the same nights have in common.
_QUERIES = {
    "articles": """
        select * exclude (run_id, fetched_at, first_seen_at, extracted_at, warc_file, warc_offset) from article_versions""",
    "ledger": """
        select night, url, pages.source, pages.disposition, pages.reason, article_id, http_status, bytes
        from pages join nights using (run_id)""",
    "quarantine": """
        select night, url, reason, broken_rules, title, body from quarantine join nights using (run_id)""",
    "checks": "select night, checks.* exclude (run_id) from checks join nights using (run_id)",
    "runs": """
        select night, kind, candidates, stored, unchanged, quarantined, failed, skipped, duplicate, gate
        from runs join nights using (run_id)""",
}

Lake = dict[str, list[tuple[Any, ...]]]


def lake_of(data: Path) -> Lake:
    """Every row of every table, nights by their number."""
    with duckdb.connect() as con:
        con.execute(f"attach '{data / 'nightdesk.duckdb'}' as lake (read_only); use lake; set TimeZone = 'UTC'")
        con.execute(
            "create temp view nights as select run_id, row_number() over (order by started_at, run_id) as night from runs"
        )
        return {table: sorted(con.sql(query).fetchall(), key=repr) for table, query in _QUERIES.items()}


def stage_of(data: Path, night: int) -> str:
    """Where the `night`-th night of a warehouse is; the first is 1."""
    folder = next((path.parent for path in data.glob("staged/*/run.json")), None)
    if folder is None:
        return "over" if _commits(data, "runs") >= night else "start"
    for stage, file in _LEAVES:
        if not (folder / file).exists():
            return stage
    if _commits(data, "pages") < night:
        return "load"
    return "finish" if _commits(data, "runs") < night else "publish and report"


def _commits(data: Path, table: str) -> int:
    """How many batches a table was given, one a night: its log's first entry, 0, makes it."""
    return max((int(path.stem) for path in data.glob(f"lake/{table}/_delta_log/*.json")), default=0)


def durations(data: Path, night: int, is_up: Callable[[], bool]) -> dict[str, float]:
    """Watch a night to its end: how many seconds each stage took."""
    took: dict[str, float] = {}
    at = time.monotonic()
    while is_up() and (stage := stage_of(data, night)) != "over":
        time.sleep(0.005)
        now = time.monotonic()
        took[stage] = took.get(stage, 0.0) + now - at
        at = now
    return took
