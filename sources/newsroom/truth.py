"""What a night must make of the newsroom: the right row of every page to be stored, the right ledger entry of every address.

Derived from the article files and site.toml alone, never from an extractor, so that it can judge one. Does not belong here:
serving, and anything that looks at rendered pages.

Order matters where two addresses lead to one article: the one that discovery finds first (outlets and feeds in the order of
site.toml, entries in the order of the feed) is stored, the others are duplicates.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sources.newsroom.content import load_newsroom
from sources.newsroom.listings import Entry, discoverable
from sources.newsroom.model import Feed, Newsroom, Outlet, Story
from transforms.records import REASON_DISPOSITION, Disposition, Reason

Verdict = tuple[Disposition, Reason]

ODDITY_REASON: dict[str, Reason] = {
    "not_found": Reason.NOT_FOUND,
    "gone": Reason.GONE,
    "forbidden": Reason.HTTP_CLIENT_ERROR,
    "server_error": Reason.HTTP_SERVER_ERROR,
    "too_many_requests": Reason.TOO_MANY_REQUESTS,
    "hangs": Reason.FETCH_TIMEOUT,
    "huge": Reason.TOO_LARGE,
    "deep": Reason.TOO_DEEP,
    "empty": Reason.EMPTY_PAGE,
    "image": Reason.NOT_HTML,
    "pdf": Reason.NOT_HTML,
    "loop": Reason.TOO_MANY_REDIRECTS,
    "bad_redirect": Reason.BAD_REDIRECT,
    "cut_short": Reason.TRUNCATED,
    "bad_gzip": Reason.BAD_ENCODING,
    "drops": Reason.CONNECTION_ERROR,
    "off_site": Reason.OFF_SITE,
    "dark_robots": Reason.ROBOTS_UNAVAILABLE,
    "disallowed": Reason.ROBOTS_DISALLOWED,
    "excluded": Reason.EXCLUDED,
}
"""What an oddity of site.toml is called there, and the reason that its address must get."""

_BROKEN_FEED: dict[str, Reason] = {"html": Reason.UNREADABLE_FEED, "broken_gzip": Reason.UNREADABLE_SITEMAP}


def expected_rows(day: date, after: date | None = None) -> list[dict[str, Any]]:
    """The row of every page that a night on `day` must store, in discovery order.

    `after`: an earlier day whose night the warehouse already holds; then only new and changed pages are stored. Keys are columns
    of table articles; instants are aware UTC datetimes, lists are lists, absent values are None.
    """
    newsroom = load_newsroom()
    return [
        _row(entry, story)
        for _, entry, verdict in _judged(newsroom, day, after)
        if verdict[0] is Disposition.STORED and (story := entry.story)
    ]


def expected_ledger(day: date, after: date | None = None) -> dict[str, Verdict]:
    """(disposition, reason) of every address that discovery can find on `day`, feeds that cannot be read included.

    `after`: an earlier day whose night the warehouse already holds.
    """
    newsroom = load_newsroom()
    ledger = {
        outlet.root + feed.path: _verdict(_BROKEN_FEED[feed.kind])
        for outlet in newsroom.outlets
        for feed in outlet.feeds
        if feed.kind in _BROKEN_FEED
    }
    return ledger | {entry.url: verdict for _, entry, verdict in _judged(newsroom, day, after)}


def _judged(newsroom: Newsroom, day: date, after: date | None) -> Iterator[tuple[Feed, Entry, Verdict]]:
    before = expected_ledger(after) if after else {}
    old = {(story.outlet.name, story.slug): story for story in newsroom.on(after)} if after else {}
    for outlet in newsroom.outlets:
        asked: set[str] = set()
        addresses: set[str] = set()
        articles: set[str] = set()
        for feed, entry in discoverable(newsroom, outlet, day):
            if entry.url in asked:
                continue
            asked.add(entry.url)
            reason = _reason(outlet, feed, entry, day, addresses, articles)
            known = entry.story and old.get((entry.story.outlet.name, entry.story.slug))
            if known and entry.url in before:
                reason = _second_night(reason, entry.story is known, known)
            addresses.add(entry.plain_url)
            yield feed, entry, _verdict(reason)


def _reason(outlet: Outlet, feed: Feed, entry: Entry, day: date, addresses: set[str], articles: set[str]) -> Reason:
    if entry.oddity:
        return ODDITY_REASON[entry.oddity.kind]
    if entry.plain_url in addresses:
        return Reason.SAME_URL
    if entry.path.startswith(outlet.excluded):
        return Reason.EXCLUDED
    if entry.path.startswith(outlet.disallow):
        return Reason.ROBOTS_DISALLOWED
    story = entry.story
    assert story is not None  # an entry is of an oddity or of a story
    if story.gone_day and story.gone_day <= day:
        return Reason.GONE if story.gone_status == 410 else Reason.NOT_FOUND
    if story.slug in articles:
        return Reason.SAME_ARTICLE
    if not story.content:
        return Reason.MISSING_BODY
    if story.date_shown == "none" and entry.published is None:
        return Reason.MISSING_DATE
    articles.add(story.slug)
    return Reason.NEW_ARTICLE


def _second_night(reason: Reason, same_version: bool, story: Story) -> Reason:
    """What a first night's reason becomes where the page was fetched before: a 304 answers for articles and their aliases."""
    if reason not in (Reason.NEW_ARTICLE, Reason.SAME_ARTICLE):
        return reason
    if same_version:
        return Reason.NOT_MODIFIED if story.has_validators else Reason.SAME_CONTENT
    return Reason.NEW_VERSION if reason is Reason.NEW_ARTICLE else reason


