"""A page's bytes become one whole row, or one reason."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.extract import EXTRACTOR, ExtractSettings, extract_article
from transforms.fingerprint import article_id, content_hash, minhash_bands
from transforms.records import Article, Hints, RawPage, Reason, Rejection

URL = "https://www.harian.example/kota/jembatan?utm_source=rss"
FETCHED = datetime(2024, 4, 20, tzinfo=UTC)
STORY = (
    "PELABUHAN - Jembatan lama di pelabuhan tetap ditutup sampai akhir tahun, kata pemerintah kota pada hari Senin pagi.",
    "Tiang penyangganya retak sejak banjir bulan lalu, sehingga kendaraan berat dialihkan ke jalan lingkar di sebelah timur.",
    "Warga meminta pemerintah menyediakan perahu penyeberangan gratis selama masa perbaikan yang diperkirakan makan biaya besar.",
    "Wali kota berjanji akan menjawab permintaan itu dalam rapat terbuka yang dijadwalkan pada hari Kamis pekan depan.",
)
PAGE = f"""<!DOCTYPE html><html lang="id-ID"><head><title>Jembatan Lama Tetap Ditutup Halaman all - Harian Kota</title>
<link rel="canonical" href="https://www.harian.example/kota/jembatan"><meta property="og:site_name" content="Harian Kota">
<meta name="keywords" content="jembatan, pelabuhan"></head><body>
<nav><a href="/">Beranda</a></nav><ul class="breadcrumb"><li><a href="/">Beranda</a></li><li><a href="/kota">Kota</a></li></ul>
<article><h1>Jembatan Lama Tetap Ditutup</h1><div>Harian Kota - 17/04/2024, 09:30 WIB</div>
<div><h6>Rina Wijaya</h6><p>Penulis</p></div><div class="content">{"".join(f"<p>{p}</p>" for p in STORY)}</div></article>
</body></html>"""


def test_a_page_becomes_one_whole_row():
    body = "\n\n".join(STORY)
    assert extract_article(RawPage(URL, PAGE.encode(), fetched_at=FETCHED)) == Article(
        article_id=article_id("https://www.harian.example/kota/jembatan"),
        url=URL,
        canonical_url="https://www.harian.example/kota/jembatan",
        site="harian.example",
        title="Jembatan Lama Tetap Ditutup",
        body=body,
        authors=("Rina Wijaya",),
        tags=("jembatan", "pelabuhan"),
        published_at=datetime(2024, 4, 17, 2, 30, tzinfo=UTC),
        published_utc_offset=420,
        published_precision="minute",
        published_from="visible-text",
        section="Kota",
        dateline="PELABUHAN",
        language="id",
        site_name="Harian Kota",
        word_count=66,
        body_length=len(body),
        content_hash=content_hash("Jembatan Lama Tetap Ditutup", body),
        minhash=minhash_bands(body),
    )


def test_the_source_and_the_feed_fill_what_the_page_does_not_say():
    page = "<html><body><article>" + "".join(f"<p>{p}</p>" for p in STORY) + "</article></body></html>"
    hints = Hints(title="Jembatan", published_at=datetime(2024, 4, 17, 2, 30, tzinfo=UTC))
    row = extract_article(
        RawPage(URL, page.encode(), hints=hints), settings=ExtractSettings(timezone="Asia/Jakarta", languages=("id",))
    )
    assert isinstance(row, Article)
    assert (row.title, row.published_at, row.published_utc_offset, row.published_from) == (
        "Jembatan",
        hints.published_at,
        420,
        "feed",
    )
    assert (row.language, row.canonical_url) == ("id", "https://www.harian.example/kota/jembatan")


def test_a_page_without_text_is_a_row_without_body():
    row = extract_article(RawPage(URL, b"<html><head><title>Empty</title></head><body></body></html>"))
    assert isinstance(row, Article)
    assert (row.title, row.body, row.word_count, row.minhash) == ("Empty", None, 0, ())


def test_further_pages_are_joined_and_missing_ones_counted():
    def page(number: int, text: str) -> RawPage:
        pager = "".join(f'<a href="https://d.example/a/story-of-a-bridge?page={n}">{n}</a>' for n in (1, 2, 3))
        html = f"<html><body><article><h1>Story of a bridge</h1><p>{text}</p><div class='paging'>{pager}</div></article></body>"
        return RawPage("https://d.example/a/story-of-a-bridge" + (f"?page={number}" if number > 1 else ""), html.encode())

    first, second = page(1, STORY[0]), page(2, STORY[1])
    alone = extract_article(first)
    joined = extract_article(first, [second, RawPage("https://d.example/a/story-of-a-bridge?page=3", b"")])
    assert isinstance(alone, Article)
    assert isinstance(joined, Article)
    assert (alone.page_count, alone.pages_missing) == (1, 2)
    assert (joined.page_count, joined.pages_missing) == (2, 1)
    assert joined.body == f"{STORY[0]}\n\n{STORY[1]}"


def test_a_page_over_the_sources_limit_is_rejected():
    rejected = extract_article(RawPage(URL, b"<p>" + b"x" * 100), settings=ExtractSettings(max_bytes=50))
    assert rejected == Rejection(URL, Reason.TOO_LARGE, "103 bytes; the limit is 50")


def test_the_extractor_names_both_versions():
    assert EXTRACTOR.startswith("nightdesk 0.")
    assert " / trafilatura 2." in EXTRACTOR


@given(st.binary(max_size=200) | st.text("<>/pdiv=\"'&;ab ", max_size=200).map(str.encode))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_bytes_give_a_row_or_a_reason(body: bytes) -> None:
    assert isinstance(extract_article(RawPage(URL, body)), Article | Rejection)


@pytest.mark.parametrize("cut", range(0, len(PAGE), 97))
def test_a_page_cut_off_anywhere_gives_a_row_or_a_reason(cut: int) -> None:
    result = extract_article(RawPage(URL, PAGE[:cut].encode(), fetched_at=FETCHED))
    assert isinstance(result, Article | Rejection)
    assert asdict(result)["url"] == URL


SHARED = Path(__file__).parents[3] / "shared" / "cases" / "kompas"


@pytest.mark.skipif(not SHARED.exists(), reason="the sample pages are not part of the project")
@pytest.mark.parametrize("name", ["page-1.html", "page-1-bare.html"])
def test_the_page_that_the_project_was_started_for(name: str) -> None:
    expected = json.loads((SHARED / "expected.json").read_text(encoding="utf-8"))
    second = RawPage(f"{expected['url']}?page=2", (SHARED / "page-2.html").read_bytes())
    row = extract_article(RawPage(expected["url"], (SHARED / name).read_bytes()), [second])
    assert isinstance(row, Article)
    assert {
        "url": row.canonical_url,
        "title": row.title,
        "authors": list(row.authors),
        "language": row.language,
        "site": row.site,
        "section": row.section,
        "dateline": row.dateline,
        "paragraphs": (row.body or "").split("\n\n"),
    } == {
        "url": expected["url"],
        "title": expected["title"],
        "authors": expected["authors"],
        "language": expected["language"],
        "site": expected["site"],
        "section": expected["section"],
        "dateline": expected["dateline"],
        "paragraphs": expected["paragraphs_page_1"] + expected["paragraphs_page_2"],
    }
    assert (row.published_at, row.published_utc_offset) == (datetime.fromisoformat(expected["published_at"]), 420)
    assert (row.page_count, row.pages_missing) == (2, 0)
    assert [text for text in expected["must_not_contain"] if text in (row.body or "")] == []


def test_an_offset_beyond_a_day_in_the_text_is_no_date_and_no_error() -> None:
    html = b'<body><h1>Ferry waits</h1><p>It waits.</p><footer><span class="date">2026-03-01T09:30:00+99:99</span></footer>'
    outcome = extract_article(RawPage("https://harbour.example/ferry", html))
    assert isinstance(outcome, Article)
    assert (outcome.title, outcome.published_at, outcome.published_precision) == ("Ferry waits", None, None)


@pytest.mark.parametrize("address", ["https://[bad/a", "http://[", "//[x]y/"])
def test_an_address_that_is_no_url_is_read_as_any_other_and_left_to_the_rules(address: str) -> None:
    outcome = extract_article(RawPage(address, PAGE.encode()))
    assert isinstance(outcome, Article)
    assert (outcome.url, outcome.canonical_url, outcome.site, outcome.title) == (
        address,
        address,
        "",
        "Jembatan Lama Tetap Ditutup",
    )
    assert isinstance(extract_article(RawPage(URL, PAGE.encode(), final_url=address)), Article | Rejection)
