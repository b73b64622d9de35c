"""What a source still tells of past days, for a backfill: places with a date in their URL, and sitemaps of all pages.

Belongs here: which places these are, and which of their pages are of the days asked for. Does not belong here: asking them.
A feed without a date in its URL shows the present alone, and so does a list.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sources.config import Source
from transforms.records import Hints

_PLACES = ("{yyyy}", "{mm}", "{dd}")
# /2024/04/17/, -2024-04-17, 20240417
_DAY_IN_URL = re.compile(r"(?<!\d)(19[89]\d|20\d\d)([/_.-]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")


def dated(url: str, day: date) -> str:
    """A URL with a night's date in its places."""
    filled = url.replace("{yyyy}", f"{day.year:04}").replace("{mm}", f"{day.month:02}")
    return filled.replace("{dd}", f"{day.day:02}")


def is_dated(url: str) -> bool:
    """Whether a URL has a place for the date."""
    return any(place in url for place in _PLACES)


def asked_for_days(source: Source, first: date, last: date) -> Source | None:
    """The source as a backfill asks it for these days, both included; None if it tells nothing of past days.

    Limits that are meant for a night (max_age_days, max_pages) do not count.
    """
    named = (*source.feeds, *source.sitemaps, *source.lists, *source.listings, *source.own_places)
    if not source.sitemaps and not any(is_dated(url) for url in named):
        return None
    return replace(source, days=(first, last), max_age_days=None, max_pages=None)


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def places(via: str, named: Sequence[str], source: Source, day: date) -> list[tuple[str, bool]]:
    """The feeds, sitemaps, lists or listings (`via`) to ask, each once, and whether its URL bears the day asked for."""
    if source.days is None:
        return [(dated(url, day), False) for url in named]
    found = {dated(url, each): True for url in named if is_dated(url) for each in days_between(*source.days)}
    if via == "sitemap":
        found |= {url: False for url in named if not is_dated(url)}
    return list(found.items())


def other_day(url: str, hints: Hints, source: Source) -> str | None:
    """Why a page is of none of the days asked for; None if it is of one, or if the source is asked for no past days.

    Its publication time decides, else the date in its URL, else the time of its last change; one that says nothing is of none.
    """
    if source.days is None:
        return None
    first, last = source.days
    asked = f"{first} to {last} are asked for"
    of = day_of(url, hints, source.timezone)
    if of is None:
        return f"neither its URL nor its sitemap says of which day it is; {asked}"
    return None if first <= of <= last else f"of {of}; {asked}"


def day_of(url: str, hints: Hints, timezone: str | None) -> date | None:
    """The day of a page, in the source's zone."""
    if hints.published_at is not None:
        return _local(hints.published_at, timezone)
    if (in_url := day_in_url(url)) is not None:
        return in_url
    # A day's end stands for a day that a sitemap gives without a time.
    return _local(hints.modified_at - timedelta(seconds=1), timezone) if hints.modified_at is not None else None


def day_in_url(url: str) -> date | None:
    """The last date that a URL spells out."""
    found = None
    for match in _DAY_IN_URL.finditer(url):
        try:
            found = date(int(match[1]), int(match[3]), int(match[4]))
        except ValueError:  # 31 February
            continue
    return found


def unchanged_since(hints: Hints, source: Source) -> bool:
    """Whether a part of a sitemap index last changed before the days asked for."""
    if source.days is None or hints.modified_at is None:
        return False
    return _local(hints.modified_at, source.timezone) < source.days[0]


def _local(at: datetime, timezone: str | None) -> date:
    return at.astimezone(ZoneInfo(timezone) if timezone else UTC).date()
