"""Any bytes at all: links, or a reason why there are none. Never another exception."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.feeds import Link, UnreadableError, read_feed
from sources.linkpages import read_links
from sources.sitemaps import read_sitemap

PIECES = (
    b"<?xml version='1.0' encoding='utf-16'?>",
    b"<rss version='2.0'><channel>",
    b"<item><title>T</title><link>/1</link><pubDate>Mon, 02 Mar 2026 13:30:00 +0700</pubDate></item>",
    b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='//['/><updated>2026-02-30T25:00:00Z</updated>",
    b"<urlset><url><loc>http://a/1</loc><lastmod>0000-00-00</lastmod></url>",
    b"<sitemapindex><sitemap><loc>x</loc></sitemap>",
    b"<news:news><news:publication_date>99999-01-01</news:publication_date><news:title>&#0;&#xD800;",
    b"<!DOCTYPE html><html><body><a href='http://[x'>",
    b"<!DOCTYPE r [<!ENTITY a 'b'>]>",
    b"<base href='//[bad'><a href='/x' rel='next'>",
    *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&amp;&bogus;&", b"\x00\xff\xfe", b"\xed\xa0\x80", b"&#xD800;"),
    *(b"</channel></rss>", b"{", b'"items": ['),
)
ANY = st.binary(max_size=300) | st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=14).map(b"".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("url", "title", "date_published", "language")), inner)
    ),
    max_leaves=8,
)
ZONES = st.none() | st.just("Asia/Jakarta")


def are_links(links: object) -> bool:
    return all(isinstance(link, Link) and isinstance(link.url, str) and link.url.encode() is not None for link in links)  # type: ignore[attr-defined]


@settings(max_examples=300, deadline=None)
@given(data=ANY, zone=ZONES, content_type=st.sampled_from((None, "text/xml", "application/rss+xml; charset=nonsense", "x")))
def test_any_bytes_as_a_feed(data: bytes, zone: str | None, content_type: str | None) -> None:
    try:
        links = read_feed(data, "http://a/feed", content_type, zone)
    except UnreadableError:
        return
    assert are_links(links)


@settings(max_examples=200, deadline=None)
@given(items=st.lists(JSON, max_size=4), language=JSON, zone=ZONES)
def test_any_json_as_a_feed(items: list[object], language: object, zone: str | None) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "language": language, "items": items}
    assert are_links(read_feed(json.dumps(feed).encode(), "http://a/feed", None, zone))


@settings(max_examples=400, deadline=None)
@given(data=ANY, zone=ZONES, is_packed=st.booleans())
def test_any_bytes_as_a_sitemap(data: bytes, zone: str | None, is_packed: bool) -> None:
    try:
        sitemap = read_sitemap(gzip.compress(data) if is_packed else data, "http://a/s.xml", zone, max_bytes=100_000)
    except UnreadableError:
        return
    assert are_links((*sitemap.links, *sitemap.children))


@settings(max_examples=300, deadline=None)
@given(data=ANY, content_type=st.sampled_from((None, "text/html; charset=utf-16", "text/html; charset=\u00e9")))
def test_any_bytes_as_a_listing(data: bytes, content_type: str | None) -> None:
    try:
        page = read_links(data, "http://a/", content_type)
    except UnreadableError:
        return
    assert are_links(Link(link) for link in page.links)


@pytest.mark.parametrize("text", ["\ud800", "http://a/\udfff"])
def test_half_a_character_in_a_text_sitemap_can_be_stored(text: str) -> None:
    data = "\n".join(["http://a/1", text] if text.startswith("http") else [text, *["http://a/1"] * 20])
    for link in read_sitemap(data.encode("utf-8", "surrogatepass"), "http://a/", None, max_bytes=10**6).links:
        assert link.url.encode()
