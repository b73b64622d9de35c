"""What a night begins with: each URL once, wanted or with the reason why not."""

import asyncio
import dataclasses
import gzip
import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from sources.discover import Discovery, discover
from sources.feeds import UnreadableError, read_feed
from sources.sitemaps import read_sitemap
from transforms.records import Hints, Reason

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
XML = {"Content-Type": "application/xml"}
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{"&lol;" * 10}">' for n in range(9))
    + "]><rss version='2.0'><channel><item><link>http://a.localhost/1</link><title>&lol8;</title></item></channel></rss>"
)


def rss(*items: str, language: str = "id-ID") -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><language>{language}</language>{"".join(items)}</channel></rss>'


def item(url: str, title: str = "", date_text: str = "") -> str:
    published = f"<pubDate>{date_text}</pubDate>" if date_text else ""
    return f"<item><title>{title}</title><link>{url}</link>{published}</item>"


def urlset(*urls: str) -> str:
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'


def index(*urls: str) -> str:
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'


def found(kit: Any, replies: dict[str, Any], *sources: Any, **changes: Any) -> Discovery:
    async def ask() -> Discovery:
        settings = kit.quick(**changes)
        async with kit.serving(replies) as site, kit.client(settings, site, *sources) as http:
            return await discover(sources, settings, http=http, now=lambda: NOW, day=date(2026, 3, 2))

    return asyncio.run(ask())


def urls(discovery: Discovery) -> list[str]:
    return [candidate.url for candidate in discovery.candidates]


def refusals(discovery: Discovery) -> list[tuple[str, Reason | None]]:
    return [(failure.candidate.url, failure.reason) for failure in discovery.failures]


def test_a_feed_gives_candidates_with_its_hints(kit: Any) -> None:
    feed = rss(item("/1?a=1&amp;b=2", "Harga &amp; kopi &lt;b&gt;naik&lt;/b&gt;", "Mon, 02 Mar 2026 13:30:00 +0700"))
    discovery = found(kit, {"a.localhost/rss": feed}, kit.local(feeds=("http://a.localhost/rss",)))
    (candidate,) = discovery.candidates
    assert (candidate.url, candidate.source, candidate.discovered_via, candidate.discovered_from, candidate.discovered_at) == (
        "http://a.localhost/1?a=1&b=2",
        "s",
        "feed",
        "http://a.localhost/rss",
        NOW,
    )
    assert candidate.hints == Hints("Harga & kopi naik", datetime(2026, 3, 2, 6, 30, tzinfo=UTC), "id")
    assert discovery.failures == ()


