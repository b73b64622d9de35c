"""A fresh page is looked at again after hours and days, an old one never."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.revisits import Revisits

FIRST = datetime(2026, 3, 2, 2, 7, tzinfo=UTC)
USUAL = Revisits((6, 24, 72, 168), 7)


@dataclass(frozen=True)
class Page:
    first_seen_at: datetime
    last_fetched_at: datetime


def looks(revisits: Revisits, runs: list[float]) -> list[float]:
    """The ages in hours at which a page is looked at by runs at these ages."""
    last, taken = FIRST, []
    for hours in runs:
        now = FIRST + timedelta(hours=hours)
        if revisits.refusal(Page(FIRST, last), now) is None:
            last = now
            taken.append(hours)
    return taken


@pytest.mark.parametrize(
    ("revisits", "runs", "taken"),
    [
        (USUAL, [24 * night for night in range(1, 15)], [24, 72, 168]),
        # A night that begins a few minutes sooner or later than the one before does not shift what follows.
        (USUAL, [24 * night - 0.2 for night in range(1, 15)], [23.8, 71.8, 167.8]),
        (USUAL, [24 * night + 0.2 for night in range(1, 15)], [24.2, 72.2, 168.2]),
        (USUAL, list(range(1, 200)), [6, 23, 71, 167]),
        (USUAL, [0.1, 5.5, 5.8], [5.8]),
        (USUAL, [100, 101, 1000, 1001], [100, 1000]),
        (Revisits((6, 24, 72, 168), 2), [24 * night for night in range(1, 15)], [24]),
        (Revisits((6, 24), 0), [1, 6, 24], []),
        (Revisits((), 2), [1, 2, 24, 48, 49, 72], [1, 2, 24, 48]),
        (Revisits((), 0), [1, 24], []),
        (Revisits((0.5,), 7), [0.1, 0.6, 1], [0.6]),
    ],
)
def test_looks_are_taken_at_the_first_run_after_they_are_due(revisits: Revisits, runs: list[float], taken: list[float]) -> None:
    assert looks(revisits, runs) == taken


@pytest.mark.parametrize(
    ("page", "age_hours", "refusal"),
    [
        (Page(FIRST, FIRST), 2, "next looked at 2026-03-02 08:07 UTC"),
        (Page(FIRST, FIRST + timedelta(hours=30)), 40, "next looked at 2026-03-05 02:07 UTC"),
        (Page(FIRST, FIRST + timedelta(hours=169)), 400, "last looked at 2026-03-09 03:07 UTC, and let go since"),
    ],
)
def test_a_page_that_is_not_looked_at_says_why(page: Page, age_hours: int, refusal: str) -> None:
    assert USUAL.refusal(page, FIRST + timedelta(hours=age_hours)) == refusal


@given(st.lists(st.floats(0.1, 2000), max_size=40).map(sorted))
def test_a_page_is_looked_at_no_oftener_than_the_schedule_says(runs: list[float]) -> None:
    assert len(looks(USUAL, runs)) <= len(USUAL.hours)
