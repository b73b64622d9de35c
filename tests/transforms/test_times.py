"""The time of publication: the instant, the publisher's offset, the precision and where it was said."""

import json
from datetime import UTC, datetime

import pytest

from transforms.datewords import Reader
from transforms.masthead import read_masthead
from transforms.records import Hints
from transforms.times import Publication, read_times

FETCHED = datetime(2024, 4, 20, tzinfo=UTC)
INSTANT = datetime(2024, 4, 17, 2, 30, tzinfo=UTC)
HEADLINE = "<h1>Old bridge stays closed</h1>"
STORY = "<p>" + "The old harbour bridge stays closed until spring, the city said on Monday morning. " * 4 + "</p>"


def ld(published: object, modified: object = None) -> str:
    node = {"@type": "NewsArticle", "datePublished": published, "dateModified": modified}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


def times(
    parse, body: str = STORY, head: str = "", *, zone: str | None = None, lang: str = "en", **fields: object
) -> Publication:
    parsed = parse(body, head=head, lang=lang, **{"fetched_at": FETCHED, **fields})
    return read_times(parsed, lambda: read_masthead(parsed.tree, None), Reader((lang, "en")), zone)


@pytest.mark.parametrize(
    ("head", "body", "zone", "expected"),
    [
        (ld("2024-04-17T09:30:00+07:00"), STORY, None, (INSTANT, 420, "second", "json-ld")),
        (ld("2024-04-17T02:30:00Z"), STORY, None, (INSTANT, 0, "second", "json-ld")),
        (ld("2024-04-17T02:30:00Z"), STORY, "Asia/Jakarta", (INSTANT, 420, "second", "json-ld")),
        (ld("2024-04-17 09:30"), STORY, "Asia/Jakarta", (INSTANT, 420, "minute", "json-ld")),
        (ld("2024-04-17 09:30"), STORY, None, (datetime(2024, 4, 17, 9, 30, tzinfo=UTC), None, "minute", "json-ld")),
        (
            ld("2024-04-17 09:30") + meta("article:published_time", "2024-04-17T02:30:00Z"),
            STORY,
            None,
            (INSTANT, 420, "minute", "json-ld"),
        ),
        (ld("2024-04-17T02:30:00Z"), f"{HEADLINE}<p>17/04/2024, 09:30 WIB</p>{STORY}", None, (INSTANT, 420, "second", "json-ld")),
        (ld("2024-04-17 09:30:00"), f"{HEADLINE}<p>17/04/2024, 09:30 WIB</p>{STORY}", None, (INSTANT, 420, "second", "json-ld")),
        (ld("2024-04-17"), f"{HEADLINE}<p>17/04/2024, 09:30 WIB</p>{STORY}", None, (INSTANT, 420, "minute", "visible-text")),
        (ld("2024-04-17"), STORY, None, (datetime(2024, 4, 17, tzinfo=UTC), None, "day", "json-ld")),
        (ld("2024-04-17T00:00:00+07:00"), STORY, None, (datetime(2024, 4, 17, tzinfo=UTC), None, "day", "json-ld")),
        (ld("2034-04-17T09:30:00Z") + meta("date", "2024-04-17T02:30Z"), STORY, None, (INSTANT, 0, "minute", "meta")),
        (ld("2034-04-17T09:30:00Z"), STORY, None, (None, None, None, None)),
        (ld(None, "2024-04-17T02:30:00Z"), "<p>x</p>", None, (None, None, None, None)),
        (meta("article:published_time", "2024-04-17T09:30:00+07:00"), STORY, None, (INSTANT, 420, "second", "meta")),
        (
            "",
            f'<div itemscope><time itemprop="datePublished" datetime="2024-04-17T09:30+07:00">x</time></div>{STORY}',
            None,
            (INSTANT, 420, "minute", "microdata"),
        ),
        (
            "",
            f'<time class="published" datetime="2024-04-17T09:30+07:00">x</time>{STORY}',
            None,
            (INSTANT, 420, "minute", "time-element"),
        ),
        (
            "",
            f'{HEADLINE}<time class="updated" datetime="2024-04-18T09:30+07:00">x</time>'
            f'<time datetime="2024-04-17T09:30+07:00">x</time>{STORY}',
            None,
            (INSTANT, 420, "minute", "time-element"),
        ),
        (
            "",
            f"{HEADLINE}<div>Updated 18/04/2024, 10:00 WIB</div><div>17/04/2024, 09:30 WIB</div>{STORY}",
            None,
            (INSTANT, 420, "minute", "visible-text"),
        ),
        ("", f"<div>17/04/2024, 09:30</div>{HEADLINE}{STORY}", "Asia/Jakarta", (INSTANT, 420, "minute", "visible-text")),
        (
            "",
            f'<main data-updated-at="2024.04.18 10:00" data-published-at="2024.04.17 09:30">{STORY}</main>',
            "Asia/Jakarta",
            (INSTANT, 420, "minute", "meta"),
        ),
        (
            "",
            '<i data-published-at="2024-04-17 09:30"></i><i data-published-at="2024-04-16 09:30"></i><p>x</p>',
            None,
            (None, None, None, None),
        ),
    ],
    ids=[
        "json-ld",
        "utc",
        "utc shown in the source's zone",
        "no offset: the source's zone",
        "no offset and no zone",
        "offset implied by another source in utc",
        "offset of a utc time told by the visible one",
        "offset of a naive time told by the visible one",
        "clock told by the visible date",
        "a day stays a day",
        "midnight stands for a day",
        "a future time is refused, the next source taken",
        "a future time alone is no time",
        "modified is never published",
        "meta",
        "microdata",
        "time element",
        "updated time element",
        "updated line",
        "visible line above the headline",
        "attribute for the page's scripts",
        "attributes of teasers",
    ],
)
def test_published(parse, head: str, body: str, zone: str | None, expected: tuple[object, ...]) -> None:
    found = times(parse, body, head, zone=zone)
    assert (found.published_at, found.offset, found.precision, found.source) == expected


