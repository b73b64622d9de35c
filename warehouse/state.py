"""What earlier nights know of tonight's URLs: read from the ledger, so that a page is not fetched for nothing.

Belongs here: reading the ledger back. Does not belong here: deciding whether a page is due (flows), and writing the ledger.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from warehouse import scan
from warehouse.lake import Lake


@dataclass(frozen=True, slots=True)
class KnownPage:
    """A URL that some night had a page of. A URL that only ever failed is not known, so that it is asked for again."""

    etag: str | None  # validators of the last page that was stored, unchanged or duplicate: a refused one must come whole again
    last_modified: str | None
    first_seen_at: datetime  # when the first page was fetched
    last_fetched_at: datetime  # when it was last asked for and answered: with a page, 304, 404 or 410
    article_id: str | None  # the article it last led to


def known_pages(lake: Lake, urls: Sequence[str]) -> dict[str, KnownPage]:
    """What the ledger knows of `urls`, by URL, in one scan; unknown ones are left out. LakeError if it cannot be read."""
    snapshot = lake.snapshot("pages")
    if not urls or not snapshot.files:
        return {}
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as spill, scan.connect(Path(spill)) as con:
        con.register("asked", pa.table({"url": pa.array(urls, pa.string())}))
        con.execute(f"create temp view pages as {scan.snapshot_query(snapshot)}")
        rows = con.sql(scan.statement("known_pages")).to_arrow_table().to_pylist()
    return {row.pop("url"): KnownPage(**row) for row in rows}


def last_started(lake: Lake, kind: str) -> datetime | None:
    """When the newest finished run of a kind began; None if there is none. LakeError if the lake cannot be read."""
    return _of_runs(lake, "max(started_at)", kind)


def last_passed(lake: Lake, kind: str) -> datetime | None:
    """When the newest run of a kind that passed its gate ended; as last_started."""
    return _of_runs(lake, "max(finished_at) filter (gate = 'passed')", kind)


def _of_runs(lake: Lake, what: str, kind: str) -> datetime | None:
    snapshot = lake.snapshot("runs")
    if not snapshot.files:
        return None
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as spill, scan.connect(Path(spill)) as con:
        rows = scan.snapshot_query(snapshot, ["kind", "started_at", "finished_at", "gate"])
        found: datetime | None = con.execute(f"select {what} from ({rows}) where kind = $kind", {"kind": kind}).fetchall()[0][0]
    return found
