"""What one WARC record says: its page, body, status and dates, whoever wrote it.

Belongs here: reading a record that was found. Does not belong here: finding it (warcstream), writing, judging (warc).
"""

import json
import logging
from datetime import UTC, datetime

from warcio.bufferedreaders import ChunkedDataReader
from warcio.recordloader import ArcWarcRecord

from sources.decoding import BodyDecoder, SizeLimitError
from sources.storable import storable
from transforms.records import Hints, RawPage

log = logging.getLogger(__name__)

# Extension fields of our own response records: what the page's URL was before redirects, and what a feed said of it.
ASKED_FIELD = "Nightdesk-Asked-Uri"
HINTS_FIELD = "Nightdesk-Hints"

_READ_BYTES = 64 * 1024


def target_url(record: ArcWarcRecord) -> str:
    """The URL that the record is of; "" where it does not say."""
    return record.rec_headers.get_header("WARC-Target-URI") or ""


def asked_url(record: ArcWarcRecord) -> str:
    """The URL that was asked for: another than the record's own where redirects lay between, in archives of ours."""
    return record.rec_headers.get_header(ASKED_FIELD) or target_url(record)


def page_of(record: ArcWarcRecord, body: bytes) -> RawPage:
    """The page as extraction takes it."""
    url, asked = target_url(record), asked_url(record)
    return RawPage(
        url=asked,
        body=body,
        final_url=url if url != asked else None,
        content_type=content_type(record),
        fetched_at=record_date(record),
        http_status=status(record),
        hints=hints_of(record),
    )


def hints_of(record: ArcWarcRecord) -> Hints:
    """What a feed said of the page when it was fetched, in archives of ours."""
    text = record.rec_headers.get_header(HINTS_FIELD)
    if not text:
        return Hints()
    try:
        values = json.loads(text)
        moment = values.get("published_at")
        published_at = datetime.fromisoformat(moment) if moment else None
        title, language = values.get("title"), values.get("language")
        return Hints(storable(title) if title else None, published_at, storable(language) if language else None)
    except (ValueError, AttributeError, TypeError) as exc:
        log.warning("%s of a WARC record cannot be read and is left out: %s", HINTS_FIELD, exc)
        return Hints()


def body_of(record: ArcWarcRecord, limit: int) -> bytes:
    """The payload, decoded, of at most `limit` bytes. ValueError if the record is shorter than it says."""
    if record.length is not None and record.length > 4 * limit and header(record, "Content-Encoding") is None:
        raise SizeLimitError(limit)
    stream = record.raw_stream
    if "chunked" in (header(record, "Transfer-Encoding") or "").lower():
        stream = ChunkedDataReader(stream)
    first = stream.read(_READ_BYTES)
    decoder = BodyDecoder(_believable(header(record, "Content-Encoding"), first), limit)
    decoder.feed(first)
    while piece := stream.read(_READ_BYTES):
        decoder.feed(piece)
    missing = getattr(record.raw_stream, "limit", 0)
    if missing:
        raise ValueError(f"the record is cut off: {missing} of its {record.length} bytes are missing")
    return decoder.body()


def _believable(encoding: str | None, first: bytes) -> str | None:
    """Many archives hold the decoded payload under the original headers: believe a Content-Encoding only if the bytes
    bear it out.
    """
    name = (encoding or "").strip().lower()
    is_text = first[:256].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    is_gzip = first.startswith(b"\x1f\x8b")
    return None if is_text or ("gzip" in name and not is_gzip) else encoding


def status(record: ArcWarcRecord) -> int | None:
    """The HTTP status, or None if the record holds no HTTP response."""
    code = record.http_headers.get_statuscode() if record.http_headers else ""
    return int(code) if code.isascii() and code.isdigit() and len(code) == 3 else None


def content_type(record: ArcWarcRecord) -> str | None:
    """The Content-Type header of the page, whole."""
    headers = record.http_headers if record.rec_type == "response" else record.rec_headers
    value: str | None = headers.get_header("Content-Type") if headers else None
    return value


def header(record: ArcWarcRecord, name: str) -> str | None:
    """A header of the HTTP response, or None."""
    value: str | None = record.http_headers.get_header(name) if record.http_headers else None
    return value


def record_date(record: ArcWarcRecord) -> datetime | None:
    """When the page was fetched."""
    text = record.rec_headers.get_header("WARC-Date") or ""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
