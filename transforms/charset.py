"""From bytes to text: which charset a page really is in.

Belongs here: byte order marks, declared charsets (header, meta), detection, and the labels that sites use wrongly.
Does not belong here: anything about markup beyond the meta tag's charset.
"""

import codecs
import re
from collections.abc import Iterator

# A charset is declared within the first kilobyte by the standard; real pages put scripts before it.
_DECLARED_WITHIN = 8_192
_META_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)\b[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([a-z0-9_:.\-]{2,40})""", re.IGNORECASE
)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([a-z0-9_:.\-]{2,40})""", re.IGNORECASE)

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_MARKS = tuple(mark for mark, _ in _BYTE_ORDER_MARKS)

# Browsers read these labels as the larger set on the right (WHATWG Encoding Standard), and pages are written for browsers.
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "big5": "big5hkscs",
}

# A label that a server sends when nobody configured it: the page's own meta knows better.
_SERVER_DEFAULT = "cp1252"

# These look like plain ASCII, so "it decodes as UTF-8" proves nothing.
_SEVEN_BIT = ("iso2022", "hz", "utf-7")

# Above this share of undecodable among non-ASCII characters a page is not "UTF-8 with an accident in it" (a cut-off end, a
# pasted byte).
_ACCIDENTS = 0.2

_HTML_LANGUAGE = re.compile(rb"""<html\b[^>]{0,500}?\blang\s*=\s*["']?([a-z]{2})\b""", re.IGNORECASE)
_WINDOWS = re.compile(r"cp125\d|iso8859_\d{1,2}|latin_1|mac_\w+")
# What browsers fall back to for a page of no known charset, by language (WHATWG HTML Standard, 13.2.3.2); elsewhere cp1252.
_OF_LANGUAGE = {
    **dict.fromkeys(("cs", "hu", "pl", "sk", "sl", "hr"), "cp1250"),
    **dict.fromkeys(("ru", "uk", "bg", "be", "mk", "sr", "ky", "tg"), "cp1251"),
    **dict.fromkeys(("lt", "lv", "et"), "cp1257"),
    "el": "cp1253", "tr": "cp1254", "az": "cp1254", "he": "cp1255", "ar": "cp1256", "fa": "cp1256", "vi": "cp1258", "th": "cp874",
}  # fmt: skip

_DETECT_SAMPLE = 20_000


def to_utf8(body: bytes, content_type: str | None) -> bytes:
    """The page's text as UTF-8, without byte order mark. Never raises; see decode(). Nearly all pages are UTF-8 as they come."""
    if not body.startswith(_MARKS) and not _is_read_otherwise(_declared(body, content_type)) and _is_utf8(body):
        return body
    return decode(body, content_type).encode("utf-8", errors="replace")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_read_otherwise(declared: list[str]) -> bool:
    """Whether bytes that are valid UTF-8 mean something else all the same."""
    return any(name.startswith((*_SEVEN_BIT, "utf-16")) for name in declared)


def decode(body: bytes, content_type: str | None) -> str:
    """The page's text. Never raises: what no charset explains is read with replacement characters."""
    for mark, name in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, errors="replace")
    declared = _declared(body, content_type)
    if not _is_read_otherwise(declared):
        text = body.decode("utf-8", errors="replace")
        if _accidents(text) <= _ACCIDENTS:
            return text
    for name in _candidates(body, declared):
        read = _decoded(body, name)
        if read is not None and _accidents(read) <= _ACCIDENTS:
            return read
    return body.decode("utf-8", errors="replace")


def _decoded(body: bytes, name: str) -> str | None:
    """None for Python's codecs that are no charset of text (rot13, idna)."""
    try:
        return body.decode(name, errors="replace")
    except (LookupError, ValueError):
        return None


def _accidents(text: str) -> float:
    """Share of replacement characters among the non-ASCII ones; 0.0 for plain ASCII."""
    if text.isascii():
        return 0.0
    replaced = text.count("\ufffd")
    if not replaced:
        return 0.0
    return replaced / (len(text) - len(text.encode("ascii", errors="ignore")))


def _declared(body: bytes, content_type: str | None) -> list[str]:
    labels = []
    if content_type and (match := _HEADER_CHARSET.search(content_type)):
        labels.append(match[1])
    if meta := _META_CHARSET.search(body[:_DECLARED_WITHIN]):
        labels.append(meta[1].decode("ascii"))
    names = [name for label in labels if (name := _codec(label))]
    if len(names) == 2 and names[0] == _SERVER_DEFAULT:
        names.reverse()
    return names


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    return _WIDER.get(name, name)


def _candidates(body: bytes, declared: list[str]) -> Iterator[str]:
    yield from declared
    # Slow, and reached only by pages that are neither UTF-8 nor what they declare.
    from charset_normalizer import from_bytes

    sample = bytes(body[:_DETECT_SAMPLE])
    found = [match.encoding for match in from_bytes(sample, steps=5, chunk_size=1_024)]
    # Charsets of one byte a letter are told apart by how often letters occur, of few in a sample: the language knows better.
    language = _HTML_LANGUAGE.search(body[:_DECLARED_WITHIN])
    if language and (not found or _WINDOWS.fullmatch(found[0])):
        yield _OF_LANGUAGE.get(language[1].decode("ascii").lower(), "cp1252")
    yield from found
    yield "cp1252"
