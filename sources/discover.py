"""Tonight's candidates: every URL that the sources' feeds, sitemaps and lists name, wanted or not.

Belongs here: asking them, following sitemap indexes, deciding what a source's settings exclude. Does not belong here:
reading a format (feeds, sitemaps), what the ledger knows (flows).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from sources.client import HttpClient
from sources.config import FetchSettings, Source
from sources.feeds import Link, UnreadableError, read_feed
from sources.kinds import gather
from sources.linkpages import PAGE, LinkPage, read_links
from sources.listings import Listings, ListingStore
from sources.pagelog import PageLog
from sources.pastdays import day_in_url, other_day, places, unchanged_since
from sources.records import Answer, Fetched
from sources.sitemaps import Sitemap, read_sitemap
from sources.storable import storable
from sources.web import host_of, without_secrets
from transforms.records import Candidate, Hints, Reason
from transforms.urls import is_http_url

log = logging.getLogger(__name__)

_P = ParamSpec("_P")
_T = TypeVar("_T")

# The protocol knows one level of index; sites nest them once more. Beyond these a source is a trap or needs a narrower
# sitemap.
_MAX_SITEMAP_DEPTH = 3
_MAX_SITEMAPS = 1000

# What one source does not want another may: outlets of one house link to each other.
_A_SOURCES_OWN = frozenset({Reason.OFF_SITE, Reason.EXCLUDED, Reason.OVER_LIMIT, Reason.TOO_OLD, Reason.OTHER_DAY})
_OF_ANOTHER_TIME = frozenset({Reason.TOO_OLD, Reason.OTHER_DAY})

_UNDATED = datetime.max.replace(tzinfo=UTC)

# No host can be asked, so none of the source's.
_NO_URL = "it is no http(s) URL, so it lies on none of the source's hosts"

_UNREADABLE = {
    "feed": Reason.UNREADABLE_FEED,
    "sitemap": Reason.UNREADABLE_SITEMAP,
    "list": Reason.UNREADABLE_LIST,
    "listing": Reason.UNREADABLE_LIST,
}

# Feeds and sitemaps are larger and made slower than pages.
_PATIENCE = 4.0


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a night begins with: pages to look at, and what is already decided (refused pages, feeds that could not be
    read).
    """

    candidates: tuple[Candidate, ...]
    failures: tuple[Fetched, ...]


@dataclass(slots=True)
class _Found:
    """The links of one feed, sitemap or list in its order, and what went wrong on the way."""

    via: str
    links: list[tuple[Link, str]] = field(default_factory=list)
    failures: list[Fetched] = field(default_factory=list)
    of_asked_day: bool = False  # its URL bears the day that was asked for, so its pages are of that day whatever they say


async def discover(
    sources: Sequence[Source],
    settings: FetchSettings,
    *,
    http: HttpClient,
    now: Callable[[], datetime],
    day: date,
    store: ListingStore | None = None,
) -> Discovery:
    """Ask every source; each URL found is in the result exactly once, as a candidate or with the reason why not.

    A feed, sitemap or list that cannot be read is a failure under its own URL. A URL named twice keeps its first place,
    and takes the hints of the later ones where it has none. `day` fills {yyyy}, {mm}, {dd} in the URLs of feeds and
    sitemaps. `store` keeps them from night to night, so that only what changed is sent again.
    """
    listings = Listings(http, now, store, timedelta(hours=settings.max_feed_rest_hours))
    asked = await asyncio.gather(*(_ask(source, settings, listings, now, day) for source in sources))
    sorter = _Sorter(now)
    for source, found in zip(sources, asked, strict=True):
        sorter.take(source, found)
    return sorter.result()


async def _ask(
    source: Source, settings: FetchSettings, listings: Listings, now: Callable[[], datetime], day: date
) -> list[_Found]:
    reader = _Reader(source, settings, listings, now)
    kinds: tuple[tuple[str, Callable[[str], Awaitable[_Found]], Sequence[str]], ...] = (
        ("feed", reader.feed, source.feeds),
        ("sitemap", reader.sitemap, source.sitemaps),
        ("list", reader.list_of_urls, source.lists),
        ("listing", reader.listing, source.listings),
        *((kind, partial(reader.own, kind), named) for kind, named in source.extensions),
    )
    wanted = [(via, read, *place) for via, read, named in kinds for place in places(via, named, source, day)]
    found = await asyncio.gather(*(reader.safely(via, read, place) for via, read, place, _ in wanted))
    return [replace(one, of_asked_day=of_asked_day) for one, (*_, of_asked_day) in zip(found, wanted, strict=True)]


