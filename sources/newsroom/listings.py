"""What each feed, sitemap and list of an outlet names on a day, in order.

Belongs here: which addresses discovery can find, and where. Does not belong here: the XML they are written in (templates/feeds),
what becomes of them (truth.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sources.newsroom.model import Alias, Feed, Newsroom, Oddity, Outlet, Story


@dataclass(frozen=True, slots=True)
class Entry:
    """One address as one feed gives it. Exactly one of story and oddity is set."""

    url: str  # with the feed's tracking parameters
    plain_url: str  # without
    title: str
    published: datetime | None  # None where the feed gives no date
    story: Story | None = None
    alias: Alias | None = None
    oddity: Oddity | None = None

    @property
    def path(self) -> str:
        """Path of plain_url."""
        return "/" + self.plain_url.split("/", 3)[3]


def listing(newsroom: Newsroom, outlet: Outlet, feed: Feed, day: date) -> list[Entry]:
    """The entries of `feed` on `day`: stories newest first (gone ones are still listed), then aliases, then oddities."""
    stories = [story for story in newsroom.on(day) if story.outlet.name == outlet.name]
    own = [_entry(feed, story.url, story.title, story.published, story=story) for story in stories if feed.name in story.found_in]
    aliases = [
        _entry(feed, outlet.root + alias.path, story.title, story.published, story=story, alias=alias)
        for story in stories
        for alias in story.aliases
        if feed.name in alias.found_in
    ]
    oddities = [
        _entry(feed, oddity.url or outlet.root + oddity.path, oddity.title or oddity.kind, None, oddity=oddity)
        for oddity in outlet.oddities
        if feed.name in oddity.found_in
    ]
    return own + aliases + oddities


def _entry(
    feed: Feed,
    url: str,
    title: str,
    published: datetime | None,
    *,
    story: Story | None = None,
    alias: Alias | None = None,
    oddity: Oddity | None = None,
) -> Entry:
    tracked = url + ("&" if "?" in url else "?") + feed.tracking if feed.tracking else url
    return Entry(tracked, url, title, published if feed.dates else None, story, alias, oddity)


def discoverable(newsroom: Newsroom, outlet: Outlet, day: date) -> Iterator[tuple[Feed, Entry]]:
    """Every address of an outlet that discovery can find, in the order of site.toml's feeds, repeats included."""
    for feed in outlet.feeds:
        for entry in listing(newsroom, outlet, feed, day):
            yield feed, entry
