"""Time zone abbreviations as newspapers print them.

Belongs here: the table. Does not belong here: zones of sources (settings), arithmetic (moments.py).
"""

from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

# Minutes east of UTC, from the IANA database's own abbreviations and the national ones that it does not hold (WIB is in it, MEZ
# is German for CET). Left out: abbreviations that newspapers of several zones use for their own, where a guess would be hours
# wrong (BST stays: a British page is likelier than a Bangladeshi one to print it; IST and CST are decided by the page's country
# below).
_OFFSETS = {
    "UTC": 0, "GMT": 0, "WET": 0, "TSU": 0,
    "BST": 60, "WEST": 60, "CET": 60, "MEZ": 60, "WAT": 60, "SEČ": 60, "HNEC": 60,
    "CEST": 120, "MESZ": 120, "EET": 120, "CAT": 120, "SAST": 120, "SELČ": 120,
    "EEST": 180, "MSK": 180, "МСК": 180, "TRT": 180, "TSI": 180, "TSİ": 180, "EAT": 180, "AST": -240,
    "GST": 240, "PKT": 300, "NPT": 345, "MMT": 390,
    "WIB": 420, "ICT": 420,
    "WITA": 480, "HKT": 480, "SGT": 480, "MYT": 480, "PHT": 480, "PHST": 480, "AWST": 480,
    "WIT": 540, "JST": 540, "KST": 540,
    "ACST": 570, "AEST": 600, "ACDT": 630, "AEDT": 660, "NZST": 720, "NZDT": 780,
    "BRT": -180, "ART": -180, "NST": -210, "NDT": -150, "ADT": -180,
    "EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "AKST": -540, "AKDT": -480, "HST": -600,
}  # fmt: skip

# Printed by several countries for their own time: the country code of the page's domain decides, else the first meaning.
_BY_COUNTRY = {
    "IST": {"": 330, "ie": 60, "il": 120},
    "CST": {"": -360, "cn": 480, "tw": 480},
}

# "ET" says the place, not the offset: the offset follows from the day.
PLACES = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
    "MEZ/MESZ": "Europe/Berlin",
}

# Languages whose papers nearly all go by one clock; the clocks of German, Dutch and Scandinavian papers agree.
_OF_LANGUAGE = {
    "ja": "Asia/Tokyo", "ko": "Asia/Seoul", "th": "Asia/Bangkok", "vi": "Asia/Ho_Chi_Minh", "hi": "Asia/Kolkata",
    "ta": "Asia/Kolkata", "bn": "Asia/Dhaka", "ne": "Asia/Kathmandu", "my": "Asia/Yangon", "km": "Asia/Phnom_Penh",
    "fa": "Asia/Tehran", "he": "Asia/Jerusalem", "tr": "Europe/Istanbul", "el": "Europe/Athens", "bg": "Europe/Sofia",
    "ro": "Europe/Bucharest", "fi": "Europe/Helsinki", "et": "Europe/Tallinn", "lv": "Europe/Riga", "lt": "Europe/Vilnius",
    "uk": "Europe/Kyiv", "pl": "Europe/Warsaw", "cs": "Europe/Prague", "sk": "Europe/Bratislava", "hu": "Europe/Budapest",
    "sl": "Europe/Ljubljana", "hr": "Europe/Zagreb", "sr": "Europe/Belgrade", "it": "Europe/Rome", "de": "Europe/Berlin",
    "nl": "Europe/Amsterdam", "da": "Europe/Copenhagen", "sv": "Europe/Stockholm", "no": "Europe/Oslo",
    "is": "Atlantic/Reykjavik",
}  # fmt: skip

# Countries' domains that papers of everywhere have, as they have .com.
_SOLD_TO_ALL = frozenset((
    "ac", "ag", "ai", "am", "as", "bz", "cc", "cd", "co", "cx", "eu", "fm", "gg", "gl", "gs", "im", "io", "la", "li", "ly", "me",
    "ms", "mu", "nu", "pm", "pw", "sc", "sh", "st", "tk", "to", "tv", "vc", "vg", "ws",
))  # fmt: skip

ABBREVIATIONS = frozenset({*_OFFSETS, *_BY_COUNTRY, *PLACES})


def offset_of(abbreviation: str, country: str = "") -> int | None:
    """Minutes east of UTC, or None for what is no abbreviation of a fixed offset. `country`: last label of the page's host."""
    key = abbreviation.upper()
    if key in _BY_COUNTRY:
        return _BY_COUNTRY[key].get(country, _BY_COUNTRY[key][""])
    return _OFFSETS.get(key)


# All that clocks on land are set to somewhere, in minutes: whole hours and these.
_BROKEN_OFFSETS = frozenset((-570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825))
_WESTERNMOST, _EASTERNMOST = -11 * 60, 14 * 60


def is_offset(minutes: int) -> bool:
    """Whether some country's clocks are so far from UTC, and not on it."""
    is_whole = minutes % 60 == 0 and _WESTERNMOST <= minutes <= _EASTERNMOST
    return minutes != 0 and (is_whole or minutes in _BROKEN_OFFSETS)


def home_zone(country: str, language: str | None) -> str | None:
    """The IANA zone of a page by its domain's country, where that has one clock, else by its language, where that has one.

    `country`: last label of the page's host. For times that bear no zone, and only where the source says none: it is a guess, and
    a better one than UTC, which few papers print.
    """
    is_country = len(country) == 2 and country not in _SOLD_TO_ALL
    return _zones_of_countries().get(country) if is_country else _OF_LANGUAGE.get(language or "")


@cache
def _zones_of_countries() -> dict[str, str]:
    """From the IANA database's own list: each country whose zones agree in January and in July."""
    zones: dict[str, list[str]] = {}
    with (resources.files("tzdata") / "zoneinfo" / "zone.tab").open(encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                country, _, name, *_ = line.rstrip("\n").split("\t")
                zones.setdefault(country.lower(), []).append(name)
    zones["uk"] = zones["gb"]
    return {country: names[0] for country, names in zones.items() if len({_clock(name) for name in names}) == 1}


def _clock(zone: str) -> tuple[timedelta | None, ...]:
    return tuple(datetime(2026, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7))