@pytest.mark.parametrize(
    ("text", "timezone_name", "moment"),
    [
        ("Mon, 02 Mar 2026 13:30:00 GMT", None, datetime(2026, 3, 2, 13, 30, tzinfo=UTC)),
        ("2026-03-02T13:30:00Z", None, datetime(2026, 3, 2, 13, 30, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 13:30:00 WIB", "Asia/Jakarta", datetime(2026, 3, 2, 6, 30, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 13:30:00 WIB", None, None),
        ("2026-03-02 13:30:00", "Asia/Jakarta", datetime(2026, 3, 2, 6, 30, tzinfo=UTC)),
        ("Mon, 02 Mar 2026", "Asia/Jakarta", None),
        ("2026-03-02", None, None),
        ("kemarin", None, None),
        ("Mon, 02 Mar 9999999 13:30:00 GMT", None, None),
    ],
)
def test_a_feeds_time_is_used_only_where_it_is_an_instant(text: str, timezone_name: str | None, moment: datetime | None) -> None:
    (link,) = read_feed(rss(item("http://a/1", "t", text)).encode(), "http://a/", None, timezone_name)
    assert link.hints.published_at == moment


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><entry><title>T</title><link href="/1"/>'
            "<published>2026-03-02T08:00:00+01:00</published><updated>2026-03-03T08:00:00Z</updated></entry></feed>",
            [("http://a/1", "T", datetime(2026, 3, 2, 7, 0, tzinfo=UTC))],
        ),
        (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><item rdf:about="http://a/2"><title>R</title><link>http://a/2</link>'
            "<dc:date>2026-03-02T08:00:00Z</dc:date></item></rdf:RDF>",
            [("http://a/2", "R", datetime(2026, 3, 2, 8, 0, tzinfo=UTC))],
        ),
        (
            rss("<item><guid>http://a/3</guid><title>G</title></item><item><title>no link</title></item>"),
            [("http://a/3", "G", None)],
        ),
        (
            json.dumps(
                {
                    "version": "https://jsonfeed.org/version/1.1",
                    "language": "en-GB",
                    "items": [{"url": "4", "title": "J", "date_published": "2026-03-02T08:00:00Z"}, {"id": "x"}, 7],
                }
            ),
            [("http://a/4", "J", datetime(2026, 3, 2, 8, 0, tzinfo=UTC))],
        ),
        (rss(), []),
        (rss(item("http://a/5", "cut"))[:-20], [("http://a/5", "cut", None)]),
        ("\ufeff  \n" + rss(item("http://a/6", "bom")), [("http://a/6", "bom", None)]),
    ],
)
def test_feeds_of_every_kind_are_read(data: str, expected: list[Any]) -> None:
    links = read_feed(data.encode(), "http://a/feed", "application/xml; charset=utf-8", None)
    assert [(link.url, link.hints.title, link.hints.published_at) for link in links] == expected


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<!DOCTYPE html><html><body>Login</body></html>", "an HTML page"),
        (b"<html><head><title>x</title></head></html>", "an HTML page"),
        (LAUGHS.encode(), "declares entities"),
        (LAUGHS.encode("utf-16"), "declares entities"),
        (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel/></rss>', "declares entities"),
        (b'<!-- <a> --><!DOCTYPE r [<!ENTITY % p SYSTEM "http://a/x.dtd"> %p;]><rss/>', "declares entities"),
        (b"", "an empty body"),
        (b"\x89PNG\r\n", "it begins b'\\x89PNG"),
        (b"plain words", "it begins b'plain words'"),
        (b'{"items": []}', "not a JSON Feed"),
        (b"{", "JSON that cannot be read"),
        (b"<a>" * 100_000, "nested too deep"),
        (b"<rss><channel>&" + b"<a>" * 100_000, "nested too deep"),
        (b"<x/>", "XML of another kind"),
    ],
)
def test_what_is_no_feed_is_told_as_what_it_is(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=re.escape(words)):
        read_feed(data, "http://a/", "text/xml", None)


def test_a_news_sitemap_gives_hints() -> None:
    data = """<?xml version="1.0" encoding="ISO-8859-1"?>
    <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
    <url><loc>http://a/1?x=1&amp;section=2&amp;copy=3</loc><news:news><news:publication><news:name>N</news:name>
    <news:language>de</news:language></news:publication><news:publication_date>2026-03-02T08:00+01:00</news:publication_date>
    <news:title>Käse &amp; Brot</news:title></news:news></url>
    <url><loc><![CDATA[http://a/2?x=1&region=2]]></loc><news:news><news:publication><news:name>N</news:name>
    <news:language>en</news:language></news:publication><news:publication_date>2026-03-02</news:publication_date>
    <news:title>Day only</news:title></news:news></url>
    <url><loc>/3</loc><lastmod>2026-03-01</lastmod></url></urlset>""".encode("latin-1")
    links = read_sitemap(data, "http://a/s.xml", None, max_bytes=10**6).links
    assert [(link.url, link.hints) for link in links] == [
        (
            "http://a/1?x=1&section=2&copy=3",
            Hints("Käse & Brot", datetime(2026, 3, 2, 8, 0, tzinfo=timezone(timedelta(hours=1))), "de"),
        ),
        ("http://a/2?x=1&region=2", Hints("Day only", None, "en")),
        ("http://a/3", Hints(modified_at=datetime(2026, 3, 2, tzinfo=UTC))),
    ]


