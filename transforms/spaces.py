"""White space as pages use it: runs of it, no-break and zero-width characters.

Belongs here: what makes two visibly equal strings equal. Does not belong here: anything that drops visible characters.
"""

import html
import re
import unicodedata
from collections.abc import Iterator

from lxml.etree import iterwalk
from lxml.html import HtmlElement

# Soft hyphens and zero-width characters are invisible, so they never are part of a name or headline. The joiners U+200C and
# U+200D shape letters in Persian and Indic scripts, so they stay.
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_INVISIBLE_SEEN = re.compile(f"[{''.join(map(chr, _INVISIBLE))}]")
# What Indic and South-East Asian scripts write vowels with; \w leaves them out, and without them words are not told apart.
VOWEL_SIGNS = "".join(chr(code) for code in range(0x0900, 0x1D00) if unicodedata.category(chr(code)).startswith("M"))
_NOT_A_LETTER = re.compile(rf"[^\w{VOWEL_SIGNS}]+|_+")
_ASCII_LETTERS = {code: chr(code).lower() if chr(code).isalnum() else None for code in range(128)}
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,10});", re.IGNORECASE)


def squeeze(text: str) -> str:
    """One line, single spaces, no invisible characters, composed letters (NFC)."""
    line = " ".join(text.split())
    if line.isascii():
        return line
    if _INVISIBLE_SEEN.search(line):
        line = " ".join(line.translate(_INVISIBLE).split())
    return unicodedata.normalize("NFC", line)


def spaced_text(element: HtmlElement) -> str:
    """An element's text, with a space where words of two elements touch ("<span>Demo</span><span>Der" -> "Demo Der")."""
    text = ""
    for piece in _pieces(element):
        touches = text[-1:].isalnum() and piece[:1].isalnum()
        text += f" {piece}" if touches else piece
    return squeeze(text)


def _pieces(element: HtmlElement) -> Iterator[str]:
    """The texts inside an element; a line break is a space."""
    if element.find(".//br") is None:
        yield from element.itertext()
        return
    for event, node in iterwalk(element, events=("start", "end")):
        if event == "start":
            yield (" " if node.tag == "br" else "") + (node.text or "")
        elif node is not element:
            yield node.tail or ""


def plain(text: str) -> str:
    """squeeze() of a value that may hold markup's leftovers: entities escaped once or twice ("Q&amp;amp;A"), tags."""
    for _ in range(2):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    if "<" in text:
        text = re.sub(r"</?[a-zA-Z][^<>]{0,300}>", "", text)
    return squeeze(text)


def letters(text: str) -> str:
    """Lower-case letters and digits only: equal for two strings that a reader takes for the same words."""
    if text.isascii():
        return text.translate(_ASCII_LETTERS)
    return _NOT_A_LETTER.sub("", unicodedata.normalize("NFKC", text).casefold())
