"""One feed, sitemap, list or listing tried for real: what it is, how much it holds, how new it is.

Belongs here: asking once and counting. Does not belong here: where to look (finding), what to tell the user (flows).
"""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sources.client import HttpClient
from sources.config import Source
from sources.feeds import Link, UnreadableError, read_feed
from sources.homepage import FEED, SITEMAP
from sources.kinds import gather
from sources.linkpages import PAGE, read_links
from sources.records import Answer
from sources.sitemaps import Sitemap, read_sitemap
from sources.web import host_of

LIST, LISTING = "list", "listing"

# Feeds and sitemaps are larger and made slower than pages.
_PATIENCE = 4.0

# An index of an index, as deep as the night goes, though only one part at each level.
_MAX_DEPTH = 3

_OFFSET = re.compile(rb"\d:\d\d(?::\d\d)?(?:\.\d+)?\s?([+-])(\d\d):?([0-5]\d)\b")


@dataclass(frozen=True, slots=True)
class Tryout:
    """What came of one place. `problem` None: it can be read. `parts`: further sitemaps, of which only one was read.

    `newest_at`: the latest time that it gives an entry, if it gives any. `offsets`: those of its times, most frequent first.
    """

    kind: str
    url: str
    problem: str | None = None
    links: tuple[Link, ...] = ()
    parts: int = 0
    newest_at: datetime | None = None
    offsets: tuple[timedelta, ...] = ()
    moved_to: str | None = None

    @property
    def is_news(self) -> bool:
        """Whether a sitemap is one of news: it gives titles, and holds the last two days only."""
        return self.kind == SITEMAP and any(link.hints.title for link in self.links)


async def try_place(kind: str, url: str, http: HttpClient, source: Source, now: datetime) -> Tryout:
    """Ask for one place and read it. Whatever goes wrong is the `problem`, in words."""
    try:
        if kind == LIST and "://" not in url:
            return Tryout(kind, url, links=await asyncio.to_thread(_local_list, Path(url)))
        if kind not in (FEED, SITEMAP, LIST, LISTING):
            came = await gather(kind, url, lambda asked: _get(asked, http, source))
            return Tryout(kind, url, came.problem, came.links, newest_at=_newest(came.links, now))
        return await _asked(kind, url, http, source, now)
    except UnreadableError as exc:
        return Tryout(kind, url, str(exc))


def _local_list(path: Path) -> tuple[Link, ...]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise UnreadableError(f"the file cannot be read: {exc}") from exc
    return tuple(Link(line.strip()) for line in lines if line.strip() and not line.startswith("#"))


async def _asked(kind: str, url: str, http: HttpClient, source: Source, now: datetime) -> Tryout:
    answer = await _get(url.replace(PAGE, "1"), http, source)
    if answer.reason is not None:
        return Tryout(kind, url, f"{answer.reason.value}: {answer.detail}")
    parts, body = 0, answer.body
    if kind == SITEMAP:
        sitemap, parts, body = await _newest_part(answer, http, source)
        links = sitemap.links
    else:
        links = await asyncio.to_thread(_read, kind, answer, source)
    moved = answer.final_url if kind != LISTING and answer.final_url != answer.url else None
    return Tryout(kind, url, None, links, parts, _newest(links, now), _offsets(body), moved)


def _read(kind: str, answer: Answer, source: Source) -> tuple[Link, ...]:
    if kind == FEED:
        return tuple(read_feed(answer.body, answer.final_url, answer.header("Content-Type"), source.timezone))
    if kind == LISTING:
        page = read_links(answer.body, answer.final_url, answer.header("Content-Type"))
        return tuple(Link(url) for url in page.links if source.lists_link(url))
    lines = (line.strip() for line in answer.body.decode("utf-8-sig", "replace").splitlines())
    return tuple(Link(line) for line in lines if line and not line.startswith("#"))


async def _newest_part(answer: Answer, http: HttpClient, source: Source) -> tuple[Sitemap, int, bytes]:
    """A sitemap; of an index the part that changed last, with the number of parts. Raises UnreadableError."""
    limit, parts = http.settings.max_feed_bytes, 0
    for _ in range(_MAX_DEPTH):
        sitemap = await asyncio.to_thread(read_sitemap, answer.body, answer.final_url, source.timezone, max_bytes=limit)
        children = [child for child in sitemap.children if source.covers(host_of(child.url))]
        if sitemap.links or not children:
            break
        parts = parts or len(sitemap.children)
        dated = [child for child in children if child.hints.modified_at is not None]
        newest = max(dated, key=lambda child: child.hints.modified_at or datetime.min) if dated else children[0]
        answer = await _get(newest.url, http, source)
        if answer.reason is not None:
            raise UnreadableError(f"of its {parts} parts {newest.url} cannot be had: {answer.reason.value}: {answer.detail}")
    return sitemap, parts, answer.body


async def _get(url: str, http: HttpClient, source: Source) -> Answer:
    return await http.get(url, source=source.name, limit=http.settings.max_feed_bytes, html_only=False, patience=_PATIENCE)


def _newest(links: tuple[Link, ...], now: datetime) -> datetime | None:
    times = (moment for link in links for moment in (link.hints.published_at, link.hints.modified_at) if moment is not None)
    return max((moment for moment in times if moment <= now + timedelta(days=1)), default=None)


def _offsets(body: bytes) -> tuple[timedelta, ...]:
    found = Counter(match.groups() for match in _OFFSET.finditer(body[:2_000_000]))
    return tuple(
        timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == b"-" else 1)
        for (sign, hours, minutes), _ in found.most_common(3)
    )
