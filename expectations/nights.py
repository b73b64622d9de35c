"""Tonight and the nights before it, as arrays: what drift is judged by.

Belongs here: reading them from the lake, bounded to the window, and the alarms that those nights raised. Does not belong here:
judging. A night is a day: runs of one day and kind count together, those of earlier days up to the hour at which tonight's began.
Runs that did not finish are no nights.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from expectations.projection import statement
from expectations.signals import Signal, all_signals
from warehouse import scan
from warehouse.lake import Lake, Snapshot

Numbers = npt.NDArray[np.float64]

# Four of each day of the week.
WINDOW_NIGHTS = 28
# Nobody can say what is usual by nights from before a long pause.
WINDOW_DAYS = 70


@dataclass(frozen=True, slots=True)
class Series:
    """One figure over the nights: `metric` is the signal's, or one of those that it stands for."""

    signal: Signal
    metric: str
    column: str | None


@dataclass(frozen=True, slots=True)
class Raised:
    """That an earlier night raised an alarm, in a state that began on day `since`."""

    day: str
    since: str


@dataclass(frozen=True, slots=True)
class Nights:
    """`values` and `rows` are [series, source, night], the last night is tonight; nan where a night gave no figure.

    values: hits of a share, a count, a level; rows: what the share is of. `raised`: (source, kind, column) -> its alarms, the
    oldest first.
    """

    days: tuple[str, ...]
    sources: tuple[str, ...]
    series: tuple[Series, ...]
    values: Numbers
    rows: Numbers
    raised: Mapping[tuple[str | None, str, str | None], tuple[Raised, ...]]


def read_nights(lake: Lake, run_id: str, *, kind: str, day: str, started_at: datetime) -> Nights:
    """The run (its metrics are in the lake) and the nights of its kind before `day`, at most WINDOW_NIGHTS.

    Files of older runs are not opened. LakeError if a table cannot be read.
    """
    # Ids of runs begin with the time of their start, and sort by it.
    first = f"{started_at - timedelta(days=WINDOW_DAYS):%Y%m%dT%H%M%SZ}"
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as spill, scan.connect(Path(spill)) as con:
        for table in ("runs", "metrics", "alarms"):
            recent = _since(lake.snapshot(table), first)
            con.execute(f"create temp view {table} as select * from ({scan.snapshot_query(recent)}) where run_id >= '{first}'")
        return query_nights(con, run_id, kind=kind, day=day, started_at=started_at)


def query_nights(con: duckdb.DuckDBPyConnection, run_id: str, *, kind: str, day: str, started_at: datetime) -> Nights:
    """The same from a connection that has tables `runs`, `metrics` and `alarms` of the window."""
    con.register("signals", _signals_table())
    window = {"run_id": run_id, "kind": kind, "day": day}
    until = {"nights": WINDOW_NIGHTS, "started_at": started_at}
    figures = con.sql(statement("nights"), params=window | until).to_arrow_table()
    raised = con.sql(statement("raised"), params=window).to_arrow_table()
    return nights_of(figures, raised, day)


def _since(snapshot: Snapshot, first: str) -> Snapshot:
    return snapshot.without({run for run in snapshot.runs if run is not None and run < first})


def _signals_table() -> pa.Table:
    names = ("metric", "column", "model", "of")
    return pa.table({name: pa.array([getattr(signal, name) for signal in all_signals()], pa.string()) for name in names})


def nights_of(figures: pa.Table, raised: pa.Table, day: str) -> Nights:
    """The rows of sql/nights.sql and sql/raised.sql as arrays."""
    by_key = {(signal.metric, signal.column): signal for signal in all_signals()}
    columns: list[Any] = [figures["metric"], figures["column"]]
    names = pc.binary_join_element_wise(*columns, " ", null_handling="replace", null_replacement="")
    which, series_at = _positions(names)
    keys = [(metric, column or None) for metric, column in (name.split(" ") for name in which)]
    series = tuple(Series(by_key[_pattern(metric), column], metric, column) for metric, column in keys)
    days, days_at = _positions(figures["day"], day)
    sources, sources_at = _positions(figures["source"])
    values = np.full((len(series), len(sources), len(days)), np.nan)
    rows = np.full(values.shape, np.nan)
    values[series_at, sources_at, days_at] = figures["value"].to_numpy()
    rows[series_at, sources_at, days_at] = figures["rows"].to_numpy()
    _fill_languages(series, values, rows)
    return Nights(days, sources, series, values, rows, _raised(raised))


def _pattern(metric: str) -> str:
    return "language_" if metric.startswith("language_") else metric


def _positions(column: Any, *more: str) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """The different values of a column, sorted, with `more`, and for each row the position of its value."""
    coded = column.combine_chunks().dictionary_encode()
    found = coded.dictionary.to_pylist()
    names = tuple(sorted({*found, *more}))
    position = {name: index for index, name in enumerate(names)}
    return names, np.array([position[name] for name in found], np.int64)[coded.indices.to_numpy()]


def _fill_languages(series: tuple[Series, ...], values: Numbers, rows: Numbers) -> None:
    """A language that no row of a night is in has no figure there: it is 0 where other languages have one."""
    of = [index for index, item in enumerate(series) if item.signal.metric == "language_"]
    if not of:
        return
    known = np.nanmax(np.where(np.isnan(rows[of]), -1, rows[of]), axis=0)
    for index in of:
        empty = np.isnan(values[index]) & (known >= 0)
        values[index][empty] = 0
        rows[index][empty] = known[empty]


def _raised(table: pa.Table) -> dict[tuple[str | None, str, str | None], tuple[Raised, ...]]:
    found: dict[tuple[str | None, str, str | None], tuple[Raised, ...]] = {}
    for row in table.to_pylist():
        key = row["source"], row["kind"], row["column"]
        found[key] = (*found.get(key, ()), Raised(row["day"], row["since"]))
    return found