def _verdict(reason: Reason) -> Verdict:
    return REASON_DISPOSITION[reason], reason


def _row(entry: Entry, story: Story) -> dict[str, Any]:
    outlet = story.outlet
    published_at, offset, precision = _published(story)
    return {
        "url": entry.url,
        "canonical_url": story.url,
        "site": outlet.host,
        "source": outlet.name,
        "title": " ".join(story.title.split()),  # white space of any kind, as 　, is one ordinary space
        "lead": story.lead,
        "body": "\n\n".join(block.plain for block in story.content),
        "authors": list(story.authors),
        "tags": list(story.tags) if outlet.shows_tags else [],
        "published_at": published_at,
        "published_utc_offset": offset,
        "published_precision": precision,
        "section": story.section,
        "dateline": story.dateline,
        "language": outlet.language,
        "site_name": outlet.site_name,
        "related_urls": _related_urls(story),
        "is_free": story.is_free,
        "page_count": len(story.pages) - (story.lost_page is not None),
        "pages_missing": int(story.lost_page is not None),
    }


def _published(story: Story) -> tuple[datetime, int | None, str]:
    """Instant, offset in minutes and precision, as exact as what the reader or a machine can see on the page."""
    if story.date_shown == "day":  # a day has no offset: it is kept as UTC's midnight, so that its date is the printed one
        return datetime.combine(story.published.date(), time(), tzinfo=UTC), None, "day"
    if story.date_shown == "none":  # then only the feed says it, and feeds are read as UTC: the offset is the outlet's
        zone = ZoneInfo(story.outlet.timezone)
        return story.published.astimezone(UTC), _minutes(story.published.astimezone(zone).utcoffset()), "second"
    seconds = story.outlet.has_seconds and story.structured != "none"
    return story.published.astimezone(UTC), _minutes(story.published.utcoffset()), "second" if seconds else "minute"


def _minutes(offset: timedelta | None) -> int:
    return int((offset or timedelta()).total_seconds()) // 60


def _related_urls(story: Story) -> list[str]:
    titles = {(other.outlet.name, other.slug): other.url for other in load_newsroom().stories}
    pages = (page for number, page in enumerate(story.pages, 1) if number != story.lost_page)
    slugs = (slug for page in pages for block in page for slug in block.slugs)
    return list(dict.fromkeys(titles[story.outlet.name, slug] for slug in slugs))
