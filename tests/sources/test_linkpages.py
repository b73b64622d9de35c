"""Listing pages: which links they hold, where they go on, and what discovery makes of them."""

import asyncio
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sources.discover import Discovery, discover
from sources.feeds import UnreadableError
from sources.linkpages import LinkPage, read_links
from transforms.records import Reason

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def page(*links: str, rest: str = "") -> str:
    return "<!doctype html><html><body>" + "".join(f'<a href="{link}">Baca</a>' for link in links) + rest + "</body></html>"


def found(kit: Any, replies: dict[str, Any], **options: Any) -> tuple[Discovery, list[str]]:
    source = kit.local(**({"link_pattern": re.compile("/berita/"), "hosts": ()} | options))

    async def ask() -> tuple[Discovery, list[str]]:
        settings = kit.quick()
        async with kit.serving(replies) as site, kit.client(settings, site, source) as http:
            discovery = await discover((source,), settings, http=http, now=lambda: NOW, day=date(2026, 3, 2))
            return discovery, site.asked

    return asyncio.run(ask())


def urls(discovery: Discovery) -> list[str]:
    return [candidate.url.removeprefix("http://a.localhost/") for candidate in discovery.candidates]


@pytest.mark.parametrize(
    ("data", "links"),
    [
        (
            page("/1", "2#top", "/1#x", "#here", "mailto:x@y", "javascript:void(0)", " /3\n"),
            ("http://a/1", "http://a/2", "http://a/3"),
        ),
        ('<base href="http://b/x/"><a href=1>x</a>', ("http://b/x/1",)),
        ('<map><area href="/4"></map><a>no</a><a href="">self</a>', ("http://a/4",)),
        ('<a href="http://[broken/x">x</a><a href="/é">y</a>', ("http://[broken/x", "http://a/é")),
    ],
)
def test_a_pages_links_are_absolute_and_there_once(data: str, links: tuple[str, ...]) -> None:
    assert read_links(data.encode(), "http://a/index", "text/html; charset=utf-8").links == links


@pytest.mark.parametrize(
    ("data", "next_url"),
    [
        ('<link rel="next" href="/2">', "http://a/2"),
        ('<a rel="nofollow NEXT" href="?p=2">x</a>', "http://a/index?p=2"),
        ('<a rel="nexttime" href="/2">x</a>', None),
        ("<link rel=next><p>", None),
    ],
)
def test_where_a_listing_goes_on(data: str, next_url: str | None) -> None:
    assert read_links(data.encode(), "http://a/index", None).next_url == next_url


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "nonsense-8", "utf-16"])
def test_any_charset_is_survived(charset: str) -> None:
    assert isinstance(read_links(page("/1").encode(), "http://a/", f"text/html; charset={charset}"), LinkPage)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "an empty body"),
        (b"plain words", "not XML, it begins"),
        (b"\x89PNG\r\n", "not XML, it begins"),
        (b"<rss version='2.0'></rss>", "a feed or sitemap"),
        (b"<!-- only this -->", "can be parsed"),
    ],
)
def test_what_is_no_listing_is_told_as_what_it_is(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read_links(data, "http://a/", None)


def test_a_listing_gives_the_links_that_its_pattern_picks(kit: Any) -> None:
    index = page("/berita/1", "/tentang", "http://ads.example/berita/9", "/berita/2")
    discovery, _ = found(kit, {"a.localhost/indeks": index}, listings=("http://a.localhost/indeks",))
    assert [(c.url, c.discovered_via, c.discovered_from) for c in discovery.candidates] == [
        ("http://a.localhost/berita/1", "listing", "http://a.localhost/indeks"),
        ("http://a.localhost/berita/2", "listing", "http://a.localhost/indeks"),
    ]
    assert discovery.failures == ()


def test_include_picks_links_where_there_is_no_pattern(kit: Any) -> None:
    options = {"link_pattern": None, "include": (re.compile("/2$"),)}
    discovery, _ = found(kit, {"a.localhost/i": page("/berita/1", "/berita/2")}, listings=("http://a.localhost/i",), **options)
    assert urls(discovery) == ["berita/2"]


def test_numbered_pages_are_read_up_to_the_bound(kit: Any) -> None:
    replies: dict[str, Any] = {f"a.localhost/i?p={n}": page(f"/berita/{n}", "/berita/0") for n in range(1, 9)}
    discovery, asked = found(kit, replies, listings=("http://a.localhost/i?p={page}",), listing_pages=4)
    assert urls(discovery) == ["berita/1", "berita/0", "berita/2", "berita/3", "berita/4"]
    assert asked == [f"a.localhost/i?p={n}" for n in range(1, 5)]


def test_a_page_without_a_new_link_is_the_last_and_so_is_one_that_is_not_there(kit: Any) -> None:
    same = {f"a.localhost/i?p={n}": page("/berita/1") for n in range(1, 9)}
    discovery, asked = found(kit, same, listings=("http://a.localhost/i?p={page}",), listing_pages=8)
    assert (urls(discovery), len(asked), discovery.failures) == (["berita/1"], 2, ())
    gone, asked = found(kit, {"a.localhost/i?p=1": page("/berita/1")}, listings=("http://a.localhost/i?p={page}",))
    assert (urls(gone), len(asked), gone.failures) == (["berita/1"], 2, ())


def test_the_next_page_is_followed_on_the_sources_hosts_and_in_no_circle(kit: Any) -> None:
    replies = {
        "a.localhost/1": page("/berita/1", rest='<a rel="next" href="/2">'),
        "a.localhost/2": page("/berita/2", rest='<a rel="next" href="/1">'),
        "a.localhost/x": page("/berita/3", rest='<a rel="next" href="http://elsewhere.example/2">'),
    }
    listings = ("http://a.localhost/1", "http://a.localhost/x")
    discovery, asked = found(kit, replies, listings=listings, listing_pages=9)
    assert (urls(discovery), sorted(asked)) == (
        ["berita/1", "berita/2", "berita/3"],
        ["a.localhost/1", "a.localhost/1", "a.localhost/2", "a.localhost/x"],
    )


def test_a_listing_that_cannot_be_read_is_a_reason(kit: Any) -> None:
    replies = {"a.localhost/rss": "<rss version='2.0'></rss>"}
    discovery, _ = found(kit, replies, listings=("http://a.localhost/rss", "http://a.localhost/none"))
    assert [(f.candidate.url, f.candidate.discovered_via, f.reason) for f in discovery.failures] == [
        ("http://a.localhost/rss", "listing", Reason.UNREADABLE_LIST),
        ("http://a.localhost/none", "listing", Reason.NOT_FOUND),
    ]
