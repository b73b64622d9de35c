"""Where lines run and how wide parts are."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.charts import LINE_HEIGHT, LINE_WIDTH, Line, Span, line, span, stacked

BEGAN = datetime(2026, 3, 2, 20, tzinfo=UTC)
WHOLE = (BEGAN, BEGAN + timedelta(hours=1))


@pytest.mark.parametrize(
    ("values", "usual", "drawn"),
    [
        ((), None, Line((), None, None)),
        ((5.0,), None, Line(("3,3",), (3, 3), None)),
        ((0.0, 10.0), 5.0, Line(("3,21 117,3",), (117, 3), 12)),
        ((10.0, None, 5.0), 20.0, Line(("3,12", "117,16.5"), (117, 16.5), 3)),
        ((10.0, None), None, Line(("3,3",), None, None)),
        ((None, None), None, Line((), None, None)),
        ((0.0, 0.0), 0.0, Line(("3,21 117,21",), (117, 21), 21)),
        ((-4.0, 2.0), None, Line(("3,21 117,3",), (117, 3), None)),
    ],
)
def test_a_line_leaves_gaps_where_nothing_is_known(values: tuple[float | None, ...], usual: float | None, drawn: Line) -> None:
    assert line(values, usual) == drawn


@given(st.lists(st.none() | st.floats(-1e9, 1e9), max_size=40), st.none() | st.floats(0, 1e9))
def test_a_line_stays_in_its_box(values: list[float | None], usual: float | None) -> None:
    drawn = line(values, usual)
    points = [tuple(map(float, point.split(","))) for stretch in drawn.stretches for point in stretch.split()]
    assert len(points) == sum(value is not None for value in values)
    assert [point for point in points if not (0 <= point[0] <= LINE_WIDTH and 0 <= point[1] <= LINE_HEIGHT)] == []


def test_parts_follow_one_another_and_empty_ones_are_left_out() -> None:
    row = {"stored": 3, "unchanged": 0, "failed": 1}
    assert list(stacked(row, ("stored", "unchanged", "failed"), 8)) == [
        ("stored", Span(0, 37.5)),
        ("failed", Span(37.5, 12.5)),
    ]
    assert list(stacked({"stored": 0}, ("stored",), 0)) == []


@pytest.mark.parametrize(
    ("began", "ended", "part"),
    [(0, 60, Span(0, 100)), (15, 45, Span(25, 50)), (30, 30, Span(50, 0.5)), (60, 60, Span(99.5, 0.5)), (45, 90, Span(75, 25))],
)
def test_a_moment_can_be_seen_and_nothing_leaves_the_whole(began: int, ended: int, part: Span) -> None:
    assert span(BEGAN + timedelta(minutes=began), BEGAN + timedelta(minutes=ended), WHOLE) == part
