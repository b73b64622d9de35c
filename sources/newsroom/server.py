"""Serves the newsroom's edition of a day on this machine, from a thread and an event loop of its own.

Belongs here: sockets, Host routing, conditional requests, the log. Does not belong here: what is answered (edition.py).
"""

import asyncio
import gzip
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import parse_qsl

from aiohttp import web

from sources.newsroom.edition import HUGE_BYTES, Answer, Edition, edition

HANG_SECONDS = 30.0
"""How long the hanging page keeps a client waiting before it gives up."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request that was answered. `status` 0: no status line was sent."""

    at: float  # time.monotonic() when the request came in
    host: str
    path: str  # with its query
    status: int


@dataclass(slots=True)
class Server:
    """A running newsroom: `port` on 127.0.0.1, and what was asked of it so far, in the order of the answers."""

    port: int
    log: list[Request] = field(default_factory=list)


@contextmanager
def serve(day: date, *, port: int = 0, host: str = "127.0.0.1", answers: Edition | None = None) -> Iterator[Server]:
    """Serve the newsroom as it is on `day` until the block ends; port 0 takes a free one. `answers`: others than the day's.

    Pages are told apart by the Host header, so ask this port for http://<outlet>.localhost/...; every start begins anew
    (what fails only the first time fails again). OSError if the port is taken.
    """
    server = Server(port)
    runner = _Runner(_Desk(edition(day) if answers is None else answers, server.log), host, port)
    server.port = runner.start()
    try:
        yield server
    finally:
        runner.stop()


class _Runner:
    """The thread and loop that a _Desk answers from."""

    def __init__(self, desk: "_Desk", host: str, port: int) -> None:
        self._desk, self._host, self._port = desk, host, port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="newsroom", daemon=True)

    def start(self) -> int:
        self._thread.start()
        try:
            return asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except OSError:
            self._close_loop()
            raise

    async def _open(self) -> int:
        # shutdown_timeout: nobody waits for the hanging page when the newsroom closes.
        self._runner = web.ServerRunner(web.Server(self._desk.answer, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        return int(self._runner.addresses[0][1])

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result()
        self._close_loop()

    async def _shut(self) -> None:
        await self._runner.cleanup()
        # A client that gave up on the hanging page leaves its connection's tasks behind.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _close_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Desk:
    """Answers requests from an edition, and remembers which addresses have been asked for."""

    def __init__(self, answers: Edition, log: list[Request]) -> None:
        self._answers = answers
        self._log = log
        self._asked: set[str] = set()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        began, host = time.monotonic(), request.host.partition(":")[0]
        answer = self._find(host, request.path, request.query_string)
        conditional = answer.status == 200 and _is_known(answer, request.headers)
        status = 0 if answer.manner in ("hangs", "drops") else 304 if conditional else answer.status
        self._log.append(Request(began, host, request.path_qs, status))
        if conditional:
            return web.Response(status=304, headers=_headers(answer))
        return await _say(answer, request)

    def _find(self, host: str, path: str, query: str) -> Answer:
        # Only the page parameter picks a page; utm_source and the like change nothing, as on most sites.
        page = dict(parse_qsl(query)).get("page")
        address = f"{host}{path}?page={page}" if page else host + path
        answer = self._answers.get(address)
        if answer is None:  # a host without a robots.txt is one that is down
            return Answer(503 if path == "/robots.txt" else 404, body=b"<!doctype html><title>No such page</title>")
        first_time = address not in self._asked
        self._asked.add(address)
        return answer.first if answer.first and first_time else answer


def _is_known(answer: Answer, asked: Mapping[str, str]) -> bool:
    """RFC 9110: If-None-Match decides alone where it is given; weak comparison, so a W/ prefix does not matter."""
    if answer.etag and "If-None-Match" in asked:
        tags = [tag.strip().removeprefix("W/") for tag in asked["If-None-Match"].split(",")]
        return answer.etag in tags or "*" in tags
    if answer.last_modified and "If-Modified-Since" in asked:
        try:
            since = parsedate_to_datetime(asked["If-Modified-Since"])
        except ValueError:
            return False  # RFC 9110: a date that cannot be read is ignored
        return answer.last_modified.replace(microsecond=0) <= since
    return False


def _headers(answer: Answer) -> dict[str, str]:
    headers = dict(answer.headers)
    if answer.content_type:
        headers["Content-Type"] = answer.content_type
    if answer.etag:
        headers["ETag"] = answer.etag
    if answer.last_modified:
        headers["Last-Modified"] = format_datetime(answer.last_modified, usegmt=True)
    return headers


async def _say(answer: Answer, request: web.BaseRequest) -> web.StreamResponse:
    if answer.manner == "hangs":
        await asyncio.sleep(HANG_SECONDS)
    if answer.manner in ("hangs", "drops"):
        _hang_up(request)
        return web.Response(status=500)
    if answer.manner == "streams":
        return await _stream(answer, request)
    if answer.manner == "cut_short":
        return await _cut_short(answer, request)
    if answer.gzips and "gzip" in request.headers.get("Accept-Encoding", ""):
        headers = _headers(answer) | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return web.Response(status=answer.status, body=gzip.compress(answer.body, mtime=0), headers=headers)
    return web.Response(status=answer.status, body=answer.body, headers=_headers(answer))


def _hang_up(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _stream(answer: Answer, request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse(headers=_headers(answer))
    await response.prepare(request)
    for _ in range(HUGE_BYTES // len(answer.body) + 1):
        try:
            await response.write(answer.body)
        except ConnectionResetError:  # the client has had enough, as it should
            return response
    return response


async def _cut_short(answer: Answer, request: web.BaseRequest) -> web.StreamResponse:
    """Announce the whole body, send half of it, hang up."""
    response = web.StreamResponse(headers=_headers(answer) | {"Content-Length": str(len(answer.body))})
    await response.prepare(request)
    await response.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        request.transport.close()  # unlike abort, lets the half go out
    return response
