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


@contextmanager
def projected(rows: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """A private DuckDB (in memory, in UTC) that holds table `checked`: the projection of `rows` (schema EXTRACTED)."""
    with duckdb.connect(":memory:") as con:
        con.execute("set TimeZone = 'UTC'")
        con.register("extracted", rows)
        con.execute(f"create temp table checked as {statement('projection')}", PARAMETERS)
        yield con


def statement(name: str) -> str:
    """The query in sql/<name>.sql, without a semicolon at its end."""
    text = (resources.files("expectations") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return text.strip().removesuffix(";")
