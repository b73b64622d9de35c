"""Reading sitemaps, sitemap indexes, news sitemaps and lists of URLs out of bytes that were fetched already.

Belongs here: gunzipping within bounds, and which URLs and further sitemaps a file names. Does not belong here: fetching
them, and the marks that XML is held together by (sitemapxml).
"""

import codecs
import html
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sources.decoding import DecodingError, SizeLimitError, unpack
from sources.feeds import Link, UnreadableError, describe, in_zone, joined, language_code, read_feed, refuse_unsafe_markup
from sources.sitemapxml import Entry, SitemapXml, read_xml
from sources.storable import storable
from transforms.records import Hints

log = logging.getLogger(__name__)

_DECLARED = re.compile(rb"""<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

# The protocol allows RSS and Atom as sitemaps (sitemaps.org, "Other Sitemap formats").
_FEED_ROOTS = frozenset({"rss", "feed", "rdf"})

# Of the lines of a list, as many may be something else before it counts as no list.
_ODD_LINES_SHARE = 0.1

# A sitemap that dates so many of its pages alike says when it was built, not when they changed.
_FEWEST_DATED, _SAME_SHARE = 10, 0.5


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one sitemap file names, pages and further sitemaps. `is_cut`: it breaks in its middle, so something is missing."""

    links: tuple[Link, ...] = ()
    children: tuple[Link, ...] = ()
    is_cut: bool = False


def read_sitemap(data: bytes, url: str, timezone: str | None, *, max_bytes: int) -> Sitemap:
    """The pages and further sitemaps of a file, plain or gzipped, XML or text with one URL a line. `url` resolves relative
    locations, `timezone` times without an offset.

    Raises UnreadableError for what is no sitemap, declares entities, or unpacks to more than `max_bytes`.
    """
    data = _unpacked(data, max_bytes)
    if not data.strip():
        raise UnreadableError("it is no sitemap: an empty body")
    text = _text(data)
    if not text.lstrip().startswith("<"):
        return Sitemap(links=_listed(text, data))
    refuse_unsafe_markup(data)
    parsed = read_xml(text)
    if parsed.root in _FEED_ROOTS:
        return Sitemap(links=tuple(read_feed(data, url, None, timezone)))
    if parsed.root not in ("urlset", "sitemapindex"):
        raise UnreadableError(f"it is no sitemap: {describe(data)}")
    if parsed.problem and not parsed.entries:
        raise UnreadableError(f"it is a sitemap without one readable entry ({parsed.problem})")
    return _sitemap(parsed, url, timezone)


def _sitemap(parsed: SitemapXml, url: str, timezone: str | None) -> Sitemap:
    if parsed.problem:
        log.info("%s: a sitemap is read up to where its XML breaks: %s", url, parsed.problem, extra={"url": url})
    links = [_link(entry, url, timezone) for entry in parsed.entries if not entry.is_sitemap]
    children = [_link(entry, url, timezone) for entry in parsed.entries if entry.is_sitemap]
    return Sitemap(tuple(_believable(links)), tuple(children), is_cut=parsed.problem is not None)


def _unpacked(data: bytes, max_bytes: int) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return unpack(data, "gzip", max_bytes)
    except SizeLimitError:
        raise UnreadableError(f"it unpacks to more than {max_bytes} bytes") from None
    except (DecodingError, EOFError) as exc:
        raise UnreadableError(f"its gzip data is damaged: {exc}") from exc


def _text(data: bytes) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    declared = _DECLARED.match(data[:200].lstrip())
    try:
        return data.decode(declared[1].decode("ascii") if declared else "utf-8", errors="replace").lstrip()
    except (LookupError, UnicodeError):
        return data.decode("utf-8", errors="replace").lstrip()


def _listed(text: str, data: bytes) -> tuple[Link, ...]:
    """The URLs of a text sitemap. Every line is a link, whatever it holds: it gets its row."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    odd = sum(not line.lower().startswith(("http://", "https://")) for line in lines)
    if not lines or odd > _ODD_LINES_SHARE * len(lines):
        raise UnreadableError(f"it is no sitemap, neither XML nor one URL a line: {describe(data)}")
    return tuple(Link(storable(line)) for line in lines)


def _link(entry: Entry, base: str, timezone: str | None) -> Link:
    title = storable(" ".join(html.unescape(entry.title).split())) or None
    published_at = None if _DAY.fullmatch(entry.published.strip()) else _moment(entry.published, timezone)
    hints = Hints(title, published_at, language_code(entry.language), _changed(entry.modified, timezone))
    return Link(joined(base, entry.location), hints)


def _moment(text: str, timezone: str | None) -> datetime | None:
    """A W3C date and time; None for anything else, and where it bears no offset and the source has no zone."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else in_zone(moment, timezone)


def _changed(text: str, timezone: str | None) -> datetime | None:
    """When a page last changed, at the latest: a day stands for its end."""
    if not _DAY.fullmatch(text.strip()):
        return _moment(text, timezone)
    try:
        day = datetime.fromisoformat(text.strip()).date()
        return datetime.combine(day, time(), ZoneInfo(timezone) if timezone else UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _believable(links: Sequence[Link]) -> Sequence[Link]:
    """The links without their times of change where these are the time at which the sitemap was built."""
    dated = Counter(link.hints.modified_at for link in links if link.hints.modified_at)
    if dated.total() < _FEWEST_DATED or dated.most_common(1)[0][1] <= _SAME_SHARE * dated.total():
        return links
    return [replace(link, hints=replace(link.hints, modified_at=None)) for link in links]
