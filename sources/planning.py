"""What to ask for tonight: what discovery found, minus what the ledger knows and need not be looked at again.

Belongs here: same URLs under other spellings, which hosts go into which batch. Does not belong here: when a page is due
(revisits), reading the ledger, fetching.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from sources.records import Fetched, FetchRequest
from sources.revisits import Revisits
from transforms.records import Candidate, Reason
from transforms.urls import canonicalise, site_of

# Big enough that a batch's overhead does not count, small enough that a killed run repeats little.
BATCH_PAGES = 2_000


class Known(Protocol):
    """What the ledger knows of a URL from earlier runs."""

    @property
    def etag(self) -> str | None: ...
    @property
    def last_modified(self) -> str | None: ...
    @property
    def first_seen_at(self) -> datetime: ...
    @property
    def last_fetched_at(self) -> datetime: ...
    @property
    def article_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Planned:
    """A request, the batch it goes into, and the article that its URL is known as."""

    request: FetchRequest
    batch: int
    article_id: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Every candidate is in exactly one of the two; `article_ids` names the articles of settled candidates."""

    planned: tuple[Planned, ...]
    settled: tuple[Fetched, ...]
    article_ids: Mapping[str, str | None]


def make_plan(
    candidates: Sequence[Candidate], known: Mapping[str, Known], *, revisits: Callable[[str], Revisits], now: datetime
) -> Plan:
    """Settle what need not be asked for, and put the rest into batches. `revisits`: source name -> its schedule."""
    first, settled = _without_respellings(candidates)
    due: list[Candidate] = []
    for candidate in first:
        seen = known.get(candidate.url)
        refusal = revisits(candidate.source).refusal(seen, now) if seen and not _has_changed(candidate, seen, now) else None
        if refusal is None:
            due.append(candidate)
        else:
            settled.append(Fetched(candidate=candidate, reason=Reason.NOT_DUE, detail=refusal))
    batches = _batches(candidate.url for candidate in due)
    planned = tuple(_plan_one(candidate, known.get(candidate.url), batches[site_of(candidate.url)]) for candidate in due)
    return Plan(planned, tuple(settled), {url: page.article_id for url, page in known.items()})


def _has_changed(candidate: Candidate, seen: Known, now: datetime) -> bool:
    """Whether its feed or sitemap says that the page has changed since it was last looked at: then its schedule waits."""
    changed = candidate.hints.modified_at
    # A day's end may lie ahead; a time beyond that is a mistake, and would have the page asked for for ever.
    return changed is not None and seen.last_fetched_at < changed <= now + timedelta(days=1)


def _plan_one(candidate: Candidate, seen: Known | None, batch: int) -> Planned:
    if seen is None:
        return Planned(FetchRequest(candidate), batch, None)
    return Planned(FetchRequest(candidate, etag=seen.etag, last_modified=seen.last_modified), batch, seen.article_id)


def _without_respellings(candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[Fetched]]:
    """The first candidate of each canonical URL; the others as duplicates that name it."""
    first: dict[str, Candidate] = {}
    others: list[Fetched] = []
    for candidate in candidates:
        held = first.setdefault(canonicalise(candidate.url), candidate)
        if held is not candidate:
            others.append(Fetched(candidate=candidate, reason=Reason.SAME_URL, detail=f"as {held.url}"))
    return list(first.values()), others


def _batches(urls: Iterable[str]) -> dict[str, int]:
    """Site -> batch. All pages of a site share one, so that its politeness and its duplicates are seen in one place.

    Sites with few pages come first: a batch is worked on when its last page is there, and those of many still wait their gaps.
    """
    pages_of: dict[str, int] = {}
    for url in urls:
        pages_of[site_of(url)] = pages_of.get(site_of(url), 0) + 1
    batches: dict[str, int] = {}
    batch, filled = 1, 0
    for site, pages in sorted(pages_of.items(), key=lambda item: item[1]):
        if filled and filled + pages > BATCH_PAGES:
            batch, filled = batch + 1, 0
        batches[site] = batch
        filled += pages
    return batches


def keep_latest_captures(found: Sequence[Fetched]) -> list[Fetched]:
    """Of several captures of one URL in an archive the last one counts; the earlier ones are duplicates of it."""
    last = {item.candidate.url: index for index, item in enumerate(found) if item.reason is None}
    return [
        item
        if item.reason is not None or last[item.candidate.url] == index
        else replace(item, reason=Reason.SAME_URL, detail="an earlier capture of the same URL in this archive")
        for index, item in enumerate(found)
    ]
