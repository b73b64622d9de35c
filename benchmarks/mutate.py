"""Pages as they should never be: real pages damaged in ways that transports, caches, editors and attackers damage them.

Belongs here: the kinds of damage, and the seeded choice among them. Does not belong here: running an extractor over the result.
Standard library and the page's record only, so that tests load this file by its path.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from transforms.records import RawPage

Damage = Callable[[random.Random, bytes, bytes], bytes]
"""(random, page, another page) -> the page damaged."""

# No page grows beyond this: what is larger than the extractor's own limit is refused before anything is read.
MOST_BYTES = 6_000_000

_TAG = re.compile(rb"<[^<>]{1,2000}>")
_ATTRIBUTE = re.compile(rb"""([a-zA-Z:\-]{2,30})=("[^"<>]{0,400}"|'[^'<>]{0,400}')""")
_TEXT = re.compile(rb">([^<>]{3,400})<")
_DATE = re.compile(rb"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?")
_JSON = re.compile(rb"(<script[^>]{0,200}ld\+json[^>]{0,200}>)(.*?)(</script>)", re.DOTALL | re.IGNORECASE)

_CHARSETS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252", "cp1251", "shift_jis", "euc_jp", "gb18030", "big5", "koi8-r", "utf-7")
_LABELS = (
    *_CHARSETS,
    *("", "utf8mb4", "x-user-defined", "rot13", "base64", "idna", "punycode", "undefined", "unicode_escape", "utf-32", "hz"),
    *("iso-2022-jp", "\x00", "zip", "mbcs", "none", "ISO-8859-1\r\nX: y", "u" * 500),
)
_BROKEN_ENTITIES = (
    *(b"&", b"&;", b"&#;", b"&#x;", b"&#0;", b"&#x0", b"&#xD800;", b"&#xDFFF;", b"&#x110000;", b"&#99999999999999999999;"),
    *(b"&amp;amp;amp;lt;", b"&bogus;", b"&nbsp", b"&ltscript&gt", b"&#xFFFE;", b"&#13;", b"&#8232;", b"&#128;"),
    *(b"&#1;", b"&#8;", b"&#11;", b"&#x1F;", b"&#xFFFF;", b"&#127;", "\ufffe".encode(), "\u202e".encode()),
)
_ODD_DATES = (
    *(b"0000-00-00", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b"2024-02-30T25:61:61Z", b"99999-99-99"),
    *(b"2024-01-01T00:00:00+99:99", b"-2024-01-01", b"1e400", b"253402300800000", b"-62135596801", b"9" * 6_000, b"NaN"),
    *("٢٠٢٤-٠١-٠١".encode(), "２０２４-０１-０１".encode(), "²⁰²⁴-01-01".encode(), b"2024-01-01T00:00:00.1234567890123Z"),
)
_ODD_VALUES = (
    *(b"", b" ", b"\x00", b"http://[::1", b"//", b"http://", b"https://\xff\xfe/", b"javascript:alert(1)", b"data:,", b"#", b"?"),
    *(b"http://user:pass@host:99999/", b"http://xn--/", b"https://ex ample.org/a b", b"%%%", b"%00", b"../" * 300, b"a" * 70_000),
    *(b"1" * 5_000, b"-1", b"\xf0\x9f", b"true", b"null", b"[]", b"{{title}}", b"http://\xe2\x80\xae.example/", b"http://a..b./"),
)
_ODD_JSON = (
    *(
        b"null",
        b"[]",
        b"{}",
        b'""',
        b"[[]]",
        b"{",
        b"}",
        b"[",
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"true",
        b"9" * 5_000,
        b'"\\ud800"',
    ),
    *(
        b"[" * 3_000 + b"]" * 3_000,
        b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
        b'{"@graph":' * 500,
        b'{"@id":"#a","author":{"@id":"#a"}}',
    ),
)
_STUFFING = (
    *(b" " * 50_000, b"a" * 200_000, b"9" * 20_000, b"<p>word. </p>" * 5_000, b"&nbsp;" * 20_000, b"By " * 20_000),
    *(b"<a href=/x>read also</a>" * 3_000, b"\n\t" * 50_000, "。".encode() * 20_000, b"- | " * 20_000, b"<" * 50_000),
    *(b"<br>" * 20_000, b"\\" * 20_000),
)
_NESTED = (
    b"div",
    b"span",
    b"b",
    b"font",
    b"blockquote",
    b"ul><li",
    b"table><tr><td",
    b"section",
    b"p",
    b"a",
    b"svg",
    b"template",
)


