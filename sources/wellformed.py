"""What a single value of the configuration must look like: each check gives the problem in words, or None.

Belongs here: the form of URLs, host names, language codes and zone names. Does not belong here: files, tables, defaults.
"""

import difflib
import re
import zoneinfo
from urllib.parse import urlsplit


def url_problem(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as exc:
        return f"is not a URL: {exc}"
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return "must be a whole URL, http://... or https://..."
    if parts.username is not None or parts.password is not None:
        return "must not hold a user name or password: they would end up in logs and tables"
    if re.search(r"[\s\x00-\x1f]", url):
        return "must not hold spaces or control characters"
    unknown = set(re.findall(r"\{[^}]*\}?|\}", url)) - {"{yyyy}", "{mm}", "{dd}"}
    return f"only {{yyyy}}, {{mm}} and {{dd}} may stand in braces (the night's date), not {min(unknown)}" if unknown else None


def listing_problem(url: str) -> str | None:
    """As of any URL, but {page} may stand in it too."""
    return url_problem(url.replace("{page}", "1"))


def pattern_problem(pattern: str) -> str | None:
    try:
        re.compile(pattern)
    except re.error as exc:
        return f"is not a regular expression: {exc}"
    return None


def language_problem(code: str) -> str | None:
    return None if re.fullmatch(r"[a-z]{2}", code) else "must be a two-letter ISO 639-1 code such as 'id' or 'en'"


def host_problem(host: str) -> str | None:
    good = re.fullmatch(r"(?!-)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[?[0-9a-fA-F:.]+\]?", host)
    return None if good else "must be a bare host name such as 'news.example.org', without scheme, port or path"


def timezone_problem(name: str) -> str | None:
    known = zoneinfo.available_timezones()
    if name in known:
        return None
    near = difflib.get_close_matches(name, sorted(known), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{name!r} is no IANA zone name such as 'Asia/Jakarta' or 'UTC'{hint}"
