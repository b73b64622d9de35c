"""Dates are found as a reader reads them, in the page's language."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.datewords import Found, Reader
from transforms.moments import DAY, MINUTE, SECOND, Moment

MORNING = datetime(2024, 4, 17, 9, 30)
EVENING = datetime(2024, 4, 17, 21, 30)
DAY_ONLY = Moment(datetime(2024, 4, 17), None, DAY)


def found(text: str, language: str = "en", *, month_first: bool = False, country: str = "") -> list[Moment]:
    return [item.moment for item in Reader((language,), month_first, country).find(text)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("id", "Harian Kota - 17/04/2024, 09:30 WIB", Moment(MORNING, 420, MINUTE)),
        ("id", "Rabu, 17 April 2024 09.30 WITA", Moment(MORNING, 480, MINUTE)),
        ("id", "Rabu, 17 Apr 2024 09:30:15 WIT", Moment(MORNING.replace(second=15), 540, SECOND)),
        ("id", "17 Agustus 2020 | pukul 13.30", Moment(datetime(2020, 8, 17, 13, 30), None, MINUTE)),
        ("de", "Stand: 17. April 2024, 9.30 Uhr", Moment(MORNING, None, MINUTE)),
        ("de", "17.04.2024 um 09:30 Uhr (MESZ)", Moment(MORNING, 120, MINUTE)),
        ("de", "3. März 2024", Moment(datetime(2024, 3, 3), None, DAY)),
        ("en", "April 17, 2024 at 9:30 p.m. ET", Moment(EVENING, -240, MINUTE)),
        ("en", "January 17, 2024 at 9:30 PM ET", Moment(datetime(2024, 1, 17, 21, 30), -300, MINUTE)),
        ("en", "Published 9:30 AM EDT, Wed April 17, 2024", Moment(MORNING, -240, MINUTE)),
        ("en", "17 April 2024 9pm", Moment(datetime(2024, 4, 17, 21, 0), None, MINUTE)),
        ("en", "17th April, 2024", DAY_ONLY),
        ("fr", "Publié le 17 avril 2024 à 09h30", Moment(MORNING, None, MINUTE)),
        ("es", "17 de abril de 2024 - 09:30 h", Moment(MORNING, None, MINUTE)),
        ("pl", "17 kwietnia 2024, 09:30", Moment(MORNING, None, MINUTE)),
        ("cs", "17. 4. 2024 9:30", Moment(MORNING, None, MINUTE)),
        ("ru", "17 апреля 2024, 09:30 МСК", Moment(MORNING, 180, MINUTE)),
        ("ar", "١٧ أبريل ٢٠٢٤ - ٠٩:٣٠", Moment(MORNING, None, MINUTE)),
        ("th", "17 เมษายน 2567 09:30 น.", Moment(MORNING, None, MINUTE)),
        ("ja", "2024年4月17日 9時30分", Moment(MORNING, None, MINUTE)),
        ("ko", "입력 2024.04.17 오후 9:30", Moment(EVENING, None, MINUTE)),
        ("zh", "2024-04-17 09:30", Moment(MORNING, None, MINUTE)),
    ],
)
def test_a_date_line_is_read_in_its_language(language: str, text: str, expected: Moment) -> None:
    assert found(text, language) == [expected]


@pytest.mark.parametrize(
    ("text", "month_first", "expected"),
    [
        ("5/4/2024", False, datetime(2024, 4, 5)),
        ("5/4/2024", True, datetime(2024, 5, 4)),
        ("4/17/2024", False, datetime(2024, 4, 17)),
        ("17/4/2024", True, datetime(2024, 4, 17)),
        ("5.4.2024", True, datetime(2024, 4, 5)),
        ("17/4/24", False, datetime(2024, 4, 17)),
    ],
)
def test_the_order_of_day_and_month_follows_the_page_unless_only_one_is_possible(
    text: str, month_first: bool, expected: datetime
) -> None:
    assert found(text, month_first=month_first) == [Moment(expected, None, DAY)]


@pytest.mark.parametrize(("country", "offset"), [("in", 330), ("ie", 60), ("il", 120), ("", 330)])
def test_an_abbreviation_of_several_zones_is_decided_by_the_country(country: str, offset: int) -> None:
    assert found("17 April 2024 09:30 IST", country=country) == [Moment(MORNING, offset, MINUTE)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31/02/2024",
        "13/13/2024",
        "version 1.2.2024.5",
        "10.0.2024.1",
        "call 17-04-2024-55",
        "May the 4th be with you",
        "April 2024",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert found(text) == []


def test_each_date_of_a_line_keeps_its_own_time() -> None:
    text = "17/04/2024 09:30 | Updated 18/04/2024 21:05"
    assert list(Reader(("en",)).find(text)) == [
        Found(Moment(MORNING, None, MINUTE), 0),
        Found(Moment(datetime(2024, 4, 18, 21, 5), None, MINUTE), 27),
    ]


def test_a_number_further_on_is_no_time() -> None:
    assert found("17 April 2024 - the match ended with the score 3:12") == [DAY_ONLY]


@settings(deadline=None)  # the first example of a language reads its data
@given(st.text(max_size=60), st.sampled_from(["en", "id", "de", "th", "xx", "zz-top"]))
def test_any_text_is_searched_without_error(text: str, language: str) -> None:
    assert isinstance(found(text, language), list)


@settings(deadline=None)  # the first example of a language reads its data
@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))
def test_a_written_date_is_found_again(wall: datetime) -> None:
    assert found(f"Kota, {wall:%d/%m/%Y}, {wall:%H:%M} WIB", "id") == [Moment(wall.replace(second=0, microsecond=0), 420, MINUTE)]
