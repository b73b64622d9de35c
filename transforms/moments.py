"""Times as machines write them, read without guessing: ISO 8601 and its usual misspellings, e-mail dates, epoch numbers.

Belongs here: from one string to a Moment. Does not belong here: times in a person's words (datewords.py), choosing (times.py).
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from transforms.zones import offset_of

SECOND, MINUTE, DAY = "second", "minute", "day"

# News pages exist since the 1990s, but archives put older papers online.
_FIRST_YEAR, _LAST_YEAR = 1800, 2200
_LARGEST_OFFSET = 14 * 60

_ISO = re.compile(
    r"""^\s*(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})
    (?:(?:\s*T\s*|\s+|,\s*)(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?
    \s*(?P<half>[AaPp]\.?[Mm]\b)?\s*(?P<zone>[Zz]|(?:GMT|UTC)?\s*[+-]\d{1,2}:?\d{2}|[+-]\d{1,2}(?!\d)|[A-Za-z]{2,5})?)?\s*(?P<rest>.*)$""",
    re.VERBOSE,
)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{2}:?\d{2})?)?$")
_EPOCH = re.compile(r"^\d{9,10}(?:\d{3})?(?:\.\d+)?$")
_E_MAIL = re.compile(r"^[A-Za-z]{3,9},?\s+\d{1,2}[\s-]+[A-Za-z]{3}[a-z]*[\s-]+\d{2,4}\s+\d{1,2}:\d{2}")
# Java's Date.toString(): "Fri Apr 28 19:20:36 CEST 2023"
_JAVA = re.compile(r"^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d{2}):(\d{2}):(\d{2}) ([A-Z]{2,5}|GMT[+-]\d{2}:\d{2}) (\d{4})$")
_OFFSET = re.compile(r"^(?:GMT|UTC)?\s*([+-])(\d{1,2}):?(\d{2})?$")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as written: the clock's reading, the offset if it was said (minutes), and how much of it was said."""

    wall: datetime  # naive
    offset: int | None = None
    precision: str = SECOND

    @property
    def instant(self) -> datetime:
        """UTC; a time without offset is taken as UTC, and so is a day's midnight."""
        zone = timezone(timedelta(minutes=self.offset or 0))
        try:
            return self.wall.replace(tzinfo=zone).astimezone(UTC)
        except OverflowError:  # the first and last hours of the calendar
            return self.wall.replace(tzinfo=UTC)

    @property
    def is_midnight(self) -> bool:
        return self.precision != DAY and (self.wall.hour, self.wall.minute, self.wall.second) == (0, 0, 0)

    @property
    def is_whole(self) -> bool:
        """Whether another source can add nothing. UTC may stand for a publisher's clock elsewhere."""
        return self.precision != DAY and not self.is_midnight and self.offset not in (None, 0)

    def __str__(self) -> str:
        """For people: "2020-08-17 13:30 +07:00"; without what was not said."""
        text = self.wall.strftime({DAY: "%Y-%m-%d", MINUTE: "%Y-%m-%d %H:%M"}.get(self.precision, "%Y-%m-%d %H:%M:%S"))
        if self.offset is None or self.precision == DAY:
            return text
        return f"{text} {'-' if self.offset < 0 else '+'}{abs(self.offset) // 60:02d}:{abs(self.offset) % 60:02d}"

    def as_day(self) -> "Moment":
        return replace(self, wall=self.wall.replace(hour=0, minute=0, second=0), precision=DAY, offset=None)


def read_moment(text: object) -> Moment | None:
    """The time that a machine-readable value states, or None. Never raises."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        return None
    value = str(text).strip()
    try:
        return _iso(value) or _compact(value) or _epoch(value) or _e_mail(value) or _java(value)
    except (ValueError, OverflowError, OSError):
        return None


def moment(day: date, clock: tuple[int, int, int | None] | None, offset: int | None = None) -> Moment | None:
    """A Moment from its parts; None if they are no time of the calendar."""
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        return None
    if clock is None:
        return Moment(datetime(day.year, day.month, day.day), None, DAY)
    hour, minute, second = clock
    if hour == 24 and minute == 0:
        hour, day = 0, day + timedelta(days=1)
    if hour > 23 or minute > 59 or (second or 0) > 59:
        return None
    wall = datetime(day.year, day.month, day.day, hour, minute, second or 0)
    return Moment(wall, offset, MINUTE if second is None else SECOND)


def read_offset(zone: str | None) -> int | None:
    """Minutes east of UTC of "+07:00", "GMT+7", "Z" or an abbreviation that means one zone only; else None."""
    if not zone:
        return None
    zone = zone.strip()
    if zone in ("Z", "z"):
        return 0
    if match := _OFFSET.match(zone):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return None if minutes > _LARGEST_OFFSET else (-minutes if match[1] == "-" else minutes)
    return offset_of(zone)


def hour_of_day(hour: int, half: str | None) -> int:
    """24-hour clock: (12, "am") -> 0, (1, "p.m.") -> 13."""
    if not half or hour > 12:
        return hour
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _iso(value: str) -> Moment | None:
    match = _ISO.match(value)
    if match is None:
        return None
    day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    if match["hour"] is None:
        return None if match["rest"][:1].isdigit() else moment(day, None)
    seconds = int(match["second"]) if match["second"] else None
    clock = (hour_of_day(int(match["hour"]), match["half"]), int(match["minute"]), min(seconds, 59) if seconds else seconds)
    return moment(day, clock, read_offset(match["zone"]))


def _compact(value: str) -> Moment | None:
    match = _COMPACT.match(value)
    if match is None:
        return None
    day = date(int(match[1]), int(match[2]), int(match[3]))
    clock = (int(match[4]), int(match[5]), int(match[6]) if match[6] else None) if match[4] else None
    return moment(day, clock, read_offset(match[7]))


def _epoch(value: str) -> Moment | None:
    if not _EPOCH.match(value):
        return None
    seconds = float(value)
    wall = datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, tz=UTC)
    return Moment(wall.replace(tzinfo=None, microsecond=0), 0)


def _e_mail(value: str) -> Moment | None:
    if not _E_MAIL.match(value):
        return None
    parsed = parsedate_to_datetime(value)
    offset = parsed.utcoffset()
    minutes = None if offset is None else int(offset.total_seconds() // 60)
    return Moment(parsed.replace(tzinfo=None), minutes) if abs(minutes or 0) <= _LARGEST_OFFSET else None


def _java(value: str) -> Moment | None:
    match = _JAVA.match(value)
    if match is None:
        return None
    day = datetime.strptime(f"{match[2]} {match[1]} {match[7]}", "%d %b %Y").date()
    return moment(day, (int(match[3]), int(match[4]), int(match[5])), read_offset(match[6]))
