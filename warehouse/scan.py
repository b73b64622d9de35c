"""Snapshots as DuckDB sees them: the SQL text that reads exactly a snapshot's files, and the connection that runs it.

Belongs here: what load, state and views share when they read. Does not belong here: any query of their own.
"""

import functools
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.lake import Snapshot
from warehouse.quoting import literal, quoted
from warehouse.schema import PARTITION_BY, TABLES

# A night's batch sorts in a tenth of this; beyond it DuckDB spills to disk, and a small machine goes on.
_MEMORY = "1GB"
_POSITIONS = ", filename = true, file_row_number = true"
_STATEMENTS = Path(__file__).with_name("sql")


def connect(temporary: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB of our own in memory, in UTC, that spills into the folder `temporary`."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "temp_directory": str(temporary),
        "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false",
        "parquet_metadata_cache": "true",  # a file of the lake never changes; publishing opens each for every view
    }
    con = duckdb.connect(":memory:", config=settings)
    con.execute("set TimeZone = 'UTC'")  # not in the settings above: they are read before the time zones are there
    if remote := sys.modules.get("warehouse.remote"):  # a process that was given no URL never imports it
        remote.serve(con)
    return con


def statement(name: str) -> str:
    """The text of warehouse/sql/<name>.sql."""
    return (_STATEMENTS / f"{name}.sql").read_text(encoding="utf-8")


def snapshot_query(snapshot: Snapshot, only: Sequence[str] = ()) -> str:
    """A query that gives exactly the snapshot's rows, with all declared columns (or `only` some) in declared order and type.

    No files: no rows. Columns that the table does not have yet are null.
    """
    if not snapshot.files:
        types = _types(snapshot, only)
        return f"select {', '.join(_null(name, types[name]) for name in types)} where false"
    return f"{_columns(snapshot, only)} from {_read_parquet(snapshot)}"


def positions_query(snapshot: Snapshot) -> str:
    """The same with two more columns that say where the row lies: `file`, and `row_in_file`, 0 for the first.

    A position costs no reading, so that rows are told apart by it far more cheaply than by the values of a key.
    """
    if not snapshot.files:
        return f"select *, null::varchar as file, null::bigint as row_in_file from ({snapshot_query(snapshot)})"
    return f"{_columns(snapshot)}, filename as file, file_row_number as row_in_file from {_read_parquet(snapshot, _POSITIONS)}"


@functools.cache
def duckdb_types(schema: pa.Schema) -> dict[str, str]:
    """DuckDB's type of every column, by name."""
    with duckdb.connect(":memory:") as con:
        # A reader without batches, because making an empty table would import pandas: 2 s.
        relation = con.from_arrow(pa.RecordBatchReader.from_batches(schema, []))
        return {name: str(type_) for name, type_ in zip(schema.names, relation.types, strict=True)}


def _types(snapshot: Snapshot, only: Sequence[str]) -> dict[str, str]:
    types = duckdb_types(TABLES[snapshot.table])
    return {name: type_ for name, type_ in types.items() if name in only} if only else types


def _columns(snapshot: Snapshot, only: Sequence[str] = ()) -> str:
    types = _types(snapshot, only)
    return "select " + ", ".join(quoted(name) if name in snapshot.columns else _null(name, types[name]) for name in types)


def _read_parquet(snapshot: Snapshot, more: str = "") -> str:
    # Without the type, DuckDB might take the partition 2026-03 for a date or a number.
    partitions = ", ".join(f"{literal(name)}: VARCHAR" for name in PARTITION_BY.get(snapshot.table, []))
    hive = f", hive_partitioning = true, hive_types = {{{partitions}}}" if partitions else ", hive_partitioning = false"
    paths = ", ".join(literal(path) for path in snapshot.files)
    return f"read_parquet([{paths}], union_by_name = true{hive}{more})"


def _null(name: str, type_: str) -> str:
    return f"null::{type_} as {quoted(name)}"
