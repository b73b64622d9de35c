"""Times as said from where the reader stands: "3 hours ago", "kemarin, 14.05 WIB", "vor 5 Minuten", "1시간 전".

Belongs here: finding one in a short text. Does not belong here: where on the page to look (agolines.py), absolute dates
(datewords.py).

How much such a form knows decides the precision. Minutes ago: a minute. Hours ago: a day and no clock, since what is said is up
to an hour short of the truth (so that what came late in the evening may be given the next day). Days ago: a day. Yesterday with
a clock beside it: a minute. Weeks and more name no day, and are no time.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from transforms.datewords import NATIVE_DIGITS, Found, Reader, language_data
from transforms.moments import MINUTE, Moment, moment
from transforms.names import has_lead_in

# dateparser's data has the forms that CLDR lists ("(\d++[.,]?\d*+) hours ago") and, apart, more words for the units and for
# "ago". The forms show where these words stand, so that "5 часов назад" is read though only "5 часа назад" is listed.
_NUMBER_IN_DATA = r"(\d++[.,]?\d*+)"
_UNITS = {"second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_EXACT = ("second", "minute")  # known to the minute
_DAY_WORDS = {f"{days} day ago": days for days in range(4)}  # today, yesterday, vorgestern, 大前天
# "Before" counts from an event: "2 days before the vote".
_NOT_AGO = frozenset(("before",))
_LONGEST_AGO = timedelta(days=366)
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Words:
    """A language's forms: a pattern per unit whose only filled group is the number, and one of its words for days."""

    numbers: dict[str, int]
    units: dict[str, re.Pattern[str]]
    days: dict[str, int]
    day: re.Pattern[str] | None


def find_ago(text: str, reader: Reader, now: datetime) -> Iterator[Found]:
    """Every such time of a text, in the languages of `reader`. Never raises.

    `now`: when the page was read, aware, in the publisher's zone; in datetime.UTC where that is not known, and then the times
    bear no offset.
    """
    text = text.translate(NATIVE_DIGITS)
    for language in reader.languages:
        words = _words(language)
        yield from _counted(text, words, now)
        yield from _named(text, words, reader, now)


def _counted(text: str, words: _Words, now: datetime) -> Iterator[Found]:
    """ "3 hours ago" """
    for unit, pattern in words.units.items():
        for match in pattern.finditer(text):
            said = next(group for group in match.groups() if group)
            ago = _UNITS[unit] * (int(said) if said.isdigit() else words.numbers[said.casefold()])
            if ago <= _LONGEST_AGO and _ends_there(text[match.end() :]):
                yield Found(_before(now, ago, is_exact=unit in _EXACT), match.start())


def _named(text: str, words: _Words, reader: Reader, now: datetime) -> Iterator[Found]:
    """ "Yesterday, 14:05"; "Yesterday" where nothing else stands. "Today" alone is as often the outlet's name."""
    for match in words.day.finditer(text) if words.day else ():
        days = words.days[match[0].casefold()]
        day = (now - timedelta(days=days)).date()
        if found := reader.at_clock(text, match.start(), match.end(), day):
            yield Found(found, match.start())
        elif days and match[0] == text.strip() and (alone := moment(day, None)):
            yield Found(alone, match.start())


def _before(now: datetime, ago: timedelta, *, is_exact: bool) -> Moment:
    then = (now.astimezone(UTC) - ago).astimezone(now.tzinfo)
    offset = None if now.tzinfo is UTC else then.utcoffset()
    minutes = None if offset is None else int(offset.total_seconds() // 60)
    exact = Moment(then.replace(tzinfo=None, second=0, microsecond=0), minutes, MINUTE)
    return exact if is_exact else exact.as_day()


def _ends_there(rest: str) -> bool:
    """Whether the form stands by itself: "vor 3 Tagen | Kommentare", not "vor 3 Tagen ausgebrochen"."""
    rest = rest.lstrip()
    return not rest[:1].isalpha() or has_lead_in(rest)


@lru_cache(maxsize=64)
def _words(language: str) -> _Words:
    info = language_data(language)
    numbers = {
        word.casefold(): int(number)
        for entry in info.get("simplifications", [])
        for word, number in entry.items()
        if number.isdigit() and re.fullmatch(r"[^\W\d_]+", word)
    }
    number = rf"(\d{{1,4}}|{'|'.join(numbers)})" if numbers else r"(\d{1,4})"
    units = {unit: alternatives for unit in _UNITS if (alternatives := list(_alternatives(info, unit, number)))}
    names = {name.casefold(): days for key, days in _DAY_WORDS.items() for name in (info.get("relative-type") or {}).get(key, [])}
    return _Words(
        numbers,
        {unit: re.compile("|".join(alternatives), re.IGNORECASE) for unit, alternatives in units.items()},
        names,
        re.compile(rf"(?<!\w)(?:{_any_of(names)})(?![^\W\d_])", re.IGNORECASE) if names else None,
    )


def _alternatives(info: dict[str, Any], unit: str, number: str) -> Iterator[str]:
    """Patterns of "<number> <unit> ago" in the order of the language."""
    for before, after in (form.split(_NUMBER_IN_DATA) for form in _forms(info, unit)):
        yield _bounded(_loosely(before), number, _loosely(after))
    words = _any_of(word for word in info.get(unit) or () if len(word) > 1)
    if words:
        for before, after in sorted(_frames(info)):
            yield _bounded(_loosely(re.escape(before)), number, rf"\s*(?:{words}){_loosely(re.escape(after))}")


def _forms(info: dict[str, Any], unit: str) -> Iterator[str]:
    yield from (
        form for form in (info.get("relative-type-regex") or {}).get(f"\\1 {unit} ago", []) if form.count(_NUMBER_IN_DATA) == 1
    )


def _frames(info: dict[str, Any]) -> set[tuple[str, str]]:
    """What stands before the number and after the unit: ("vor ", ""), ("", " yang lalu"), ("", "前")."""
    frames = {("", f" {word}") for word in info.get("ago") or () if word not in _NOT_AGO}
    frames |= {(f"{word} ", "") for word in info.get("ago") or () if word not in _NOT_AGO and not _UNSPACED.match(word)}
    for unit in _UNITS:
        for form in _forms(info, unit):
            before, after = form.split(_NUMBER_IN_DATA)
            after = after.removeprefix(r"\s*").lstrip()
            word = max((w for w in info.get(unit) or () if after.casefold().startswith(w.casefold())), key=len, default="")
            rest = after[len(word) :]
            if word and (before or rest) and (not rest[:1].isalpha() or _UNSPACED.match(rest)):
                frames.add((before, rest))
    return frames


def _bounded(before: str, number: str, after: str) -> str:
    start = r"(?<!\w)" if before else r"(?<![\d.,:/-])(?<![^\W\d_]-)"
    return rf"{start}{before}{number}{after}(?![^\W\d_])"


def _loosely(pattern: str) -> str:
    """No matter how much white space: pages write "3hours", "3 時間前", and no-break spaces."""
    return pattern.replace(r"\ ", " ").replace(" ", r"\s*")


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))
