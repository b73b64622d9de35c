"""Dates and times as a reader reads them: "Senin, 17 Agustus 2020 13.30 WIB", "2024年4月17日 9時30分".

Belongs here: finding one in a short text, in the page's language. Does not belong here: where on the page to look (times.py).
"""

import importlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from transforms.moments import Moment, hour_of_day, moment, read_offset
from transforms.zones import ABBREVIATIONS, PLACES, offset_of

# dateparser's language data, generated from Unicode's CLDR and grown by its users; its own parser tries every format of every
# language and takes milliseconds, so only the names are used.
_MONTH_KEYS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DATA = "dateparser.data.date_translation_data"

_ZONE = "|".join(sorted(map(re.escape, ABBREVIATIONS), key=len, reverse=True))
_CLOCK = re.compile(
    rf"""(?<![\d:.,/])(?P<part>오후|오전|下午|上午|午後|午前|晚上|凌晨|早上|\bd[ue]\.)?\s?(?<![\d:.,/])(?P<hour>[01]?\d|2[0-4])(?:\s?[:.h٫]\s?|\s?(?:時|시|时|點|点)\s?)(?P<minute>[0-5]\d)\s?(?:分|분)?
    (?:[:.](?P<second>[0-5]\d))?(?![\d:]|[.,]\d|\s?%)
    (?:\s*(?P<half>[ap]\.?\s?m\b\.?|[μπ]\.?\s?μ\.?(?!\w)|مساءً?|مساء|صباحًا|صباحاً?|[مص](?!\w)|(?:CH|SA|PTG|PG)\b))?
    (?:\s*(?:Uhr|h|hrs?|น\.)\b)?
    (?:\s*[(|,]?\s*(?P<zone>(?:{_ZONE})\b(?:\s?[+-]\d{{1,2}}(?::?\d{{2}})?)?|[+-]\d{{2}}:?\d{{2}}))?""",
    re.VERBOSE | re.IGNORECASE,
)
_HOUR_ONLY = re.compile(r"(?<![\d:.,/])(?P<hour>1[0-2]|[1-9])\s?(?P<half>[ap]\.?m\b\.?)", re.IGNORECASE)
_NUMERIC = re.compile(r"(?<![\d/.-])(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d/-]|\.\d)")
_YEAR_FIRST = re.compile(r"(?<![\d/.-])((?:19|20)\d{2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?![\d/-])")
_IDEOGRAPHIC = re.compile(r"((?:19|20)\d{2})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")

_ERA = re.compile(r"(令和|平成|昭和)\s?(\d{1,2}|元)\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日")
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}  # the year before an emperor's first

# Korean, Chinese and Japanese name the half of the day before the hour.
_HALVES = {
    "오후": "pm",
    "下午": "pm",
    "午後": "pm",
    "晚上": "pm",
    "오전": "am",
    "上午": "am",
    "午前": "am",
    "凌晨": "am",
    "早上": "am",
    "du.": "pm",  # Hungarian
    "de.": "am",
}
# Others name it after the clock: Greek, Arabic, Vietnamese, Malay.
_AFTERNOONS = ("p", "μ", "م", "ch", "ptg")
_LOCAL_HALVES = {"ch": "vi", "sa": "vi", "ptg": "ms", "pg": "ms"}  # ordinary words elsewhere

# Between a date and its time stand a separator, a weekday or a word ("at", "um", "pukul", "klokken"): never a sentence.
_BETWEEN = 25

NATIVE_DIGITS = {
    ord(digit): str(index % 10) for zero in "٠۰०০๐" for index, digit in enumerate(chr(ord(zero) + n) for n in range(10))
}

_WHOLE_YEAR = re.compile(r"(?<!\d)(?:19|20|25)\d{2}(?!\d)")
_ORDERS = range(1, 5)  # of day, month and year in _months()
_LONGEST_THAI_ABBREVIATION = 4
_NUKTAS = dict.fromkeys((0x093C, 0x09BC, 0x0A3C, 0x0ABC, 0x0B3C))

