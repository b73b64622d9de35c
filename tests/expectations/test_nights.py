"""Nights read back from a real lake: which runs are nights, and what several runs of a day make together."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.alarms import Alarm, AlarmKind, AlarmSeverity, alarms_table
from expectations.nights import Raised, read_nights
from warehouse.lake import Lake
from warehouse.schema import ALARMS, METRICS, RUNS

START = datetime(2026, 3, 1, 20, tzinfo=UTC)


def run_id(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}-000000"


def store(
    lake: Lake, at: datetime, figures: dict[tuple[str, str, str | None], float], *, kind: str = "night", finished: bool = True
) -> str:
    """One run's metrics, and its row of `runs` if it came so far."""
    name = run_id(at)
    rows = [{"run_id": name, "source": s, "metric": m, "column": c, "value": v} for (s, m, c), v in figures.items()]
    lake.append_once("metrics", pa.Table.from_pylist(rows, schema=METRICS), batch_id=name)
    if finished:
        counts = dict.fromkeys(
            ("resumed", "candidates", "stored", "unchanged", "duplicate", "quarantined", "failed", "skipped"), 0
        )
        row: dict[str, Any] = {"run_id": name, "kind": kind, "day": f"{at:%Y-%m-%d}", "started_at": at, "finished_at": at}
        row |= counts | {"gate": "passed", "nightdesk_version": "0"}
        lake.append_once("runs", pa.Table.from_pylist([row], schema=RUNS), batch_id=name)
    return name


def rows_of(extracted: float, nulls: float, new: float) -> dict[tuple[str, str, str | None], float]:
    return {
        ("kabar", "extracted", "body_length"): extracted,
        ("kabar", "null_rate", "title"): nulls,
        ("kabar", "new_articles", None): new,
        ("kabar", "candidates", None): 30,
        ("kabar", "elapsed_ms_p50", None): 12.0,  # not watched
    }


def test_nights_are_days_of_finished_runs_of_one_kind(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    store(lake, START - timedelta(days=100), rows_of(9, 0.0, 9))  # before the window
    store(lake, START, rows_of(10, 0.1, 8))
    store(lake, START + timedelta(hours=1), rows_of(40, 0.2, 3))  # the same day again
    store(lake, START + timedelta(hours=3), rows_of(1, 1.0, 1), kind="backfill")
    store(lake, START + timedelta(days=1), rows_of(7, 1.0, 7), finished=False)
    tonight = store(lake, START + timedelta(days=2), rows_of(20, 0.5, 6), finished=False)
    nights = read_nights(lake, tonight, kind="night", day="2026-03-03", started_at=START + timedelta(days=2))
    assert (nights.days, nights.sources) == (("2026-03-01", "2026-03-03"), ("kabar",))
    names = [(series.metric, series.column) for series in nights.series]
    assert names == [("candidates", None), ("new_articles", None), ("null_rate", "title")]
    assert nights.values.tolist() == [[[30, 30]], [[11, 6]], [[9, 10]]]
    assert nights.rows[2].tolist() == [[50, 20]]


def test_of_days_with_several_runs_those_up_to_this_hour_count(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for hours, new in ((0, 5), (2, 7), (8, 60)):
        store(lake, START.replace(hour=6) + timedelta(hours=hours), rows_of(20, 0.5, new))
    store(lake, START + timedelta(days=1, hours=1), rows_of(20, 0.5, 80))  # a day with one run, late
    tonight = store(lake, START.replace(hour=8) + timedelta(days=2), rows_of(20, 0.5, 6), finished=False)
    at = START.replace(hour=8) + timedelta(days=2)
    nights = read_nights(lake, tonight, kind="night", day="2026-03-03", started_at=at)
    assert nights.values[1].tolist() == [[12, 80, 6]]


def test_a_night_that_is_told_again_after_a_crash_is_not_held_against_itself(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    tonight = store(lake, START, rows_of(20, 0.5, 6))
    nights = read_nights(lake, tonight, kind="night", day="2026-03-01", started_at=START)
    assert (nights.days, nights.values[1].tolist()) == (("2026-03-01",), [[6]])


def test_what_earlier_nights_alarmed_about_is_known(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    before = store(lake, START, rows_of(10, 1.0, 8))
    alarm = Alarm(
        "2026-03-01", "kabar", AlarmKind.NULL_RATE, "null_rate", "title", AlarmSeverity.CRITICAL, 0.0, 0.0, 0.0, 1.0, 9,
        "2026-02-27", "kabar: 10 of 10 rows have no title (100%), usually 0% (0% to 0%).", ("https://kabar.example/1",),
    )  # fmt: skip
    table = alarms_table([alarm], before)
    assert table.schema.equals(ALARMS)
    lake.append_once("alarms", table, batch_id=before)
    tonight = store(lake, START + timedelta(days=1), rows_of(20, 0.5, 6), finished=False)
    nights = read_nights(lake, tonight, kind="night", day="2026-03-02", started_at=START + timedelta(days=1))
    assert nights.raised == {("kabar", "null_rate", "title"): (Raised("2026-03-01", "2026-02-27"),)}


def test_a_language_that_no_row_is_in_has_none_of_them(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    extracted: dict[tuple[str, str, str | None], float] = {("kabar", "extracted", "body_length"): 10}
    store(lake, START, extracted)  # of a version that did not count languages
    store(lake, START + timedelta(days=1), extracted | {("kabar", "language_id", "language"): 1.0})
    tonight = store(lake, START + timedelta(days=2), extracted | {("kabar", "language_en", "language"): 0.4}, finished=False)
    nights = read_nights(lake, tonight, kind="night", day="2026-03-03", started_at=START + timedelta(days=2))
    assert [series.metric for series in nights.series] == ["language_en", "language_id"]
    assert np.nan_to_num(nights.values[:, 0], nan=-1).tolist() == [[0, 4], [10, 0]]
