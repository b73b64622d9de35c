"""What an exchange leaves in the archive: readable by any tool, the page as it was received."""

import asyncio
import gzip
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from sources.records import Answer
from sources.warc import WarcWriter, read_page
from sources.warcbytes import exchange_bytes
from transforms.records import Candidate, Hints, RawPage, Reason

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
HTML = b"<html><body>Kopi \xe9\x00</body></html>" * 20
URL = "http://a.localhost/1"
CANDIDATE = Candidate(URL, "s", "feed", NOW)


def answer(**changes: Any) -> Answer:
    values: dict[str, Any] = {
        "url": URL,
        "final_url": URL,
        "fetched_at": NOW,
        "status": 200,
        "status_text": "OK",
        "headers": (("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")),
        "body": HTML,
        "received": gzip.compress(HTML, mtime=0),
    }
    return Answer(**(values | changes))


def records(data: bytes) -> list[tuple[ArcWarcRecord, bytes]]:
    """Each record as warcio has it, digests checked, and its payload as it lies there."""
    return [(record, record.raw_stream.read()) for record in ArchiveIterator(io.BytesIO(data), check_digests="raise")]


def test_a_page_that_came_gzipped_is_kept_as_it_came() -> None:
    (response, payload), (request, _), (metadata, about) = records(exchange_bytes(answer(elapsed_ms=7), CANDIDATE))
    assert payload == gzip.compress(HTML, mtime=0)
    assert response.http_headers.headers == [
        ("Content-Type", "text/html"),
        ("Content-Encoding", "gzip"),
        ("X-Archive-Orig-Transfer-Encoding", "chunked"),
        ("Content-Length", str(len(payload))),
    ]
    assert [(record.rec_type, record.content_type) for record in (response, request, metadata)] == [
        ("response", "application/http; msgtype=response"),
        ("request", "application/http; msgtype=request"),
        ("metadata", "application/warc-fields"),
    ]
    response_id = response.rec_headers.get_header("WARC-Record-ID")
    assert [record.rec_headers.get_header("WARC-Concurrent-To") for record in (request, metadata)] == [response_id] * 2
    assert about == b"fetchTimeMs: 7\r\nsource: s\r\n"
    assert response.rec_headers.get_header("WARC-Date") == "2026-03-02T06:00:00.000000Z"
    reader = next(ArchiveIterator(io.BytesIO(exchange_bytes(answer(), CANDIDATE))))
    assert reader.content_stream().read() == HTML


def test_a_page_that_came_plain_is_compressed() -> None:
    (response, payload), *_ = records(exchange_bytes(answer(received=b""), CANDIDATE))
    assert payload == HTML
    assert ("X-Archive-Orig-Content-Encoding", "gzip") in response.http_headers.headers
    assert len(exchange_bytes(answer(received=b""), CANDIDATE)) < len(HTML) + 900


def test_the_standard_library_unpacks_all_members() -> None:
    text = gzip.decompress(exchange_bytes(answer(), CANDIDATE))
    assert (text.count(b"WARC/1.1\r\n"), text.count(gzip.compress(HTML, mtime=0))) == (3, 1)


@pytest.mark.parametrize(
    ("value", "kept"),
    [("a\r\nWARC-Type: x", "a  WARC-Type: x"), ("a\nb", "a b"), ("dingin—", "dingin—"), ("\ud800", "?")],
)
def test_no_header_ends_a_line_of_the_record(value: str, kept: str) -> None:
    headers = (("X-Odd", value),)
    (response, _), (request, _), _ = records(exchange_bytes(answer(headers=headers, request_headers=headers), CANDIDATE))
    assert [record.http_headers.get_header("X-Odd") for record in (response, request)] == [kept, kept]


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=200_000), level=st.integers(0, 9), is_packed=st.booleans(), title=st.text(max_size=20))
def test_any_page_comes_back(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, level: int, is_packed: bool, title: str
) -> None:
    path = tmp_path_factory.mktemp("warc") / "1.warc.gz"
    headers = (("Content-Type", "text/html"), *((("Content-Encoding", "gzip"),) if is_packed else ()))
    hints = Hints(title.encode("utf-8", "replace").decode() or None, NOW, "id")
    page = answer(body=body, headers=headers, received=gzip.compress(body, level) if is_packed else b"")
    with WarcWriter(path) as archive:
        archive.write(answer(), CANDIDATE)
        pointer = archive.write(page, Candidate(URL, "s", "feed", NOW, hints=hints))
        last = archive.write(answer(), CANDIDATE)
    assert read_page(path, pointer.offset) == RawPage(URL, body, None, "text/html", NOW, 200, hints)
    assert read_page(path, last.offset).body == HTML


def fetched(kit: Any, headers: dict[str, str], body: bytes) -> Answer:
    async def ask() -> Answer:
        async with kit.serving({"a.localhost/1": (200, headers, body)}) as site, kit.client(None, site) as http:
            got: Answer = await http.get(URL, source="s", limit=100_000)
            return got

    return asyncio.run(ask())


def test_what_was_received_is_kept_beside_what_it_decodes_to(kit: Any, tmp_path: Path) -> None:
    packed = gzip.compress(HTML, mtime=0)
    got = fetched(kit, {"Content-Encoding": "gzip"}, packed)
    assert (got.reason, got.body, got.received) == (None, HTML, packed)
    assert fetched(kit, {}, HTML).received == b""
    with WarcWriter(tmp_path / "1.warc.gz") as archive:
        pointer = archive.write(got, CANDIDATE)
    assert read_page(tmp_path / "1.warc.gz", pointer.offset) == got.page()


def test_padding_after_a_gzip_stream_is_passed_over_up_to_the_limit(kit: Any) -> None:
    packed = gzip.compress(HTML, mtime=0)
    assert fetched(kit, {"Content-Encoding": "gzip"}, packed + b"\0" * 50_000).body == HTML
    endless = fetched(kit, {"Content-Encoding": "gzip"}, packed + b"\0" * 500_000)
    assert (endless.reason, endless.body, endless.received) == (Reason.TOO_LARGE, b"", b"")
