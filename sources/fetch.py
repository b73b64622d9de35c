"""Fetching many pages: each host in its own queue, each page into the archive, each request to exactly one outcome.

Belongs here: the order of work over hosts, and joining the parts of one article. Does not belong here: one request
(client), what a page means (transforms).
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from sources.client import HttpClient
from sources.content import page_verdict
from sources.records import Answer, Fetched, FetchRequest
from sources.warc import WarcWriter
from sources.web import host_of
from transforms.records import Candidate, RawPage, Reason, WarcPointer

__all__ = ["FetchRequest", "Fetched", "fetch_pages"]

log = logging.getLogger(__name__)

# What takes a few milliseconds at most is done where it stands: handing it to a thread and back costs as much.
_QUICK_BYTES = 500_000

NextPage = Callable[[Sequence[RawPage]], str | None]


async def fetch_pages(
    requests: Sequence[FetchRequest],
    *,
    http: HttpClient,
    archive: WarcWriter,
    next_page_url: NextPage,
    on_done: Callable[[Fetched], None] = lambda _: None,
    rank: int = 0,
) -> list[Fetched]:
    """Fetch all requests; returns their outcomes in the order of the requests, and tells `on_done` each as it comes.

    Hosts never wait for each other, unless the processor is the bottleneck: then the lowest `rank` goes first. A page is let go
    once it is archived, so memory holds only what is on the wire.
    """
    done: dict[int, Fetched] = {}
    queues: defaultdict[str, deque[int]] = defaultdict(deque)
    for number, request in enumerate(requests):
        queues[host_of(request.candidate.url)].append(number)

    async def drain(queue: deque[int]) -> None:
        while queue:
            number = queue.popleft()
            done[number] = await _fetch(requests[number], http, archive, next_page_url, rank)
            on_done(done[number])

    async with asyncio.TaskGroup() as group:
        for queue in queues.values():
            for _ in range(min(http.settings.connections_per_host, len(queue))):
                group.create_task(drain(queue))
    return [done[number] for number in range(len(requests))]


async def _fetch(request: FetchRequest, http: HttpClient, archive: WarcWriter, next_page_url: NextPage, rank: int) -> Fetched:
    candidate = request.candidate
    answer = await http.get(
        candidate.url, source=candidate.source, etag=request.etag, last_modified=request.last_modified, rank=rank
    )
    answer = _checked(answer)
    outcome = answer.fetched(candidate)
    if answer.reason is Reason.NOT_MODIFIED:
        # A 304 need not repeat the validators; the ones that it confirmed still hold.
        return replace(
            outcome,
            etag=outcome.etag or request.etag,
            last_modified=outcome.last_modified or request.last_modified,
        )
    if answer.reason is not None:
        return outcome
    pointer = await _archived(answer, candidate, http, archive)
    parts = await _parts(answer.page(candidate), candidate, http, archive, next_page_url, rank)
    return replace(outcome, warc=pointer, parts=parts)


async def _archived(answer: Answer, candidate: Candidate, http: HttpClient, archive: WarcWriter) -> WarcPointer:
    if answer.received or len(answer.body) <= _QUICK_BYTES:
        return archive.write(answer, candidate)
    with http.backlog.holding(len(answer.body)):
        return await asyncio.to_thread(archive.write, answer, candidate)


async def _parts(
    first: RawPage, candidate: Candidate, http: HttpClient, archive: WarcWriter, next_page_url: NextPage, rank: int
) -> tuple[WarcPointer, ...]:
    """The further pages of an article. One that cannot be had is an empty page among those asked for, so that what comes after it
    (the numbered pages after a refused all-pages link, page 3 after page 2) is still looked for.
    """
    pages, pointers = [first], list[WarcPointer]()
    seen = {first.url, first.final_url}
    while len(pages) <= http.settings.max_parts:
        url = await _next(pages, candidate, next_page_url)
        if url is None or url in seen:
            break
        seen.add(url)
        if host_of(url) != host_of(first.final_url or first.url) and not http.source(candidate.source).covers(host_of(url)):
            log.warning("source=%s url=%s part %s lies on another site: left out", candidate.source, first.url, url)
            break
        answer = _checked(await http.get(url, source=candidate.source, rank=rank))
        part = replace(candidate, url=url)
        if answer.reason is not None:
            pages.append(RawPage(url, b""))
            continue
        pointers.append(await _archived(answer, part, http, archive))
        pages.append(answer.page(part))
    return tuple(pointers)


async def _next(pages: Sequence[RawPage], candidate: Candidate, next_page_url: NextPage) -> str | None:
    """Ask where the article goes on; a page on which that question itself fails counts as the last, and the log says
    so.
    """
    try:
        if sum(len(page.body) for page in pages) <= _QUICK_BYTES:
            return next_page_url(pages)
        return await asyncio.to_thread(next_page_url, pages)
    except Exception:
        log.exception("source=%s url=%s looking for a further page failed", candidate.source, candidate.url)
        return None


def _checked(answer: Answer) -> Answer:
    """A 2xx that holds no HTML page is a failure too."""
    verdict = page_verdict(answer.header("Content-Type"), answer.body) if answer.reason is None else None
    return answer if verdict is None else replace(answer, reason=verdict[0], detail=verdict[1])