# Buddhist years are 543 ahead; Thai papers print them.
_BUDDHIST = 543


@dataclass(frozen=True, slots=True)
class Found:
    """A time found in a text, and where its date begins."""

    moment: Moment
    start: int


@dataclass(frozen=True, slots=True)
class Reader:
    """How to read dates on a page: whose month names, whether 4/5 is the 5th of April, whose IST."""

    languages: tuple[str, ...]
    month_first: bool = False
    country: str = ""  # last label of the page's host

    def find(self, text: str) -> Iterator[Found]:
        """Every date of a text in order, each with the time beside it if there is one. Never raises."""
        text = _unmarked(text.translate(NATIVE_DIGITS))
        for start, end, day in self._dates(text):
            clock = self._clock_beside(text, start, end)
            try:
                found = self._moment(day, clock)
            except (ValueError, OverflowError):
                continue
            if found:
                yield Found(found, start)

    def at_clock(self, text: str, start: int, end: int, day: date) -> Moment | None:
        """The time of a day that text[start:end] names ("yesterday"), if a clock stands beside it."""
        clock = self._clock_beside(text, start, end)
        try:
            return self._moment(day, clock) if clock else None
        except (ValueError, OverflowError):
            return None

    def _dates(self, text: str) -> Iterator[tuple[int, int, date]]:
        spans = [*self._numeric(text), *self._worded(text)]
        last = -1
        for start, end, day in sorted(spans, key=lambda span: (span[0], -span[1])):
            if start >= last:
                yield start, end, day
                last = end

    def _numeric(self, text: str) -> Iterator[tuple[int, int, date]]:
        for pattern in (_YEAR_FIRST, _IDEOGRAPHIC):
            for match in pattern.finditer(text):
                numbers = [group for group in match.groups() if group.isdigit()]
                if day := _date(int(numbers[0]), int(numbers[1]), int(numbers[2])):
                    yield match.start(), match.end(), day
        for match in _ERA.finditer(text):
            year = _ERAS[match[1]] + (1 if match[2] == "元" else int(match[2]))
            if day := _date(year, int(match[3]), int(match[4])):
                yield match.start(), match.end(), day
        for match in _NUMERIC.finditer(text):
            first, second, year = int(match[1]), int(match[3]), int(match[4])
            month_first = (self.month_first or second > 12) and first <= 12 and match[2] != "."
            day = _date(year, first, second) if month_first else _date(year, second, first)
            if day:
                yield match.start(), match.end(), day

    def _worded(self, text: str) -> Iterator[tuple[int, int, date]]:
        # Each order of day, month and year has a whole year; the patterns of hundreds of month names are dear.
        for language in self.languages if _WHOLE_YEAR.search(text) else ():
            names, pattern = _months(language)
            if pattern is None:
                continue
            for match in pattern.finditer(text):
                year, month, number = (next(filter(None, (match[f"{part}{n}"] for n in _ORDERS))) for part in "ymd")
                if day := _date(int(year), names[_key(month)], int(number)):
                    yield match.start(), match.end(), day

    def _clock_beside(self, text: str, start: int, end: int) -> re.Match[str] | None:
        after = text[end : end + _BETWEEN + 30]
        for pattern in (_CLOCK, _HOUR_ONLY):
            match = pattern.search(after)
            if match and match.start() <= _BETWEEN and not re.search(r"\d", after[: match.start()]):
                return match
        before = text[max(0, start - _BETWEEN - 30) : start]
        matches = list(_CLOCK.finditer(before))
        return matches[-1] if matches and len(before) - matches[-1].end() <= _BETWEEN else None

    def _moment(self, day: date, clock: re.Match[str] | None) -> Moment | None:
        if clock is None:
            return moment(day, None)
        parts = clock.groupdict()
        half = self._half(parts["half"]) or _HALVES.get((parts.get("part") or "").lower())
        hour, minute = hour_of_day(int(parts["hour"]), half), int(parts.get("minute") or 0)
        second = int(parts["second"]) if parts.get("second") else None
        return moment(day, (hour, minute, second), self._offset(day, (hour % 24, minute), parts.get("zone")))

    def _half(self, said: str | None) -> str | None:
        """am or pm, as the word after a clock says in one of the page's languages."""
        word = (said or "").lower()
        if not word or _LOCAL_HALVES.get(word, "") not in ("", *self.languages):
            return None
        return "pm" if word.startswith(_AFTERNOONS) else "am"

    def _offset(self, day: date, clock: tuple[int, int], zone: str | None) -> int | None:
        if not zone:
            return None
        if place := PLACES.get(zone.upper()):
            offset = datetime(day.year, day.month, day.day, *clock, tzinfo=ZoneInfo(place)).utcoffset()
            return int(offset.total_seconds() // 60) if offset is not None else None
        return offset_of(zone, self.country) if zone.isalpha() else read_offset(zone)


def _date(year: int, month: int, day: int) -> date | None:
    if year < 100:
        year += 2000
    if 2500 <= year <= 2600:
        year -= _BUDDHIST
    try:
        return date(year, month, day)
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _months(language: str) -> tuple[dict[str, int], re.Pattern[str] | None]:
    """A language's month names in lower case without dots, and the pattern of a date with one; ({}, None) for one without data.

    The pattern's groups are d1, m1, y1 for day, month, year; d2, m2, y2 for another order; and so on.
    """
    names: dict[str, int] = {}
    for data in (language_data(language), language_data(f"{language}-Latn")):
        for number, key in enumerate(_MONTH_KEYS, start=1):
            names.update({_key(name): number for name in data.get(key, []) if name.isascii() or len(name) > 1})
    words = [_spelt(name) for name in sorted(names, key=len, reverse=True) if not name.isdigit()]
    if not words:
        return {}, None
    # Arab papers print both names of a month: "12 فبراير/شباط 2026".
    month = rf"(?P<m{{n}}>{'|'.join(words)})\.?(?:\s?/\s?[^\W\d_]+)?"
    day = r"(?<!\d)(?P<d{n}>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?"
    year = r"(?P<y{n}>(?:19|20|25)\d{{2}})(?!\d)"
    joint = r"[\s.,-]*(?:(?:de|del|da|di|of|tháng)\s+)?"
    orders = (
        f"{day}{joint}{month}{joint},?\\s*{year}",  # 12 February 2026, 12-Feb-2026, 12 de febrero de 2026
        f"\\b{month}\\s+{day},?\\s+{year}",  # February 12, 2026
        f"(?<!\\d){year}[\\s.]*(?:m\\.\\s*)?{month}\\s*{day}(?!\\d)",  # 2026. február 12.; 2026 m. vasario 12 d.
        f"(?<!\\d){year}\\.?\\s+gada\\s+{day}\\s*{month}",  # 2026. gada 12. februāris
    )
    return names, re.compile("|".join(order.format(n=n) for n, order in enumerate(orders, start=1)), re.IGNORECASE)


def _key(name: str) -> str:
    return _unmarked(name).casefold().replace(".", "")


def _spelt(name: str) -> str:
    """A month's name as a pattern. Thai abbreviations are printed with dots between the letters: "ก.พ.", "มี.ค."."""
    is_thai = "\u0e00" <= name[:1] <= "\u0e7f" and len(name) <= _LONGEST_THAI_ABBREVIATION
    return r"\.?".join(map(re.escape, name)) if is_thai else re.escape(name)


def _unmarked(text: str) -> str:
    """Composed letters, without the dots below that Hindi and Bengali papers set or leave out: फ़रवरी, फरवरी."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_NUKTAS)


def language_data(language: str) -> dict[str, Any]:
    """dateparser's words of a language, {} for one that it has not."""
    if not re.fullmatch(r"[a-z]{2,3}(?:-Latn)?", language):
        return {}
    try:
        return dict(importlib.import_module(f"{_DATA}.{language}").info)
    except ImportError:
        return {}
