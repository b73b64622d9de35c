"""A page's bytes as a tree: decoded once, parsed once, structured data read, machine-only elements pruned.

Belongs here: what makes a page parseable, or a Rejection. Does not belong here: any field of the article.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from lxml.etree import ElementDefaultClassLookup, LxmlError, strip_elements
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from transforms.charset import to_utf8
from transforms.records import RawPage, Reason, Rejection
from transforms.structured import Microdata, StructuredData, read_microdata, read_structured

MAX_BYTES = 10_000_000

# Nothing a reader sees as text; pruning them first saves a quarter of the body's extraction.
_PRUNED = (
    "script",
    "style",
    "svg",
    "iframe",
    "template",
    "noscript",
    "canvas",
    "embed",
    "object",
    "map",
    "source",
    "track",
)

# What XML cannot hold, so that lxml refuses to move such text: written as bytes, as references (&#11; of word processors), and
# the two last characters of the basic plane.
_CONTROL = bytes(code for code in range(32) if code not in (9, 10, 13))
_CONTROL_REFERENCE = re.compile(
    rb"&#(?:0*(?:[1-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)|x0*(?:[1-8bcef]|1[0-9a-f]|fff[ef])(?![0-9a-f]));?", re.IGNORECASE
)
_NON_CHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]")

_BINARY_STARTS = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a RIFF file (WebP, AVI or WAV)"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"\x00\x00\x00", "a media file"),
    (b"ID3", "an MP3 file"),
    (b"OggS", "an Ogg file"),
)
_OTHER_XML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*|<\?[^>]*>\s*)*<(rss|feed|urlset|sitemapindex|svg|rdf:RDF)\b",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(rb"<[a-zA-Z!?]")
_OTHER_CONTENT = (
    "image/",
    "audio/",
    "video/",
    "font/",
    "application/pdf",
    "application/zip",
    "application/json",
    "text/css",
    "text/javascript",
)

# libxml2 drops what is nested deeper, silently but for this error.
_TOO_DEEP = "ERR_RESOURCE_LIMIT"


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page ready to be read. Metadata is read from `tree` first; the body extractor may take it apart afterwards."""

    raw: RawPage
    url: str  # where the page was found in the end: relative links are relative to it
    tree: HtmlElement
    structured: StructuredData
    microdata: Callable[[], list[Microdata]]  # reads the tree when first asked, so ask before it is taken apart


def parse_page(page: RawPage, *, max_bytes: int = MAX_BYTES) -> ParsedPage | Rejection:
    """The page as a tree, or why there is none: empty_page, not_html, too_deep, too_large."""

    def rejected(reason: Reason, detail: str) -> Rejection:
        return Rejection(page.url, reason, detail)

    if len(page.body) > max_bytes:
        return rejected(Reason.TOO_LARGE, f"{len(page.body):,} bytes; the limit is {max_bytes:,}")
    if not page.body.strip():
        return rejected(Reason.EMPTY_PAGE, f"{len(page.body)} bytes, none but white space")
    if what := _binary(page):
        return rejected(Reason.NOT_HTML, what)
    markup = to_utf8(page.body, page.content_type)
    if what := _not_markup(markup):
        return rejected(Reason.NOT_HTML, what)
    parser = _parser()
    try:
        tree = document_fromstring(_printable(markup), parser=parser)
    except LxmlError as error:
        return rejected(Reason.EMPTY_PAGE, f"no element in {len(page.body):,} bytes: {error}")
    if any(entry.type_name == _TOO_DEEP for entry in parser.error_log):
        return rejected(Reason.TOO_DEEP, "elements nested more than 255 deep")
    structured = read_structured(tree, page.final_url or page.url)
    _prune(tree)
    return ParsedPage(page, page.final_url or page.url, tree, structured, cache(lambda: read_microdata(tree)))


def _printable(markup: bytes) -> bytes:
    return _NON_CHARACTER.sub(b"", _CONTROL_REFERENCE.sub(b"", markup.translate(None, _CONTROL)))


def _parser() -> HTMLParser:
    """A new parser for each page: a parser keeps the error log of its last page, and is not to be shared by threads."""
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, default_doctype=False)
    # Every element of one class: lxml.html's own choice by tag name is a call into Python for each element touched.
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    return parser


def _binary(page: RawPage) -> str | None:
    """What the page is if it is no text, in a person's words."""
    head = page.body[:1_024]
    for start, what in _BINARY_STARTS:
        if head.startswith(start):
            return what
    kind = (page.content_type or "").strip().lower()
    if kind.startswith(_OTHER_CONTENT) and not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return f"served as {kind.partition(';')[0]}"
    # UTF-16 without a byte order mark has a zero in every second byte, and charset.py reads it where it is declared.
    if (
        not head.startswith((b"\xff\xfe", b"\xfe\xff"))
        and head.count(0) / len(head) > 0.1
        and b"\x00<" not in head
        and b"<\x00" not in head
    ):
        return "binary data"
    return None


def _not_markup(markup: bytes) -> str | None:
    if other := _OTHER_XML.match(markup[:2_000]):
        return f"XML of another kind: <{other[1].decode()}>"
    if not _TAG.search(markup):
        return "text without a single tag"
    return None


def _prune(tree: HtmlElement) -> None:
    # Declarative shadow DOM: the browser shows this template's content.
    for template in tree.iter("template"):
        if template.get("shadowrootmode"):
            template.tag = "div"
    strip_elements(tree, *_PRUNED, with_tail=False)
