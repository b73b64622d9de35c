"""What a home page says of itself: its language, and where its feeds and sitemaps might be.

Belongs here: reading a home page's bytes, and the paths that sites commonly use. Does not belong here: trying them (finding).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import html

from sources.feeds import joined, language_code
from sources.linkpages import parsed_html

FEED, SITEMAP = "feed", "sitemap"
COMMON = "common path"

_FEED_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "text/xml",
    }
)
_FEED_LINK = re.compile(r"(?:^|[/._-])(?:rss|feeds?|atom)(?:[/._-]|$)|\.rdf$|/feed\.json$", re.IGNORECASE)
_SITEMAP_LINK = re.compile(r"sitemap[^/]*\.(?:xml|txt)(?:\.gz)?$", re.IGNORECASE)

# Where content management systems put them.
COMMON_FEEDS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.atom", "/index.rdf", "/feed.json")
COMMON_SITEMAPS = (
    *("/sitemap.xml", "/sitemap_index.xml", "/sitemap-index.xml", "/news-sitemap.xml", "/sitemap-news.xml"),
    *("/sitemap.xml.gz", "/sitemap.txt"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A feed or sitemap that may be there, and who says so."""

    kind: str  # feed, sitemap
    url: str
    via: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """What a home page's HTML says. `site_name` and `language` None: it does not."""

    places: tuple[Place, ...] = ()
    language: str | None = None
    site_name: str | None = None


def read_homepage(data: bytes, url: str, content_type: str | None) -> HomePage:
    """Read a home page; places are absolute, each once, declared ones first. Raises UnreadableError for what is no HTML."""
    root = parsed_html(data, content_type)
    base = next((joined(url, href) for href in root.xpath("//base/@href")), url)
    places = {place.url: place for place in reversed([*_declared(root, base), *_linked(root, base)])}
    language = next((code for text in _languages(root) if (code := language_code(text))), None)
    name = next(
        (" ".join(text.split()) for text in root.xpath("//meta[@property='og:site_name']/@content") if text.strip()), None
    )
    return HomePage(tuple(reversed(places.values())), language, name)


def common_places(home: str, kind: str) -> list[Place]:
    """The places that are tried where a site names none."""
    return [Place(kind, joined(home, path), COMMON) for path in (COMMON_FEEDS if kind == FEED else COMMON_SITEMAPS)]


def _declared(root: html.HtmlElement, base: str) -> Iterator[Place]:
    for link in root.xpath("//link[@rel][@href]"):
        relations = link.get("rel").lower().split()
        media = (link.get("type") or "").partition(";")[0].strip().lower()
        if "sitemap" in relations:
            yield Place(SITEMAP, joined(base, link.get("href")), "link rel=sitemap")
        elif "feed" in relations or ("alternate" in relations and media in _FEED_TYPES):
            yield Place(FEED, joined(base, link.get("href")), "link rel=alternate")


def _linked(root: html.HtmlElement, base: str) -> Iterator[Place]:
    for href in root.xpath("//a/@href"):
        url = joined(base, href).partition("#")[0]
        path = url.split("://", 1)[-1].partition("/")[2].partition("?")[0]
        if _SITEMAP_LINK.search(path):
            yield Place(SITEMAP, url, "linked on the page")
        elif _FEED_LINK.search(path):
            yield Place(FEED, url, "linked on the page")


def _languages(root: html.HtmlElement) -> Iterator[str]:
    yield from root.xpath("/html/@lang | /html/@xml:lang", namespaces={"xml": "http://www.w3.org/XML/1998/namespace"})
    yield from root.xpath(
        "//meta[@property='og:locale']/@content | //meta[translate(@http-equiv, 'CL', 'cl')='content-language']/@content"
    )
