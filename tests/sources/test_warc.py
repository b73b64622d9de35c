"""The archive: what is written comes back, and every record of anybody's archive is accounted for."""

import gzip
import io
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from sources.records import Answer, Fetched
from sources.warc import WarcWriter, read_page, scan
from transforms.errors import InputError
from transforms.records import Candidate, Hints, RawPage, Reason, WarcPointer

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
HTML = b"<html><body>Kopi \xe9\x00</body></html>"


def candidate(url: str = "http://a.localhost/1", hints: Hints | None = None) -> Candidate:
    return Candidate(url, "s", "feed", NOW, hints=hints or Hints())


def answer(url: str = "http://a.localhost/1", **changes: Any) -> Answer:
    values: dict[str, Any] = {
        "url": url,
        "final_url": url,
        "fetched_at": NOW,
        "status": 200,
        "status_text": "OK",
        "headers": (("Content-Type", "text/html; charset=latin-1"), ("Content-Encoding", "gzip"), ("Content-Length", "7")),
        "request_headers": (("User-Agent", "nightdesk/1"),),
        "body": HTML,
    }
    return Answer(**(values | changes))


def scanned(path: Path, **options: Any) -> list[Fetched]:
    return list(scan(path, source="s", now=lambda: NOW, **options))


def outcomes(path: Path, **options: Any) -> list[tuple[str, Reason | None]]:
    return [(item.candidate.url, item.reason) for item in scanned(path, **options)]


def record(url: str, body: bytes = HTML, *, kind: str = "response", head: str | None = None, extra: str = "") -> bytes:
    """One WARC record, uncompressed."""
    if head is None:
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" if kind == "response" else ""
    block = head.encode() + body
    fields = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-03-01T10:00:00Z\r\n{extra}"
    kind_header = "application/http; msgtype=response" if kind == "response" else "text/html"
    return f"{fields}Content-Type: {kind_header}\r\nContent-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


def test_a_page_comes_back_as_it_was_written(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 1, 13, 30, tzinfo=timezone(timedelta(hours=7)))
    hints = Hints("Harga “kopi”", moment, "id")
    path = tmp_path / "1.warc.gz"
    with WarcWriter(path, name="run/1.warc.gz") as archive:
        first = archive.write(answer(), candidate())
        moved = answer(final_url="http://b.localhost/2")
        second = archive.write(moved, candidate(hints=hints))
        assert (path.exists(), path.with_name("1.warc.gz.open").exists()) == (False, True)
    assert (path.exists(), path.with_name("1.warc.gz.open").exists()) == (True, False)
    assert (first.file, second.file) == ("run/1.warc.gz", "run/1.warc.gz")
    content_type = "text/html; charset=latin-1"
    assert read_page(path, first.offset) == RawPage("http://a.localhost/1", HTML, None, content_type, NOW, 200)
    assert read_page(path, second.offset) == RawPage(
        "http://a.localhost/1", HTML, "http://b.localhost/2", content_type, NOW, 200, hints
    )


def test_other_tools_read_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "1.warc.gz"
    with WarcWriter(path) as archive:
        archive.write(answer("http://a.localhost/x?y=1"), candidate())
    with path.open("rb") as file:
        seen = [
            (r.rec_type, r.rec_headers.get_header("WARC-Target-URI"), r.http_headers and r.http_headers.statusline)
            for r in ArchiveIterator(file, check_digests="raise")
        ]
    assert seen == [
        ("warcinfo", None, None),
        ("response", "http://a.localhost/x?y=1", "200 OK"),
        ("request", "http://a.localhost/x?y=1", "/x?y=1 HTTP/1.1"),
        ("metadata", "http://a.localhost/x?y=1", None),
    ]
    with path.open("rb") as file:
        response = next(r for r in ArchiveIterator(file) if r.rec_type == "response")
        assert response.content_stream().read() == HTML
        assert response.http_headers.headers == [
            ("Content-Type", "text/html; charset=latin-1"),
            ("X-Archive-Orig-Content-Encoding", "gzip"),
            ("X-Archive-Orig-Content-Length", "7"),
            ("Content-Length", str(len(HTML))),
        ]


