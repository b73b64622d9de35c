"""The data files of a site: scripts that hand a value to the page, because a page on disk may not read other files.

Belongs here: writing them, in pieces that a browser takes at once. Does not belong here: what is in them (sql/).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from expectations.browser.statements import statement

# Loaded to show one article: a hundredth of a second from a disk, a second from a slow network.
_BYTES = 256_000
_NAME = re.compile(r"[a-z0-9]+(?:[/-][a-z0-9]+)*")


@dataclass(slots=True)
class Size:
    """What was written so far."""

    files: int = 0
    bytes: int = 0
    largest: int = 0

    def add(self, count: int) -> None:
        self.files += 1
        self.bytes += count
        self.largest = max(self.largest, count)


class Shards:
    """Files below `folder`, and what they come to."""

    def __init__(self, folder: Path, size: Size) -> None:
        self.folder, self.size = folder, size

    def write(self, name: str, value: str) -> None:
        """One value (JSON) as the script data/<name>.js. ValueError for a name that is no file's."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a data file")
        self.write_page(f"data/{name}.js", f'nightdesk.take("{name}", {value});\n')

    def write_page(self, path: str, text: str) -> None:
        """Any other file of the site."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        content = text.encode()
        target.write_bytes(content)
        self.size.add(len(content))

    def write_rows(self, con: duckdb.DuckDBPyConnection, name: str, parameters: Mapping[str, Any]) -> list[str]:
        """Each row of sql/<name>.sql as a file: its name, its value, and what else it says, which is given back."""
        return list(self._written(con.execute(statement(name), parameters)))

    def _written(self, rows: duckdb.DuckDBPyConnection) -> Iterator[str]:
        while row := rows.fetchone():
            self.write(row[0], row[1])
            yield from row[2:]

    def write_records(self, con: duckdb.DuckDBPyConnection, name: str, parameters: Mapping[str, Any]) -> int:
        """The rows (id, record) of sql/<name>.sql, in as many files as their size asks for. Gives how many characters of an id,
        which is hex, name its file: data/<name>/<those>.js holds a list of records.
        """
        con.execute(f"create temp table records as {statement(name)}", parameters)
        ((size,),) = con.execute("select coalesce(sum(strlen(record)), 0) from records").fetchall()
        length = next(length for length in (1, 2, 3, 4) if length == 4 or size / 16**length <= _BYTES)
        digits = con.execute("select distinct left(id, 1) from records").fetchall()
        for (digit,) in digits:  # a sixteenth of it in memory at a time
            self.write_rows(con, "record_files", {"kind": name, "length": length, "digit": digit})
        con.execute("drop table records")
        return length
