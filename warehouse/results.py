"""Results as people and programs want them: a table on the terminal, CSV, JSON, Markdown, Parquet.

Belongs here: writing the result of a statement that was already found harmless. Does not belong here: checking it (query.py).
"""

import contextlib
import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, TypeAlias

import duckdb

Writer: TypeAlias = Callable[[duckdb.DuckDBPyConnection, str, BinaryIO, int | None], None]

# Rows that are held at once: 2,048 bodies of 3 kB are 6 MB.
_CHUNK = 2_048
# A name that no column of a person's query has: to_json(name) would take the column.
_ROW = "nightdesk_result_row"
# Rows on a terminal, unless more are asked for; further ones are counted, not shown.
TERMINAL_ROWS = 40
# More would not be read there; DuckDB's box holds 9,999.
MOST_TERMINAL_ROWS = 5_000
# The first rows of a result: a table of the connection alone, and a name that no view has. A result of fewer rows than this
# (30 MB of bodies) is not run a second time to be counted.
_FIRST, _FIRST_ROWS = "temp.nightdesk_first_rows", 10_000


def write_table(con: duckdb.DuckDBPyConnection, query: str, out: BinaryIO, width: int | None) -> None:
    """DuckDB's own box, `width` characters wide; with None columns padded with spaces, whole values and no lines."""
    if width is None:
        _write_plain(con, query, out)
        return
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        con.sql(query).show(max_width=width, max_rows=MOST_TERMINAL_ROWS)
    # Its last line is empty, and columns beyond the width leave spaces behind.
    out.write("".join(f"{line.rstrip()}\n" for line in shown.getvalue().rstrip().splitlines()).encode())


def write_csv(con: duckdb.DuckDBPyConnection, query: str, out: BinaryIO, width: int | None) -> None:
    """RFC 4180 with a header line; null is an empty field, instants are in UTC, lists as DuckDB prints them."""
    header, chunks = _as_text(con, query)
    with _text(out) as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        for rows in chunks:
            writer.writerows(rows)


def write_json(con: duckdb.DuckDBPyConnection, query: str, out: BinaryIO, width: int | None) -> None:
    """One JSON array with an object per row, one per line, as `duckdb -json` writes it."""
    before = b"["
    for rows in _chunks(con.execute(f"select to_json({_ROW})::varchar from ({query}\n) as {_ROW}")):
        for (line,) in rows:
            out.write(before + line.encode())
            before = b",\n"
    out.write(b"[]\n" if before == b"[" else b"]\n")


def write_markdown(con: duckdb.DuckDBPyConnection, query: str, out: BinaryIO, width: int | None) -> None:
    """A table as GitHub's Markdown has it, with whole values; null is an empty cell."""
    header, chunks = _as_text(con, query)
    out.write(_markdown_line(header) + _markdown_line(["---"] * len(header)))
    for rows in chunks:
        out.write(b"".join(map(_markdown_line, rows)))


def _markdown_line(values: Iterable[str | None]) -> bytes:
    cells = (" ".join((value or "").replace("\\", "\\\\").replace("|", "\\|").splitlines()) for value in values)
    return f"| {' | '.join(cells)} |\n".encode()


def write_parquet(con: duckdb.DuckDBPyConnection, query: str, out: BinaryIO, width: int | None) -> None:
    """One Parquet file (zstd), types as DuckDB gives them."""
    import pyarrow.parquet as pq

    reader = con.sql(query).to_arrow_reader(_CHUNK)
    with pq.ParquetWriter(out, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)


def write_explanation(con: duckdb.DuckDBPyConnection, query: str, out: BinaryIO) -> None:
    """The plan that EXPLAIN draws, as it is."""
    for _, drawing in con.execute(query).fetchall():
        out.write(f"{drawing}\n".encode())


def write_first_rows(
    con: duckdb.DuckDBPyConnection, query: str, form: str, rows: int, out: BinaryIO, width: int | None
) -> int | None:
    """Write no more than `rows` (at most MOST_TERMINAL_ROWS) in a form of WRITERS. How many there are, if more."""
    con.execute(f"create or replace temp table {_FIRST} as from ({query}\n) limit {_FIRST_ROWS}")
    try:
        WRITERS[form](con, f"from {_FIRST} limit {rows}", out, width)
        count = _count(con, f"from {_FIRST}")
        if count <= rows:
            return None
        return count if count < _FIRST_ROWS else _count(con, query)
    finally:
        con.execute(f"drop table {_FIRST}")


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    ((count,),) = con.execute(f"select count(*) from ({query}\n)").fetchall()
    return int(count)


WRITERS: dict[str, Writer] = {
    "table": write_table,
    "csv": write_csv,
    "json": write_json,
    "markdown": write_markdown,
    "parquet": write_parquet,
}


def _write_plain(con: duckdb.DuckDBPyConnection, query: str, out: BinaryIO) -> None:
    header, chunks = _as_text(con, query)
    body = [tuple(_one_line(value) for value in row) for rows in chunks for row in rows]
    widths = [max(len(value) for value in column) for column in zip(header, *body, strict=True)]
    rule = tuple("-" * width for width in widths)
    for row in (header, rule, *body):
        line = "  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True))
        out.write(line.rstrip().encode() + b"\n")


def _one_line(value: str | None) -> str:
    return "NULL" if value is None else value.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _as_text(con: duckdb.DuckDBPyConnection, query: str) -> tuple[tuple[str, ...], Iterator[list[tuple[Any, ...]]]]:
    """Column names and rows, each value as the text that DuckDB prints: this keeps time zones and lists out of Python."""
    result = con.execute(f"select columns(*)::varchar from ({query}\n) as {_ROW}")
    return tuple(column[0] for column in result.description or ()), _chunks(result)


def _chunks(result: duckdb.DuckDBPyConnection) -> Iterator[list[tuple[Any, ...]]]:
    while rows := result.fetchmany(_CHUNK):
        yield rows


@contextlib.contextmanager
def _text(out: BinaryIO) -> Iterator[io.TextIOWrapper]:
    """`out` as UTF-8 text, left open for its owner."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    try:
        yield text
    finally:
        text.detach()