class _Reader:
    """Reads the feeds, sitemaps and lists of one source."""

    def __init__(self, source: Source, settings: FetchSettings, listings: Listings, now: Callable[[], datetime]) -> None:
        self._source, self._settings, self._listings, self._now = source, settings, listings, now

    async def safely(self, via: str, read: Callable[[str], Awaitable[_Found]], place: str) -> _Found:
        """What a place gives; one that our own code fails on costs itself alone, never the night."""
        try:
            return await read(place)
        except Exception as exc:
            PageLog(log, self._source.name, place).exception("reading it failed")
            url = place if "://" in place else Path(place).absolute().as_uri()
            detail = storable(f"reading it failed: {type(exc).__name__}: {exc}")
            return _Found(via, failures=[self._failure(via, url, _UNREADABLE.get(via, Reason.UNREADABLE_LIST), detail)])

    async def feed(self, url: str) -> _Found:
        found = _Found("feed")
        answer = await self._get(url)
        if answer.reason is not None:
            return self._fail(found, url, answer)
        try:
            links = await _in_thread(
                read_feed, answer.body, answer.final_url, answer.header("Content-Type"), self._source.timezone
            )
        except UnreadableError as exc:
            return self._fail(found, url, answer, Reason.UNREADABLE_FEED, str(exc))
        found.links.extend((link, url) for link in links)
        return found

    async def sitemap(self, url: str) -> _Found:
        """A sitemap, and whatever it is an index of: breadth first, each file once, within bounds."""
        found = _Found("sitemap")
        level, seen = [url], {url}
        for depth in range(_MAX_SITEMAP_DEPTH + 1):
            read = await asyncio.gather(*(self._one_sitemap(place, found) for place in level))
            children = [child for sitemap in read for child in sitemap.children if child.url not in seen]
            level, old = self._recent(_newest_first(children))
            found.failures.extend(old)
            level, beyond = self._bounded(level, _MAX_SITEMAPS - len(seen) if depth < _MAX_SITEMAP_DEPTH else 0)
            seen.update(level)
            for place, reason, detail in beyond:
                found.failures.append(self._failure("sitemap", place, reason, detail))
            if not level:
                break
        return found

    def _recent(self, children: Sequence[Link]) -> tuple[list[str], list[Fetched]]:
        """The further sitemaps whose newest page is not older than the source wants, each once; and those left out."""
        kept: dict[str, None] = {}
        old: dict[str, Fetched] = {}
        for child in children:
            verdict = _too_old(child.hints, self._source, self._now()) or _of_earlier_days(child, self._source)
            if verdict is None:
                kept[child.url] = None
            else:
                old[child.url] = self._failure("sitemap", child.url, *verdict)
        return list(kept), list(old.values())

    def _bounded(self, places: list[str], room: int) -> tuple[list[str], list[tuple[str, Reason, str]]]:
        """The further sitemaps to read, and those not to: on other sites, too many, too deep."""
        wanted: list[str] = []
        refused: list[tuple[str, Reason, str]] = []
        for place in places:
            if not is_http_url(place):
                refused.append((place, Reason.OFF_SITE, _NO_URL))
            elif not self._source.covers(host_of(place)):
                refused.append((place, Reason.OFF_SITE, f"a sitemap on a host that source {self._source.name!r} does not cover"))
            elif len(wanted) >= room:
                detail = f"beyond {_MAX_SITEMAPS} sitemaps or {_MAX_SITEMAP_DEPTH} levels of one index"
                refused.append((place, Reason.OVER_LIMIT, detail))
            else:
                wanted.append(place)
        return wanted, refused

    async def _one_sitemap(self, url: str, found: _Found) -> Sitemap:
        answer = await self._get(url)
        if answer.reason is not None:
            self._fail(found, url, answer)
            return Sitemap()
        limit = self._settings.max_feed_bytes
        try:
            sitemap = await _in_thread(read_sitemap, answer.body, answer.final_url, self._source.timezone, max_bytes=limit)
        except UnreadableError as exc:
            self._fail(found, url, answer, Reason.UNREADABLE_SITEMAP, str(exc))
            return Sitemap()
        if sitemap.is_cut:
            PageLog(log, self._source.name, url).warning("the sitemap ends in its middle; what it held is used")
        found.links.extend((link, url) for link in sitemap.links)
        return sitemap

    async def list_of_urls(self, place: str) -> _Found:
        found = _Found("list")
        if "://" in place:
            answer = await self._get(place)
            if answer.reason is not None:
                return self._fail(found, place, answer)
            data = answer.body
        else:
            try:
                data = await asyncio.to_thread(Path(place).read_bytes)
            except OSError as exc:
                url = Path(place).absolute().as_uri()
                found.failures.append(self._failure("list", url, Reason.UNREADABLE_LIST, str(exc.strerror or exc)))
                return found
        try:
            lines = data.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError as exc:
            url = place if "://" in place else Path(place).absolute().as_uri()
            detail = f"it is no UTF-8 text with one URL a line: {exc.reason} at byte {exc.start}"
            found.failures.append(self._failure("list", url, Reason.UNREADABLE_LIST, detail))
            return found
        urls = (line.strip() for line in lines)
        found.links.extend((Link(url), place) for url in urls if url and not url.startswith("#"))
        return found

    async def listing(self, url: str) -> _Found:
        """A page of links and the pages after it, as long as they bring new ones, within the source's bound."""
        found = _Found("listing")
        seen: set[str] = set()
        place: str | None = url.replace(PAGE, "1")
        for number in range(1, self._source.listing_pages + 1):
            page = await self._one_listing(place, found) if place is not None else None
            if page is None or place is None:
                break
            fresh = [link for link in page.links if self._source.lists_link(link) and link not in seen]
            seen.update(fresh)
            found.links.extend((Link(link), place) for link in fresh)
            place = url.replace(PAGE, str(number + 1)) if PAGE in url else self._next_listing(page, place)
            if not fresh:
                break
        return found

    async def own(self, kind: str, place: str) -> _Found:
        """What the function of an installed package finds; what came before it failed counts."""
        gathered = await gather(kind, place, self._get)
        found = _Found(kind, [(link, place) for link in gathered.links])
        if gathered.problem is not None:
            url = place if "://" in place else storable(f"{kind}:{place}")
            reason = gathered.answer.reason if gathered.answer and gathered.answer.reason else Reason.UNREADABLE_LIST
            found.failures.append(self._failure(kind, url, reason, storable(gathered.problem)))
        return found

    def _next_listing(self, page: LinkPage, place: str) -> str | None:
        url = page.next_url
        return url if url is not None and url != place and is_http_url(url) and self._source.covers(host_of(url)) else None

    async def _one_listing(self, url: str, found: _Found) -> LinkPage | None:
        answer = await self._get(url)
        if answer.reason is not None:
            # After the first page, one that is not there is the end.
            if not found.links or answer.reason not in (Reason.NOT_FOUND, Reason.GONE):
                self._fail(found, url, answer)
            return None
        try:
            return await _in_thread(read_links, answer.body, answer.final_url, answer.header("Content-Type"))
        except UnreadableError as exc:
            self._fail(found, url, answer, Reason.UNREADABLE_LIST, str(exc))
            return None

    async def _get(self, url: str) -> Answer:
        return await self._listings.get(
            url,
            source=self._source.name,
            limit=self._settings.max_feed_bytes,
            patience=_PATIENCE,
        )

    def _fail(self, found: _Found, url: str, answer: Answer, reason: Reason | None = None, detail: str | None = None) -> _Found:
        failed = answer.fetched(self._candidate(url, found.via))
        found.failures.append(failed if reason is None else replace(failed, reason=reason, detail=detail))
        if reason is not None:
            PageLog(log, self._source.name, url).warning("%s: %s", reason.value, detail)
        return found

    def _failure(self, via: str, url: str, reason: Reason, detail: str) -> Fetched:
        PageLog(log, self._source.name, url).warning("%s: %s", reason.value, detail)
        return Fetched(self._candidate(url, via), reason, detail)

    def _candidate(self, url: str, via: str) -> Candidate:
        return Candidate(without_secrets(url), self._source.name, via, self._now())


