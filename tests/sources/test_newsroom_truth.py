"""The newsroom's truth: complete, visible on the pages, and what the fetching half of a night arrives at."""

import asyncio
import html
import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sources.client import HttpClient
from sources.config import load_sources
from sources.discover import discover
from sources.fetch import fetch_pages
from sources.newsroom import pages
from sources.newsroom.content import DAYS, load_newsroom, newsroom_root
from sources.newsroom.model import Story
from sources.newsroom.server import serve
from sources.newsroom.truth import ODDITY_REASON, expected_ledger, expected_rows
from sources.planning import make_plan
from sources.records import Fetched
from sources.revisits import Revisits
from sources.warc import WarcWriter
from transforms.records import REASON_DISPOSITION, Article, Disposition, Reason

FIRST, SECOND = DAYS
STORIES = load_newsroom().stories
SHOWN = [story for story in STORIES if story.content]


def _row(url: str, day: date = FIRST) -> dict[str, object]:
    return next(row for row in expected_rows(day) if row["url"] == url)


def test_a_row_is_what_the_page_shows() -> None:
    assert _row("http://shiokaze.localhost/articles/20260301/tokei-shokunin") == {
        "url": "http://shiokaze.localhost/articles/20260301/tokei-shokunin",
        "canonical_url": "http://shiokaze.localhost/articles/20260301/tokei-shokunin",
        "site": "shiokaze.localhost",
        "source": "shiokaze",
        "title": "止まった時計、直し続けて六十年 青浜町の職人",
        "lead": None,
        "body": "\n\n".join(
            (
                "青浜町の商店街の外れに、看板のない小さな時計店がある。店主の倉持源一さん（８３）は、六十年にわたり止まった時計を直してきた。",
                "棚には、修理を待つ柱時計や懐中時計が百個以上並ぶ。部品がなければ、真ちゅうの板から自分で削り出す。",
                "「時計は人の暮らしを見てきた。だから捨てられないんでしょう」と倉持さんは話す。",
                "最近は、祖父母の形見を持ち込む若い人が増えた。修理を終えた時計が動き出すと、店の中で涙を流す客もいるという。",
                "後継ぎはいなかったが、昨年から町内の高校生が放課後に通い始めた。倉持さんは「急がなくていい。時計は逃げない」と見守っている。",
            )
        ),
        "authors": ["森川拓海"],
        "tags": ["職人", "時計", "青浜町"],
        "published_at": datetime(2026, 3, 1, 6, 10, tzinfo=UTC),
        "published_utc_offset": 540,
        "published_precision": "minute",
        "section": "文化",
        "dateline": None,
        "language": "ja",
        "site_name": "しおかぜ新報",
        "related_urls": [
            "http://shiokaze.localhost/articles/20260302/asaichi-saikai",
            "http://shiokaze.localhost/articles/20260302/ongakusai-junbi",
        ],
        "is_free": None,
        "page_count": 1,
        "pages_missing": 0,
    }


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        # Found under a tracking URL: the row keeps what was asked for, the canonical URL is clean.
        (
            "http://lembayung.localhost/jagung-musim-tanam.html?utm_source=rss&utm_medium=feed&utm_campaign=harian",
            {"canonical_url": "http://lembayung.localhost/jagung-musim-tanam.html", "published_utc_offset": 480},
        ),
        # Found only through a redirect, and only as an AMP page.
        (
            "http://northmoor.localhost/go/4417",
            {
                "canonical_url": "http://northmoor.localhost/news/rail-halt-reopens-260228",
                "title": "Village halt reopens after campaign by one commuter",
            },
        ),
        (
            "http://saltmarsh.localhost/amp/bakery-night-shift",
            {"canonical_url": "http://saltmarsh.localhost/2026/02/27/bakery-night-shift", "is_free": True},
        ),
        # A day without a time stays the printed day in UTC.
        (
            "http://northmoor.localhost/news/brass-band-tour-260227",
            {"published_at": datetime(2026, 2, 27, tzinfo=UTC), "published_utc_offset": None, "published_precision": "day"},
        ),
        (
            "http://kupferbach.localhost/schule-ohne-klingel-20251120.html",
            {"published_at": datetime(2025, 11, 20, tzinfo=UTC), "published_utc_offset": None, "published_precision": "day"},
        ),
        # The page has no date, its feed has.
        (
            "http://karangsenja.localhost/khas/harga-garam-naik",
            {
                "published_at": datetime(2026, 3, 1, 23, 20, 37, tzinfo=UTC),
                "published_utc_offset": 420,
                "published_precision": "second",
            },
        ),
        # Page 3 of 3 is lost.
        ("http://karangsenja.localhost/baca/2026/03/01/kereta-wisata-lereng", {"page_count": 2, "pages_missing": 1}),
        ("http://karangsenja.localhost/baca/2026/03/01/pasar-apung-sungai-wening", {"page_count": 2, "pages_missing": 0}),
        # The outlet speaks for itself.
        (
            "http://saltmarsh.localhost/2026/03/02/editorial-harbor-fund",
            {"authors": ["The Saltmarsh Ledger"], "section": "Opinion"},
        ),
    ],
)
def test_rows_of_pages_with_a_trait(url: str, expected: dict[str, object]) -> None:
    row = _row(url)
    assert {name: row[name] for name in expected} == expected


def test_the_paywalled_row_ends_where_the_page_does() -> None:
    row = _row("http://saltmarsh.localhost/2026/03/01/school-budget-gap")
    assert row["is_free"] is False
    assert str(row["body"]).endswith("each office believed that the other one sent the money.")


