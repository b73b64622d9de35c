"""The XML of sitemaps, taken as far as it goes: what is written between which marks.

Belongs here: walking the elements, mending what sites write wrong. Does not belong here: what a time or URL means (sitemaps).
"""

import html
import re
import xml.parsers.expat
from dataclasses import dataclass, field

# No URL, title or time comes near it.
_LONGEST_TEXT = 16 * 1024

# An index of a sitemap nests four deep.
_DEEPEST = 64

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND = re.compile(r"&(#\d{1,7};|#x[0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,30};)?")
_XML_NAMES = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)


@dataclass(slots=True)
class Entry:
    """One `url` or `sitemap` element: its texts as they stand there, "" where there is none."""

    is_sitemap: bool
    location: str = ""
    modified: str = ""
    title: str = ""
    published: str = ""
    language: str = ""


@dataclass(slots=True)
class SitemapXml:
    """`root`: the first element's name in lower case, without prefix. `problem`: why it was not read to its end, if so."""

    root: str = ""
    entries: list[Entry] = field(default_factory=list)
    problem: str | None = None


# (name of the element above, name): the field that its text goes into. Names of images and videos are so kept out.
_FIELDS = {
    ("url", "loc"): "location",
    ("sitemap", "loc"): "location",
    ("url", "lastmod"): "modified",
    ("sitemap", "lastmod"): "modified",
    ("news", "title"): "title",
    ("news", "publication_date"): "published",
    ("publication", "language"): "language",
}


def read_xml(text: str) -> SitemapXml:
    """What a sitemap's XML holds, up to where it breaks. Entries without a location are left out. Entities of its own must have
    been refused before.
    """
    walk = _Walk()
    parser = xml.parsers.expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = walk.start, walk.end, walk.characters
    try:
        parser.Parse(_mended(text), True)
    except (xml.parsers.expat.ExpatError, _TooMuchError, ValueError) as exc:
        walk.found.problem = str(exc)
    return walk.found


def _mended(text: str) -> str:
    """The text without what no XML may hold: lone ampersands, HTML's named characters, control characters."""
    text = _CONTROLS.sub("", text)
    if "&" not in text:
        return text
    pieces = _CDATA.split(text) if "<![CDATA[" in text else [text]
    return "".join(piece if piece.startswith("<![CDATA[") else _AMPERSAND.sub(_reference, piece) for piece in pieces)


def _reference(match: re.Match[str]) -> str:
    name = match[1]
    if name is None:
        return "&amp;"
    if name.startswith("#") or name in _XML_NAMES:
        return match[0]
    character = html.unescape(match[0])
    return "&amp;" + name if character == match[0] else html.escape(character)


class _TooMuchError(Exception):
    """Nested deeper, or longer in one text, than any sitemap is."""


class _Walk:
    def __init__(self) -> None:
        self.found = SitemapXml()
        self._path: list[str] = []
        self._entry: Entry | None = None
        self._field: str | None = None
        self._pieces: list[str] = []
        self._length = 0

    def start(self, name: str, _: object) -> None:
        local = name.rpartition(":")[2].lower()
        if not self._path:
            self.found.root = local
        if len(self._path) >= _DEEPEST:
            raise _TooMuchError(f"it is nested too deep: beyond {_DEEPEST} elements")
        above = self._path[-1] if self._path else ""
        self._path.append(local)
        if local in ("url", "sitemap") and len(self._path) == 2:
            self._entry = Entry(is_sitemap=local == "sitemap")
        self._field = _FIELDS.get((above, local)) if self._entry else None
        self._pieces, self._length = [], 0

    def end(self, _: str) -> None:
        self._path.pop()
        if self._entry is not None and self._field is not None:
            setattr(self._entry, self._field, "".join(self._pieces).strip())
        self._field = None
        if len(self._path) == 1 and self._entry is not None:
            if self._entry.location:
                self.found.entries.append(self._entry)
            self._entry = None

    def characters(self, piece: str) -> None:
        if self._field is not None:
            self._length += len(piece)
            if self._length > _LONGEST_TEXT:
                raise _TooMuchError(f"it holds a single text of more than {_LONGEST_TEXT} characters")
            self._pieces.append(piece)
