"""Reading sitemaps, sitemap indexes and news sitemaps out of bytes that were fetched already.

Belongs here: gunzipping within bounds, and which URLs and further sitemaps a file names. Does not belong here: fetching
them.
"""

import codecs
import logging
import re
import xml.parsers.expat
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from usp.objects.page import SitemapPage
from usp.objects.sitemap import AbstractIndexSitemap, AbstractSitemap, InvalidSitemap
from usp.tree import sitemap_from_str

from sources.decoding import DecodingError, SizeLimitError, unpack
from sources.feeds import Link, UnreadableError, describe, in_zone, joined, language_code, refuse_unsafe_markup
from sources.storable import storable
from transforms.records import Hints

log = logging.getLogger(__name__)

_DECLARED = re.compile(rb"""<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_AMPERSAND = re.compile(r"&(?:amp|#38|#x26);", re.IGNORECASE)

# No URL, title or caption comes near it, and the parser's time for one text grows by the square of its lines.
_LONGEST_TEXT_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one sitemap file names. `is_cut`: it ends without its closing tag, so something is missing."""

    links: tuple[Link, ...] = ()
    children: tuple[str, ...] = ()
    is_cut: bool = False


def read_sitemap(data: bytes, url: str, timezone: str | None, *, max_bytes: int) -> Sitemap:
    """The pages and further sitemaps of a file, plain or gzipped. `url` resolves relative locations.

    Raises UnreadableError for what is no sitemap, declares entities, or unpacks to more than `max_bytes`.
    """
    data = _unpacked(data, max_bytes)
    if not data.strip():
        raise UnreadableError("it is no sitemap: an empty body")
    refuse_unsafe_markup(data)
    if any(len(piece) > _LONGEST_TEXT_BYTES for piece in data.split(b"<")):
        raise UnreadableError(f"it holds a single text of more than {_LONGEST_TEXT_BYTES} bytes")
    text = _text(data)
    parsed = sitemap_from_str(_with_ampersands_kept(text))
    if isinstance(parsed, InvalidSitemap):
        raise UnreadableError(f"it is no sitemap: {describe(data)}")
    is_cut = not text.rstrip().endswith(">") or "</" not in text[-100:]
    if isinstance(parsed, AbstractIndexSitemap):
        return Sitemap(children=tuple(joined(url, place) for place in _locations(text)), is_cut=is_cut)
    return Sitemap(links=tuple(_link(page, url, timezone) for page in _pages(parsed)), is_cut=is_cut)


def _locations(text: str) -> list[str]:
    """Every whole location of an index as it stands there: the parser of pages drops those that it takes for no URL."""
    found: list[str] = []
    pieces: list[str] | None = None

    def start(name: str, _: object) -> None:
        nonlocal pieces
        if name.rpartition(" ")[2] == "loc":
            pieces = []

    def end(name: str) -> None:
        nonlocal pieces
        if pieces is not None and (place := "".join(pieces).strip()):
            found.append(place)
        pieces = None

    def characters(piece: str) -> None:
        if pieces is not None:
            pieces.append(piece)

    parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    try:
        parser.Parse(text, True)
    except xml.parsers.expat.ExpatError as exc:
        log.info("a sitemap index is read up to where its XML breaks: %s", exc)
    return found


def _pages(parsed: AbstractSitemap) -> Iterable[SitemapPage]:
    return parsed.all_pages()


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
    except LookupError:
        return data.decode("utf-8", errors="replace").lstrip()


def _with_ampersands_kept(text: str) -> str:
    """The parser undoes HTML entities after XML has: `?id=1&section=2` would become `?id=1§ion=2`. Escaped twice it
    comes out right.
    """
    text = _AMPERSAND.sub("&amp;amp;", text)
    return _CDATA.sub(lambda found: found[0].replace("&", "&amp;"), text) if "<![CDATA[" in text else text


def _link(page: SitemapPage, base: str, timezone: str | None) -> Link:
    story = page.news_story
    if story is None:
        return Link(joined(base, page.url))
    moment = _instant(story.publish_date, timezone)
    title = storable(" ".join((story.title or "").split())) or None
    return Link(joined(base, page.url), Hints(title, moment, language_code(story.publication_language)))


def _instant(moment: datetime | None, timezone: str | None) -> datetime | None:
    """A day without a clock time is read as midnight without a zone, so that is no instant."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return None if moment.time() == moment.min.time() else in_zone(moment, timezone)
