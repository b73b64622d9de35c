"""A process of its own that loads batches into a lake: `load_batches.py DATA WRITER BATCHES`.

Every batch holds ten articles that all writers share and ten of the writer's own; each batch changes the shared ones.
All were fetched at one time, so that none is older than what the lake holds.
Prints "ready" before the first batch, and each batch when it is done. Rows come from DuckDB, because pyarrow imports pandas to
make them from Python's lists, and the processes would spend their time on that.
"""

import sys

import duckdb
import pyarrow as pa

from flows import settings
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.schema import EXTRACTED


def rows_of(batch_id: str) -> pa.Table:
    values = dict.fromkeys(EXTRACTED.names, "null") | {
        "article_id": f"if(n < 10, 'id-shared-' || n, 'id-{batch_id}-' || (n - 10))",
        **dict.fromkeys(("url", "canonical_url"), "'https://harian.example/' || article_id"),
        "site": "'harian.example'",
        "body": f"repeat('{batch_id} ', 500)",
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


def main(data: DataDir, writer: str, batches: int) -> None:
    lake = Lake(data.lake)
    print("ready", flush=True)
    for batch in range(batches):
        batch_id = f"{writer}-{batch}"
        load_articles(lake, rows_of(batch_id), batch_id=batch_id, staged=data.staged_of(batch_id))
        print(batch_id, flush=True)


if __name__ == "__main__":
    main(settings.warehouse(settings.place(sys.argv[1])), sys.argv[2], int(sys.argv[3]))
