"""The bytes of the WARC records that a fetch leaves: a response, its request, its metadata, each one gzip member.

Belongs here: which header lines a record bears, and how it is packed. Does not belong here: files, offsets, reading.
Written by hand and not by warcio, whose one record costs more than the whole fetch of its page: a page that came gzipped
stays as it came (WARC 1.1, 6.3: the response as received) and is stored, not compressed a second time.
"""

import base64
import hashlib
import json
import uuid
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sources.records import Answer
from sources.warcrecords import ASKED_FIELD, HINTS_FIELD
from transforms.records import Candidate, Hints

# How a body was cut up for the wire is not kept, nor what is undone: such headers are kept under another name.
_ORIGINAL = "X-Archive-Orig-"
_NEVER_KEPT = frozenset({"transfer-encoding", "content-length"})
_UNDONE = _NEVER_KEPT | {"content-encoding"}

# zlib's own trade. 9 costs twice the time for 1% less.
_LEVEL = 6
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # deflate, no name, no time, of an unknown system


def exchange_bytes(answer: Answer, candidate: Candidate) -> bytes:
    """A response record, then its request and its metadata; the first byte is the response's."""
    response_id, moment = _record_id(), warc_date(answer.fetched_at)
    response = _response(answer, candidate, response_id, moment)
    return response + _request(answer, response_id, moment) + _metadata(answer, candidate, response_id, moment)


def warcinfo_bytes(filename: str, info: Mapping[str, str | None], now: datetime) -> bytes:
    """The record that a file begins with: who wrote it, with what."""
    block = _lines(f"{name}: {value}" for name, value in info.items() if value is not None)
    fields = {"WARC-Filename": filename, "WARC-Date": warc_date(now), "WARC-Record-ID": _record_id()}
    return _member(_record("warcinfo", fields, "application/warc-fields", block, b"") + b"\r\n\r\n", b"")


def _response(answer: Answer, candidate: Candidate, record_id: str, moment: str) -> bytes:
    is_as_received = bool(answer.received)
    payload = answer.received or answer.body
    renamed = _NEVER_KEPT if is_as_received else _UNDONE
    # A reason phrase such as "Alles für dich" is kept as far as a status line may hold it.
    status = f"{answer.status} {answer.status_text}".strip().encode("ascii", "replace").decode("ascii")
    names = ((_ORIGINAL + name if name.lower() in renamed else name, value) for name, value in answer.headers)
    head = _http_head(f"HTTP/1.1 {status}", (*names, ("Content-Length", str(len(payload)))))
    fields = {
        "WARC-Target-URI": _one_line(answer.final_url),
        "WARC-Date": moment,
        "WARC-Record-ID": record_id,
        "WARC-Payload-Digest": _digest(payload),
    }
    if answer.final_url != candidate.url:
        fields[ASKED_FIELD] = _one_line(candidate.url)
    if candidate.hints != Hints(modified_at=candidate.hints.modified_at):
        fields[HINTS_FIELD] = _hints_text(candidate.hints)
    start = _record("response", fields, "application/http; msgtype=response", head, payload)
    return _member(start, payload + b"\r\n\r\n", is_packed=is_as_received)


def _request(answer: Answer, response_id: str, moment: str) -> bytes:
    path = "/" + answer.final_url.split("://", 1)[-1].partition("/")[2]
    head = _http_head(f"GET {_one_line(path)} HTTP/1.1", answer.request_headers)
    fields = {
        "WARC-Target-URI": _one_line(answer.final_url),
        "WARC-Date": moment,
        "WARC-Record-ID": _record_id(),
        "WARC-Concurrent-To": response_id,
    }
    return _member(_record("request", fields, "application/http; msgtype=request", head, b"") + b"\r\n\r\n", b"")


def _metadata(answer: Answer, candidate: Candidate, response_id: str, moment: str) -> bytes:
    """Where the page was found and how long it took, in the terms of WARC 1.1 (section 6.5)."""
    values = {"via": candidate.discovered_from, "fetchTimeMs": answer.elapsed_ms, "source": candidate.source}
    block = _lines(f"{name}: {' '.join(str(value).split())}" for name, value in values.items() if value is not None)
    fields = {
        "WARC-Target-URI": _one_line(answer.final_url),
        "WARC-Date": moment,
        "WARC-Record-ID": _record_id(),
        "WARC-Concurrent-To": response_id,
    }
    return _member(_record("metadata", fields, "application/warc-fields", block, b"") + b"\r\n\r\n", b"")


def _record(kind: str, fields: Mapping[str, str], content_type: str, head: bytes, payload: bytes) -> bytes:
    """A record up to its payload. `head`: the part of its block that comes before the payload."""
    own = _lines(("WARC/1.1", f"WARC-Type: {kind}", *(f"{name}: {value}" for name, value in fields.items())))
    rest = _lines((f"Content-Type: {content_type}", f"Content-Length: {len(head) + len(payload)}"))
    return own + rest + b"\r\n" + head


def _http_head(first_line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    return _lines((first_line, *(f"{_one_line(name)}: {_one_line(value)}" for name, value in headers))) + b"\r\n"


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


def _one_line(text: str) -> str:
    """Whatever a server sends, it ends no line of a record."""
    return text.replace("\r", " ").replace("\n", " ") if "\n" in text or "\r" in text else text


def _digest(payload: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode("ascii")


def _record_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def warc_date(moment: datetime) -> str:
    """An instant as WARC-Date has it: UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _hints_text(hints: Hints) -> str:
    moment = hints.published_at.isoformat() if hints.published_at else None
    return json.dumps({"title": hints.title, "published_at": moment, "language": hints.language})


def _member(start: bytes, rest: bytes, *, is_packed: bool = False) -> bytes:
    """Both as one gzip member; `rest` stored as it is if it `is_packed` already."""
    size, check = len(start) + len(rest), zlib.crc32(rest, zlib.crc32(start))
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    pieces = [_GZIP_HEAD, packer.compress(start)]
    if is_packed:
        # The stream goes on at a byte's edge, so that stored blocks of another compressor can follow (RFC 1951, 3.2.4).
        pieces.append(packer.flush(zlib.Z_SYNC_FLUSH))
        packer = zlib.compressobj(0, zlib.DEFLATED, -zlib.MAX_WBITS)
    pieces += packer.compress(rest), packer.flush(), check.to_bytes(4, "little"), (size & 0xFFFFFFFF).to_bytes(4, "little")
    return b"".join(pieces)