def test_summer_time_follows_the_day(parse):
    assert times(parse, head=ld("2024-01-17 09:30"), zone="Europe/Berlin").offset == 60
    assert times(parse, head=ld("2024-04-17 09:30"), zone="Europe/Berlin").offset == 120


def test_modified_is_kept_when_it_follows_publication(parse):
    later = times(parse, head=ld("2024-04-17T09:30:00+07:00", "2024-04-17T10:00:00+07:00"))
    assert later.modified_at == datetime(2024, 4, 17, 3, 0, tzinfo=UTC)
    earlier = times(parse, head=ld("2024-04-17T09:30:00+07:00", "2024-04-16T10:00:00+07:00"))
    assert earlier.modified_at is None


def test_the_feed_and_then_the_url_help_out(parse):
    url = "https://daily.example/2024/04/17/bridge"
    hints = Hints(published_at=INSTANT)
    assert times(parse, url=url, hints=hints) == Publication(INSTANT, 0, "second", "feed", None)
    assert times(parse, url=url) == Publication(datetime(2024, 4, 17, tzinfo=UTC), None, "day", "url", None)


def test_without_a_fetch_time_nothing_is_refused(parse):
    found = times(parse, head=ld("2034-04-17T09:30:00Z"), fetched_at=None)
    assert found.published_at == datetime(2034, 4, 17, 9, 30, tzinfo=UTC)


def test_a_time_counted_from_the_fetch_is_taken_where_nothing_absolute_is_said(parse):
    body = f"{HEADLINE}<p>45 minutes ago</p>{STORY}"
    fetched = datetime(2024, 4, 17, 3, 15, 20, tzinfo=UTC)
    assert times(parse, body, fetched_at=fetched) == Publication(INSTANT, None, "minute", "visible-text", None)
    assert times(parse, body, fetched_at=fetched, zone="Asia/Jakarta").offset == 420
    hours = times(parse, body.replace("45 minutes", "3 hours"), fetched_at=fetched, zone="Asia/Jakarta")
    assert hours == Publication(datetime(2024, 4, 17, tzinfo=UTC), None, "day", "visible-text", None)
    yesterday = times(parse, body.replace("45 minutes ago", "Yesterday, 9:30"), zone="Asia/Jakarta", fetched_at=FETCHED)
    assert yesterday == Publication(datetime(2024, 4, 19, 2, 30, tzinfo=UTC), 420, "minute", "visible-text", None)


def test_a_time_counted_from_the_fetch_gives_way_to_an_absolute_one(parse):
    body = f"{HEADLINE}<p>3 days ago</p>{STORY}"
    assert times(parse, body, head=ld("2024-04-17")).source == "json-ld"
    assert times(parse, body, hints=Hints(published_at=INSTANT)).source == "feed"
    assert times(parse, body, url="https://daily.example/2024/04/17/bridge").source == "url"


def test_a_time_counted_from_now_needs_the_fetch_time(parse):
    assert times(parse, f"{HEADLINE}<p>3 days ago</p>{STORY}", fetched_at=None) == Publication()


def test_a_date_inside_the_story_is_not_the_articles(parse):
    body = f"{HEADLINE}<p>{'The council met again on 3 April 2024 at 10:00 and voted. ' * 5}</p>"
    assert times(parse, body, head=ld("2024-04-17")).source == "json-ld"
