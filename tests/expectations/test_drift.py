"""Whole alarms from nights that are given as figures: what was usual, and what tonight is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.alarms import Alarm, AlarmKind, AlarmSeverity
from expectations.alerting import drift_alarms
from expectations.nights import Nights, Raised, nights_of
from warehouse.schema import EXTRACTED, PAGES

MONDAY = date(2026, 3, 2)
Figure = tuple[str, str, str | None]  # source, metric, column
RAISED = pa.schema([(name, pa.string()) for name in ("source", "kind", "column", "day", "since")])
FIGURES = pa.schema(
    [*((name, pa.string()) for name in ("source", "day", "metric", "column")), ("value", pa.float64()), ("rows", pa.float64())]
)


def nights(figures: Mapping[Figure, Sequence[tuple[float, float] | None]], *, raised: Any = None, last: date = MONDAY) -> Nights:
    """(value, rows) of each figure night by night, the last one tonight; None where a night gave none."""
    rows = [
        {
            "source": source,
            "day": (last - timedelta(days=len(values) - 1 - at)).isoformat(),
            "metric": metric,
            "column": column,
            "value": value[0],
            "rows": value[1],
        }
        for (source, metric, column), values in figures.items()
        for at, value in enumerate(values)
        if value is not None
    ]
    found = nights_of(pa.Table.from_pylist(rows, schema=FIGURES), RAISED.empty_table(), last.isoformat())
    return replace(found, raised=raised or {})


def alarms(found: Nights) -> tuple[Alarm, ...]:
    return drift_alarms(found, PAGES.empty_table(), EXTRACTED.empty_table())


def kinds(found: Nights) -> list[tuple[str | None, str, str | None]]:
    return [(alarm.source, alarm.kind, alarm.column) for alarm in alarms(found)]


def test_a_field_that_is_lost_is_one_alarm_with_then_and_now() -> None:
    usual: list[tuple[float, float] | None] = [(1, 100), (0, 100), (1, 100), (2, 100)] * 7
    figures = {("harbour-post", "null_rate", column): [*usual, (83, 96)] for column in ("published_at", "published_time")}
    assert alarms(nights(figures)) == (
        Alarm(
            day="2026-03-02",
            source="harbour-post",
            kind=AlarmKind.NULL_RATE,
            metric="null_rate",
            column="published_at",
            severity=AlarmSeverity.CRITICAL,
            usual=pytest.approx(28.5 / 2801),  # type: ignore[arg-type]
            usual_low=0.0,
            usual_high=0.02,
            tonight=pytest.approx(83 / 96),  # type: ignore[arg-type]
            nights=28,
            since="2026-03-02",
            message="harbour-post: 83 of 96 rows have no published_at (86%), usually 1% (0% to 2%).",
        ),
    )


def counts(
    values: Sequence[int], source: str = "kabar", metric: str = "new_articles"
) -> dict[Figure, list[tuple[float, float] | None]]:
    return {(source, metric, None): [(value, 1) for value in values]}


def test_a_source_that_falls_silent() -> None:
    week = [80, 84, 78, 82, 80, 30, 28]  # from a Monday on
    (alarm,) = alarms(nights(counts([*week * 4, 0])))
    assert (alarm.kind, alarm.severity, alarm.tonight) == (AlarmKind.SILENT, AlarmSeverity.CRITICAL, 0)
    assert alarm.message == "kabar: no new articles, usually 81 on a Monday (79 to 85)."


def test_a_weekend_is_held_against_weekends() -> None:
    week = [80, 84, 78, 82, 80, 30, 28]
    saturday = MONDAY + timedelta(days=5)
    history = (week * 5)[: 5 + 28]
    assert kinds(nights(counts([*history[-28:], 29]), last=saturday)) == []
    assert kinds(nights(counts([*history[-28:], 5]), last=saturday)) == [("kabar", "volume", None)]
    assert kinds(nights(counts([*week * 4, 29]))) == [("kabar", "volume", None)]  # a Monday like a Saturday


def test_a_source_of_three_articles_does_not_cry_over_one() -> None:
    small = [3, 2, 4, 3, 1, 5, 0] * 4
    assert kinds(nights(counts([*small, 0]))) == []
    lost = {("tiny", "null_rate", "authors"): [(0, 3)] * 28}
    assert kinds(nights({key: [*value, (1, 3)] for key, value in lost.items()})) == []
    assert kinds(nights({key: [*value, (3, 3)] for key, value in lost.items()})) == [("tiny", "null_rate", "authors")]


def test_a_small_source_that_stays_silent_is_an_alarm_after_a_few_nights() -> None:
    usual = [3, 4, 2, 5, 3, 3, 4] * 3
    heard = [bool(kinds(nights(counts([*usual, *[0] * silent])))) for silent in (1, 2, 3, 4, 5)]
    assert heard == [False, False, True, True, True]


def test_no_candidate_at_all_is_silence_even_of_a_small_source() -> None:
    figures = counts([*[3, 4, 2, 5, 3, 3, 4] * 4, 0]) | counts([*[20] * 28, 0], metric="candidates")
    (alarm,) = alarms(nights(figures))
    assert (alarm.kind, alarm.metric, alarm.message) == (
        AlarmKind.SILENT,
        "candidates",
        "kabar: no candidates, usually 20 on a Monday (20 to 20).",
    )


def test_articles_that_came_but_were_refused_are_not_called_missing() -> None:
    figures = counts([*[40] * 28, 0]) | {("kabar", "quarantine_rate", None): [*[(0, 40)] * 28, (40, 40)]}
    assert kinds(nights(figures)) == [("kabar", "quarantine_rate", None)]


def test_after_a_pause_there_is_more() -> None:
    after_three_days = nights({key: [*value[:-3], None, None, value[-1]] for key, value in counts([*[40] * 30, 120]).items()})
    assert kinds(after_three_days) == []
    assert kinds(nights(counts([*[40] * 30, 120]))) == [("kabar", "volume", None)]


def test_a_language_that_was_never_there() -> None:
    figures: dict[Figure, list[tuple[float, float] | None]] = {
        ("kabar", "language_id", "language"): [*[(50, 50)] * 28, (20, 50)],
        ("kabar", "language_en", "language"): [*[None] * 28, (30, 50)],
    }
    (alarm,) = alarms(nights(figures))
    assert alarm.message == "kabar: 30 of 50 rows are in language en (60%), usually 0% (0% to 0%)."


def test_few_nights_tell_nothing() -> None:
    figures = {("kabar", "null_rate", "title"): [*[(0, 50)] * 6, (50, 50)]}
    assert kinds(nights(figures)) == []
    figures = {("kabar", "null_rate", "title"): [*[(0, 50)] * 7, (50, 50)]}
    assert kinds(nights(figures)) == [("kabar", "null_rate", "title")]


def state_of(broken_nights: int) -> tuple[Alarm, ...]:
    """A field that was lost so many nights ago and alarmed on each of them but tonight."""
    figures = {("kabar", "null_rate", "authors"): [*[(0, 50)] * (28 - broken_nights), *[(50, 50)] * (broken_nights + 1)]}
    first = (MONDAY - timedelta(days=broken_nights)).isoformat()
    days = [(MONDAY - timedelta(days=ago)).isoformat() for ago in range(broken_nights, 0, -1)]
    raised = {("kabar", "null_rate", "authors"): tuple(Raised(day, first) for day in days)}
    return alarms(nights(figures, raised=raised))


def test_a_state_that_stays_is_an_alarm_with_its_first_day() -> None:
    (alarm,) = state_of(5)
    assert alarm.since == "2026-02-25"
    assert alarm.message == "kabar: 50 of 50 rows have no authors (100%), usually 0% (0% to 0%); so since 2026-02-25."


def test_a_state_that_lasted_more_than_half_of_the_window_is_usual() -> None:
    assert [bool(state_of(nights_ago)) for nights_ago in (1, 7, 14, 15, 21, 28)] == [True, True, True, False, False, False]


def test_what_most_sources_have_alike_is_one_alarm_without_a_source() -> None:
    figures: dict[Figure, list[tuple[float, float] | None]] = {
        (f"source-{n}", "failure_rate", None): [*[(1, 50)] * 28, (45 if n < 7 else 1, 50)] for n in range(10)
    }
    (alarm,) = alarms(nights(figures))
    assert (alarm.source, alarm.kind) == (None, AlarmKind.FAILURE_RATE)
    assert alarm.message == (
        "7 sources alike (source-0, source-1, source-2 and 4 more): 315 of 350 pages that were asked for could not be had (90%), "
        "usually 2% (2% to 2%)."
    )


def test_a_holiday_of_all_is_no_alarm() -> None:
    figures = {
        key: value for n in range(10) for key, value in counts([*[100 + 10 * n] * 28, 55 + 5 * n], source=f"source-{n}").items()
    }
    assert kinds(nights(figures)) == []


@settings(max_examples=40, deadline=None)
@given(value=st.integers(0, 500), rows=st.integers(1, 500), length=st.integers(1, 29))
def test_a_constant_history_raises_nothing(value: int, rows: int, length: int) -> None:
    value = min(value, rows)
    figures: dict[Figure, list[tuple[float, float] | None]] = {
        ("a", "null_rate", "title"): [(value, rows)] * length,
        ("a", "new_articles", None): [(rows, 1)] * length,
        ("a", "candidates", None): [(rows, 1)] * length,
        ("a", "body_length_p50", "body_length"): [(value, rows)] * length,
        ("a", "lag_minutes_p50", "published_at"): [(value, rows)] * length,
        ("a", "language_en", "language"): [(value, rows)] * length,
    }
    assert alarms(nights(figures)) == ()


MAYBE = st.one_of(st.none(), st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: (min(pair), max(pair))))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(MAYBE, MAYBE, MAYBE, MAYBE), min_size=1, max_size=30))
def test_any_history_is_judged(history: list[tuple[Any, Any, Any, Any]]) -> None:
    names = (("null_rate", "title"), ("new_articles", None), ("body_length_p50", "body_length"), ("language_en", "language"))
    figures = {("a", *name): [night[at] for night in history] for at, name in enumerate(names)}
    for alarm in alarms(nights(figures)):
        assert alarm.source == "a"
        assert alarm.message.startswith("a: ")


@settings(max_examples=30, deadline=None)
@given(factor=st.integers(1, 30), share=st.floats(0, 1), usual=st.floats(0, 1))
def test_a_larger_source_with_the_same_shares_alarms_where_a_smaller_one_does(factor: int, share: float, usual: float) -> None:
    def found(rows: int) -> list[tuple[str | None, str, str | None]]:
        history: list[tuple[float, float] | None] = [(round(usual * 10) * rows / 10, rows)] * 28
        return kinds(nights({("a", "null_rate", "title"): [*history, (round(share * 10) * rows / 10, rows)]}))

    if found(10):
        assert found(10 * factor) == found(10)
