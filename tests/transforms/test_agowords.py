"""Times that are counted from now are found in the language of the page, and claim no more than they say."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.agowords import find_ago
from transforms.datewords import Reader
from transforms.moments import DAY, MINUTE, Moment

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 3, 2, 10, 0, 30, tzinfo=JAKARTA)
TODAY, YESTERDAY = Moment(datetime(2026, 3, 2), None, DAY), Moment(datetime(2026, 3, 1), None, DAY)
THREE_DAYS = Moment(datetime(2026, 2, 27), None, DAY)
FIVE_MINUTES = Moment(datetime(2026, 3, 2, 9, 55), 420, MINUTE)
AT_FIVE_PAST_TWO = Moment(datetime(2026, 3, 1, 14, 5), None, MINUTE)


def found(text: str, *languages: str, now: datetime = NOW) -> list[Moment]:
    return [item.moment for item in find_ago(text, Reader(languages), now)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("id", "5 menit yang lalu", FIVE_MINUTES),
        ("id", "Diposting 2 jam lalu", TODAY),
        ("id", "3 hari yang lalu", THREE_DAYS),
        ("id", "Kemarin", YESTERDAY),
        ("id", "Kemarin, 14.05", AT_FIVE_PAST_TWO),
        ("id", "Kemarin, 14:05 WITA", Moment(datetime(2026, 3, 1, 14, 5), 480, MINUTE)),
        ("id", "Hari ini, 08:30", Moment(datetime(2026, 3, 2, 8, 30), None, MINUTE)),
        ("en", "By Rina Aldous · 5 mins ago", FIVE_MINUTES),
        ("en", "5m ago", FIVE_MINUTES),
        ("en", "an hour ago", TODAY),
        ("en", "3 hours ago by Rina Aldous", TODAY),
        ("en", "Yesterday at 2:05 p.m.", AT_FIVE_PAST_TWO),
        ("de", "vor 5 Minuten", FIVE_MINUTES),
        ("de", "vor einer Stunde", TODAY),
        ("de", "gestern, 14:05 Uhr", AT_FIVE_PAST_TWO),
        ("de", "Vorgestern", Moment(datetime(2026, 2, 28), None, DAY)),
        ("fr", "Publié il y a 2 heures", TODAY),
        ("fr", "hier à 14h05", AT_FIVE_PAST_TWO),
        ("es", "hace 3 días", THREE_DAYS),
        ("pt", "há 3 dias", THREE_DAYS),
        ("it", "5 minuti fa", FIVE_MINUTES),
        ("nl", "3 uur geleden", TODAY),
        ("pl", "5 godzin temu", TODAY),
        ("ru", "5 часов назад", TODAY),
        ("tr", "3 saat önce", TODAY),
        ("vi", "3 giờ trước", TODAY),
        ("ar", "منذ ٣ ساعات", TODAY),
        ("th", "3 ชั่วโมงที่แล้ว", TODAY),
        ("ja", "公開 5分前", FIVE_MINUTES),
        ("ja", "3 時間前", TODAY),
        ("ko", "1시간 전", TODAY),
        ("zh", "5分钟前", FIVE_MINUTES),
    ],
)
def test_a_time_counted_from_now_is_read_in_its_language(language: str, text: str, expected: Moment) -> None:
    assert found(text, language) == [expected]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", ""),
        ("en", "2 min read"),
        ("en", "in 3 hours"),
        ("en", "2 days before the vote"),
        ("en", "2 weeks ago"),
        ("en", "9999 hours ago"),
        ("en", "The Daily Today"),
        ("en", "Today"),
        ("en", "What we learned yesterday"),
        ("de", "Haus war vor 3 Tagen abgebrannt"),
        ("ja", "3時前"),
        ("ja", "5分前に"),
        ("en", "12:05 ago"),
        ("xx", "3 hours ago"),
    ],
)
def test_what_is_no_time_counted_from_now_is_none(language: str, text: str) -> None:
    assert found(text, language) == []


def test_the_day_is_that_of_the_publishers_zone() -> None:
    just_past_midnight = datetime(2026, 3, 1, 17, 30, tzinfo=UTC)  # 00:30 of the 2nd in Jakarta
    assert found("kemarin", "id", now=just_past_midnight.astimezone(JAKARTA)) == [YESTERDAY]
    assert found("2 jam lalu", "id", now=just_past_midnight.astimezone(JAKARTA)) == [YESTERDAY]
    assert found("2 jam lalu", "id", now=just_past_midnight) == [YESTERDAY]
    assert found("kemarin", "id", now=just_past_midnight) == [Moment(datetime(2026, 2, 28), None, DAY)]


def test_without_a_zone_a_minute_bears_no_offset() -> None:
    assert found("5 menit lalu", "id", now=NOW.astimezone(UTC)) == [Moment(datetime(2026, 3, 2, 2, 55), None, MINUTE)]


def test_the_offset_is_that_of_the_time_and_not_of_now() -> None:
    after_the_change = datetime(2026, 3, 29, 3, 30, tzinfo=ZoneInfo("Europe/Berlin"))  # clocks went from 2 to 3
    assert found("vor 45 Minuten", "de", now=after_the_change) == [Moment(datetime(2026, 3, 29, 1, 45), 60, MINUTE)]


LANGUAGES = ["en", "id", "de", "fr", "es", "ru", "ar", "th", "ja", "ko", "zh", "xx", "zz-top"]
FORMS = [
    "{} minutes ago",
    "{} hours ago",
    "{} days ago",
    "vor {} Tagen",
    "yesterday, {}:{}",
    "today {}:{}",
    "{}分前",
    "hoy, {}.{}",
]
# Fetch times: the web is no older, and zones of whole minutes are.
INSTANTS = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.sampled_from([UTC, JAKARTA]))


@settings(deadline=None)  # the first example of a language reads its data
@given(st.text(max_size=60), st.sampled_from(LANGUAGES), INSTANTS)
def test_any_text_is_searched_without_error(text: str, language: str, now: datetime) -> None:
    assert isinstance(found(text, language, now=now), list)


@settings(deadline=None)  # the first example of a language reads its data
@given(st.sampled_from(FORMS), st.integers(0, 9999), st.integers(0, 99), INSTANTS)
def test_no_time_lies_beyond_the_day_of_now_or_long_ago(form: str, first: int, second: int, now: datetime) -> None:
    for moment in found(form.format(first, second), "en", "de", "es", "ja", now=now):
        wall = now.replace(tzinfo=None)
        assert wall - timedelta(days=368) < moment.wall < wall + timedelta(days=1)
        assert moment.precision in (DAY, MINUTE)


@settings(deadline=None)  # the first example of a language reads its data
@given(st.integers(0, 59), INSTANTS)
def test_minutes_are_counted_to_the_minute(minutes: int, now: datetime) -> None:
    [moment] = found(f"{minutes} minutes ago", "en", now=now)
    assert timedelta(0) <= now.astimezone(UTC) - timedelta(minutes=minutes) - moment.instant < timedelta(minutes=1)