def test_a_sitemap_that_is_cut_gives_what_it_holds() -> None:
    sitemap = read_sitemap(urlset("http://a/1", "http://a/2").encode()[:-20], "http://a/", None, max_bytes=10**6)
    assert ([link.url for link in sitemap.links], sitemap.is_cut) == (["http://a/1"], True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<!DOCTYPE html><html></html>", "an HTML page"),
        (b"<html></html>", "an HTML page"),
        (LAUGHS.encode(), "declares entities"),
        (gzip.compress(b"\0" * 5_000_000), "unpacks to more than 1000000 bytes"),
        (gzip.compress(urlset("http://a/1").encode())[:-9], "gzip data is damaged"),
        (b"", "an empty body"),
        (b"<urlset><url><loc>" + b"\n" * 1_000_000 + b"</loc></url></urlset>", "a single text of more than"),
        (b"plain", "neither XML nor one URL a line"),
        (b"<x/>", "XML of another kind"),
    ],
)
def test_what_is_no_sitemap_is_told_as_what_it_is(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read_sitemap(data, "http://a/", None, max_bytes=1_000_000)


def test_an_index_is_followed_once_each_and_gzip_is_read(kit: Any) -> None:
    replies = {
        "a.localhost/index.xml": (
            200,
            XML,
            index("http://a.localhost/1.xml.gz", "http://a.localhost/2.xml", "http://elsewhere.example/3.xml"),
        ),
        "a.localhost/1.xml.gz": (
            200,
            {"Content-Type": "application/gzip"},
            gzip.compress(urlset("http://a.localhost/p1").encode()),
        ),
        "a.localhost/2.xml": (
            200,
            XML,
            index("http://a.localhost/index.xml", "http://a.localhost/4.xml", "http://a.localhost/gone.xml"),
        ),
        "a.localhost/4.xml": (200, XML, urlset("http://a.localhost/p4", "http://a.localhost/p1")),
    }
    source = kit.local(sitemaps=("http://a.localhost/index.xml",), hosts=())
    discovery = found(kit, replies, source)
    assert urls(discovery) == ["http://a.localhost/p1", "http://a.localhost/p4"]
    assert refusals(discovery) == [
        ("http://elsewhere.example/3.xml", Reason.OFF_SITE),
        ("http://a.localhost/gone.xml", Reason.NOT_FOUND),
    ]


def test_an_endless_index_ends(kit: Any) -> None:
    replies: dict[str, Any] = {f"a.localhost/{n}.xml": (200, XML, index(f"http://a.localhost/{n + 1}.xml")) for n in range(20)}
    discovery = found(kit, replies, kit.local(sitemaps=("http://a.localhost/0.xml",)))
    assert refusals(discovery) == [("http://a.localhost/4.xml", Reason.OVER_LIMIT)]


def test_what_cannot_be_read_is_a_row_under_its_own_url_and_the_rest_goes_on(kit: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\x00")
    replies = {
        "a.localhost/html": "<html>Login</html>",
        "a.localhost/bomb": (200, XML, LAUGHS),
        "a.localhost/good": rss(item("http://a.localhost/1")),
        "a.localhost/big": "x" * 5000,
        "a.localhost/list": "http://a.localhost/2\n\n# no\nhttp://a.localhost/3\n",
    }
    source = kit.local(
        feeds=tuple(f"http://a.localhost/{name}" for name in ("html", "bomb", "missing", "big", "good")),
        sitemaps=("http://a.localhost/html2", "http://a.localhost/bomb"),
        lists=("http://a.localhost/list", str(tmp_path / "bad.txt"), str(tmp_path / "none.txt")),
    )
    discovery = found(kit, replies, source, max_feed_bytes=4000)
    assert urls(discovery) == [f"http://a.localhost/{n}" for n in (1, 2, 3)]
    assert refusals(discovery) == [
        ("http://a.localhost/html", Reason.UNREADABLE_FEED),
        ("http://a.localhost/bomb", Reason.UNREADABLE_FEED),
        ("http://a.localhost/missing", Reason.NOT_FOUND),
        ("http://a.localhost/big", Reason.TOO_LARGE),
        ("http://a.localhost/html2", Reason.NOT_FOUND),
        ((tmp_path / "bad.txt").as_uri(), Reason.UNREADABLE_LIST),
        ((tmp_path / "none.txt").as_uri(), Reason.UNREADABLE_LIST),
    ]


def test_a_sources_settings_decide_with_reasons(kit: Any) -> None:
    links = (
        "/berita/1",
        "/berita/2.pdf",
        "/video/3",
        "http://ads.example/4",
        "mailto:x@y",
        "/berita/5",
        "/berita/6",
        "/berita/5",
    )
    feed = rss(*(item(link) for link in links))
    source = kit.local(
        feeds=("http://a.localhost/rss",),
        hosts=(),
        include=(re.compile("/berita/"),),
        exclude=(re.compile(r"\.pdf$"),),
        max_pages=2,
    )
    discovery = found(kit, {"a.localhost/rss": feed}, source)
    assert urls(discovery) == ["http://a.localhost/berita/1", "http://a.localhost/berita/5"]
    assert [
        (url, reason, failure.detail) for (url, reason), failure in zip(refusals(discovery), discovery.failures, strict=True)
    ] == [
        ("http://a.localhost/berita/2.pdf", Reason.EXCLUDED, "exclude = '\\\\.pdf$' matches it"),
        ("http://a.localhost/video/3", Reason.EXCLUDED, "no include pattern matches it"),
        ("http://ads.example/4", Reason.OFF_SITE, "ads.example is none of the source's hosts (a.localhost)"),
        ("mailto:x@y", Reason.OFF_SITE, "it is no http(s) URL, so it lies on none of the source's hosts"),
        ("http://a.localhost/berita/6", Reason.OVER_LIMIT, "beyond max_pages = 2"),
    ]


def test_a_url_named_twice_is_one_candidate_with_the_hints_of_both(kit: Any) -> None:
    replies = {
        "a.localhost/rss": rss(item("http://user:pw@a.localhost/1"), language="xx-"),
        "a.localhost/rss2": rss(item("http://a.localhost/1", "Judul", "Mon, 02 Mar 2026 13:30:00 GMT")),
    }
    one = kit.local("one", feeds=("http://a.localhost/rss",))
    two = kit.local("two", feeds=("http://a.localhost/rss2",))
    discovery = found(kit, replies, one, two)
    assert [(candidate.url, candidate.source) for candidate in discovery.candidates] == [("http://a.localhost/1", "one")]
    assert (discovery.candidates[0].hints.title, discovery.candidates[0].hints.published_at) == (
        "Judul",
        datetime(2026, 3, 2, 13, 30, tzinfo=UTC),
    )


def test_what_one_source_refuses_another_may_want_and_each_url_is_there_once(kit: Any) -> None:
    replies = {
        "a.localhost/rss": rss(
            *(item(f"http://{place}") for place in ("b.localhost/1", "b.localhost/2", "c.localhost/3", "a.localhost/4"))
        ),
        "b.localhost/rss": rss(item("http://b.localhost/1"), item("http://b.localhost/2"), item("http://c.localhost/3")),
        "a.localhost/list": "http://a.localhost/gone\nhttp://a.localhost/4",
    }
    one = kit.local("one", feeds=("http://a.localhost/rss", "http://a.localhost/gone"), lists=("http://a.localhost/list",))
    two = kit.local("two", feeds=("http://b.localhost/rss",), exclude=(re.compile("/2"),))
    one, two = (dataclasses.replace(source, hosts=()) for source in (one, two))
    discovery = found(kit, replies, one, two)
    assert [(candidate.url, candidate.source) for candidate in discovery.candidates] == [
        ("http://a.localhost/4", "one"),
        ("http://b.localhost/1", "two"),
    ]
    assert sorted(refusals(discovery)) == [
        ("http://a.localhost/gone", Reason.NOT_FOUND),
        ("http://b.localhost/2", Reason.OFF_SITE),
        ("http://c.localhost/3", Reason.OFF_SITE),
    ]


def test_the_nights_date_stands_in_for_its_places(kit: Any) -> None:
    replies = {"a.localhost/2026/03/02.xml": (200, XML, urlset("http://a.localhost/1"))}
    discovery = found(kit, replies, kit.local(sitemaps=("http://a.localhost/{yyyy}/{mm}/{dd}.xml",)))
    assert (urls(discovery), discovery.failures) == (["http://a.localhost/1"], ())


ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title><link href="{}"/></entry></feed>'
BROKEN = ["http://[broken/x", "http://[broken]/x"]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize(
    ("place", "make"),
    [
        ("feeds", lambda bad: rss(item(bad), item("/ok"))),
        ("feeds", lambda bad: ATOM.format(bad).replace("</feed>", '<entry><link href="/ok"/></entry></feed>')),
        ("feeds", lambda bad: rss(f"<item><guid>{bad}</guid></item>", item("/ok"))),
        ("feeds", lambda bad: json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"url": bad}, {"url": "/ok"}]})),
        ("sitemaps", lambda bad: urlset(bad, "/ok")),
        ("lists", lambda bad: f"{bad}\nhttp://a.localhost/ok\n"),
    ],
    ids=["rss", "atom", "guid", "json", "sitemap", "list"],
)
def test_a_link_that_is_no_url_costs_itself_alone_and_gets_its_row(kit: Any, place: str, make: Any, broken: str) -> None:
    source = kit.local(**{place: ("http://a.localhost/f",)})
    discovery = found(kit, {"a.localhost/f": make(broken)}, source)
    assert urls(discovery) == ["http://a.localhost/ok"]
    assert [(failure.candidate.url, failure.reason, failure.detail) for failure in discovery.failures] == [
        (broken, Reason.OFF_SITE, "it is no http(s) URL, so it lies on none of the source's hosts")
    ]