def _truncated(rng: random.Random, page: bytes, _: bytes) -> bytes:
    cut = rng.randrange(len(page) + 1)
    return page[:cut] if rng.random() < 0.8 else page[cut:]


def _spliced(rng: random.Random, page: bytes, other: bytes) -> bytes:
    if rng.random() < 0.5:
        return page[: rng.randrange(len(page) + 1)] + other[rng.randrange(len(other) + 1) :]
    start = rng.randrange(len(other) + 1)
    at = rng.randrange(len(page) + 1)
    return page[:at] + other[start : start + rng.randrange(1, 100_000)] + page[at:]


def _random_bytes(rng: random.Random, page: bytes, _: bytes) -> bytes:
    damaged = bytearray(page)
    for _time in range(rng.choice((1, 10, 100, 1_000))):
        at, length = rng.randrange(len(page) + 1), rng.choice((1, 1, 4, 64, 1_024))
        damaged[at : at + length] = rng.randbytes(length)
    return bytes(damaged)


def _mixed_charsets(rng: random.Random, page: bytes, _: bytes) -> bytes:
    """Stretches of the page in other charsets, as pages pasted together from several systems are."""
    text = page.decode("utf-8", errors="replace")
    cuts = sorted(rng.randrange(len(text) + 1) for _ in range(rng.randrange(1, 6)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    mark = rng.choice((b"", b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xff\xfe\x00\x00"))
    return mark + b"".join(piece.encode(rng.choice(_CHARSETS), errors="replace") for piece in pieces)


def _wrong_label(rng: random.Random, page: bytes, _: bytes) -> bytes:
    label = rng.choice(_LABELS).encode()
    return re.sub(rb"charset=[\"']?[\w\-]+", lambda _: b"charset=" + label, page)


def _tags_dropped(rng: random.Random, page: bytes, _: bytes) -> bytes:
    share = rng.choice((0.01, 0.1, 0.5, 0.9))
    return _TAG.sub(lambda tag: b"" if rng.random() < share else tag[0], page)


def _tags_duplicated(rng: random.Random, page: bytes, _: bytes) -> bytes:
    share, times = rng.choice((0.01, 0.1, 0.5)), rng.choice((2, 3, 10))
    return _TAG.sub(lambda tag: tag[0] * times if rng.random() < share else tag[0], page)


def _tags_shuffled(rng: random.Random, page: bytes, _: bytes) -> bytes:
    tags = _TAG.findall(page)
    rng.shuffle(tags)
    shuffled = iter(tags)
    return _TAG.sub(lambda _: next(shuffled), page)


def _entities_broken(rng: random.Random, page: bytes, _: bytes) -> bytes:
    return _in_texts(rng, page, lambda text: text.replace(b" ", rng.choice(_BROKEN_ENTITIES), 3))


def _deeply_nested(rng: random.Random, page: bytes, _: bytes) -> bytes:
    name, depth = rng.choice(_NESTED), rng.choice((50, 200, 254, 300, 2_000, 20_000))
    at = rng.randrange(len(page) + 1)
    outside_tag = page.find(b">", at) + 1 or at
    closing = b"".join(b"</" + part + b">" for part in reversed(name.split(b"><"))) * depth if rng.random() < 0.5 else b""
    return page[:outside_tag] + (b"<" + name + b">") * depth + b"deep" + closing + page[outside_tag:]


def _attributes_garbled(rng: random.Random, page: bytes, _: bytes) -> bytes:
    def garbled(found: re.Match[bytes]) -> bytes:
        if rng.random() > share:
            return found[0]
        value = rng.choice(_ODD_VALUES) if rng.random() < 0.7 else rng.randbytes(8)
        quote = rng.choice((b'"', b"'", b"", b'"'))
        return found[1] + b"=" + quote + value + (quote if rng.random() < 0.95 else b"")

    share = rng.choice((0.002, 0.02, 0.2))
    return _ATTRIBUTE.sub(garbled, page)


def _nulls(rng: random.Random, page: bytes, _: bytes) -> bytes:
    if rng.random() < 0.2:
        return b"".join(bytes((byte, 0)) for byte in page)
    share = rng.choice((0.001, 0.02))
    return _in_texts(
        rng, page, lambda text: text.replace(b" ", rng.choice((b"\x00", b"\x00" * 50, b"\x1b", b"\x7f"))), share=share
    )


def _dates_garbled(rng: random.Random, page: bytes, _: bytes) -> bytes:
    return _DATE.sub(lambda found: rng.choice(_ODD_DATES) if rng.random() < 0.7 else found[0], page)


def _json_garbled(rng: random.Random, page: bytes, _: bytes) -> bytes:
    """Structured data with values of other types than promised, or that is no JSON at all."""

    def garbled(found: re.Match[bytes]) -> bytes:
        inside = re.sub(rb'"[^"]{0,300}"(?=\s*[,}\]])', lambda v: rng.choice(_ODD_JSON) if rng.random() < 0.2 else v[0], found[2])
        return found[1] + (inside if rng.random() < 0.8 else rng.choice(_ODD_JSON)) + found[3]

    if not _JSON.search(page):
        return b'<script type="application/ld+json">' + rng.choice(_ODD_JSON) + b"</script>" + page
    return _JSON.sub(garbled, page)


def _swollen(rng: random.Random, page: bytes, _: bytes) -> bytes:
    """What makes a regular expression or a quadratic loop show itself: one long line, many blanks, thousands of paragraphs."""
    stuffing = rng.choice(_STUFFING)
    return _in_texts(rng, page, lambda text: text + stuffing, share=0.002, most=3)


def _in_texts(
    rng: random.Random, page: bytes, change: Callable[[bytes], bytes], *, share: float = 0.1, most: int = 10_000
) -> bytes:
    """The page with some of its texts between tags changed: at least the first of them, at most `most`."""
    changed = 0

    def replaced(found: re.Match[bytes]) -> bytes:
        nonlocal changed
        if changed >= most or (changed and rng.random() > share):
            return found[0]
        changed += 1
        return b">" + change(found[1]) + b"<"

    return _TEXT.sub(replaced, page)


DAMAGES: dict[str, Damage] = {
    "truncated": _truncated,
    "spliced": _spliced,
    "random bytes": _random_bytes,
    "mixed charsets": _mixed_charsets,
    "wrong label": _wrong_label,
    "tags dropped": _tags_dropped,
    "tags duplicated": _tags_duplicated,
    "tags shuffled": _tags_shuffled,
    "entities broken": _entities_broken,
    "deeply nested": _deeply_nested,
    "attributes garbled": _attributes_garbled,
    "nulls": _nulls,
    "dates garbled": _dates_garbled,
    "json garbled": _json_garbled,
    "swollen": _swollen,
}


@dataclass(frozen=True)
class Mutation:
    """A damaged page, and what was done to it, in order. The same seed over the same pages gives the same."""

    seed: int
    kinds: tuple[str, ...]
    page: RawPage


def mutate(seed: int, pages: Sequence[RawPage]) -> Mutation:
    """One of the pages, damaged in one to three ways; its Content-Type header is at times not its own."""
    rng = random.Random(seed)
    page, other = rng.choice(pages), rng.choice(pages)
    kinds = tuple(rng.choice(tuple(DAMAGES)) for _ in range(rng.choice((1, 1, 2, 3))))
    body = page.body
    for kind in kinds:
        body = DAMAGES[kind](rng, body, other.body)[:MOST_BYTES]
    content_type = page.content_type if rng.random() < 0.8 else f"text/html; charset={rng.choice(_LABELS)}"
    return Mutation(seed, kinds, replace(page, body=body, content_type=content_type))
