"""A small web of many hosts on 127.0.0.1, with its own log, for everything that fetches."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiohttp import web

from sources.client import HttpClient
from sources.config import FetchSettings, Source

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

Handler = Callable[[web.Request], web.StreamResponse | Awaitable[web.StreamResponse]]
Reply = str | bytes | tuple[int, dict[str, str], str | bytes] | Handler


@dataclass
class Web:
    """Replies by "host/path"; the log holds (host, path with query, seconds) of every request, in order of arrival."""

    replies: dict[str, Reply]
    log: list[tuple[str, str, float]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def connect_to(self) -> dict[str, tuple[str, int]]:
        return {"*.localhost": ("127.0.0.1", self.port)}

    @property
    def asked(self) -> list[str]:
        """The URLs that were asked for, without scheme; robots.txt and tdmrep.json left out."""
        return [host + path for host, path, _ in self.log if path not in ("/robots.txt", "/.well-known/tdmrep.json")]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        host = request.host.split(":")[0]
        self.log.append((host, request.path_qs, time.monotonic()))
        self.headers.append(dict(request.headers))
        reply = self.replies.get(host + request.path_qs, (404, {}, "not here"))
        if callable(reply):
            made = reply(request)
            return await made if not isinstance(made, web.StreamResponse) else made
        status, headers, body = reply if isinstance(reply, tuple) else (200, {}, reply)
        data = body.encode() if isinstance(body, str) else body
        return web.Response(status=status, headers={"Content-Type": "text/html; charset=utf-8"} | headers, body=data)


@contextlib.asynccontextmanager
async def serving(replies: dict[str, Reply]) -> AsyncIterator[Web]:
    site = Web(replies)
    runner = web.ServerRunner(web.Server(site.answer), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        site.port = runner.addresses[0][1]
        yield site
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def raw_serving(reply: bytes, *, hang: bool = False, reset: bool = False, at_once: bool = False) -> AsyncIterator[int]:
    """A server on 127.0.0.1 that sends exactly these bytes to whatever comes, then closes (or hangs, or resets).

    `at_once`: without waiting for a request.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not at_once:
                await reader.readuntil(b"\r\n\r\n")
            writer.write(reply)
            await writer.drain()
            if hang:
                await asyncio.sleep(5)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            if reset:
                writer.transport.abort()
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def quick(**changes: object) -> FetchSettings:
    """Settings without waiting."""
    values: dict[str, object] = {"delay_seconds": 0.0, "timeout_seconds": 2.0, "retries": 1, "contact": "ops@example.org"}
    return FetchSettings(**(values | changes))  # type: ignore[arg-type]


def local(name: str = "s", **changes: object) -> Source:
    """A source on names under .localhost."""
    return Source(name=name, **({"hosts": ("localhost", "127.0.0.1"), "allow_private": True} | changes))  # type: ignore[arg-type]


@dataclass
class Kit:
    """What tests of fetching share (test files cannot import one another)."""

    now = staticmethod(lambda: NOW)
    serving = staticmethod(serving)
    raw_serving = staticmethod(raw_serving)
    quick = staticmethod(quick)
    local = staticmethod(local)

    @staticmethod
    def client(settings: FetchSettings | None = None, site: Web | None = None, *sources: Source) -> HttpClient:
        return HttpClient(
            settings or quick(),
            sources=sources or (local(),),
            connect_to=site.connect_to if site else {},
            now=lambda: NOW,
        )


@pytest.fixture
def kit(monkeypatch: pytest.MonkeyPatch) -> Kit:
    # Backoff between retries is tested by itself; elsewhere it would only cost time.
    monkeypatch.setattr("sources.client.backoff_seconds", lambda attempt: 0.01)
    return Kit()
