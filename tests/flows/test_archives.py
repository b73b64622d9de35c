"""Archives and files: `backfill` and `extract` over what the bundled newsroom and hand-made files hold."""

import gzip
import http.server
import json
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from flows.adhoc import extract_rows
from sources.newsroom.content import DAYS
from sources.newsroom.server import serve
from sources.newsroom.truth import expected_rows
from sources.records import Answer
from sources.warc import WarcWriter
from transforms.records import Candidate

Run = Callable[..., subprocess.CompletedProcess[str]]
SHARED = Path(__file__).parents[3] / "shared"
PARAGRAPH = "The council voted on Tuesday to mend the roof of the old market hall before the winter storms arrive. "


def story(title: str, words: str = PARAGRAPH * 3) -> bytes:
    time = '<meta property="article:published_time" content="2026-03-01T09:30:00+01:00">'
    head = f'<html lang="en"><head><title>{title}</title>{time}'
    return f"{head}</head><body><article><h1>{title}</h1><p>{words}</p><p>{words}</p></article></body></html>".encode()


def write_warc(path: Path, pages: dict[str, tuple[str, bytes]], *, tail: bytes = b"") -> Path:
    at = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    with WarcWriter(path) as archive:
        for url, (content_type, body) in pages.items():
            answer = Answer(
                url=url, final_url=url, fetched_at=at, status=200, headers=(("Content-Type", content_type),), body=body
            )
            archive.write(answer, Candidate(url, "archive", "feed", at))
    with path.open("ab") as file:
        file.write(tail)
    return path


TORN = story("Torn headline").replace(
    b"<title>",
    b'<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Torn headline \\ud83c", '
    b'"author": {"name": "Ilse Brandt\\ud83c"}}</script><title>',
)
PAGES = {
    "https://hall.example/a": ("text/html; charset=utf-8", story("Roof to be mended")),
    "https://hall.example/b": ("text/html", story("Clock stands still")),
    "https://hall.example/torn": ("text/html", TORN),
    "https://hall.example/empty": ("text/html", b""),
    "https://hall.example/binary": ("text/html", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8),
    "https://hall.example/logo.png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "https://hall.example/short": ("text/html", story("Brief", "Soon.")),
}
ENDINGS = {
    "https://hall.example/a": ("stored", "new_article"),
    "https://hall.example/b": ("stored", "new_article"),
    "https://hall.example/torn": ("stored", "new_article"),
    "https://hall.example/empty": ("failed", "empty_page"),
    "https://hall.example/binary": ("failed", "not_html"),
    "https://hall.example/logo.png": ("skipped", "not_article"),
    "https://hall.example/short": ("quarantined", "short_body"),
}


def test_every_record_of_an_archive_ends_in_the_ledger_broken_ones_too(tmp_path: Path, nightdesk: Run) -> None:
    archive = write_warc(tmp_path / "hall.warc.gz", PAGES, tail=b"\x1f\x8b\x08 and then nothing of a gzip member")
    done = nightdesk("backfill", "--warc", archive, "--data", tmp_path / "data")
    assert done.returncode == 0, done.stderr[-2000:]
    with duckdb.connect(str(tmp_path / "data" / "nightdesk.duckdb"), read_only=True) as connection:
        pages = connection.sql("select url, disposition, reason from pages").fetchall()
        rows = connection.sql("select title, source, published_utc_offset, warc_file from articles order by title").fetchall()
    broken = [url for url, _, reason in pages if reason == "bad_warc_record"]
    assert {url: (disposition, reason) for url, disposition, reason in pages if url not in broken} == ENDINGS
    assert [url.partition("#")[0] for url in broken] == [archive.as_uri()]
    assert rows == [
        ("Clock stands still", "archive", 60, str(archive)),
        ("Roof to be mended", "archive", 60, str(archive)),
        ("Torn headline \ufffd", "archive", 60, str(archive)),
    ]
    again = nightdesk("backfill", "--warc", archive, "--data", tmp_path / "data")
    assert "0 stored" in again.stdout


def test_extract_gives_a_row_a_page_in_order_and_says_why_there_is_no_article(tmp_path: Path, nightdesk: Run) -> None:
    archive = write_warc(tmp_path / "hall.warc.gz", PAGES)
    out = tmp_path / "rows.parquet"
    done = nightdesk("extract", archive, "--out", out)
    assert done.returncode == 0, done.stderr[-2000:]
    rows = pq.read_table(out).to_pylist()
    assert [row["url"] for row in rows] == list(PAGES)
    assert [row["rejection"] for row in rows] == [None, None, None, "empty_page", "not_html", "not_article", "short_body"]
    assert [row["title"] for row in rows] == [
        "Roof to be mended",
        "Clock stands still",
        "Torn headline \ufffd",
        None,
        None,
        None,
        "Brief",
    ]


def test_extract_of_files_prints_json_lines_and_takes_the_url_from_the_page(tmp_path: Path, nightdesk: Run) -> None:
    page = tmp_path / "saved.html"
    link = b'<link rel="canonical" href="https://hall.example/2026/roof">'
    page.write_bytes(story("Roof to be mended").replace(b"<title>", link + b"<title>"))
    done = nightdesk("extract", page)
    assert done.returncode == 0, done.stderr[-2000:]
    [row] = map(json.loads, done.stdout.splitlines())
    found = {
        name: row[name]
        for name in ("url", "site", "title", "published_at", "published_utc_offset", "language", "rejection", "broken_rules")
    }
    assert found == {
        "url": "https://hall.example/2026/roof",
        "site": "hall.example",
        "title": "Roof to be mended",
        "published_at": "2026-03-01T08:30:00+00:00",
        "published_utc_offset": 60,
        "language": "en",
        "rejection": None,
        "broken_rules": [],
    }


