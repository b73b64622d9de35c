"""What sources tell of past days: which places, which pages, and of which day a page is."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.config import FetchSettings, Source
from sources.discover import Discovery, discover
from sources.pastdays import asked_for_days, day_in_url, day_of, days_between, places
from sources.pastsources import days_config, list_config, slowed
from transforms.errors import ConfigError
from transforms.records import Hints, Reason

NOW = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 3)
XML = {"Content-Type": "application/xml"}


def test_a_dated_place_is_asked_once_a_day_or_month_and_a_sitemap_of_all_once() -> None:
    source = Source(
        "s",
        feeds=("http://a.localhost/rss", "http://a.localhost/{yyyy}/{mm}/{dd}.rss"),
        sitemaps=("http://a.localhost/all.xml", "http://a.localhost/{yyyy}-{mm}.xml"),
        lists=("urls.txt",),
        listings=("http://a.localhost/{yyyy}/{mm}/{dd}?p={page}",),
        max_age_days=2,
        max_pages=5,
    )
    asked = asked_for_days(source, date(2026, 2, 28), date(2026, 3, 1))
    assert asked is not None
    assert (asked.max_age_days, asked.max_pages) == (None, None)
    assert {
        via: places(via, named, asked, NOW.date())
        for via, named in (
            ("feed", asked.feeds),
            ("sitemap", asked.sitemaps),
            ("list", asked.lists),
            ("listing", asked.listings),
        )
    } == {
        "feed": [("http://a.localhost/2026/02/28.rss", True), ("http://a.localhost/2026/03/01.rss", True)],
        "sitemap": [
            ("http://a.localhost/2026-02.xml", True),
            ("http://a.localhost/2026-03.xml", True),
            ("http://a.localhost/all.xml", False),
        ],
        "list": [],
        "listing": [("http://a.localhost/2026/02/28?p={page}", True), ("http://a.localhost/2026/03/01?p={page}", True)],
    }
    assert places("feed", source.feeds, source, date(2026, 3, 9)) == [
        ("http://a.localhost/rss", False),
        ("http://a.localhost/2026/03/09.rss", False),
    ]
    assert asked_for_days(Source("s", feeds=("http://a.localhost/rss",), lists=("urls.txt",)), FIRST, LAST) is None


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://a.example/2026/03/02/story", date(2026, 3, 2)),
        ("http://a.example/news-2026-03-02.html", date(2026, 3, 2)),
        ("http://a.example/20260302/story", date(2026, 3, 2)),
        ("http://a.example/archive/2025/12/31/on-2026-03-02", date(2026, 3, 2)),
        ("http://a.example/2026/02/31/story", None),
        ("http://a.example/2026/3/2/story", None),
        ("http://a.example/story-120260302", None),
        ("http://a.example/2026/03-02/story", None),
    ],
)
def test_the_day_that_a_url_spells_out(url: str, day: date | None) -> None:
    assert day_in_url(url) == day


def test_the_publication_time_decides_then_the_url_then_the_last_change() -> None:
    late = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)  # 03:00 of the next day in Jakarta
    dated = "http://a.example/2026/03/07/story"
    assert day_of(dated, Hints(published_at=late, modified_at=NOW), None) == date(2026, 3, 1)
    assert day_of(dated, Hints(published_at=late, modified_at=NOW), "Asia/Jakarta") == date(2026, 3, 2)
    assert day_of(dated, Hints(modified_at=NOW), None) == date(2026, 3, 7)
    # A sitemap's day without a time is its end.
    assert day_of("http://a.example/story", Hints(modified_at=datetime(2026, 3, 3, tzinfo=UTC)), None) == date(2026, 3, 2)
    assert day_of("http://a.example/story", Hints(), None) is None


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 40))
def test_every_day_is_in_its_own_url(first: date, more: int) -> None:
    last = first + timedelta(days=more)
    days = list(days_between(first, last))
    assert (days[0], days[-1], len(days)) == (first, last, more + 1)
    assert [day_in_url(f"http://a.example/{day:%Y/%m/%d}/story-1") for day in days] == days


def entry(path: str, changed: str = "", published: str = "") -> str:
    lastmod = f"<lastmod>{changed}</lastmod>" if changed else ""
    news = f"<news:news><news:publication_date>{published}</news:publication_date></news:news>" if published else ""
    return f"<url><loc>http://a.localhost{path}</loc>{lastmod}{news}</url>"


def found(kit: Any, replies: dict[str, Any], source: Source) -> Discovery:
    async def ask() -> Discovery:
        settings = kit.quick()
        async with kit.serving(replies) as site, kit.client(settings, site, source) as http:
            return await discover([source], settings, http=http, now=lambda: NOW, day=NOW.date())

    return asyncio.run(ask())


def test_pages_of_other_days_are_in_the_ledger_as_such_and_parts_of_earlier_days_are_not_read(kit: Any) -> None:
    parts = (
        "<sitemap><loc>http://a.localhost/old.xml</loc><lastmod>2026-02-20</lastmod></sitemap>"
        "<sitemap><loc>http://a.localhost/2026-03-05.xml</loc></sitemap>"
        "<sitemap><loc>http://a.localhost/new.xml</loc><lastmod>2026-03-08</lastmod></sitemap>"
    )
    urlset = '<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
    new = (
        entry("/in", published="2026-03-03T23:00:00Z")
        + entry("/2026/03/01/in", changed="2026-03-07")
        + entry("/changed-in", changed="2026-03-02")
        + entry("/before", published="2026-02-28T23:00:00Z")
        + entry("/2026/03/04/after")
        + entry("/silent")
    )
    replies = {
        "a.localhost/all.xml": (200, XML, f"<sitemapindex>{parts}</sitemapindex>"),
        "a.localhost/new.xml": (200, XML, f"{urlset}{new}</urlset>"),
        "a.localhost/20260301.xml": (200, XML, f"{urlset}{entry('/silent-but-dated', changed='2026-03-08')}</urlset>"),
        "a.localhost/20260302.xml": (200, XML, f"{urlset}{entry('/silent')}</urlset>"),
    }
    source = asked_for_days(
        kit.local(sitemaps=("http://a.localhost/all.xml", "http://a.localhost/{yyyy}{mm}{dd}.xml")), FIRST, LAST
    )
    assert source is not None
    discovery = found(kit, replies, source)
    assert sorted(candidate.url.removeprefix("http://a.localhost") for candidate in discovery.candidates) == [
        "/2026/03/01/in",
        "/changed-in",
        "/in",
        "/silent",
        "/silent-but-dated",
    ]
    asked = "2026-03-01 to 2026-03-03 are asked for"
    assert {(one.candidate.url.removeprefix("http://a.localhost"), one.reason, one.detail) for one in discovery.failures} == {
        ("/old.xml", Reason.OTHER_DAY, f"of 2026-02-20; {asked}"),
        ("/2026-03-05.xml", Reason.OTHER_DAY, f"of 2026-03-05; {asked}"),
        ("/before", Reason.OTHER_DAY, f"of 2026-02-28; {asked}"),
        ("/2026/03/04/after", Reason.OTHER_DAY, f"of 2026-03-04; {asked}"),
        ("/20260303.xml", Reason.NOT_FOUND, "HTTP 404 Not Found"),
    }


FILE = """
[settings]
contact = "https://example.org/crawler"
[[sources]]
name = "feeds-only"
feeds = ["https://a.example/rss"]
[[sources]]
name = "whole"
feeds = ["https://b.example/rss"]
sitemaps = ["https://b.example/sitemap.xml"]
exclude = ["/video/"]
max_pages = 3
"""


def test_of_a_sources_file_those_are_asked_that_tell_of_past_days(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(FILE)
    config = slowed(days_config(path, (), FIRST, LAST), 4.0)
    assert [(source.name, source.days, source.max_pages, source.delay_seconds) for source in config.sources] == [
        ("whole", (FIRST, LAST), None, 4.0)
    ]
    with pytest.raises(ConfigError, match="feeds-only: nothing tells of past days"):
        days_config(path, ["feeds-only", "whole"], FIRST, LAST)


def test_a_list_takes_the_settings_of_the_source_whose_name_it_bears(tmp_path: Path) -> None:
    path, urls = tmp_path / "sources.toml", tmp_path / "urls.txt"
    path.write_text(FILE)
    (source,) = list_config([urls], "whole", path, None).sources
    assert (source.feeds, source.sitemaps, source.lists, source.max_pages) == ((), (), (str(urls),), None)
    assert (source.covers("www.b.example"), source.covers("a.example"), len(source.exclude)) == (True, False, 1)
    (source,) = list_config([urls], "other", path, None).sources
    assert (source.name, source.covers("anywhere.example"), source.exclude) == ("other", True, ())
    config = list_config([urls], "list", None, "mail@example.org")
    assert config.settings == FetchSettings(contact="mail@example.org")
    with pytest.raises(ConfigError, match="contact: is not set, and source 'list' is asked over the network"):
        list_config([urls], "list", None, None)
