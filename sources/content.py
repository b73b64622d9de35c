"""What a response is worth before anything is parsed: its status, its type, its emptiness.

Belongs here: judgements that the fetcher and the archive reader share. Does not belong here: anything that reads HTML.
"""

from collections.abc import Callable
from http import HTTPStatus

from transforms.records import Reason

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/html", "text/xhtml"})

# Types that servers put on anything: the first bytes decide.
_VAGUE_TYPES = frozenset({"", "text/plain", "application/octet-stream", "text/xml", "application/xml", "unknown/unknown"})

_SNIFFED_BYTES = 1024

# (header, values, statuses that they count with; none: all). Documented by Cloudflare, AWS WAF and DataDome, which sets its own
# on pages that it lets through as well.
_CHALLENGE_HEADERS: tuple[tuple[str, frozenset[str], frozenset[int]], ...] = (
    ("cf-mitigated", frozenset({"challenge"}), frozenset()),
    ("x-amzn-waf-action", frozenset({"challenge", "captcha"}), frozenset()),
    ("x-datadome", frozenset({"protected"}), frozenset({401, 403, 405})),
)

# Pages are of kilobytes; one of more than the first is some mistake. The largest that the setting may be given is what memory
# bears of a page that is decoded, parsed and held by several workers at once.
DEFAULT_PAGE_BYTES = 10_000_000
LARGEST_PAGE_BYTES = 100_000_000


def status_verdict(status: int) -> tuple[Reason, str] | None:
    """Why a response of this HTTP status holds no page, with a detail; None for the 2xx, which do."""
    if 200 <= status < 300:
        return None
    detail = f"HTTP {status}{_phrase(status)}"
    special = {
        304: Reason.NOT_MODIFIED,
        404: Reason.NOT_FOUND,
        410: Reason.GONE,
        429: Reason.TOO_MANY_REQUESTS,
    }
    if status in special:
        return special[status], detail
    if status >= 500 or status < 200:
        return Reason.HTTP_SERVER_ERROR, detail
    return (Reason.HTTP_CLIENT_ERROR if status >= 400 else Reason.BAD_REDIRECT), detail


def challenge_verdict(status: int, header: Callable[[str], str | None]) -> tuple[Reason, str] | None:
    """Whether a response's headers say that it tells people from robots in place of the page, with a detail; else None.

    `header` gives a response header's value. The services that stand before sites say so there, whatever the status.
    """
    for name, values, statuses in _CHALLENGE_HEADERS:
        value = (header(name) or "").strip().lower()
        if value in values and (not statuses or status in statuses):
            return Reason.BOT_CHALLENGE, f"HTTP {status}, {name}: {value}"
    return None


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def media_type(content_type: str | None) -> str:
    """The bare, lower-case media type of a Content-Type header: "" where there is none."""
    return (content_type or "").split(";")[0].strip().lower()


def is_other_type(content_type: str | None) -> bool:
    """Whether the header alone says that this is no HTML, so that the body need not be read."""
    kind = media_type(content_type)
    return kind not in _HTML_TYPES and kind not in _VAGUE_TYPES


def page_verdict(content_type: str | None, body: bytes) -> tuple[Reason, str] | None:
    """Why a 2xx response is no HTML page, with a detail; None if it looks like one."""
    if not body.strip():
        return Reason.EMPTY_PAGE, f"the body is empty ({len(body)} bytes)"
    kind = media_type(content_type)
    if kind in _HTML_TYPES:
        return None
    if kind in _VAGUE_TYPES and looks_like_markup(body):
        return None
    return Reason.NOT_HTML, f"content type is {kind or 'not given, and the body is not HTML'}"


def looks_like_markup(body: bytes) -> bool:
    """Whether the first bytes could be HTML: a `<` first, after a byte order mark, spaces and the NULs of UTF-16."""
    start = body[:_SNIFFED_BYTES].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\f")
    return start.startswith(b"<") and not start.startswith((b"<?xml-stylesheet", b"<rss", b"<feed", b"<urlset"))
