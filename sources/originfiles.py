"""What each origin says of itself in well-known files, asked for once: robots.txt and tdmrep.json.

Belongs here: asking once however many wait for it, and remembering. Does not belong here: what the files mean (robots, tdmrep),
how they are fetched (client).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sources.config import Source
from sources.hosts import Hosts
from sources.pagelog import PageLog
from sources.records import Answer
from sources.robots import ROBOTS_BYTES, Robots, read_robots
from sources.tdmrep import TDMREP_BYTES, TDMREP_PATH, Reservations, read_tdmrep
from sources.web import host_of

log = logging.getLogger(__name__)

_T = TypeVar("_T")

# (URL, source that asks, bytes that are enough) -> what came of it.
Fetch = Callable[[str, Source, int], Awaitable[Answer]]


class OriginFiles:
    """The files of every origin that one client meets; `agent` is the product name that robots.txt is read for."""

    def __init__(self, hosts: Hosts, fetch: Fetch, agent: str) -> None:
        self._hosts, self._fetch, self._agent = hosts, fetch, agent
        self._robots: dict[tuple[str, bool], asyncio.Task[Robots]] = {}
        self._reservations: dict[tuple[str, bool], asyncio.Task[Reservations]] = {}

    async def robots(self, url: str, source: Source) -> Robots:
        """The robots.txt that holds for a URL."""
        key = _key(url, source)
        kept = self._hosts.robots(key)
        return kept if kept is not None else await _once(self._robots, key, lambda: self._ask_robots(key, source))

    async def reservations(self, url: str, source: Source) -> Reservations:
        """The tdmrep.json that holds for a URL."""
        key = _key(url, source)
        kept = self._hosts.reservations(key)
        return kept if kept is not None else await _once(self._reservations, key, lambda: self._ask_reservations(key, source))

    async def _ask_robots(self, key: tuple[str, bool], source: Source) -> Robots:
        url = f"{key[0]}/robots.txt"
        robots = read_robots(await self._fetch(url, source, ROBOTS_BYTES), self._agent)
        self._hosts.keep_robots(key, robots)
        PageLog(log, source.name, url).info("robots.txt: %s", robots.refusal or "read")
        return robots

    async def _ask_reservations(self, key: tuple[str, bool], source: Source) -> Reservations:
        url = key[0] + TDMREP_PATH
        reservations = read_tdmrep(await self._fetch(url, source, TDMREP_BYTES))
        self._hosts.keep_reservations(key, reservations)
        if reservations.problem:
            PageLog(log, source.name, url).warning("%s", reservations.problem)
        return reservations

    async def close(self) -> None:
        """End what is still being asked for."""
        unfinished: list[asyncio.Task[Any]] = [*self._robots.values(), *self._reservations.values()]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)


async def _once(
    tasks: dict[tuple[str, bool], asyncio.Task[_T]], key: tuple[str, bool], ask: Callable[[], Coroutine[Any, Any, _T]]
) -> _T:
    """What `ask` gives, shared by all who want it while it is under way; one who stops waiting ends it for nobody else."""
    task = tasks.get(key)
    if task is None:
        task = tasks[key] = asyncio.create_task(ask())
        task.add_done_callback(lambda _: tasks.pop(key, None))
    return await asyncio.shield(task)


def _key(url: str, source: Source) -> tuple[str, bool]:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}", source.allow_private and source.covers(host_of(url))
