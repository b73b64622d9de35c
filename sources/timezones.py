"""Which time zone a site writes its times in, guessed from its country and the offsets that it uses.

Belongs here: the zones of a country, and the choice among them. Does not belong here: reading pages or feeds.
"""

import importlib.resources
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

# Country domains whose code is not ISO 3166's, or that are sold all over the world.
_DOMAIN_COUNTRY = {"uk": "GB"}
_WORLDWIDE = frozenset(
    {"co", "io", "tv", "me", "ai", "fm", "ly", "cc", "ws", "to", "gg", "is", "sh", "la", "am", "nu", "eu", "su"}
)

# Languages that are a country's own: where the domain names no country, they do.
_LANGUAGE_COUNTRY = {
    "id": "ID", "ja": "JP", "ko": "KR", "th": "TH", "vi": "VN", "pl": "PL", "cs": "CZ", "sk": "SK", "hu": "HU", "el": "GR",
    "he": "IL", "tr": "TR", "uk": "UA", "bg": "BG", "ro": "RO", "lt": "LT", "lv": "LV", "et": "EE", "is": "IS", "fi": "FI",
    "da": "DK", "sl": "SI", "hr": "HR", "ka": "GE", "hy": "AM", "az": "AZ",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ZoneGuess:
    """`zone` is set where nothing else is possible; else `possible` are the zones to choose from. `why`: in words."""

    zone: str | None
    possible: tuple[str, ...]
    why: str


NO_GUESS = ZoneGuess(None, (), "")


def guess_zone(domain: str, language: str | None, offsets: Sequence[timedelta], now: datetime) -> ZoneGuess:
    """`domain`: the last label of the host. `offsets`: those that the site's feeds bear, most frequent first."""
    country, why = _country(domain.lower(), language)
    zones = _zones().get(country, ())
    used = next((offset for offset in offsets if offset), None)  # +00:00 is what programs write that know no zone
    if used is not None and zones:
        fitting = tuple(zone for zone in zones if now.astimezone(ZoneInfo(zone)).utcoffset() == used)
        zones, why = (fitting, f"{why} and the offset of its feeds, {_words(used)}") if fitting else (zones, why)
    distinct = _distinct(zones, now)
    if len(distinct) == 1:
        return ZoneGuess(distinct[0], distinct, why)
    if not zones and used is not None:
        return ZoneGuess(None, (), f"its feeds bear the offset {_words(used)}")
    return ZoneGuess(
        None, distinct, f"{why}: {len(distinct)} zones are possible" if distinct else "nothing says in which country it is"
    )


def _country(domain: str, language: str | None) -> tuple[str, str]:
    code = _DOMAIN_COUNTRY.get(domain, domain.upper())
    if domain not in _WORLDWIDE and code in _zones():
        return code, f"by its domain, .{domain}"
    country = _LANGUAGE_COUNTRY.get(language or "")
    return (country, f"by its language, {language}") if country else ("", "")


def _distinct(zones: Sequence[str], now: datetime) -> tuple[str, ...]:
    """One zone of those whose clocks agree all through this year: the first, which is the most populous."""
    found: dict[tuple[timedelta | None, ...], str] = {}
    for zone in zones:
        year = tuple((now + timedelta(days=30 * month)).astimezone(ZoneInfo(zone)).utcoffset() for month in range(12))
        found.setdefault(year, zone)
    return tuple(found.values())


def _words(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


@cache
def _zones() -> dict[str, tuple[str, ...]]:
    """ISO 3166 code -> its zones, most populous first, as the time zone database has them. Empty where there is none."""
    zones: dict[str, tuple[str, ...]] = {}
    known = zoneinfo.available_timezones()
    for line in next(_tables(), "").splitlines():
        columns = line.split("\t")
        if not line.startswith("#") and len(columns) > 2 and columns[2] in known:
            zones[columns[0]] = (*zones.get(columns[0], ()), columns[2])
    return zones


def _tables() -> Iterator[str]:
    for folder in zoneinfo.TZPATH:
        path = Path(folder) / "zone.tab"
        if path.is_file():
            yield path.read_text(encoding="utf-8")
    try:
        yield importlib.resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    except (ModuleNotFoundError, OSError):
        return
