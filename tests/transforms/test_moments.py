"""Machine-readable times are read without guessing."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.moments import DAY, MINUTE, SECOND, Moment, moment, read_moment, read_offset

AT = datetime(2024, 4, 17, 9, 30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-04-17T09:30:05+07:00", Moment(datetime(2024, 4, 17, 9, 30, 5), 420, SECOND)),
        ("2024-04-17T09:30:05.123456Z", Moment(datetime(2024, 4, 17, 9, 30, 5), 0, SECOND)),
        ("2024-04-17T09:30+0530", Moment(AT, 330, MINUTE)),
        ("2024-04-17 09:30", Moment(AT, None, MINUTE)),
        ("2024-04-17 09:30 WIB", Moment(AT, 420, MINUTE)),
        ("2024-04-17, 9:30 PM", Moment(datetime(2024, 4, 17, 21, 30), None, MINUTE)),
        ("2024/04/17 09.30", Moment(AT, None, MINUTE)),
        ("2024-04-17T09:30:00-03", Moment(AT, -180, SECOND)),
        ("2024-04-17T24:00:00Z", Moment(datetime(2024, 4, 18), 0, SECOND)),
        ("2024-04-17", Moment(datetime(2024, 4, 17), None, DAY)),
        ("20240417", Moment(datetime(2024, 4, 17), None, DAY)),
        ("20240417T093005Z", Moment(datetime(2024, 4, 17, 9, 30, 5), 0, SECOND)),
        ("Wed, 17 Apr 2024 09:30:05 +0200", Moment(datetime(2024, 4, 17, 9, 30, 5), 120, SECOND)),
        ("Wed Apr 17 09:30:05 CEST 2024", Moment(datetime(2024, 4, 17, 9, 30, 5), 120, SECOND)),
        ("1713346205", Moment(datetime(2024, 4, 17, 9, 30, 5), 0, SECOND)),
        (1713346205000, Moment(datetime(2024, 4, 17, 9, 30, 5), 0, SECOND)),
        ("2024-13-17", None),
        ("2024-02-30T10:00:00Z", None),
        ("0000-00-00T00:00:00", None),
        ("2024-04-17T25:00:00Z", None),
        ("17 April 2024", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (True, None),
        (["2024-04-17"], None),
    ],
)
def test_read_moment(text: object, expected: Moment | None) -> None:
    assert read_moment(text) == expected


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [
        ("Z", 0),
        ("+07:00", 420),
        ("-0330", -210),
        ("GMT+7", 420),
        ("UTC", 0),
        ("MEZ", 60),
        ("jst", 540),
        ("+15:00", None),
        ("XYZ", None),
    ],
)
def test_read_offset(zone: str, minutes: int | None) -> None:
    assert read_offset(zone) == minutes


def test_a_moment_without_offset_is_taken_as_utc():
    assert Moment(AT, None, MINUTE).instant == datetime(2024, 4, 17, 9, 30, tzinfo=UTC)
    assert Moment(AT, 420, MINUTE).instant == datetime(2024, 4, 17, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize("clock", [(25, 0, None), (10, 60, None), (10, 0, 60)])
def test_what_is_no_time_of_day_is_none(clock: tuple[int, int, int | None]) -> None:
    assert moment(date(2024, 4, 17), clock) is None


def test_a_year_that_no_newspaper_has_is_none():
    assert moment(date(1066, 10, 14), None) is None


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_iso_times_come_back_as_they_were(wall: datetime, offset: int) -> None:
    sign, minutes = "+-"[offset < 0], abs(offset)
    text = f"{wall:%Y-%m-%dT%H:%M:%S}{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    assert read_moment(text) == Moment(wall.replace(microsecond=0), offset, SECOND)


@given(
    st.text(max_size=40)
    | st.from_regex(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}.{0,6}", fullmatch=True)
    | st.integers()
    | st.floats()
)
def test_any_value_is_read_without_error(value: object) -> None:
    found = read_moment(value)
    assert found is None or found.instant.tzinfo is UTC
