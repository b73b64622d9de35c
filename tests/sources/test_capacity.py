"""What may be under way at once: many silent hosts, few large bodies."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from sources.capacity import LARGE_BODY_BYTES, LargeBodies, open_limit
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
