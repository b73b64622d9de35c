"""A process of its own that loads and publishes small batches until it is killed: `publish_batches.py DATA BATCHES`.

Prints "ready" before the first one. Every article has the word "every" in its body; each batch changes ten and adds ten.
"""

import sys
import uuid
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.schema import EXTRACTED
from warehouse.views import publish


def rows_of(batch_id: str) -> pa.Table:
    values = dict.fromkeys(EXTRACTED.names, "null") | {
        "article_id": f"if(n < 10, 'id-shared-' || n, 'id-{batch_id}-' || n)",
        **dict.fromkeys(("url", "canonical_url"), "'https://harian.example/' || article_id"),
        "site": "'harian.example'",
        "body": f"'every {batch_id}'",
        "content_hash": f"'{batch_id}'",
        "source": "'harian'",
        **dict.fromkeys(("fetched_at", "extracted_at"), "timestamptz '2026-03-02'"),
        "extractor": "'test'",
        "run_id": f"'{batch_id}'",
    }
    columns = ", ".join(f"{value} as {name}" for name, value in values.items())
    with duckdb.connect() as con:
        rows: pa.Table = con.sql(f"select {columns} from range(20) as numbers(n)").to_arrow_table()
    return rows.cast(EXTRACTED)


def main(data: DataDir, batches: int) -> None:
    print("ready", flush=True)
    for _ in range(batches):
        batch_id = uuid.uuid4().hex
        load_articles(Lake(data.lake), rows_of(batch_id), batch_id=batch_id, staged=data.staged_of(batch_id))
        publish(data)


if __name__ == "__main__":
    main(DataDir(Path(sys.argv[1])), int(sys.argv[2]))