def test_the_metadata_says_where_a_page_was_found_and_how_long_it_took(tmp_path: Path) -> None:
    path = tmp_path / "1.warc.gz"
    with WarcWriter(path) as archive:
        archive.write(
            answer(elapsed_ms=34), Candidate("http://a.localhost/1", "s", "feed", NOW, "http://a.localhost/rss\r\nX: 1")
        )
    with path.open("rb") as file:
        records = {r.rec_type: (r.rec_headers, r.content_stream().read()) for r in ArchiveIterator(file)}
    headers, block = records["metadata"]
    assert block == b"via: http://a.localhost/rss X: 1\r\nfetchTimeMs: 34\r\nsource: s\r\n"
    assert headers.get_header("Content-Type") == "application/warc-fields"
    assert headers.get_header("WARC-Concurrent-To") == records["response"][0].get_header("WARC-Record-ID")


def test_a_segment_that_is_full_is_closed_and_the_next_begun(tmp_path: Path) -> None:
    (tmp_path / "1-3.warc.gz").write_bytes(b"not ours")
    pages = [answer(f"http://a.localhost/{number}", body=bytes(os.urandom(3000))) for number in range(7)]
    with WarcWriter(tmp_path / "1.warc.gz", name="run/1.warc.gz", segment_bytes=8000) as archive:
        pointers = [archive.write(page, candidate(page.url)) for page in pages]
        left_open = [path.name for path in tmp_path.glob("*.open")]
    names = ["1", "1-2", "1-4", "1-5"]  # two pages each; 1-3 is somebody else's
    # Full ones are closed beside the writing, so some may still be on their way.
    assert ("1-5.warc.gz.open" in left_open, list(tmp_path.glob("*.open"))) == (True, [])
    assert [pointer.file for pointer in pointers] == [f"run/{name}.warc.gz" for name in names for _ in range(2)][:7]
    assert [read_page(tmp_path / Path(at.file).name, at.offset).body for at in pointers] == [page.body for page in pages]
    for name in names:
        with (tmp_path / f"{name}.warc.gz").open("rb") as file:
            assert next(iter(ArchiveIterator(file))).rec_type == "warcinfo"


def test_a_killed_run_leaves_a_readable_segment(tmp_path: Path) -> None:
    path = tmp_path / "1.warc.gz"

    def killed() -> None:
        with WarcWriter(path) as archive:
            archive.write(answer(), candidate())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        killed()
    assert not path.exists()
    assert outcomes(path.with_name("1.warc.gz.open")) == [("http://a.localhost/1", None)]


def test_scanning_our_own_archive_gives_each_page_once_and_no_requests(tmp_path: Path) -> None:
    path = tmp_path / "1.warc.gz"
    with WarcWriter(path) as archive:
        pointer = archive.write(answer(headers=(("Content-Type", "text/html"), ("ETag", '"1"'))), candidate())
    assert scanned(path) == [
        Fetched(
            Candidate("http://a.localhost/1", "s", "warc", NOW, str(path)),
            fetched_at=NOW,
            http_status=200,
            bytes=len(HTML),
            etag='"1"',
            content_type="text/html",
            warc=WarcPointer(str(path), pointer.offset),
        )
    ]


HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (record("http://x/1"), None),
        (record("http://x/1", kind="resource"), None),
        (record("<http://x/1>"), None),
        (record("http://x/1", gzip.compress(HTML), head=HEAD + "Content-Encoding: gzip\r\n\r\n"), None),
        (record("http://x/1", head=HEAD + "Content-Encoding: gzip\r\n\r\n"), None),
        (record("http://x/1", head=HEAD + "Content-Encoding: br\r\n\r\n"), None),
        (record("http://x/1", b"5\r\n<html\r\n1\r\n>\r\n0\r\n\r\n", head=HEAD + "Transfer-Encoding: chunked\r\n\r\n"), None),
        (record("http://x/1", head=HEAD + "Transfer-Encoding: chunked\r\n\r\n"), None),
        (record("http://x/1", b""), Reason.EMPTY_PAGE),
        (record("http://x/1", b"no br", head=HEAD + "Content-Encoding: br\r\n\r\n"), Reason.BAD_ENCODING),
        (record("http://x/1", gzip.compress(HTML)[:-9], head=HEAD + "Content-Encoding: gzip\r\n\r\n"), Reason.TRUNCATED),
        (record("http://x/1", head="HTTP/1.1 404 Not Found\r\n\r\n"), Reason.NOT_FOUND),
        (record("http://x/1", head="HTTP/1.1 301 Moved\r\nLocation: /2\r\n\r\n"), Reason.NOT_ARTICLE),
        (record("http://x/1", head="HTTP/1.1 500 Oops\r\n\r\n"), Reason.HTTP_SERVER_ERROR),
        (record("http://x/1", head="HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"), Reason.NOT_ARTICLE),
        (record("http://x/1", b"no markup", head="HTTP/1.1 200 OK\r\n\r\n"), Reason.NOT_ARTICLE),
        (record("dns:x", b"x 1 IN A"), Reason.NOT_ARTICLE),
        (record("http://x/1", b"x" * 5000), Reason.TOO_LARGE),
        (record("http://x/1", gzip.compress(b"\0" * 9_000_000), head=HEAD + "Content-Encoding: gzip\r\n\r\n"), Reason.TOO_LARGE),
        (record("http://x/1", head="hello\r\n\r\n"), Reason.BAD_WARC_RECORD),
    ],
)
@pytest.mark.parametrize("packed", [True, False])
def test_each_kind_of_record_has_its_outcome(tmp_path: Path, made: bytes, reason: Reason | None, packed: bool) -> None:
    path = tmp_path / "x.warc"
    others = [record("http://x/before"), record("http://x/after")]
    parts = [others[0], made, others[1]]
    path.write_bytes(b"".join(gzip.compress(part) if packed else part for part in parts))
    found = outcomes(path, max_page_bytes=4096)
    assert [item[1] for item in found] == [None, reason, None]
    assert (found[0][0], found[2][0]) == ("http://x/before", "http://x/after")


