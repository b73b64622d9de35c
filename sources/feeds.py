"""Reading RSS, Atom and JSON feeds out of bytes that were fetched already.

Belongs here: which URLs a feed names and what it says of them. Does not belong here: fetching; which of them are
wanted.
"""

import html
import json
import re
import xml.parsers.expat
import xml.sax
from calendar import timegm
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import feedparser

from sources.storable import storable
from transforms.records import Hints

# Zone names that RFC 822 fixes; others ("WIB", "AEST") feedparser reads as UTC, which is hours off.
_RFC822_ZONE = re.compile(
    r"(?:\b(?:GMT|UTC?|Z|EST|EDT|CST|CDT|MST|MDT|PST|PDT)|\dZ|[+-]\d\d:?\d\d)\s*(?:\([^)]*\))?\s*$", re.IGNORECASE
)
_CLOCK = re.compile(r"\d:\d\d|\dT\d\d")
_TAG = re.compile(r"<[^>]+>")

_MARKUP = re.compile(rb"<!\[CDATA\[.*?\]\]>|<(/?)[A-Za-z][^<>]*?(/?)>", re.DOTALL)

# The lenient parser that broken feeds fall back to takes time by the square of the depth: 0.3 s at this one, minutes at
# ten times it.
_DEEPEST = 20_000

_BEFORE_MARKUP = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\f"


class UnreadableError(Exception):
    """The bytes are no feed or sitemap that can be read safely; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Link:
    """One page that a feed, sitemap or list names, its URL absolute where it could be made so."""

    url: str
    hints: Hints = field(default_factory=Hints)


def read_feed(data: bytes, url: str, content_type: str | None, timezone: str | None) -> list[Link]:
    """The entries of a feed with a link, in its order. `url` resolves relative links, `timezone` dates without an
    offset.

    Raises UnreadableError for what is no feed: HTML, a binary, XML that declares entities.
    """
    start = data[:4096].lstrip(_BEFORE_MARKUP)
    if start.startswith(b"{"):
        return _read_json(data, url, timezone)
    refuse_unsafe_markup(data)
    if _is_too_deep(data):
        raise UnreadableError(f"it is nested too deep: beyond {_DEEPEST} elements")
    headers = {"content-type": content_type} if content_type else {}
    # Without a base: given one, the parser joins links itself and drops those that it takes for no URL. Without sanitising and
    # resolving inside texts: only links, titles and times are read, and those two cost most of the time.
    try:
        parsed = feedparser.parse(data, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception as exc:  # of many kinds: half a character that is written as a reference ends it, for one
        raise UnreadableError(storable(f"it is a feed that the parser fails on: {type(exc).__name__}: {exc}"[:300])) from exc
    if not parsed.get("version") and not parsed.entries:
        raise UnreadableError(f"it is no feed: {describe(data)}{_complaint(parsed)}")
    if parsed.get("bozo") and not parsed.entries and isinstance(parsed.get("bozo_exception"), xml.sax.SAXException):
        raise UnreadableError(f"it is a feed without one readable entry{_complaint(parsed)}")
    language = language_code(parsed.feed.get("language"))
    is_rss = str(parsed.get("version", "")).startswith("rss")
    links = (_entry_link(entry, url, timezone, language, is_rss=is_rss) for entry in parsed.entries)
    return [link for link in links if link is not None]


def _entry_link(entry: Any, base: str, timezone: str | None, language: str | None, *, is_rss: bool) -> Link | None:
    target = entry.get("feedburner_origlink") or entry.get("link")
    if not target and str(entry.get("id", "")).startswith(("http://", "https://")):
        target = entry.get("id")
    if not target:
        return None
    # RSS has no other place than dc:date, which feedparser calls "updated", for the time of publication.
    name = "published" if dict.__contains__(entry, "published") else "updated" if is_rss else None
    moment = _moment(entry, name, timezone) if name and dict.__contains__(entry, name) else None
    changed = _moment(entry, "updated", timezone) if dict.__contains__(entry, "updated") and not is_rss else None
    return Link(joined(base, str(target)), Hints(_plain(entry.get("title")), moment, language, changed))


def joined(base: str, target: str) -> str:
    """A link made absolute, or as it stands there if it is no URL ("http://[x/a"): it gets its row either way."""
    target = storable(target.strip())
    try:
        return urljoin(base, target)
    except ValueError:
        return target


def _moment(entry: Any, name: str, timezone: str | None) -> datetime | None:
    text, parsed = str(entry.get(name) or ""), entry.get(f"{name}_parsed")
    if parsed is None or not _CLOCK.search(text):
        return None  # a day is no instant
    try:
        naive = datetime.fromtimestamp(timegm(parsed), UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None
    if _RFC822_ZONE.search(text):
        return naive.replace(tzinfo=UTC)
    return in_zone(naive, timezone)


def in_zone(naive: datetime, timezone: str | None) -> datetime | None:
    """The instant of a wall clock time in the source's zone; None where the zone is not known."""
    return naive.replace(tzinfo=ZoneInfo(timezone)) if timezone else None