async def _in_thread(read: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """What a reader gives. Raises UnreadableError for whatever ends it: one file is never the end of the night."""
    try:
        return await asyncio.to_thread(read, *args, **kwargs)
    except UnreadableError:
        raise
    except Exception as exc:
        log.exception("%s failed", read.__name__)
        raise UnreadableError(storable(f"reading it failed: {type(exc).__name__}: {exc}")) from exc


class _Sorter:
    """Puts every URL found into candidates or failures, once."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._candidates: dict[str, Candidate] = {}
        self._refused: dict[str, Fetched] = {}

    def take(self, source: Source, asked: Iterable[_Found]) -> None:
        count = 0
        for found in asked:
            for failure in found.failures:
                self._candidates.pop(failure.candidate.url, None)
                self._refused.setdefault(failure.candidate.url, failure)
            for link, origin in found.links:
                candidate = Candidate(
                    without_secrets(link.url), source.name, found.via, self._now(), without_secrets(storable(origin)), link.hints
                )
                count += self._place(candidate, source, count, of_asked_day=found.of_asked_day)

    def _place(self, candidate: Candidate, source: Source, count: int, *, of_asked_day: bool) -> bool:
        """File one candidate; True if it is a new page to look at."""
        url = candidate.url
        if url in self._candidates:
            known = self._candidates[url]
            self._candidates[url] = replace(known, hints=_merged(known.hints, candidate.hints))
            return False
        held = self._refused.get(url)
        if held is not None and held.reason in _OF_ANOTHER_TIME:  # another place may say otherwise
            candidate = replace(candidate, hints=_merged(held.candidate.hints, candidate.hints))
        elif held is not None and (held.candidate.source == source.name or held.reason not in _A_SOURCES_OWN):
            return False
        link = Link(url, candidate.hints)
        verdict = refusal_of(link, source, self._now()) or _over(count, source)
        if verdict is None and not of_asked_day and (why := other_day(url, candidate.hints, source)):
            verdict = Reason.OTHER_DAY, why
        if verdict is not None:
            self._refused.setdefault(url, Fetched(candidate, *verdict))
            return False
        self._refused.pop(url, None)
        self._candidates[url] = candidate
        return True

    def result(self) -> Discovery:
        return Discovery(tuple(self._candidates.values()), tuple(self._refused.values()))


def refusal_of(link: Link, source: Source, now: datetime) -> tuple[Reason, str] | None:
    """Why a source's settings do not want a page, with a detail; None if they do."""
    return _refusal(link.url, source) or _too_old(link.hints, source, now)


def _refusal(url: str, source: Source) -> tuple[Reason, str] | None:
    if not is_http_url(url):
        return Reason.OFF_SITE, _NO_URL
    if not source.covers(host_of(url)):
        return Reason.OFF_SITE, f"{host_of(url)} is none of the source's hosts ({', '.join(sorted(source.own_hosts))})"
    excluding = next((pattern.pattern for pattern in source.exclude if pattern.search(url)), None)
    if excluding is not None:
        return Reason.EXCLUDED, f"exclude = {excluding!r} matches it"
    if source.include and not any(pattern.search(url) for pattern in source.include):
        return Reason.EXCLUDED, "no include pattern matches it"
    return None


def _too_old(hints: Hints, source: Source, now: datetime) -> tuple[Reason, str] | None:
    """Whether all that is said of its times is longer ago than the source wants."""
    if source.max_age_days is None:
        return None
    newest = max((moment for moment in (hints.published_at, hints.modified_at) if moment is not None), default=now)
    if now - newest <= timedelta(days=source.max_age_days):
        return None
    return Reason.TOO_OLD, f"last changed {newest.astimezone(UTC):%Y-%m-%d}, longer ago than max_age_days = {source.max_age_days}"


def _of_earlier_days(child: Link, source: Source) -> tuple[Reason, str] | None:
    """Whether a part of an index holds nothing of the past days asked for, by its URL or the time of its last change."""
    if source.days is None or (day_in_url(child.url) is None and not unchanged_since(child.hints, source)):
        return None
    why = other_day(child.url, child.hints, source)
    return (Reason.OTHER_DAY, why) if why else None


def _newest_first(children: Sequence[Link]) -> list[Link]:
    """Where there are more sitemaps than are read, the newest are; those without a time stay in front, in their order."""
    return sorted(children, key=lambda child: child.hints.modified_at or _UNDATED, reverse=True)


def _over(count: int, source: Source) -> tuple[Reason, str] | None:
    if source.max_pages is not None and count >= source.max_pages:
        return Reason.OVER_LIMIT, f"beyond max_pages = {source.max_pages}"
    return None


def _merged(first: Hints, later: Hints) -> Hints:
    return Hints(
        title=first.title or later.title,
        published_at=first.published_at or later.published_at,
        language=first.language or later.language,
        modified_at=max((at for at in (first.modified_at, later.modified_at) if at is not None), default=None),
    )