@pytest.mark.parametrize(
    "name", ["tanggul-laut-dikebut", "pasar-apung-sungai-wening", "sekolah-sungai", "kereta-wisata-lereng", "market-hall-saga"]
)
def test_an_article_of_several_pages_is_extracted_whole_from_its_url(name: str) -> None:
    [expected] = [row for row in expected_rows(DAYS[0]) if name in row["url"]]
    with serve(DAYS[0]) as server:
        where = {"*.localhost": ("127.0.0.1", server.port)}
        rows = extract_rows([expected["url"]], url=None, timezone=None, workers=1, connect_to=where)
    [row] = rows.to_pylist()
    names = ("url", "canonical_url", "title", "body", "related_urls", "page_count", "pages_missing")
    assert {key: row[key] for key in names} == {key: expected[key] for key in names}
    assert (row["rejection"], row["warc_file"]) == (None, None)


def test_a_url_that_cannot_be_had_is_a_row_that_says_so() -> None:
    url = "http://karangsenja.localhost/baca/2026/02/27/jadwal-imsakiyah-lama"
    with serve(DAYS[0]) as server:
        rows = extract_rows([url], url=None, timezone=None, workers=1, connect_to={"*.localhost": ("127.0.0.1", server.port)})
    assert [(row["url"], row["rejection"]) for row in rows.to_pylist()] == [(url, "not_found")]


@pytest.mark.skipif(not (SHARED / "cases").exists(), reason="the case files are not beside this checkout")
@pytest.mark.parametrize("name", ["page-1.html", "page-1-bare.html"])
def test_the_page_that_the_project_was_started_for(name: str, nightdesk: Run) -> None:
    case = SHARED / "cases" / "kompas"
    expected = json.loads((case / "expected.json").read_text())
    done = nightdesk("extract", case / name, "--url", expected["url"])
    row = json.loads(done.stdout)
    same = ("url", "title", "authors", "language", "site", "section", "dateline")
    assert {key: row[key] for key in same} == {key: expected[key] for key in same}
    assert (row["published_at"], row["published_utc_offset"]) == ("2020-08-17T06:30:00+00:00", 420)
    assert row["body"].split("\n\n") == expected["paragraphs_page_1"]
    assert [text for text in expected["must_not_contain"] if text in row["body"]] == []
    assert len(row["related_urls"]) == len(expected["related"])


@pytest.mark.skipif(not (SHARED / "corpus").exists(), reason="the corpus is not beside this checkout")
def test_real_pages_are_all_accounted_for(tmp_path: Path, nightdesk: Run) -> None:
    done = nightdesk("backfill", "--warc", SHARED / "corpus" / "dev.warc.gz", "--data", tmp_path / "data")
    assert done.returncode == 0, done.stderr[-2000:]
    with duckdb.connect(str(tmp_path / "data" / "nightdesk.duckdb"), read_only=True) as connection:
        counts = Counter(dict(connection.sql("select disposition, count(*) from pages group by 1").fetchall()))
    assert counts.total() == 207
    assert set(counts) <= {"stored", "quarantined"}


def test_a_list_of_archives_is_read_from_wherever_they_lie(tmp_path: Path, nightdesk: Run) -> None:
    """As Common Crawl has it: a gzipped list of paths beside nothing, and the files below a prefix on a server."""
    stored = tmp_path / "server" / "crawl-data" / "CC-NEWS" / "2026"
    stored.mkdir(parents=True)
    write_warc(stored / "1.warc.gz", {"https://hall.example/a": PAGES["https://hall.example/a"]})
    write_warc(stored / "2.warc.gz", {"https://hall.example/b": PAGES["https://hall.example/b"]})
    names = "".join(f"crawl-data/CC-NEWS/2026/{number}.warc.gz\n" for number in (1, 2, 3))
    (tmp_path / "warc.paths.gz").write_bytes(gzip.compress(names.encode()))
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "server"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            prefix = f"http://127.0.0.1:{server.server_port}"
            arguments = ("backfill", "--warc-paths", tmp_path / "warc.paths.gz", "--prefix", prefix, "--data", tmp_path / "data")
            done = nightdesk(*arguments)
        finally:
            server.shutdown()
            thread.join()
    assert done.returncode in (0, 1), done.stderr[-2000:]
    with duckdb.connect(str(tmp_path / "data" / "nightdesk.duckdb"), read_only=True) as connection:
        pages = connection.sql("select url, disposition, reason, warc_file from pages order by url").fetchall()
    kept = tmp_path / "data" / "raw" / "archives" / "127.0.0.1" / "crawl-data" / "CC-NEWS" / "2026"
    assert pages == [
        (f"{prefix}/crawl-data/CC-NEWS/2026/3.warc.gz", "failed", "not_found", None),
        ("https://hall.example/a", "stored", "new_article", str(kept / "1.warc.gz")),
        ("https://hall.example/b", "stored", "new_article", str(kept / "2.warc.gz")),
    ]
