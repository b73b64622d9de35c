"""Twelve questions that people ask the warehouse, and how one is timed.

Belongs here: the SQL, and CPU and wall time of one run. Does not belong here: the data, and what the figures are held against.
The same text is run through the published views and over native DuckDB tables of the same names. `{id}`, `{url}`, `{day}`,
`{month}` and `{source}` are values that the data hold.
"""

import os
import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb


@dataclass(frozen=True)
class Query:
    """One question. `reads_bodies`: it has to read every body there is, and is held to no time."""

    name: str
    sql: str
    reads_bodies: bool = False


_ON_DAY = "published_at >= timestamptz '{day}' and published_at < timestamptz '{day}' + interval 1 day"
_HEADLINES = "select published_at, title, url from articles where {} order by published_at desc limit 50"

QUERIES = (
    Query("count of articles", "select count(*) from articles"),
    Query("volume by source and day", "select * from volume_by_source_day"),
    Query("one day by source", f"select source, count(*), avg(word_count) from articles where {_ON_DAY} group by source"),
    Query("article by URL", "select * from articles where url = '{url}'"),
    Query("versions by article id", "select version, title from article_versions where article_id = '{id}' order by version"),
    Query("latest 50 of a source", _HEADLINES.format("source = '{source}'")),
    Query("a source's day with bodies", f"select title, body from articles where source = '{{source}}' and {_ON_DAY}"),
    Query("freshness by source and day", "select * from freshness"),
    Query("top 100 authors", "select * from top_authors limit 100"),
    Query("language mix", "select * from language_mix"),
    Query("headlines with a word", _HEADLINES.format("title ilike '% {word} %'")),
    Query("bodies with a word", "select count(*) from articles where body like '% {word} %'", reads_bodies=True),
)


@dataclass(frozen=True)
class Timing:
    """One run of one query: CPU of all threads, wall, and a sum over its result."""

    cpu_ms: float
    wall_ms: float
    rows: int


def timed(con: duckdb.DuckDBPyConnection, sql: str) -> Timing:
    """Run a query and fetch all of its result."""
    cpu, wall = _cpu_seconds(), time.perf_counter()
    rows = con.sql(sql).to_arrow_table().num_rows
    return Timing((_cpu_seconds() - cpu) * 1000, (time.perf_counter() - wall) * 1000, rows)


def filled(query: Query, values: Mapping[str, str]) -> str:
    """The text with the values of these data."""
    return query.sql.format_map(values)


def forget(folder: Path) -> None:
    """Have the system drop what it keeps of these files in memory, so that a cold run reads the disk."""
    for path in [folder] if folder.is_file() else folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
