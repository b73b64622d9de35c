"""From a home page to the entry of its source, with nothing else known."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sources.config import FetchSettings, Source, load_sources
from sources.finding import SiteFound, find_site, name_for, source_for
from sources.homepage import Place, read_homepage
from sources.starter import entry_text, sources_text

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
HOME = "http://www.kabar.localhost/"
XML = {"Content-Type": "application/xml"}


def rss(*links: str, when: str = "Mon, 02 Mar 2026 12:00:00 +0700") -> str:
    items = "".join(f"<item><title>T</title><link>{link}</link><pubDate>{when}</pubDate></item>" for link in links)
    return f"<rss version='2.0'><channel>{items}</channel></rss>"


def urlset(*links: str, inner: str = "") -> str:
    return f"<urlset>{''.join(f'<url><loc>{link}</loc>{inner}</url>' for link in links)}</urlset>"


NEWS = "<news:news><news:publication_date>2026-03-02T05:00:00+07:00</news:publication_date><news:title>T</news:title></news:news>"


def find(kit: Any, replies: dict[str, Any], home: str = HOME, **settings: Any) -> tuple[SiteFound, list[str]]:
    async def ask() -> tuple[SiteFound, list[str]]:
        async with kit.serving(replies) as site, kit.client(kit.quick(retries=0, **settings), site, source_for(home)) as http:
            return await find_site(home, http, NOW), site.asked

    return asyncio.run(ask())


def places(found: SiteFound) -> list[tuple[str, str]]:
    return [(place.tryout.url.removeprefix(HOME), place.via) for place in (*found.feeds, *found.sitemaps)]


def test_what_a_site_declares_is_found_and_tried(kit: Any) -> None:
    replies = {
        "www.kabar.localhost/": '<html lang="id-ID"><head><link rel="alternate" type="application/rss+xml" href="/utama.xml">'
        '<link rel="alternate" type="application/rss+xml" href="/komentar/comments.xml"></head><a href="/tag/rss">Tag</a></html>',
        "www.kabar.localhost/robots.txt": "User-agent: *\nCrawl-delay: 0.05\n"
        f"Sitemap: {HOME}berita.xml\nSitemap: {HOME}semua.xml",
        "www.kabar.localhost/utama.xml": rss("/1", "/2"),
        "www.kabar.localhost/komentar/comments.xml": rss("/1#c"),
        "www.kabar.localhost/tag/rss": rss("/3"),
        "www.kabar.localhost/berita.xml": (200, XML, urlset("/1", inner=NEWS)),
        "www.kabar.localhost/semua.xml": (200, XML, urlset("/1", "/2", "/3")),
    }
    found, asked = find(kit, replies)
    assert places(found) == [("utama.xml", "link rel=alternate"), ("berita.xml", "robots.txt")]
    assert [(each.tryout.url.removeprefix(HOME), each.drawback) for each in found.others] == [
        ("komentar/comments.xml", "it is of readers' comments"),
        ("tag/rss", None),
        ("semua.xml", None),
    ]
    assert (found.language, found.zone.zone, found.crawl_delay_seconds, found.name) == ("id", "Asia/Jakarta", 0.05, "kabar")
    assert not any(path in asked for path in ("www.kabar.localhost/feed", "www.kabar.localhost/sitemap.xml"))


def test_common_paths_are_tried_where_nobody_names_any(kit: Any) -> None:
    replies = {
        "www.kabar.localhost/": "<html><p>Halo</html>",
        "www.kabar.localhost/feed": "<html>Not a feed</html>",
        "www.kabar.localhost/rss.xml": rss("/1"),
        "www.kabar.localhost/feed.xml": rss("/1"),
        "www.kabar.localhost/sitemap.xml": (200, XML, f"<sitemapindex><sitemap><loc>{HOME}s1.xml</loc></sitemap></sitemapindex>"),
        "www.kabar.localhost/s1.xml": (200, XML, urlset("/1", "/2")),
    }
    found, _ = find(kit, replies)
    assert places(found) == [("rss.xml", "common path"), ("sitemap.xml", "common path")]  # feed.xml says the same
    assert found.sitemaps[0].tryout.parts == 1
    assert found.language is None


def test_what_is_dead_or_of_others_is_not_taken(kit: Any) -> None:
    replies = {
        "www.kabar.localhost/": '<link rel="alternate" type="application/atom+xml" href="/old"><link rel="feed" href="/partner">'
        '<link rel="sitemap" href="/empty.xml"><a href="http://other.example/feed">x</a>',
        "www.kabar.localhost/old": rss("/1", when="Mon, 02 Mar 2020 12:00:00 +0700"),
        "www.kabar.localhost/partner": rss("http://partner.example/1"),
        "www.kabar.localhost/empty.xml": (200, XML, "<urlset></urlset>"),
    }
    found, _ = find(kit, replies)
    assert (found.feeds, found.sitemaps) == ((), ())
    drawbacks = {each.tryout.url: each.drawback for each in found.others}
    assert drawbacks[HOME + "old"] == "its newest entry is of 2020-03-02"
    assert drawbacks[HOME + "partner"] == "its entries lead to other sites, such as partner.example"
    assert drawbacks[HOME + "empty.xml"] == "it has no entries"
    assert drawbacks["http://other.example/feed"].startswith(("dns_error", "private_address", "robots_unavailable"))  # type: ignore[union-attr]


def test_robots_txt_decides_here_too(kit: Any) -> None:
    replies = {
        "www.kabar.localhost/": "<html></html>",
        "www.kabar.localhost/robots.txt": "User-agent: *\nDisallow: /",
        "www.kabar.localhost/feed": rss("/1"),
    }
    found, asked = find(kit, replies)
    assert (found.problem, found.feeds, asked) == ("robots_disallowed: robots.txt disallows it for nightdesk", (), [])


def test_a_home_page_that_moved_is_followed(kit: Any) -> None:
    replies = {
        "kabar.localhost/": (301, {"Location": HOME}, ""),
        "www.kabar.localhost/": "<html></html>",
        "www.kabar.localhost/rss": rss("/1"),
    }
    found, _ = find(kit, replies, "http://kabar.localhost/")
    assert (found.home, places(found)) == (HOME, [("rss", "common path")])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('<a href="/rss/sport">x</a>', [Place("feed", HOME + "rss/sport", "linked on the page")]),
        ('<a href="/news.rdf">x</a>', [Place("feed", HOME + "news.rdf", "linked on the page")]),
        ('<a href="/feeding-the-birds">x</a><a href="/pressure">y</a>', []),
        (
            '<a href="/sitemaps/news.xml">x</a><a href="/sitemap_2.xml.gz">y</a>',
            [Place("sitemap", HOME + "sitemap_2.xml.gz", "linked on the page")],
        ),
        ('<link rel="alternate" type="text/html" hreflang="en" href="/en">', []),
        (
            '<base href="/x/"><link REL="Alternate" TYPE="application/feed+json; charset=utf-8" href="f">',
            [Place("feed", HOME + "x/f", "link rel=alternate")],
        ),
    ],
)
def test_where_a_home_page_says_that_feeds_are(data: str, expected: list[Place]) -> None:
    assert list(read_homepage(data.encode(), HOME, None).places) == expected


@pytest.mark.parametrize(
    ("home", "name"),
    [
        ("https://www.kabar.co.id/", "kabar"),
        ("http://127.0.0.1:8000/", "127.0.0.1"),
        ("http://[::1]:8000/", "::1"),
        ("http://localhost:8000/", "localhost"),
    ],
)
def test_a_source_is_named_after_its_site(home: str, name: str) -> None:
    assert (name_for(home), source_for(home).is_local) == (name, "kabar" not in home)


def test_the_text_that_is_written_reads_as_what_was_found(kit: Any, tmp_path: Path) -> None:
    replies = {
        "www.kabar.localhost/": '<html lang="id"></html>',
        "www.kabar.localhost/feed": rss("/1", when="Mon, 02 Mar 2026 12:00:00 GMT"),
        "www.kabar.localhost/sitemap.xml": (200, XML, urlset("/1", "/2")),
    }
    found, _ = find(kit, replies)
    assert entry_text(found) == (
        f"# {HOME}\n[[sources]]\n"
        'name = "kabar"\n'
        f'feeds = [\n    "{HOME}feed",  # 1 entry, newest 2026-03-02; common path\n]\n'
        f'sitemaps = [\n    "{HOME}sitemap.xml",  # 2 entries, no times; common path\n]\n'
        "max_age_days = 30  # The sitemap lists older pages too: leave this out to fetch them all.\n"
        '# timezone = "Asia/Jakarta"  # For times without a zone; by its language, id: 3 zones are possible:\n'
        "#   Asia/Jakarta, Asia/Makassar, Asia/Jayapura\n"
        'languages = ["id"]\n'
        "allow_private = true  # It lies on your own machine or network.\n"
    )
    path = tmp_path / "sources.toml"
    path.write_text(sources_text(None, [found, found]), encoding="utf-8")
    loaded = load_sources(path)
    expected = Source(
        "kabar", feeds=(HOME + "feed",), sitemaps=(HOME + "sitemap.xml",), max_age_days=30, languages=("id",), allow_private=True
    )
    assert loaded.settings == FetchSettings()
    assert [source.name for source in loaded.sources] == ["kabar", "kabar-2"]
    assert loaded.sources[0] == expected


def test_a_new_file_without_a_site_is_a_whole_one_with_an_example(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(sources_text("mailto:a@b.example", []), encoding="utf-8")
    loaded = load_sources(path)
    assert (loaded.settings.contact, [source.name for source in loaded.sources]) == ("mailto:a@b.example", ["daily"])


def test_a_site_without_feeds_gets_an_entry_to_be_finished_by_hand(kit: Any, tmp_path: Path) -> None:
    found, _ = find(kit, {"www.kabar.localhost/": "<html></html>"})
    path = tmp_path / "sources.toml"
    path.write_text(sources_text(None, [found]), encoding="utf-8")
    assert load_sources(path).sources[0].listings == (HOME,)