def test_rows_have_columns_of_the_article_and_no_empty_fields_where_the_page_has_something() -> None:
    names = set(Article.__dataclass_fields__) | {"source"}
    may_be_empty = {"lead", "dateline", "is_free", "related_urls", "pages_missing", "published_utc_offset"}
    for day in DAYS:
        for row in expected_rows(day):
            assert row.keys() <= names
            assert {name for name, value in row.items() if value in (None, "", [], 0)} <= may_be_empty, row["url"]


def test_every_row_is_of_a_stored_address_and_every_stored_address_has_a_row() -> None:
    for day, after in ((FIRST, None), (SECOND, None), (SECOND, FIRST)):
        stored = [url for url, (disposition, _) in expected_ledger(day, after).items() if disposition is Disposition.STORED]
        assert [row["url"] for row in expected_rows(day, after)] == stored


def test_dispositions_fit_their_reasons_and_every_oddity_is_on_the_first_day() -> None:
    ledger = expected_ledger(FIRST)
    assert [url for url, (disposition, reason) in ledger.items() if REASON_DISPOSITION[reason] is not disposition] == []
    assert set(ODDITY_REASON.values()) <= {reason for _, reason in ledger.values()}


def test_the_second_night_stores_the_new_and_the_changed_and_nothing_else() -> None:
    ledger = expected_ledger(SECOND, after=FIRST)
    counts = Counter(reason for _, reason in ledger.values())
    assert (counts[Reason.NEW_ARTICLE], counts[Reason.NEW_VERSION], counts[Reason.SAME_CONTENT]) == (6, 3, 1)
    first = {url for url, (disposition, _) in expected_ledger(FIRST).items() if disposition is Disposition.STORED}
    assert {ledger[url][1] for url in first} == {
        Reason.NOT_MODIFIED,
        Reason.NEW_VERSION,
        Reason.SAME_CONTENT,
        Reason.GONE,
        Reason.NOT_FOUND,
    }
    rows = {row["url"]: row for row in expected_rows(FIRST)}
    changed = [(row, rows[row["url"]]) for row in expected_rows(SECOND, after=FIRST) if row["url"] in rows]
    assert {tuple(name for name in new if new[name] != old[name]) for new, old in changed} == {
        ("title", "body"),
        ("body",),
        ("lead", "body"),
    }


def test_a_third_visit_on_the_same_day_stores_nothing() -> None:
    assert expected_rows(FIRST, after=FIRST) == []


def _text(page: bytes, charset: str) -> str:
    """What a reader sees of a page: tags out, entities resolved, spaces squeezed."""
    without = re.sub(r"<(script|style).*?</\1>|<head>.*?</head>|<[^>]+>", "", page.decode(charset), flags=re.DOTALL)
    return " ".join(html.unescape(without).split())


@pytest.mark.parametrize("story", SHOWN, ids=lambda story: f"{story.outlet.name}-{story.slug}-{story.version_day:%d}")
def test_the_truth_can_be_read_on_the_page(story: Story) -> None:
    had = [number for number in range(1, len(story.pages) + 1) if number != story.lost_page]
    text = " ".join(_text(pages.story_html(story, number), story.charset) for number in had)
    wanted = [story.title, *story.authors, story.section, *(block.plain for block in story.content)]
    wanted += [*story.tags, *([story.lead] if story.lead else [])]
    assert [words for words in wanted if " ".join(words.split()) not in text] == []


@pytest.mark.parametrize("story", [s for s in SHOWN if s.charset != "utf-8"], ids=lambda story: story.slug)
def test_the_wrong_charset_pages_are_not_what_they_claim(story: Story) -> None:
    page = pages.story_html(story)
    with pytest.raises(UnicodeDecodeError):
        page.decode("utf-8")
    assert "&#" not in re.sub(r"&#3[49];", "", page.decode(story.charset))


async def _fetch_night(day: date, port: int, folder: Path) -> list[Fetched]:
    config = load_sources(newsroom_root() / "sources.toml")
    now = datetime.now(UTC)
    async with HttpClient(config.settings, sources=config.sources, connect_to={"*.localhost": ("127.0.0.1", port)}) as client:
        found = await discover(config.sources, config.settings, http=client, now=lambda: now, day=day)
        plan = make_plan(found.candidates, {}, revisits=lambda _: Revisits((), 7), now=now)
        requests = [planned.request for planned in plan.planned]
        with WarcWriter(folder / "0.warc.gz") as archive:
            fetched = await fetch_pages(
                requests, http=client, archive=archive, next_page_url=lambda _: None, on_done=lambda _: None
            )
    return [*found.failures, *plan.settled, *fetched]


def test_the_fetching_half_of_a_night_finds_every_address_and_every_reason_that_is_its_to_find(tmp_path: Path) -> None:
    with serve(FIRST) as server:
        outcomes = asyncio.run(_fetch_night(FIRST, server.port, tmp_path))
    ledger = expected_ledger(FIRST)
    assert sorted(outcome.candidate.url for outcome in outcomes) == sorted(ledger)
    # Whether bytes that arrived are an article is mostly for extraction to say.
    later = (Reason.NEW_ARTICLE, Reason.SAME_ARTICLE, Reason.MISSING_BODY, Reason.MISSING_DATE, Reason.TOO_DEEP, Reason.NOT_HTML)
    reasons = {outcome.candidate.url: outcome.reason for outcome in outcomes}
    allowed = {url: {reason, None} if reason in later else {reason} for url, (_, reason) in ledger.items()}
    assert {url: reason for url, reason in reasons.items() if reason not in allowed[url]} == {}