def test_an_index_keeps_relative_places_and_says_which_are_no_url(kit: Any) -> None:
    whole = index("http://[broken/x", "  /1.xml?a=1&amp;b=2 ", "<![CDATA[/2.xml?c=3&d=4]]>", "http://[broken]/x")
    replies = {
        "a.localhost/index.xml": (200, XML, whole),
        "a.localhost/1.xml?a=1&b=2": (200, XML, urlset("/p1")),
        "a.localhost/2.xml?c=3&d=4": (200, XML, urlset("/p2")),
    }
    discovery = found(kit, replies, kit.local(sitemaps=("http://a.localhost/index.xml",)))
    assert sorted(urls(discovery)) == ["http://a.localhost/p1", "http://a.localhost/p2"]
    assert refusals(discovery) == [(url, Reason.OFF_SITE) for url in BROKEN]


def test_an_index_that_is_cut_gives_the_places_that_are_whole() -> None:
    data = index("http://a/1.xml", "http://a/2.xml").encode()
    sitemap = read_sitemap(data[: data.index(b"2.xml") + 2], "http://a/", None, max_bytes=10**6)
    assert (tuple(child.url for child in sitemap.children), sitemap.is_cut) == (("http://a/1.xml",), True)


def test_half_a_character_in_a_feed_can_be_stored(kit: Any) -> None:
    feed = '{"version": "https://jsonfeed.org/version/1", "items": [{"url": "/\\ud83d", "title": "Kopi \\udc00"}]}'
    (candidate,) = found(kit, {"a.localhost/f": feed}, kit.local(feeds=("http://a.localhost/f",))).candidates
    assert (candidate.url, candidate.hints) == ("http://a.localhost/\ufffd", Hints("Kopi \ufffd"))


