"""The only way out to the network: a polite, bounded, guarded HTTP GET.

Belongs here: redirects, retries, limits, robots.txt and the turn of the host for one URL at a time. Does not belong
here: what to fetch, what a page means, where it is kept. What goes wrong on the network is an Answer with a Reason,
never an exception.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import aiohttp

from sources.addresses import GuardedResolver
from sources.backlog import Backlog
from sources.capacity import LargeBodies, Wire, open_limit
from sources.config import FetchSettings, Source, require_contact
from sources.decoding import ACCEPT_ENCODING
from sources.hosts import Hosts
from sources.originfiles import OriginFiles
from sources.permissions import RESERVATION, reservation_refusal, robots_refusal
from sources.politeness import LONGEST_HOLD_SECONDS, HostQueue, backoff_seconds, retry_after_seconds
from sources.records import Answer
from sources.robots import Robots, product_name
from sources.tdmrep import TDMREP_PATH
from sources.web import Ask, exchange, host_of, redirect_target, refresh_target, url_refusal, without_secrets
from transforms.records import Reason

log = logging.getLogger(__name__)

# Requests on the wire at once, over all hosts, if there are files enough: one to a silent host holds up no other.
_MAX_OPEN = 1_000

# RFC 9309 2.3.1.2: at least five hops are to be followed for robots.txt.
_ROBOTS_REDIRECTS = 5

# Header lines of real sites (policies, cookies) exceed aiohttp's 8 kB.
_HEADER_BYTES = 64 * 1024

_ACCEPT_HTML = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"
# Some sites answer a feed's URL with a web page unless told that the feed itself is wanted.
_ACCEPT_ANY = "application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.5"

_WORTH_RETRYING = frozenset({Reason.CONNECTION_ERROR, Reason.TRUNCATED, Reason.TOO_MANY_REQUESTS, Reason.HTTP_SERVER_ERROR})
# "Not implemented" and "version not supported" are answers, not accidents.
_FINAL_STATUSES = frozenset({501, 505})


class HttpClient:
    """GETs for one night, as an async context manager of one event loop. What it learns of hosts goes into `hosts`, which
    clients of one night share.

    `connect_to` maps host patterns to (address, port): {"*.localhost": ("127.0.0.1", 8080)}. `now` dates the answers.
    Whoever keeps bodies beyond the call says so to `backlog`, which holds up further requests when there are too many.
    Raises ConfigError at once if a source beyond this machine is to be asked without a contact.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        sources: Sequence[Source] = (),
        connect_to: Mapping[str, tuple[str, int]] | None = None,
        hosts: Hosts | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        require_contact(settings, sources)
        self.settings = settings
        self.backlog = Backlog()
        self._sources = {source.name: source for source in sources}
        self._connect_to = dict(connect_to or {})
        self._now = now
        self._hosts = hosts or Hosts()
        self._queues: dict[str, HostQueue] = {}
        self._agent = product_name(settings.user_agent)
        self._files = OriginFiles(self._hosts, self._fetch_file, self._agent)
        self._wire = Wire(open_limit(_MAX_OPEN))
        self._large = LargeBodies()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._guarded = await self._stack.enter_async_context(self._session(allow_private=False))
        self._trusting = await self._stack.enter_async_context(self._session(allow_private=True))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._files.close()
        await self._stack.aclose()

    def source(self, name: str) -> Source:
        """The source of this name; one with default settings if it is not in the configuration."""
        return self._sources.get(name) or Source(name=name)

    async def get(
        self,
        url: str,
        *,
        source: str,
        limit: int | None = None,
        html_only: bool = True,
        etag: str | None = None,
        last_modified: str | None = None,
        patience: float = 1.0,
        rank: int = 0,
    ) -> Answer:
        """Fetch one URL: robots.txt asked, turn awaited, redirects followed, accidents retried.

        `limit`: bytes of the decoded body (default: the settings' max_page_bytes). `html_only`: do not read what its
        header says is no HTML. `etag`, `last_modified`: validators of the last visit; a 304 ends as not_modified.
        `patience` multiplies the timeouts. `rank`: who is asked first where the processor is the bottleneck, 0 before 1.
        """
        place = self.source(source)
        timeout = place.timeout_seconds or self.settings.timeout_seconds
        ask = Ask(
            url=without_secrets(url),
            limit=self.settings.max_page_bytes if limit is None else limit,
            timeout_seconds=timeout * patience,
            read_seconds=self.settings.read_timeout_seconds * patience,
            html_only=html_only,
            headers=self._headers(html_only, etag, last_modified),
            metas=frozenset({"refresh", "robots", RESERVATION, self._agent.lower()}) if html_only else frozenset(),
            rank=rank,
        )
        answer = await self._follow(ask, place, self.settings.max_redirects)
        if answer.reason is None and html_only:
            answer = self._permitted(answer, ask, place)
        level = logging.INFO if answer.reason in (None, Reason.NOT_MODIFIED) else logging.WARNING
        outcome = f"{answer.reason.value}: {answer.detail}" if answer.reason else f"{len(answer.body)} bytes"
        log.log(level, "source=%s url=%s %s", source, answer.url, outcome)
        return answer

    async def robots(self, url: str, *, source: str) -> Robots:
        """What the robots.txt that holds for a URL says, as every request for it is judged by."""
        return await self._files.robots(url, self.source(source))

    def _permitted(self, answer: Answer, ask: Ask, source: Source) -> Answer:
        """The answer, or a refusal where the page itself says that it is not to be kept."""
        honoured = self.settings.robots_tags if source.robots_tags is None else source.robots_tags
        tags = answer.values("X-Robots-Tag")
        refused = robots_refusal(tags, answer.metas, agent=self._agent, honoured=honoured, now=self._now())
        if refused is None and self._honours_reservations(source):
            refused = reservation_refusal(answer.values(RESERVATION), answer.metas)
        return answer if refused is None else ask.failed(answer, *refused)

    def _honours_reservations(self, source: Source) -> bool:
        return self.settings.tdm_reservations if source.tdm_reservations is None else source.tdm_reservations

    async def _follow(self, ask: Ask, source: Source, max_redirects: int, *, is_file: bool = False) -> Answer:
        """Go from redirect to redirect until something else comes; each hop is judged like a first request."""
        seen = [ask.url.partition("#")[0]]
        elapsed = 0
        while True:
            answer = await self._hop(ask, seen[-1], source, is_file=is_file)
            elapsed += answer.elapsed_ms
            target = redirect_target(answer) or refresh_target(answer)
            if target is None:
                break
            if target.reason is None and (target.final_url in seen or len(seen) > max_redirects):
                kind = "a loop" if target.final_url in seen else f"more than {max_redirects}"
                answer = ask.failed(answer, Reason.TOO_MANY_REDIRECTS, f"redirects: {kind}, last to {target.final_url}")
                break
            if target.reason is not None:
                answer = target
                break
            seen.append(target.final_url)
        return ask.closed(answer, elapsed)

    async def _hop(self, ask: Ask, url: str, source: Source, *, is_file: bool) -> Answer:
        """One URL, with retries but without redirects."""
        allow_private = source.allow_private and source.covers(host_of(url))
        refused = url_refusal(url, allow_private=allow_private)
        if refused is None and not is_file:
            refused = await self._host_refusal(url, source, is_page=ask.html_only)
        if refused is not None:
            return ask.refused(url, refused, self._now())
        queue = self._queue(url, source)
        answer = await self._attempt(ask, url, queue, allow_private=allow_private)
        for attempt in range(self.settings.retries):
            if not _is_worth_retrying(answer) or queue.state.closed is not None:
                break
            log.info("source=%s url=%s again after %s: %s", source.name, url, answer.reason, answer.detail)
            queue.state.hold(backoff_seconds(attempt))
            answer = await self._attempt(ask, url, queue, allow_private=allow_private)
        if answer.reason in (Reason.TOO_MANY_REQUESTS, Reason.BOT_CHALLENGE):
            queue.state.slow_down()
        queue.state.note(answer.reason)
        return answer

    async def _attempt(self, ask: Ask, url: str, queue: HostQueue, *, allow_private: bool) -> Answer:
        async with queue.turn() as turn:
            if turn.refusal is not None:
                return ask.refused(url, turn.refusal, self._now())
            async with self._wire.place(ask.rank):
                await self.backlog.room()
                session = self._trusting if allow_private else self._guarded
                answer = await exchange(session, ask, url, answered=turn.answered, now=self._now, large=self._large)
            return self._heeded(answer, ask, queue)

    def _heeded(self, answer: Answer, ask: Ask, queue: HostQueue) -> Answer:
        """A 429 or 503 says how long to stay away: that is waited for, or the page is not had tonight."""
        wait = retry_after_seconds(answer.header("Retry-After"), self._now()) if answer.status in (429, 503) else None
        if wait is None:
            return answer
        detail = f"{answer.detail}, Retry-After {wait:g} s"
        if wait <= LONGEST_HOLD_SECONDS:
            queue.state.hold(wait)
            return replace(answer, detail=detail)
        queue.state.warn(detail, is_whole_host=answer.status == 503)
        return replace(ask.failed(answer, Reason.TOO_MANY_REQUESTS, detail), is_final=True)

    async def _host_refusal(self, url: str, source: Source, *, is_page: bool) -> tuple[Reason, str] | None:
        """Why the URL's host does not want it asked for. Reservations are of texts, so only pages are held against them."""
        robots = await self._files.robots(url, source)
        self._queue(url, source).state.widen(robots.crawl_delay_seconds)
        refused = robots.verdict(url)
        if refused is not None or not is_page or not self._honours_reservations(source):
            return refused
        is_closed = robots.verdict(urljoin(url, TDMREP_PATH)) is not None
        return None if is_closed else (await self._files.reservations(url, source)).verdict(url)

    async def _fetch_file(self, url: str, source: Source, limit: int) -> Answer:
        """A robots.txt or its like: no file decides over another, and its start is enough."""
        ask = Ask(
            url=url,
            limit=limit,
            timeout_seconds=source.timeout_seconds or self.settings.timeout_seconds,
            read_seconds=self.settings.read_timeout_seconds,
            html_only=False,
            headers=self._headers(False, None, None),
            is_cut_at_limit=True,
        )
        return await self._follow(ask, source, _ROBOTS_REDIRECTS, is_file=True)

    def _queue(self, url: str, source: Source) -> HostQueue:
        host = host_of(url)
        queue = self._queues.get(host)
        if queue is None:
            queue = self._queues[host] = HostQueue(self.settings.connections_per_host, self._hosts.state(host))
        queue.state.widen(self.settings.delay_seconds if source.delay_seconds is None else source.delay_seconds)
        return queue

    def _headers(self, html_only: bool, etag: str | None, last_modified: str | None) -> dict[str, str]:
        headers = {
            "User-Agent": self.settings.agent,
            "Accept": _ACCEPT_HTML if html_only else _ACCEPT_ANY,
            "Accept-Encoding": ACCEPT_ENCODING,
        }
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        return headers

    def _session(self, *, allow_private: bool) -> aiohttp.ClientSession:
        """A session of its own for each policy, so that no connection made under one is ever used under the other."""
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(allow_private=allow_private, connect_to=self._connect_to),
            limit=0,  # HostQueue and _MAX_OPEN bound it
            ttl_dns_cache=300,
            keepalive_timeout=5.0,  # the usual gap is shorter; idle sockets of thousands of hosts would pile up
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            max_line_size=_HEADER_BYTES,
            max_field_size=_HEADER_BYTES,
        )


def _is_worth_retrying(answer: Answer) -> bool:
    return answer.reason in _WORTH_RETRYING and answer.status not in _FINAL_STATUSES and not answer.is_final
