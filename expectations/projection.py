"""The narrow table that rules look at: scalars only, made once by DuckDB and used by verdicts and Great Expectations alike.

Belongs here: making it. Does not belong here: judging it. Bodies and lists stay behind: with bodies of 3 kB Great Expectations
took 14 GB for a million rows, without them 1.7 GB.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import resources

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from expectations.patterns import WORD
from expectations.texts import author_evidence, body_evidence, title_evidence
from warehouse.schema import FETCHED

# A table in one piece is read by one thread. Fewer rows are not worth a second one, which compiles every expression again.
_MIN_PIECE = 2_048

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
def projected(
    rows: pa.Table, context: pa.Table | None = None, *, columns: str = "*", brings: Mapping[str, str] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection (in memory, in UTC, of its own) that holds table `checked`: the projection of `rows` (schema EXTRACTED),
    numbered by row_number in their order. `context` (schema CONTEXT): what was known before; what it is silent on breaks no
    rule. `columns`: what to select of the projection, in SQL. `brings`: further columns of it (rules.Rule.brings).
    """
    pieces = _numbered(rows)
    with in_memory() as con:
        con.register("extracted", pieces)
        con.register("title_evidence", title_evidence(pieces))
        con.register("body_evidence", body_evidence(pieces))
        con.register("author_evidence", author_evidence(pieces))
        con.register("context", CONTEXT.empty_table() if context is None else context)
        con.execute(f"create temp table boilerplate as {statement('boilerplate')}")
        con.execute(
            f"create temp table checked as select {columns} from ({_projection(brings or {})}) as checked", {"word": WORD}
        )
        yield con


def _projection(brings: Mapping[str, str]) -> str:
    if not brings:
        return statement("projection")
    columns = ", ".join(f'try({sql}) as "{name}"' for name, sql in brings.items())
    return f"""
        with projection as ({statement("projection")}), brought as (select row_number, {columns} from extracted)
        select projection.*, brought.* exclude (row_number) from projection join brought using (row_number)
    """


def _numbered(rows: pa.Table) -> pa.Table:
    """The rows with row_number, their titles trimmed, a piece for each processor.

    Not in SQL: a window function would read the rows one by one, and to trim there takes 50 times as long.
    """
    title = rows.schema.get_field_index("title")
    rows = rows.set_column(title, rows.field(title), pc.utf8_trim(rows["title"], characters=" \t\r\n"))
    rows = rows.append_column("row_number", pa.array(range(1, rows.num_rows + 1), pa.int64()))
    piece = max(_MIN_PIECE, -(-rows.num_rows // pa.cpu_count()))
    return pa.Table.from_batches(rows.to_batches(max_chunksize=piece), schema=rows.schema)


@contextmanager
def in_memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory, in UTC: what it registers and makes as temporary is its own, and ends with it."""
    with _database().cursor() as con:
        con.execute("set TimeZone = 'UTC'")
        yield con


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One for the process: to start another takes 11 ms."""
    return duckdb.connect(":memory:")


def statement(name: str) -> str:
    """The query in sql/<name>.sql, without a semicolon at its end."""
    text = (resources.files("expectations") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return text.strip().removesuffix(";")
