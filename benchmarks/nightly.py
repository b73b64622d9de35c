"""Nights without a network: generated rows, stored in the order in which a night stores them.

Belongs here: what such a night holds, and its commits. Does not belong here: killing it (crashes.py), timing it (lake.py).
Rows come from DuckDB alone, because these processes are started by the hundred and must not spend their time on imports.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from flows.rundir import RunDir, open_run
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.schema import CHECKS, DECIDED, EXTRACTED, METRICS, PAGES, QUARANTINE, RUNS
from warehouse.views import publish

FIRST_DAY = date(2026, 3, 1)

_ROWS = """
select
    writer || '-' || (night - late) || '-' || n as article_id,
    'https://outlet-' || (n % 7) || '.example/' || (night - late) || '/' || n as url,
    'outlet-' || (n % 7) as source,
    repeat(md5(writer || night || '-' || n), 90) as body,
    md5('content ' || writer || night || '-' || n) as content_hash
from (
    select $writer as writer, $night as night, n, 0 as late from range($articles) as new(n)
    union all
    select $writer, $night, n, 1 from range($corrected) as corrected(n)
)
order by all
"""


@dataclass(frozen=True)
class Night:
    """New articles, and as many corrections of the night before; every one is a page of the ledger."""

    number: int
    articles: int
    writer: str = "night"
    share_corrected: float = 0.25

    @property
    def day(self) -> date:
        """A year of nights from the first day on, over and over."""
        return FIRST_DAY + timedelta(days=self.number)

    def extracted(self, run_id: str) -> pa.Table:
        """The rows as extraction hands them over."""
        corrected = round(self.articles * self.share_corrected) if self.number else 0
        fetched_at = datetime.combine(self.day, time(1), UTC)
        parameters = {"writer": self.writer, "night": self.number, "articles": self.articles, "corrected": corrected}
        with duckdb.connect() as con:
            rows = con.sql(_ROWS, params=parameters).to_arrow_table()
        return _filled(
            rows,
            EXTRACTED,
            canonical_url=rows["url"],
            site="outlet.example",
            title="A title",
            published_at=fetched_at,
            fetched_at=fetched_at,
            extracted_at=fetched_at,
            extractor="benchmark",
            run_id=run_id,
            warc_file=f"{run_id}/1.warc.gz",
        )

    def store(self, data: DataDir, *, reached: Callable[[str], None] = lambda stage: None) -> str:
        """Store it as a night does, or go on with it where it was killed. Tells each stage before it begins; gives the run."""
        now = datetime.combine(self.day, time(1), UTC)
        with open_run(data, kind=self.writer, key=str(self.number), day=self.day.isoformat(), now=now) as run:
            lake = Lake(data.lake)
            rows = self.extracted(run.info.run_id)
            reached("articles")
            decided = load_articles(lake, rows, batch_id=f"{run.info.run_id}:0-1", staged=run.file("load-0-1"))
            for table, more in self._others(run, rows, decided.cast(DECIDED)).items():
                reached(table)
                lake.append_once(table, more, batch_id=run.info.run_id)
            reached("publish")
            publish(data)
            reached("remove")
            run.remove()
            return run.info.run_id

    def _others(self, run: RunDir, rows: pa.Table, decided: pa.Table) -> dict[str, pa.Table]:
        """The other tables of the night, in the order in which they are committed."""
        run_id, now = run.info.run_id, datetime.combine(self.day, time(2), UTC)
        seen = {"discovered_via": "feed", "discovered_at": now, "fetched_at": now}
        # A night that was killed when all was done is done again, and finds nothing new.
        is_new = pc.starts_with(decided["reason"], "new_")
        pages = rows.select(["url", "source", "article_id"]).append_column("reason", decided["reason"])
        pages = pages.append_column("disposition", pc.if_else(is_new, "stored", "unchanged"))
        stored = pc.sum(is_new).as_py()
        one = pa.table({"run_id": [run_id], "source": ["outlet-1"]})
        refused = {"quarantine_id": run_id, "reason": "short_body", "replay_state": "open", "url": "https://outlet-1.example/"}
        counts = dict.fromkeys(("duplicate", "quarantined", "failed", "skipped", "resumed"), 0)
        counts |= {"candidates": rows.num_rows, "stored": stored, "unchanged": rows.num_rows - stored}
        passed = {"gate": "passed", "nightdesk_version": "0"}
        return {
            "quarantine": _filled(one, QUARANTINE, extracted_at=now, extractor="benchmark", **refused),
            "pages": _filled(pages, PAGES, run_id=run_id, http_status=200, bytes=20_000, **seen),
            "checks": _filled(one, CHECKS, rule="has_body", severity="critical", success=True, row_count=1, broken_count=0),
            "metrics": _filled(one, METRICS, metric="stored", value=float(stored)),
            "runs": _filled(one, RUNS, kind=self.writer, started_at=now, finished_at=now, **passed, **counts),
        }


def _filled(rows: pa.Table, schema: pa.Schema, **values: object) -> pa.Table:
    """`rows` with the columns of `schema`: constants as given, null or empty where nothing is."""
    columns = []
    for field in schema:
        value = rows[field.name] if field.name in rows.column_names else values.get(field.name)
        if not isinstance(value, pa.ChunkedArray):
            if value is None and field.name in ("page_count", "pages_missing", "word_count", "body_length"):
                value = 1
            value = pa.chunked_array([pa.repeat(pa.scalar(value, field.type), rows.num_rows)])
        columns.append(value.cast(field.type))
    return pa.Table.from_arrays(columns, schema=schema)
