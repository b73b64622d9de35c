"""Offsets of clocks: by abbreviation, by country, by language."""

import pytest

from transforms.zones import home_zone, is_offset, offset_of


@pytest.mark.parametrize(
    ("country", "language", "zone"),
    [
        ("jp", "en", "Asia/Tokyo"),
        ("de", "de", "Europe/Berlin"),
        ("uk", "en", "Europe/London"),
        ("us", "en", None),  # six clocks
        ("id", "id", None),  # three
        ("com", "ko", "Asia/Seoul"),
        ("com", "en", None),
        ("com", None, None),
        ("xx", "ja", None),
        ("tv", "de", "Europe/Berlin"),
        ("co", "en", None),
    ],
)
def test_the_home_of_a_page_is_its_country_or_its_language_where_that_has_one_clock(country, language, zone):
    assert home_zone(country, language) == zone


@pytest.mark.parametrize(
    ("minutes", "is_one"),
    [(0, False), (60, True), (-300, True), (345, True), (390, True), (375, False), (15, False), (840, True), (900, False)],
)
def test_only_what_some_clock_is_set_to_is_an_offset(minutes, is_one):
    assert is_offset(minutes) is is_one


@pytest.mark.parametrize(
    ("abbreviation", "country", "minutes"),
    [("WIB", "", 420), ("mez", "", 60), ("IST", "", 330), ("IST", "il", 120), ("XYZ", "", None)],
)
def test_abbreviations_mean_what_the_pages_country_means_by_them(abbreviation, country, minutes):
    assert offset_of(abbreviation, country) == minutes
