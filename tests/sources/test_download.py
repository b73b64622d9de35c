"""Large files: whole or not at all, taken up where they broke off, and from nowhere inside."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sources import download as module
from sources.config import FetchSettings
from sources.download import DownloadError, download
from transforms.errors import ConfigError
from transforms.records import Reason

DATA = bytes(range(256)) * 4000
Answer = Callable[[web.BaseRequest], Any]


@contextmanager
def serving(answer: Answer) -> Iterator[tuple[str, list[str | None]]]:
    """A server in a thread; gives its root and the Range headers that it got."""
    loop, ranges, ready = asyncio.new_event_loop(), list[str | None](), threading.Event()
    port: list[int] = []
    runner: list[web.ServerRunner] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        ranges.append(request.headers.get("Range"))
        made: web.StreamResponse = await answer(request)
        return made

    async def start() -> None:
        runner.append(web.ServerRunner(web.Server(handle), shutdown_timeout=0.1))
        await runner[0].setup()
        await web.TCPSite(runner[0], "127.0.0.1", 0).start()
        port.append(runner[0].addresses[0][1])
        ready.set()

    thread = threading.Thread(target=lambda: (loop.run_until_complete(start()), loop.run_forever()))
    thread.start()
    ready.wait(30)
    try:
        yield f"http://127.0.0.1:{port[0]}/", ranges
    finally:
        asyncio.run_coroutine_threadsafe(runner[0].cleanup(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "backoff_seconds", lambda attempt: 0.01)


def test_a_transfer_that_breaks_off_is_taken_up_where_it_was(tmp_path: Path) -> None:
    async def breaks(request: web.BaseRequest) -> web.StreamResponse:
        start = int((request.headers.get("Range") or "bytes=0-")[6:-1])
        response = web.StreamResponse(status=206 if start else 200, headers={"Content-Length": str(len(DATA) - start)})
        await response.prepare(request)
        await response.write(DATA[start : start + len(DATA) // 2])
        if start < len(DATA) // 2 and request.transport is not None:
            request.transport.close()
        return response

    seen: list[int] = []
    with serving(breaks) as (root, ranges):
        download(root + "a/b.warc.gz", tmp_path / "a" / "b.warc.gz", FetchSettings(), seen.append)
    assert (tmp_path / "a" / "b.warc.gz").read_bytes() == DATA
    assert (ranges[0], ranges[1:] != [], sum(seen)) == (None, True, len(DATA))
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.warc.gz"]


def test_a_server_that_knows_no_ranges_sends_all_again(tmp_path: Path) -> None:
    async def whole(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=DATA)

    (tmp_path / "x.part").write_bytes(b"earlier")
    with serving(whole) as (root, ranges):
        download(root, tmp_path / "x", FetchSettings())
    assert ((tmp_path / "x").read_bytes(), ranges) == (DATA, ["bytes=7-"])


@pytest.mark.parametrize(
    ("status", "headers", "reason", "requests"),
    [
        (404, {}, Reason.NOT_FOUND, 1),
        (403, {}, Reason.HTTP_CLIENT_ERROR, 1),
        (500, {}, Reason.HTTP_SERVER_ERROR, 4),
        (302, {"Location": "/again"}, Reason.TOO_MANY_REDIRECTS, 6),
        (302, {"Location": "ftp://x/"}, Reason.BAD_REDIRECT, 1),
    ],
)
def test_what_cannot_be_had_is_a_reason(
    status: int, headers: dict[str, str], reason: Reason, requests: int, tmp_path: Path
) -> None:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, headers=headers)

    with serving(answer) as (root, ranges), pytest.raises(DownloadError) as caught:
        download(root, tmp_path / "x", FetchSettings())
    assert (caught.value.reason, list(tmp_path.glob("x"))) == (reason, [])
    assert len(ranges) >= requests


def test_a_far_host_needs_a_contact(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="contact"):
        download("https://data.example/x", tmp_path / "x", FetchSettings())


def test_a_public_host_that_points_inside_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: [(2, 1, 6, "", ("10.0.0.7", 80))])
    with pytest.raises(DownloadError) as caught:
        download("http://data.example/x", tmp_path / "x", FetchSettings(contact="mailto:a@b.example"))
    assert caught.value.reason is Reason.PRIVATE_ADDRESS


def test_a_file_beyond_the_limit_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def whole(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=DATA)

    monkeypatch.setattr(module, "LARGEST_FILE_BYTES", 1000)
    with serving(whole) as (root, _), pytest.raises(DownloadError, match="too_large"):
        download(root, tmp_path / "x", FetchSettings())
