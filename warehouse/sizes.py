"""How large the lake's tables are, by their logs alone.

Belongs here: rows and bytes of what a table's newest version holds. Does not belong here: what older versions keep on disk.
"""

from dataclasses import dataclass

from warehouse.lake import Lake, data_files
from warehouse.schema import TABLES


@dataclass(frozen=True, slots=True)
class TableSize:
    """`bytes`: of the Parquet files."""

    rows: int
    bytes: int


def table_sizes(lake: Lake) -> dict[str, TableSize]:
    """The tables that were ever written to, by name. LakeError if one cannot be read."""
    written = [table for table in TABLES if lake.folder(table).exists()]
    files = {table: data_files(lake.open(table)) for table in written}
    return {table: TableSize(sum(file.rows for file in of), sum(file.size_bytes for file in of)) for table, of in files.items()}
