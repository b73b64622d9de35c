"""Reading the links of a listing page (an index, a section, a tag) out of bytes that were fetched already.

Belongs here: which pages it links to, and where it goes on. Does not belong here: fetching; which of the links are wanted.
"""

import re
from dataclasses import dataclass

from lxml import etree, html

from sources.content import looks_like_markup
from sources.feeds import UnreadableError, describe, joined

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]+)", re.IGNORECASE)

# In the URL of a listing: the number of its page, from 1.
PAGE = "{page}"


@dataclass(frozen=True, slots=True)
class LinkPage:
    """The pages that a listing links to, absolute, without fragments, each once and in its order; and the page after it, if
    it names one.
    """

    links: tuple[str, ...] = ()
    next_url: str | None = None


def read_links(data: bytes, url: str, content_type: str | None) -> LinkPage:
    """The links of an HTML page. `url` resolves relative ones, unless the page has a base of its own.

    Raises UnreadableError for what is no HTML.
    """
    if not data.strip():
        raise UnreadableError("it is no listing page: an empty body")
    if not looks_like_markup(data) or _is_feed(data):
        raise UnreadableError(f"it is no listing page: {'a feed or sitemap' if _is_feed(data) else describe(data)}")
    root = parsed_html(data, content_type)
    base = next((joined(url, href) for href in root.xpath("//base/@href")), url)
    found = (joined(base, href).partition("#")[0] for href in root.xpath("//a/@href | //area/@href"))
    links = dict.fromkeys(link for link in found if link.startswith(("http://", "https://")) and link != url)
    next_url = next(
        (joined(base, place.get("href")) for place in root.xpath("//link[@rel][@href] | //a[@rel][@href]") if _is_next(place)),
        None,
    )
    return LinkPage(tuple(links), next_url)


def parsed_html(data: bytes, content_type: str | None) -> html.HtmlElement:
    """The tree of an HTML page in whatever charset. Raises UnreadableError if it has none."""
    charset = _CHARSET.search(content_type or "")
    for encoding in (charset[1] if charset else None, None):
        try:
            root = html.document_fromstring(data, parser=html.HTMLParser(encoding=encoding, no_network=True))
        except LookupError:  # a charset that nobody knows
            continue
        except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as exc:
            raise UnreadableError(f"it is no listing page that can be parsed: {' '.join(str(exc).split())[:200]}") from exc
        if root is not None:
            return root
    raise UnreadableError(f"it is no listing page that can be parsed: {describe(data)}")


def _is_feed(data: bytes) -> bool:
    head = data[:1024].lower()
    return any(mark in head for mark in (b"<rss", b"<feed", b"<urlset", b"<sitemapindex", b"<rdf:rdf"))


def _is_next(place: html.HtmlElement) -> bool:
    return "next" in (place.get("rel") or "").lower().split()
