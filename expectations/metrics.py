"""A run in figures per source: what later nights are held against.

Belongs here: computing them from the run's ledger and its extracted rows. Does not belong here: judging them.
"""

import duckdb
import pyarrow as pa

from expectations.projection import statement
from warehouse.schema import METRICS


def run_metrics(pages: pa.Table, extracted: pa.Table, run_id: str) -> pa.Table:
    """The run's METRICS rows from its ledger (schema PAGES) and the rows that were extracted (EXTRACTED, refused ones too).

    Per source: candidates and the six dispositions, new_articles, new_versions, bytes, elapsed_ms_p50/p90; null_rate per column
    (share of rows without a value, 0 to 1; column published_time: without an hour); extracted (rows); body_length_p10/p50/p90
    (characters); lag_minutes_p50/p90 (from publication to fetch, of new articles). A figure that nothing gives has no row.
    """
    with duckdb.connect(":memory:") as con:
        con.execute("set TimeZone = 'UTC'")
        con.register("pages", pages)
        con.register("extracted", extracted)
        table: pa.Table = con.sql(statement("metrics"), params={"run_id": run_id}).to_arrow_table()
        return table.cast(METRICS)
