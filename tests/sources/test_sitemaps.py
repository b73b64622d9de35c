"""Sitemaps as sites write them: dated, with pictures, as text, slightly broken."""

import gzip
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from sources.feeds import UnreadableError
from sources.sitemaps import Sitemap, read_sitemap
from transforms.records import Hints

JAKARTA = timezone(timedelta(hours=7))


def read(text: str | bytes, zone: str | None = None) -> Sitemap:
    data = text if isinstance(text, bytes) else text.encode()
    return read_sitemap(data, "http://a/s.xml", zone, max_bytes=10**6)


def urlset(*entries: str) -> str:
    inner = "".join(f"<url>{entry}</url>" for entry in entries)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</urlset>'


@pytest.mark.parametrize(
    ("lastmod", "zone", "modified_at"),
    [
        ("2026-03-02T13:30:00+07:00", None, datetime(2026, 3, 2, 6, 30, tzinfo=UTC)),
        ("2026-03-02T06:30:00.5Z", None, datetime(2026, 3, 2, 6, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-03-02T13:30", "Asia/Jakarta", datetime(2026, 3, 2, 6, 30, tzinfo=UTC)),
        ("2026-03-02T13:30", None, None),
        ("2026-03-02", None, datetime(2026, 3, 3, tzinfo=UTC)),
        (" 2026-03-02\n", "Asia/Jakarta", datetime(2026, 3, 3, tzinfo=JAKARTA)),
        ("9999-12-31", None, None),
        ("2026-13-77", None, None),
        ("kemarin", None, None),
        ("", None, None),
    ],
)
def test_a_page_changed_at_the_latest_when_the_sitemap_says(lastmod: str, zone: str | None, modified_at: datetime | None) -> None:
    (link,) = read(urlset(f"<loc>http://a/1</loc><lastmod>{lastmod}</lastmod>"), zone).links
    assert link.hints == Hints(modified_at=modified_at)


def test_the_time_at_which_a_sitemap_was_built_is_no_pages_time() -> None:
    built = [f"<loc>http://a/{n}</loc><lastmod>2026-03-02T13:30:00Z</lastmod>" for n in range(9)]
    own = [f"<loc>http://a/b{n}</loc><lastmod>2026-03-0{n}T13:30:00Z</lastmod>" for n in range(1, 8)]
    assert {link.hints.modified_at for link in read(urlset(*built, *own)).links} == {None}
    assert [link.hints.modified_at for link in read(urlset(*built)).links] == [datetime(2026, 3, 2, 13, 30, tzinfo=UTC)] * 9


def test_a_news_sitemaps_story_gives_title_time_and_language() -> None:
    text = (
        '<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
        "<url><loc>http://a/1</loc><image:image><image:loc>http://a/1.jpg</image:loc><image:title>Foto</image:title></image:image>"
        "<n:news><n:publication><n:name>A</n:name><n:language>id-ID</n:language></n:publication>"
        "<n:publication_date>2026-03-02T13:30:00+07:00</n:publication_date>"
        "<n:title>Kopi &amp;amp; teh &#8211; naik</n:title></n:news></url>"
        "<url><n:news><n:title>No location</n:title></n:news></url></urlset>"
    )
    (link,) = read(text).links
    assert (link.url, link.hints) == (
        "http://a/1",
        Hints("Kopi & teh – naik", datetime(2026, 3, 2, 13, 30, tzinfo=JAKARTA), "id"),
    )


def test_a_prefix_that_nobody_declared_is_read_all_the_same() -> None:
    (link,) = read("<urlset><url><loc>http://a/1</loc><news:news><news:title>T</news:title></news:news></url></urlset>").links
    assert link.hints.title == "T"


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("http://a/?x=1&y=2", "http://a/?x=1&y=2"),
        ("http://a/?x=1&amp;section=2&copy=3", "http://a/?x=1&section=2&copy=3"),
        ("http://a/caf&eacute;", "http://a/café"),
        ("http://a/&#x2F;&bogus;x", "http://a//&bogus;x"),
        ("http://a/\x0b1\x00", "http://a/1"),
        ("<![CDATA[http://a/?x=1&y=2]]>", "http://a/?x=1&y=2"),
        ("\n  relative/1 ", "http://a/relative/1"),
    ],
)
def test_what_sites_write_wrong_is_mended(written: str, url: str) -> None:
    sitemap = read(urlset(f"<loc>{written}</loc>", "<loc>http://a/last</loc>"))
    assert ([link.url for link in sitemap.links], sitemap.is_cut) == ([url, "http://a/last"], False)


def test_an_index_gives_its_parts_with_their_times() -> None:
    first = "<sitemap><loc>/1.xml</loc><lastmod>2026-03-02T00:00:00Z</lastmod></sitemap>"
    text = f"<sitemapindex>{first}<sitemap><loc>/2.xml</loc></sitemap></sitemapindex>"
    sitemap = read(gzip.compress(text.encode()))
    assert [(child.url, child.hints.modified_at) for child in sitemap.children] == [
        ("http://a/1.xml", datetime(2026, 3, 2, tzinfo=UTC)),
        ("http://a/2.xml", None),
    ]
    assert sitemap.links == ()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda data: b"\xef\xbb\xbf" + data])
def test_a_text_sitemap_is_one_url_a_line(pack: Any) -> None:
    lines = [f"http://a/{n}" for n in range(20)]
    sitemap = read(pack("\r\n".join([*lines, "", "# no", "ftp//typo"]).encode()))
    assert [link.url for link in sitemap.links] == [*lines, "ftp//typo"]


def test_a_feed_may_stand_in_for_a_sitemap() -> None:
    (link,) = read("<rss version='2.0'><channel><item><title>T</title><link>http://a/1</link></item></channel></rss>").links
    assert (link.url, link.hints.title) == ("http://a/1", "T")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http://a/1\nselamat pagi\nsemua", "neither XML nor one URL a line"),
        ("<urlset><url><loc>http://a/1</loc></url", "without one readable entry"),
        ("<urlset>" + "<a>" * 100, "nested too deep"),
        ("<sitemapindex", "XML of another kind"),
    ],
)
def test_what_gives_nothing_says_why(text: str, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read(text)
