"""The meta elements of a page's head, read off its bytes without parsing the page.

Belongs here: finding them, and where a refresh leads. Does not belong here: what robots may do with a page (permissions),
anything of the article (transforms). This is for what must be known before a page is archived: a tree would cost a hundred times
as much.
"""

import html
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urljoin

# The head of a page whose styles and scripts are all inline may be this long; what comes later is body.
_HEAD_BYTES = 512 * 1024

# What the scan stops at. Of comments, and of elements whose text looks like markup but is none (noscript: to readers with
# scripts, as readers are), only the end is looked for.
_STOP = re.compile(rb"<(?:(!--)|(script|style|noscript|template|textarea|title|svg)\b|(meta)\b|/head\b|body\b)")
# Possessive and bounded: no head takes more than one pass.
_ATTRIBUTES = re.compile(rb"(?:[^<>\"']++|\"[^\"]{0,4000}+\"|'[^']{0,4000}+'){0,80}+>")
_ATTRIBUTE = re.compile(rb"""([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")

# "0; url=/next", "5;URL='https://...'"
_REFRESH = re.compile(
    r"\s*(\d{0,6})(?:\.\d*)?\s*(?:[;,]\s*+|\s++)(?:url\s*=\s*)?+[\"']?(.+?)[\"']?\s*", re.IGNORECASE | re.DOTALL
)

# A refresh as quick as this is a redirect; a slower one lets the reader read first (live pages reload every few minutes).
_REDIRECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Meta:
    """One meta element: `name` (or its http-equiv) in lower case, and its content."""

    name: str
    content: str


def read_metas(body: bytes, names: Collection[str]) -> tuple[Meta, ...]:
    """The meta elements of these names (lower case) in a page's head that have a content, in order. Any bytes give some, or
    none.
    """
    wanted = [name.encode() for name in names]
    head = body[:_HEAD_BYTES]
    if b"\x00" in head[:64]:  # UTF-16: its ASCII letters are every second byte
        head = head.replace(b"\x00", b"")
    found: list[Meta] = []
    lower, at = head.lower(), 0
    while stop := _STOP.search(lower, at):
        comment, element, is_meta = stop.groups()
        at = stop.end()
        if is_meta:
            if attributes := _ATTRIBUTES.match(head, at):
                at = attributes.end()
                if any(name in lower[stop.end() : at] for name in wanted):
                    found.extend(meta for meta in _meta(attributes[0]) if meta.name in names)
        elif comment or element:
            at = lower.find(b"-->" if comment else b"</" + element, at)
            if at < 0:
                break
        else:
            break
    return tuple(found)


def _meta(attributes: bytes) -> list[Meta]:
    values: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(attributes):
        value = next((group for group in match.groups()[1:] if group is not None), b"")
        values.setdefault(_text(match[1]).lower(), html.unescape(_text(value)).strip())
    content = values.get("content")
    names = (values.get("name"), values.get("http-equiv"))
    return [Meta(name.lower(), content) for name in names if name and content]


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def refresh_url(metas: tuple[Meta, ...], base: str) -> str | None:
    """Where the page sends its reader at once, as it stands there; None if it does not, or only to itself."""
    content = next((meta.content for meta in metas if meta.name == "refresh"), None)
    match = _REFRESH.fullmatch(content) if content is not None else None
    if match is None or int(match[1] or 0) > _REDIRECT_SECONDS:
        return None
    url = match[2].strip()
    try:
        is_itself = urljoin(base, url).partition("#")[0] == base.partition("#")[0]
    except ValueError:
        return url
    return None if is_itself else url