def _read_json(data: bytes, url: str, timezone: str | None) -> list[Link]:
    try:
        feed = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise UnreadableError(f"it is no feed: JSON that cannot be read: {str(exc)[:200]}") from exc
    if "jsonfeed.org/version/" not in str(feed.get("version")) or not isinstance(feed.get("items"), list):
        raise UnreadableError("it is no feed: JSON, but not a JSON Feed with version and items")
    language = language_code(feed.get("language"))
    links = []
    for item in feed["items"]:
        target = item.get("url") or item.get("external_url") if isinstance(item, dict) else None
        if isinstance(target, str) and target.strip():
            moment = _iso_moment(item.get("date_published"), timezone)
            changed = _iso_moment(item.get("date_modified"), timezone)
            hints = Hints(_plain(item.get("title")), moment, language_code(item.get("language")) or language, changed)
            links.append(Link(joined(url, target), hints))
    return links


def _iso_moment(value: object, timezone: str | None) -> datetime | None:
    if not isinstance(value, str) or not _CLOCK.search(value):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else in_zone(moment, timezone)


def _plain(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    text = " ".join(html.unescape(_TAG.sub(" ", value) if "<" in value else value).split())
    return storable(text) or None


def language_code(value: object) -> str | None:
    """The ISO 639-1 code in a language tag: "id" of "id-ID"; None for "eng" or nonsense."""
    primary = re.split(r"[-_]", str(value or "").strip().lower())[0]
    return primary if re.fullmatch(r"[a-z]{2}", primary) else None


def _complaint(parsed: Any) -> str:
    problem = " ".join(str(parsed.get("bozo_exception") or "").split())
    return f" ({problem[:200]})" if problem else ""


def describe(data: bytes) -> str:
    """What bytes that should have been XML look like instead, in a few words."""
    start = data[:4096].lstrip(_BEFORE_MARKUP)
    if not start:
        return "an empty body"
    head = start[:1024].lower()
    if b"<html" in head or b"<!doctype html" in head:
        return "an HTML page"
    return "XML of another kind" if start.startswith(b"<") else f"not XML, it begins {start[:16]!r}"


def refuse_unsafe_markup(data: bytes) -> None:
    """Raise UnreadableError for bytes that are no markup at all, or whose prologue declares entities.

    No feed needs entities of its own, and both "a billion laughs" and external files come in through them.
    """
    if not data[:4096].lstrip(_BEFORE_MARKUP).startswith(b"<"):
        raise UnreadableError(f"it is no XML: {describe(data)}")
    if _declares_entities(data):
        raise UnreadableError("its XML declares entities, which are not read")


def _is_too_deep(data: bytes) -> bool:
    depth = 0
    for tag in _MARKUP.finditer(data):
        if tag[1] is not None and not tag[2]:
            depth = max(depth - 1, 0) if tag[1] else depth + 1
            if depth > _DEEPEST:
                return True
    return False


class _PrologueEndError(Exception):
    """Stops the parser at the first element."""


def _declares_entities(data: bytes) -> bool:
    found = False

    def entity(*_: object) -> None:
        nonlocal found
        found = True

    def first_element(*_: object) -> None:
        raise _PrologueEndError

    parser = xml.parsers.expat.ParserCreate()
    parser.EntityDeclHandler = entity
    parser.StartElementHandler = first_element
    try:
        parser.Parse(data, True)
    except _PrologueEndError:
        return found
    except (xml.parsers.expat.ExpatError, ValueError, LookupError):
        # Not well-formed before its first element, or in an encoding that expat lacks: then the mere word decides.
        return found or b"<!entity" in data.replace(b"\x00", b"").lower()
    return found
