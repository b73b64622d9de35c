"""What may be under way at once: many silent hosts, few large bodies."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from sources.capacity import LARGE_BODY_BYTES, LargeBodies, Wire, open_limit
from sources.fetch import fetch_pages
from sources.records import Fetched, FetchRequest
from sources.warc import WarcWriter
from transforms.records import Candidate


@pytest.mark.parametrize(("soft", "hard", "expected"), [(64, 100, "1 100"), (300, 656, "100 656"), (1024, 8192, "1000 4256")])
def test_the_limit_on_open_files_is_raised_as_far_as_it_goes(soft: int, hard: int, expected: str) -> None:
    code = (
        "import resource\nfrom sources.capacity import open_limit\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))\n"
        "print(open_limit(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected


def test_a_smaller_bound_is_kept() -> None:
    assert open_limit(4) == 4


def test_on_the_wire_the_lowest_rank_goes_first_and_the_first_come_among_equals() -> None:
    async def ask() -> list[str]:
        wire, order = Wire(1), list[str]()

        async def request(rank: int, name: str) -> None:
            async with wire.place(rank):
                order.append(name)
                await asyncio.sleep(0)

        names = [(2, "late"), (2, "later"), (1, "early"), (1, "given up"), (1, "earlier than late"), (0, "robots.txt")]
        tasks = [asyncio.create_task(request(rank, name)) for rank, name in names]
        await asyncio.sleep(0)
        tasks[3].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return order

    assert asyncio.run(ask()) == ["late", "robots.txt", "early", "earlier than late", "later"]


@pytest.mark.parametrize(("cpu_wanted", "window"), [(time.monotonic, 16), (lambda: 0.0, 200)], ids=["busy", "idle"])
def test_as_much_is_on_the_wire_as_the_processor_keeps_up_with(
    cpu_wanted: Callable[[], float], window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.capacity._LOOK_SECONDS", 0.002)

    async def ask() -> tuple[int, int]:
        wire, on_wire = Wire(200, cpu_wanted), set[int]()
        may_end = [asyncio.Event() for _ in range(400)]

        async def request(number: int) -> None:
            async with wire.place(0):
                on_wire.add(number)
                await may_end[number].wait()
                on_wire.remove(number)

        tasks = [asyncio.create_task(request(number)) for number in range(400)]
        await asyncio.sleep(0)
        at_first = len(on_wire)
        looks = 0
        while len(on_wire) != window and looks < 2_000:  # idle: more are let in; busy: fewer as these end
            await asyncio.sleep(0.002)
            looks += 1
            if len(on_wire) > window:
                may_end[min(on_wire)].set()
        held = len(on_wire)
        for event in may_end:
            event.set()
        await asyncio.gather(*tasks)
        return at_first, held

    assert asyncio.run(ask()) == (64, window)


async def _cancelled_as_its_turn_comes() -> int:
    """How many places are left of one, after a request was cancelled in the moment in which its turn came."""
    wire = Wire(1)

    async def request() -> None:
        async with wire.place(0):
            await asyncio.sleep(0)

    first, second = asyncio.create_task(request()), asyncio.create_task(request())
    await first
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    async with asyncio.timeout(5), wire.place(0):
        return 1


def test_a_place_is_not_lost_to_a_request_that_is_cancelled_as_its_turn_comes() -> None:
    assert asyncio.run(_cancelled_as_its_turn_comes()) == 1


def test_only_so_many_bodies_grow_large_at_a_time() -> None:
    async def ask() -> list[str]:
        bodies = LargeBodies(most=1)
        order: list[str] = []

        async def read(name: str, size: int, *, waits: asyncio.Event | None = None) -> None:
            async with bodies.reader() as reader:
                await reader.grown(size)
                order.append(name)
                if waits is not None:
                    await waits.wait()

        first_may_end = asyncio.Event()
        first = asyncio.create_task(read("large 1", LARGE_BODY_BYTES + 1, waits=first_may_end))
        await asyncio.sleep(0)
        second = asyncio.create_task(read("large 2", LARGE_BODY_BYTES + 1))
        await read("small", LARGE_BODY_BYTES)
        order.append("first ends")
        first_may_end.set()
        await asyncio.gather(first, second)
        return order

    assert asyncio.run(ask()) == ["large 1", "small", "first ends", "large 2"]


def test_hosts_that_are_silent_hold_up_nobody(kit: Any, tmp_path: Any) -> None:
    """150 hosts answer only when all the 350 others have been asked: they would wait for ever if those waited for them."""
    talkative = [f"http://h{number}.localhost/1" for number in range(350)]
    silent = [f"http://s{number}.localhost/1" for number in range(150)]

    async def ask() -> list[Fetched]:
        asked = 0
        all_asked = asyncio.Event()

        async def talks(_: Any) -> Any:
            from aiohttp import web

            nonlocal asked
            asked += 1
            if asked == len(talkative):
                all_asked.set()
            return web.Response(text="<html>1</html>", content_type="text/html")

        async def waits(_: Any) -> Any:
            from aiohttp import web

            await all_asked.wait()
            return web.Response(text="<html>2</html>", content_type="text/html")

        replies = {url[7:]: talks for url in talkative} | {url[7:]: waits for url in silent}
        # In the order in which a night would find them: the silent ones first.
        requests = [FetchRequest(Candidate(url, "s", "list", kit.now())) for url in [*silent, *talkative]]
        settings = kit.quick(timeout_seconds=60.0)
        async with kit.serving(replies) as site, kit.client(settings, site) as http:
            with WarcWriter(tmp_path / "1.warc.gz") as archive:
                return await fetch_pages(requests, http=http, archive=archive, next_page_url=lambda _: None)

    assert [item.reason for item in asyncio.run(ask())] == [None] * 500