@pytest.mark.parametrize(
    ("place", "reader", "reason"),
    [("feeds", "read_feed", Reason.UNREADABLE_FEED), ("sitemaps", "read_sitemap", Reason.UNREADABLE_SITEMAP)],
)
def test_a_reader_that_fails_costs_its_file_alone_and_is_in_the_log(
    kit: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, place: str, reader: str, reason: Reason
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by none")

    broken.__name__ = reader
    monkeypatch.setattr(f"sources.discover.{reader}", broken)
    source = kit.local(**{place: ("http://a.localhost/f",)}, lists=("http://a.localhost/list",))
    discovery = found(kit, {"a.localhost/f": rss(), "a.localhost/list": "http://a.localhost/1"}, source)
    assert urls(discovery) == ["http://a.localhost/1"]
    assert [(failure.candidate.url, failure.reason, failure.detail) for failure in discovery.failures] == [
        ("http://a.localhost/f", reason, "reading it failed: ZeroDivisionError: by none")
    ]
    assert f"{reader} failed" in caplog.text


def dated(url: str, day: str) -> str:
    return f"<url><loc>{url}</loc><lastmod>{day}</lastmod></url>"


def test_what_is_older_than_the_source_wants_is_skipped_with_its_age(kit: Any) -> None:
    sitemap = f"<urlset>{dated('/new', '2026-02-28')}{dated('/old', '2025-12-31')}<url><loc>/undated</loc></url></urlset>"
    feed = rss(item("/changed", "T", "Thu, 01 Jan 2026 00:00:00 GMT"), item("/past", "T", "Thu, 01 Jan 2026 00:00:00 GMT"))
    replies = {
        "a.localhost/s": (200, XML, sitemap.replace("</urlset>", dated("/changed", "2026-03-01") + "</urlset>")),
        "a.localhost/f": feed,
    }
    source = kit.local(feeds=("http://a.localhost/f",), sitemaps=("http://a.localhost/s",), max_age_days=30)
    discovery = found(kit, replies, source)
    assert urls(discovery) == [f"http://a.localhost/{name}" for name in ("new", "undated", "changed")]
    assert [
        (url, reason, failure.detail) for (url, reason), failure in zip(refusals(discovery), discovery.failures, strict=True)
    ] == [
        ("http://a.localhost/past", Reason.TOO_OLD, "last changed 2026-01-01, longer ago than max_age_days = 30"),
        ("http://a.localhost/old", Reason.TOO_OLD, "last changed 2026-01-01, longer ago than max_age_days = 30"),
    ]


def test_parts_of_an_index_that_have_not_changed_since_are_not_asked_for(kit: Any) -> None:
    parts = "".join(
        f"<sitemap><loc>http://a.localhost/{name}.xml</loc>{lastmod}</sitemap>"
        for name, lastmod in (("old", "<lastmod>2024-01-01</lastmod>"), ("new", "<lastmod>2026-03-01</lastmod>"), ("undated", ""))
    )
    replies = {
        "a.localhost/index.xml": (200, XML, f"<sitemapindex>{parts}</sitemapindex>"),
        "a.localhost/new.xml": (200, XML, urlset("http://a.localhost/1")),
        "a.localhost/undated.xml": (200, XML, urlset("http://a.localhost/2")),
    }
    discovery = found(kit, replies, kit.local(sitemaps=("http://a.localhost/index.xml",), max_age_days=30))
    assert sorted(urls(discovery)) == ["http://a.localhost/1", "http://a.localhost/2"]
    assert refusals(discovery) == [("http://a.localhost/old.xml", Reason.TOO_OLD)]


def test_of_more_parts_than_are_read_the_newest_are(kit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.discover._MAX_SITEMAPS", 3)
    parts = "".join(
        f"<sitemap><loc>http://a.localhost/{day}.xml</loc><lastmod>2026-02-0{day}</lastmod></sitemap>" for day in range(1, 6)
    )
    replies: dict[str, Any] = {f"a.localhost/{day}.xml": (200, XML, urlset(f"http://a.localhost/p{day}")) for day in range(1, 6)}
    replies["a.localhost/index.xml"] = (200, XML, f"<sitemapindex>{parts}</sitemapindex>")
    discovery = found(kit, replies, kit.local(sitemaps=("http://a.localhost/index.xml",)))
    assert sorted(urls(discovery)) == ["http://a.localhost/p4", "http://a.localhost/p5"]
    assert [reason for _, reason in refusals(discovery)] == [Reason.OVER_LIMIT] * 3


@pytest.mark.parametrize(
    ("place", "method", "reason"),
    [
        ("feeds", "feed", Reason.UNREADABLE_FEED),
        ("sitemaps", "sitemap", Reason.UNREADABLE_SITEMAP),
        ("lists", "list_of_urls", Reason.UNREADABLE_LIST),
        ("listings", "listing", Reason.UNREADABLE_LIST),
    ],
)
def test_our_own_mistake_with_one_place_costs_that_place_alone(
    kit: Any, monkeypatch: pytest.MonkeyPatch, place: str, method: str, reason: Reason
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("by none")

    monkeypatch.setattr(f"sources.discover._Reader.{method}", broken)
    bad = kit.local("bad", **{place: ("http://a.localhost/f",)})
    other = "lists" if place == "feeds" else "feeds"
    good = kit.local("good", **{other: ("http://a.localhost/good",)})
    discovery = found(kit, {"a.localhost/good": rss(item("/1")) if other == "feeds" else "http://a.localhost/1"}, bad, good)
    assert urls(discovery) == ["http://a.localhost/1"]
    assert [(failure.candidate.url, failure.reason, failure.detail) for failure in discovery.failures] == [
        ("http://a.localhost/f", reason, "reading it failed: ZeroDivisionError: by none")
    ]


def test_an_endless_feed_and_one_that_trickles_are_reasons_and_the_rest_goes_on(kit: Any) -> None:
    from aiohttp import web

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=XML)
        await response.prepare(request)
        piece = b"<item><title>" + b"x" * 60_000 if "big" in request.path else b"<rss>"
        try:
            while True:
                await response.write(piece)
                await asyncio.sleep(0 if "big" in request.path else 0.02)
        except ConnectionError:
            return response

    replies: dict[str, Any] = {"a.localhost/big": endless, "b.localhost/slow": endless, "c.localhost/f": rss(item("/1"))}
    source = kit.local(
        feeds=("http://a.localhost/big", "http://b.localhost/slow", "http://c.localhost/f"),
        timeout_seconds=0.2,
        hosts=("localhost",),
    )
    discovery = found(kit, replies, source, max_feed_bytes=500_000)
    assert urls(discovery) == ["http://c.localhost/1"]
    assert [
        (url, reason, failure.detail) for (url, reason), failure in zip(refusals(discovery), discovery.failures, strict=True)
    ] == [
        (
            "http://a.localhost/big",
            Reason.TOO_LARGE,
            "the body exceeds 500000 bytes after decompression; reading was stopped",
        ),
        ("http://b.localhost/slow", Reason.FETCH_TIMEOUT, "no whole answer within 0.8 s"),
    ]
