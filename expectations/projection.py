"""The narrow table that rules look at: scalars only, made once by DuckDB and used by verdicts and Great Expectations alike.

Belongs here: making it. Does not belong here: judging it. Bodies and lists stay behind: with bodies of 3 kB Great Expectations
took 14 GB for a million rows, without them 1.7 GB.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

import duckdb
import pyarrow as pa

from expectations.patterns import PARAMETERS
from warehouse.schema import FETCHED

# What was known of a page before it was read: by its feed or sitemap, and by its source's settings.
CONTEXT = pa.schema(
    [
        FETCHED.field("url"),
        FETCHED.field("hint_title"),
        FETCHED.field("hint_published_at"),
        pa.field("languages", pa.list_(pa.string()), metadata={"description": "ISO 639-1, as declared; null: any"}),
        pa.field("since", pa.timestamp("us", tz="UTC"), metadata={"description": "the source's first day; null: not declared"}),
    ],
    metadata={"grain": "one row per page"},
)


@contextmanager
def projected(rows: pa.Table, context: pa.Table | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A private DuckDB (in memory, in UTC) that holds table `checked`: the projection of `rows` (schema EXTRACTED), numbered by
    row_number in their order. `context` (schema CONTEXT): what was known before; what it is silent on breaks no rule.
    """
    with duckdb.connect(":memory:") as con:
        con.execute("set TimeZone = 'UTC'")
        # Numbered here: a window function would read the rows one by one, in one thread.
        con.register("extracted", rows.append_column("row_number", pa.array(range(1, rows.num_rows + 1), pa.int64())))
        con.register("context", CONTEXT.empty_table() if context is None else context)
        con.execute(f"create temp table boilerplate as {statement('boilerplate')}")
        con.execute(f"create temp table checked as {statement('projection')}", PARAMETERS)
        yield con


def statement(name: str) -> str:
    """The query in sql/<name>.sql, without a semicolon at its end."""
    text = (resources.files("expectations") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return text.strip().removesuffix(";")