def test_requests_and_metadata_are_no_candidates(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    kinds = ("warcinfo", "request", "metadata", "revisit", "conversion")
    path.write_bytes(b"".join(record("urn:x", b"a: b", kind=kind) for kind in kinds) + record("http://x/1"))
    assert outcomes(path) == [("http://x/1", None)]


def test_a_damaged_record_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    parts = [gzip.compress(record(f"http://x/{n}", HTML * 50 + bytes(range(256)) * n)) for n in range(4)]
    parts[1] = parts[1][:60] + b"\xff" * 40 + parts[1][100:]
    path.write_bytes(b"".join(parts))
    found = scanned(path)
    assert [(item.candidate.url, item.reason) for item in found if item.reason is None] == [
        ("http://x/0", None),
        ("http://x/2", None),
        ("http://x/3", None),
    ]
    assert [item.reason for item in found if item.reason is not None] == [Reason.BAD_WARC_RECORD]


def test_a_cut_off_file_gives_what_it_holds_and_says_what_it_lost(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    whole = gzip.compress(record("http://x/0"))
    path.write_bytes(whole + gzip.compress(record("http://x/1", HTML + bytes(range(256)) * 40))[:-100])
    assert [(item.reason, item.warc) for item in scanned(path)] == [
        (None, WarcPointer(str(path), 0)),
        (Reason.BAD_WARC_RECORD, None),
    ]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x1f\x8b\x08", id="gzip-magic-alone"),
        pytest.param(b"%PDF-1.7\n" * 3000, id="pdf"),
        pytest.param(gzip.compress(b"nothing of the kind", mtime=0), id="other-gzip"),
        pytest.param(b"WARC/1.0\r\n", id="first-line-alone"),
        pytest.param(b"\x00" * 70_000, id="zeros"),
    ],
)
def test_what_is_no_warc_at_all_is_one_readable_row(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(data)
    found = scanned(path)
    assert [(item.candidate.url, item.reason) for item in found] == [(f"{path.as_uri()}#0", Reason.BAD_WARC_RECORD)]
    assert found[0].detail is not None


def test_records_that_share_one_gzip_block_are_told_how_to_mend_it(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gzip.compress(record("http://x/0") + record("http://x/1")))
    found = scanned(path)
    assert [(item.candidate.url, item.reason) for item in found] == [("http://x/0", None), ("http://x/1", Reason.BAD_WARC_RECORD)]
    assert "warcio recompress" in (found[1].detail or "")


def test_reading_where_no_page_is_says_which_file_and_offset(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gzip.compress(record("http://x/0")))
    with pytest.raises(InputError, match=r"x\.warc\.gz.*offset 7"):
        read_page(path, 7)
    with pytest.raises(InputError, match=r"none\.warc"):
        read_page(tmp_path / "none.warc", 0)


def test_an_archive_that_cannot_be_opened_is_one_row(tmp_path: Path) -> None:
    folder = tmp_path / "folder.warc"
    folder.mkdir()
    for path, problem in ((tmp_path / "none.warc", "No such file or directory"), (folder, "Is a directory")):
        lost = Candidate(f"{path.as_uri()}#0", "s", "warc", NOW, discovered_from=str(path))
        detail = f"at byte 0: the file cannot be opened: {problem}"
        assert scanned(path) == [Fetched(lost, Reason.BAD_WARC_RECORD, detail)]


def test_a_page_larger_than_usual_that_was_archived_may_be_read_back(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    body = b"<p>" + b"x" * 11_000_000
    with WarcWriter(path) as archive:
        pointer = archive.write(answer(body=body), candidate())
    assert read_page(path, pointer.offset).body == body


def test_hints_with_half_a_character_in_an_archive_can_be_stored(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(record("http://x/1", extra='Nightdesk-Hints: {"title": "a\\ud83d", "language": "id"}\r\n'))
    assert [item.candidate.hints for item in scanned(path)] == [Hints("a\ufffd", None, "id")]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_whatever_is_damaged_the_other_records_are_found(tmp_path: Path, data: st.DataObject) -> None:
    packed = data.draw(st.booleans())
    parts = [record(f"http://x/{n}", HTML + bytes([n]) * 900) for n in range(5)]
    pieces = [gzip.compress(part) if packed else part for part in parts]
    victim = data.draw(st.integers(0, 4))
    start = data.draw(st.integers(0, len(pieces[victim]) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=40))
    piece = bytearray(pieces[victim])
    piece[start : start + len(damage)] = damage
    pieces[victim] = bytes(piece)
    path = tmp_path / "x.warc.gz"
    path.write_bytes(b"".join(pieces))
    good = [item.candidate.url for item in scanned(path) if item.reason is None]
    expected = [f"http://x/{n}" for n in range(5) if n != victim]
    if packed:
        assert [url for url in good if url in expected] == expected


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(min_size=1, max_size=3000), title=st.text(max_size=40), path=st.text(max_size=20))
def test_any_bytes_survive_the_archive(tmp_path: Path, body: bytes, title: str, path: str) -> None:
    hints = Hints(title or None)
    file = tmp_path / "x.warc.gz"
    with WarcWriter(file) as archive:
        pointer = archive.write(answer(body=b"<" + body), candidate(hints=hints))
    page = read_page(file, pointer.offset)
    assert (page.body, page.hints) == (b"<" + body, hints)


def test_a_huge_record_is_not_held_in_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "x.warc.gz"
    packer = io.BytesIO()
    with gzip.GzipFile(fileobj=packer, mode="wb") as out:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
        size = 200_000_000
        out.write(
            b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://x/huge\r\n"
            b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n" % (size + len(head))
        )
        out.write(head)
        for _ in range(200):
            out.write(b"a" * 1_000_000)
        out.write(b"\r\n\r\n")
    path.write_bytes(packer.getvalue() + gzip.compress(record("http://x/after")))
    tracemalloc.start()
    found = outcomes(path, max_page_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [("http://x/huge", Reason.TOO_LARGE), ("http://x/after", None)]
    assert peak < 8_000_000


def test_the_development_corpus_is_accounted_for(request: pytest.FixtureRequest) -> None:
    path = request.config.rootpath.parent / "shared" / "corpus" / "dev.warc.gz"
    if not path.exists():
        pytest.skip("the shared corpus is not on this machine")
    found = scanned(path)
    assert [item.reason for item in found] == [None] * 207
    assert {len(read_page(path, item.warc.offset).body) == item.bytes for item in found if item.warc} == {True}
