"""A source tried as a night would use it: its places, its robots.txt, and one page for a sample.

Belongs here: asking little and counting. Does not belong here: extraction, tables on the screen, advice (flows).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sources.client import HttpClient
from sources.config import Source
from sources.discover import refusal_of
from sources.feeds import Link
from sources.homepage import FEED, SITEMAP
from sources.pastdays import dated
from sources.records import Answer
from sources.storable import storable
from sources.tryout import LIST, LISTING, Tryout, try_place
from sources.web import host_of, without_secrets
from transforms.records import Candidate, Reason

# Of the newest pages so many are tried before the source counts as one whose pages cannot be had.
_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """What came of one source. `wanted`: pages that its settings want; `refused`: how many of the others, by reason and host.

    `robots_problem`: why nothing of its pages' host may be fetched, if so. `sample`: the page that was fetched, with its
    answer; `failures`: pages that were tried before it, and what they ended as.
    """

    source: Source
    tryouts: tuple[Tryout, ...]
    wanted: int
    refused: dict[tuple[Reason, str], int]
    crawl_delay_seconds: float
    robots_problem: str | None
    sample: tuple[Candidate, Answer] | None
    failures: tuple[tuple[str, str], ...]


async def check_source(source: Source, http: HttpClient, now: datetime, day: date) -> SourceCheck:
    """Try every place of a source once, of an index one part, and fetch one of the newest pages that it wants."""
    tryouts = [await try_place(kind, dated(url, day), http, source, now) for kind, url in _places(source)]
    wanted: dict[str, Link] = {}
    refused: Counter[tuple[Reason, str]] = Counter()
    for link in (link for tryout in tryouts for link in tryout.links):
        verdict = refusal_of(link, source, now)
        if verdict is None:
            wanted.setdefault(link.url, link)
        else:
            refused[verdict[0], host_of(link.url)] += 1
    newest = _newest_first(wanted.values())
    sample, failures = await _sample(newest, tryouts, http, source, now)
    robots = await http.robots(newest[0].url, source=source.name) if newest else None
    problem = robots.refusal[1] if robots is not None and robots.refusal is not None else None
    delay = robots.crawl_delay_seconds if robots is not None else 0.0
    return SourceCheck(source, tuple(tryouts), len(wanted), dict(refused), delay, problem, sample, tuple(failures))


async def newest_page(
    tryouts: Iterable[Tryout], http: HttpClient, source: Source, now: datetime
) -> tuple[Candidate, Answer] | None:
    """One of the newest pages that places name, if it can be had; as `sample` of a check."""
    tried = [tryout for tryout in tryouts if tryout.links]
    links = _newest_first(link for tryout in tried for link in tryout.links if refusal_of(link, source, now) is None)
    return (await _sample(links, tried, http, source, now))[0]


def _places(source: Source) -> list[tuple[str, str]]:
    return [
        *((FEED, url) for url in source.feeds),
        *((SITEMAP, url) for url in source.sitemaps),
        *((LIST, place) for place in source.lists),
        *((LISTING, url) for url in source.listings),
        *((kind, place) for kind, places in source.extensions for place in places),
    ]


def _newest_first(links: Iterable[Link]) -> list[Link]:
    """Dated ones by their time, then the others in their order."""
    return sorted(links, key=lambda link: -(link.hints.published_at or link.hints.modified_at or _LONG_AGO).timestamp())


_LONG_AGO = datetime.fromtimestamp(0).astimezone()


async def _sample(
    links: list[Link], tryouts: list[Tryout], http: HttpClient, source: Source, now: datetime
) -> tuple[tuple[Candidate, Answer] | None, list[tuple[str, str]]]:
    failures: list[tuple[str, str]] = []
    for link in links[:_SAMPLES]:
        place = next(tryout for tryout in tryouts if link in tryout.links)
        candidate = Candidate(without_secrets(link.url), source.name, place.kind, now, storable(place.url), link.hints)
        answer = await http.get(link.url, source=source.name)
        if answer.reason is None:
            return (candidate, answer), failures
        failures.append((candidate.url, f"{answer.reason.value}: {answer.detail}"))
    return None, failures
