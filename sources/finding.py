"""A site's feeds and sitemaps, found from its home page alone.

Belongs here: where to look and in which order, and which of what was found a night should ask. Does not belong here: trying one
place (tryout), writing the entry (starter).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sources.addresses import is_local_host
from sources.client import HttpClient
from sources.config import Source
from sources.feeds import UnreadableError
from sources.homepage import FEED, SITEMAP, HomePage, Place, common_places, read_homepage
from sources.records import Answer
from sources.timezones import NO_GUESS, ZoneGuess, guess_zone
from sources.tryout import Tryout, try_place
from sources.web import host_of
from transforms.records import Candidate
from transforms.urls import country_of, is_http_url, site_of

# A page that names more of them names every tag and section.
_MOST_NAMED = 12
_MOST_FEEDS = 5
_MOST_SITEMAPS = 3

# What has had nothing new for so long is dead, or is something else.
STALE_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Found:
    """One place that was tried, and who named it. `drawback`: why a night should rather not ask it, in words."""

    via: str
    tryout: Tryout
    drawback: str | None = None


@dataclass(frozen=True, slots=True)
class SiteFound:
    """What a home page led to. `feeds` and `sitemaps` are the ones for a night; `others` were tried and are not.

    `problem`: why the home page itself could not be had. `zone`, `language`: guesses with their reasons.
    `sample`: one of its newest articles, if that was asked for.
    """

    home: str
    name: str
    feeds: tuple[Found, ...] = ()
    sitemaps: tuple[Found, ...] = ()
    others: tuple[Found, ...] = ()
    language: str | None = None
    zone: ZoneGuess = NO_GUESS
    crawl_delay_seconds: float = 0.0
    problem: str | None = None
    sample: tuple[Candidate, Answer] | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is a host of this machine or network, whose addresses must be allowed."""
        return is_local_host(host_of(self.home))


def source_for(home: str) -> Source:
    """The source that a site is looked at as, before it has an entry. A local address was asked for by the user's own word."""
    host = host_of(home)
    return Source(name=name_for(home), hosts=(host, site_of(home)), allow_private=is_local_host(host))


def name_for(home: str) -> str:
    """A name for the source: the site's own label, "kabar" of https://www.kabar.co.example/."""
    site = site_of(home)
    return host_of(home) if site.replace(".", "").isdigit() or ":" in site else site.partition(".")[0] or host_of(home)


async def find_site(home: str, http: HttpClient, now: datetime) -> SiteFound:
    """Ask a home page, its robots.txt and what they name; the paths that sites commonly use only for what nobody names.

    `http` must know `source_for(home)`. Nothing raises: what could not be had is the `problem`, or among `others`.
    """
    source = source_for(home)
    answer = await http.get(home, source=source.name, html_only=False)
    robots = await http.robots(home, source=source.name)
    page, problem = HomePage(), None
    if answer.reason is not None:
        problem = f"{answer.reason.value}: {answer.detail}"
    else:
        home = answer.final_url
        try:
            page = read_homepage(answer.body, home, answer.header("Content-Type"))
        except UnreadableError as exc:
            problem = str(exc)
    sitemaps = [Place(SITEMAP, url, "robots.txt") for url in (robots.rules.sitemaps if robots.rules else ())]
    found = await _try_all([*page.places, *sitemaps], home, http, source, now)
    for kind in (FEED, SITEMAP):
        if not any(each.tryout.kind == kind and each.drawback is None for each in found):
            found += await _try_all(common_places(home, kind), home, http, source, now)
    return _site(home, page, found, robots.crawl_delay_seconds, problem, now)


async def _try_all(places: Iterable[Place], home: str, http: HttpClient, source: Source, now: datetime) -> list[Found]:
    found: list[Found] = []
    for kind in (FEED, SITEMAP):
        urls = {
            place.url: place for place in reversed([place for place in places if place.kind == kind and is_http_url(place.url)])
        }
        for place in list(reversed(urls.values()))[:_MOST_NAMED]:
            tryout = await try_place(kind, place.url, http, source, now)
            found.append(Found(place.via, tryout, _drawback(tryout, home, now)))
    return found


def _drawback(tryout: Tryout, home: str, now: datetime) -> str | None:
    if tryout.problem is not None:
        return tryout.problem
    if not tryout.links:
        return "it has no entries"
    if not any(site_of(link.url) == site_of(home) for link in tryout.links):
        return f"its entries lead to other sites, such as {host_of(tryout.links[0].url)}"
    if "comment" in urlsplit(tryout.url).path.lower():
        return "it is of readers' comments"
    if tryout.newest_at is not None and now - tryout.newest_at > STALE_AFTER:
        return f"its newest entry is of {tryout.newest_at:%Y-%m-%d}"
    return None


def _site(home: str, page: HomePage, found: Sequence[Found], delay: float, problem: str | None, now: datetime) -> SiteFound:
    good = _distinct([each for each in found if each.drawback is None])
    feeds = [each for each in good if each.tryout.kind == FEED]
    # Those that the site declares are its main ones; what pages link to besides is of sections.
    declared = [each for each in feeds if each.via == "link rel=alternate"]
    sitemaps = [each for each in good if each.tryout.kind == SITEMAP]
    news = [each for each in sitemaps if each.tryout.is_news]
    chosen = [*(declared or feeds)[:_MOST_FEEDS], *(news or sitemaps)[:_MOST_SITEMAPS]]
    offsets = [offset for each in chosen for offset in each.tryout.offsets]
    language = page.language or next(
        (link.hints.language for each in chosen for link in each.tryout.links if link.hints.language), None
    )
    return SiteFound(
        home=home,
        name=name_for(home),
        feeds=tuple(each for each in chosen if each.tryout.kind == FEED),
        sitemaps=tuple(each for each in chosen if each.tryout.kind == SITEMAP),
        others=tuple(each for each in found if each not in chosen),
        language=language,
        zone=guess_zone(country_of(home), language, offsets, now),
        crawl_delay_seconds=delay,
        problem=problem,
    )


def _distinct(found: Sequence[Found]) -> list[Found]:
    """Without the second of two addresses of one feed."""
    seen: dict[tuple[str, frozenset[str]], Found] = {}
    for each in found:
        seen.setdefault((each.tryout.kind, frozenset(link.url for link in each.tryout.links)), each)
    return list(seen.values())
