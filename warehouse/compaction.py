"""Small files into large ones, sorted: what keeps a lake of years of nights as quick as one of a week.

Belongs here: which files are worth it, and replacing them by others with the same rows. Does not belong here: when (flows), and
removing what was replaced (cleaning.py). delta-rs' own compaction keeps the order of rows as they came, so this one sorts
(DuckDB, which spills to disk), has delta-rs write the result as a table of its own, and moves those files over in one commit. A
commit of somebody else in between costs nothing but to commit again; only files that somebody else replaced meanwhile are given
up.
"""

import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

import duckdb
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from warehouse import files, layout, scan
from warehouse.lake import DataFile, Lake, data_files, replace_files, retrying, snapshot_of
from warehouse.quoting import literal, quoted
from warehouse.schema import PARTITION_BY, TABLES

# Packed bytes that become sorted files in one commit, and that are on the disk twice until vacuum.
_GROUP_BYTES = 1024 * 1024 * 1024
# A file stays as it is while what came after it is less than a quarter of it: rows are not rewritten every week for nothing.
_GROWTH = 4
_ALL_ROWS = 1 << 30
_SORTED = "sorted"  # the new files, below the scratch folder

# Gives the runs whose rows are not to be mixed with others' yet.
Unfinished: TypeAlias = Callable[[], Collection[str]]


@dataclass(frozen=True, slots=True)
class Compaction:
    """What was, or would be, done to one table."""

    table: str
    files: int  # of the table, before
    replaced: int  # files
    by: int  # files; 0 if nothing was done yet
    rows: int  # that were rewritten
    bytes_before: int  # of the replaced files
    bytes_after: int


def plan(lake: Lake, table: str, *, unfinished: Unfinished) -> tuple[Compaction, list[list[DataFile]]]:
    """The groups of files that are worth being merged, without those of `unfinished` runs, and what that comes to."""
    if lake.snapshot(table).version is None:
        return Compaction(table, 0, 0, 0, 0, 0, 0), []
    found = data_files(lake.open(table))
    hidden = unfinished()  # asked after the files: a run has its folder before its first commit
    groups = [group for small in _small_files(found, hidden) for group in _groups(small)]
    merged = [file for group in groups for file in group]
    size = sum(file.size_bytes for file in merged)
    return Compaction(table, len(found), len(merged), 0, sum(file.rows for file in merged), size, 0), groups


def compact(lake: Lake, table: str, *, scratch: Path, unfinished: Unfinished) -> Compaction:
    """Merge the small files of a table. The folder `scratch`, on the lake's own disk, is this call's alone and is removed.

    Killed at any moment it leaves the table as it was or compacted. LakeError if the table cannot be read.
    Measured on rows of 3 kB: 1,000,000 take 52 CPU s and a peak of 1.5 GB.
    """
    planned, groups = plan(lake, table, unfinished=unfinished)
    written = [file for group in groups for file in _merge(lake, table, group, scratch)]
    return replace(planned, by=len(written), bytes_after=sum(file.size_bytes for file in written))


def _small_files(found: Sequence[DataFile], unfinished: Collection[str]) -> Iterator[list[DataFile]]:
    """The small files of each partition that merging pays for, oldest first."""
    partitions: defaultdict[object, list[DataFile]] = defaultdict(list)
    for file in found:
        if file.size_bytes < layout.FILE_BYTES // 2 and file.run not in unfinished:
            partitions[file.partition].append(file)
    for small in partitions.values():
        by_size = sorted(small, key=lambda file: file.size_bytes)
        while len(by_size) > 1 and by_size[-1].size_bytes > _GROWTH * sum(file.size_bytes for file in by_size[:-1]):
            by_size.pop()
        paid = {file.path for file in by_size}
        yield [file for file in small if file.path in paid]


def _groups(small: Sequence[DataFile]) -> Iterator[list[DataFile]]:
    """Runs of files that are sorted at once; a single one is left alone."""
    group: list[DataFile] = []
    for file in small:
        if group and sum(other.size_bytes for other in group) + file.size_bytes > _GROUP_BYTES:
            yield group
            group = []
        group.append(file)
    if len(group) > 1:
        yield group


