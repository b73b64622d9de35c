"""The zone of a site, where its country and its feeds leave no other."""

from datetime import UTC, datetime, timedelta

import pytest

from sources.timezones import guess_zone

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("domain", "language", "offsets", "zone"),
    [
        ("jp", None, (), "Asia/Tokyo"),
        ("uk", "en", (), "Europe/London"),
        ("de", "de", (1,), "Europe/Berlin"),  # Busingen's clocks are the same
        ("id", "id", (7,), "Asia/Jakarta"),
        ("id", "id", (8,), "Asia/Makassar"),
        ("id", "id", (0, 9), "Asia/Jayapura"),  # +00:00 is what programs write that know no zone
        ("id", "id", (), None),
        ("com", "id", (7,), "Asia/Jakarta"),
        ("com", "ja", (), "Asia/Tokyo"),
        ("com", "en", (), None),
        ("io", "en", (), None),  # sold all over the world
        ("jp", None, (5,), "Asia/Tokyo"),  # an offset of another country proves nothing
        ("us", "en", (-5,), "America/New_York"),  # as it is in March
        ("us", "en", (), None),
        ("", None, (), None),
    ],
)
def test_a_zone_is_named_where_no_other_is_possible(
    domain: str, language: str | None, offsets: tuple[int, ...], zone: str | None
) -> None:
    assert guess_zone(domain, language, [timedelta(hours=hours) for hours in offsets], NOW).zone == zone


def test_a_guess_says_why_and_between_which() -> None:
    guess = guess_zone("id", "id", (), NOW)
    assert (guess.why, guess.possible) == (
        "by its domain, .id: 3 zones are possible",
        ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"),
    )
    assert guess_zone("com", None, [timedelta(hours=-5, minutes=-30)], NOW).why == "its feeds bear the offset -05:30"
