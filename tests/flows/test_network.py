"""One way out for all batches of a night: none waits for another."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web

from flows import progress
from flows.network import Network
from flows.rundir import utc_now
from sources.client import HttpClient
from sources.config import FetchSettings, Source
from sources.fetch import fetch_pages
from sources.records import Fetched, FetchRequest
from sources.warc import WarcWriter
from transforms.records import Candidate


@contextmanager
def serving(second_is_asked: threading.Event) -> Iterator[int]:
    """A web whose host "first" answers only when "second" has been asked."""
    loop, ports = asyncio.new_event_loop(), list[int]()
    ready, runner = threading.Event(), list[web.ServerRunner]()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        if request.host.startswith("second"):
            second_is_asked.set()
        else:
            await asyncio.get_running_loop().run_in_executor(None, second_is_asked.wait, 60)
        return web.Response(text=f"<html>{request.host}</html>", content_type="text/html")

    async def start() -> None:
        runner.append(web.ServerRunner(web.Server(answer), shutdown_timeout=0.1))
        await runner[0].setup()
        await web.TCPSite(runner[0], "127.0.0.1", 0).start()
        ports.append(runner[0].addresses[0][1])
        ready.set()

    thread = threading.Thread(target=lambda: (loop.run_until_complete(start()), loop.run_forever()))
    thread.start()
    ready.wait(30)
    try:
        yield ports[0]
    finally:
        asyncio.run_coroutine_threadsafe(runner[0].cleanup(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def test_a_batch_that_waits_holds_up_no_other(tmp_path: Path) -> None:
    source = Source("s", hosts=("localhost",), allow_private=True)
    with serving(threading.Event()) as port, Network() as network, ThreadPoolExecutor(2) as batches:

        def client() -> HttpClient:
            settings = FetchSettings(delay_seconds=0.0, tdm_reservations=False)
            return HttpClient(settings, sources=[source], connect_to={"*.localhost": ("127.0.0.1", port)})

        def fetch(name: str) -> list[Fetched]:
            requests = [FetchRequest(Candidate(f"http://{name}.localhost/1", "s", "list", utc_now()))]
            with WarcWriter(tmp_path / f"{name}.warc.gz") as archive:
                return network.run(
                    client, lambda http: fetch_pages(requests, http=http, archive=archive, next_page_url=lambda _: None)
                )

        done = list(batches.map(fetch, ["first", "second"]))
    assert [[item.reason for item in items] for items in done] == [[None], [None]]


def test_what_goes_wrong_reaches_the_caller_and_the_network_goes_on() -> None:
    async def fails(_: HttpClient) -> None:
        raise ZeroDivisionError("by none")

    async def works(http: HttpClient) -> str:
        return http.settings.user_agent

    def client() -> HttpClient:
        return HttpClient(FetchSettings(user_agent="test/1"))

    with Network() as network:
        with pytest.raises(ZeroDivisionError, match="by none"):
            network.run(client, fails)
        assert network.run(client, works) == "test/1"
    assert not any(thread.name == "network" for thread in threading.enumerate())
    with network:  # after its end it starts anew
        assert network.run(client, works) == "test/1"


def test_batches_share_one_line_of_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown(), progress.joint_stage("fetch", 3) as first:
        with progress.joint_stage("fetch", 4) as second:
            first.advance(2)
            second.advance(4)
        first.advance()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("fetch: 7 of 7 (")


def test_work_that_asks_to_end_the_process_ends_for_its_caller_alone() -> None:
    async def leave(http: HttpClient) -> None:
        raise SystemExit(1)

    async def stay(http: HttpClient) -> int:
        return 2

    with Network() as network:
        with pytest.raises(SystemExit):
            network.run(lambda: HttpClient(FetchSettings()), leave)
        assert network.run(lambda: HttpClient(FetchSettings()), stay) == 2