def _merge(lake: Lake, table: str, group: Sequence[DataFile], scratch: Path) -> list[DataFile]:
    """Replace a group by sorted files, and give those; none if somebody else replaced a file of it meanwhile."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    written = _write_sorted(lake, table, group, scratch)
    folder = lake.folder(table)
    moved = [folder / unquote(file.path) for file in written]
    for file, target in zip(written, moved, strict=True):
        files.bring(scratch / _SORTED / unquote(file.path), target)
    shutil.rmtree(scratch)
    if retrying(lambda: _commit(lake, table, group, written), table):
        return written
    for path in moved:
        path.unlink()
    return []


def _commit(lake: Lake, table: str, group: Sequence[DataFile], written: Sequence[DataFile]) -> bool:
    handle = lake.open(table)
    present = {file.path for file in data_files(handle)}
    if present.issuperset(file.path for file in written):
        return True  # done by a try of which only the answer was lost
    if not present.issuperset(file.path for file in group):
        return False
    replace_files(handle, table, added=written, removed=group)
    return True


def _write_sorted(lake: Lake, table: str, group: Sequence[DataFile], scratch: Path) -> list[DataFile]:
    """The rows of a group as a Delta table of its own, so that delta-rs lays them out as it does all others."""
    snapshot = snapshot_of(lake.open(table), table)
    paths = tuple(str(lake.folder(table) / unquote(file.path)) for file in group)
    schema = pa.schema([field for field in TABLES[table] if field.name in snapshot.columns])
    with scan.connect(scratch / "spill") as con:
        con.execute("set enable_external_file_cache = false")  # every byte is read once
        con.execute(f"create temp view merged as {scan.snapshot_query(replace(snapshot, files=paths, runs=()))}")
        for rows in _sorted(con, table, schema, slices=1 + sum(file.size_bytes for file in group) // layout.FILE_BYTES):
            write_deltalake(
                scratch / _SORTED,
                rows,
                mode="append",
                partition_by=PARTITION_BY.get(table, []),
                configuration=layout.table_properties(schema),
                target_file_size=2 * layout.FILE_BYTES,  # a slice is a file
                writer_properties=layout.writer_properties(schema),
            )
    written = _written(scratch / _SORTED)
    if sum(file.rows for file in written) != sum(file.rows for file in group):
        raise RuntimeError(f"table {table}: compaction read {group} and wrote {written}: another number of rows")
    return written


def _sorted(con: duckdb.DuckDBPyConnection, table: str, schema: pa.Schema, slices: int) -> Iterator[pa.RecordBatchReader]:
    """The rows of view `merged` in the table's order, slice by slice.

    Sorted at once, 500,000 rows of 3 kB took more than DuckDB's limit of 1 GB. A slice comes as one batch, because delta-rs hands
    batches to several writers, which mixes them up.
    """
    columns, order = ", ".join(map(quoted, schema.names)), ", ".join(layout.SORT_BY[table])
    for condition in _slices(con, layout.SORT_BY[table][:2], slices):
        rows = con.sql(f"select {columns} from merged where {condition} order by {order}")
        yield rows.to_arrow_reader(_ALL_ROWS).cast(schema)


def _slices(con: duckdb.DuckDBPyConnection, keys: Sequence[str], slices: int) -> Iterator[str]:
    """Conditions that cut view `merged` into about equal parts, each in the order of `keys`, one after the other."""
    first, second = keys
    cuts = con.execute(
        f"""
        with numbered as (
            select
                {first} as first,
                {second} as second,
                row_number() over (order by {first}, {second}) as n,
                count(*) over () as total
            from merged
        )
        select distinct first::varchar, second::varchar
        from numbered
        where n % ceil(total / $1) = 0 and n < total
        order by first, second
        """,
        [slices],
    ).fetchall()
    lower = "true"
    for cut in cuts:
        one, two = map(literal, cut)
        # The plain comparison beside the exact one is what Parquet's statistics are held against.
        yield f"{lower} and {first} <= {one} and ({first} < {one} or {second} < {two})"
        lower = f"{first} >= {one} and ({first} > {one} or {second} >= {two})"
    yield lower


def _written(folder: Path) -> list[DataFile]:
    sizes = {file.path: file for file in data_files(DeltaTable(folder))}
    logs = sorted((folder / "_delta_log").glob("*.json"))
    entries = (json.loads(line) for log in logs for line in log.read_text(encoding="utf-8").splitlines())
    actions = [entry["add"] for entry in entries if "add" in entry]
    return [replace(sizes[action["path"]], statistics=action["stats"]) for action in actions]
