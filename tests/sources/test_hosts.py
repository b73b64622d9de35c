"""What is learnt of a host is known to the whole night, and to nobody else."""

import asyncio
import pickle
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest

from sources.hosts import Hosts
from sources.records import Answer
from sources.robots import Robots
from transforms.records import Reason

PAGE = "<html><body>x</body></html>"
KEY = ("http://a.localhost", False)
FILES = ["/robots.txt", "/.well-known/tdmrep.json"]


def ask(kit: Any, site: Any, hosts: Hosts, *paths: str, **settings: Any) -> list[Answer]:
    """GET some URLs by a client and an event loop of their own."""

    async def get() -> list[Answer]:
        from sources.client import HttpClient

        client = HttpClient(kit.quick(**settings), sources=[kit.local()], connect_to=site.connect_to, hosts=hosts, now=kit.now)
        async with client as http:
            return [await http.get(f"http://{path}", source="s") for path in paths]

    return asyncio.run(get())


def in_turn(kit: Any, replies: dict[str, Any], *rounds: list[str], **settings: Any) -> tuple[list[Reason | None], Any]:
    """One client after the other, with one memory."""

    async def run() -> tuple[list[Reason | None], Any]:
        hosts = Hosts()
        async with kit.serving(replies) as site:
            answers = [await asyncio.to_thread(ask, kit, site, hosts, *paths, **settings) for paths in rounds]
        return [answer.reason for some in answers for answer in some], site

    return asyncio.run(run())


def test_a_files_answer_serves_all_clients_of_a_night(kit: Any) -> None:
    replies = {"a.localhost/robots.txt": "User-agent: *\nDisallow: /no", "a.localhost/1": PAGE, "a.localhost/2": PAGE}
    reasons, site = in_turn(kit, replies, ["a.localhost/1", "a.localhost/no"], ["a.localhost/2", "a.localhost/no"])
    assert reasons == [None, Reason.ROBOTS_DISALLOWED] * 2
    assert [path for _, path, _ in site.log] == [*FILES, "/1", "/2"]


def test_the_gap_holds_from_one_client_to_the_next(kit: Any) -> None:
    replies = {f"a.localhost/{n}": PAGE for n in range(3)}
    _, site = in_turn(kit, replies, ["a.localhost/0"], ["a.localhost/1"], ["a.localhost/2"], delay_seconds=0.15)
    assert min(later[2] - earlier[2] for earlier, later in pairwise(site.log)) >= 0.15


def test_a_host_that_was_given_up_stays_so_for_the_night(kit: Any) -> None:
    replies: dict[str, Any] = {"a.localhost/0": (503, {"Retry-After": "86400"}, ""), "a.localhost/1": PAGE}
    reasons, site = in_turn(kit, replies, ["a.localhost/0"], ["a.localhost/1"])
    assert (reasons, site.asked) == ([Reason.TOO_MANY_REQUESTS] * 2, ["a.localhost/0"])


def test_batches_in_several_threads_keep_one_gap(kit: Any) -> None:
    async def run() -> list[float]:
        hosts, loop = Hosts(), asyncio.get_running_loop()
        async with kit.serving({f"a.localhost/{n}": PAGE for n in range(6)}) as site:
            with ThreadPoolExecutor(3) as pool:

                def batch(first: int) -> list[Answer]:
                    paths = (f"a.localhost/{first}", f"a.localhost/{first + 1}")
                    return ask(kit, site, hosts, *paths, delay_seconds=0.1)

                await asyncio.gather(*(loop.run_in_executor(pool, batch, first) for first in (0, 2, 4)))
            return [later[2] - earlier[2] for earlier, later in pairwise(site.log)]

    assert min(asyncio.run(run())) >= 0.1


@pytest.mark.parametrize(
    ("robots", "fresh_seconds"),
    [
        (Robots("nightdesk"), 24 * 3600),
        (Robots("nightdesk", refusal=(Reason.ROBOTS_DISALLOWED, "")), 24 * 3600),
        (Robots("nightdesk", refusal=(Reason.ROBOTS_UNAVAILABLE, "")), 600),
    ],
)
def test_robots_txt_is_fresh_for_a_day_and_its_absence_for_minutes(robots: Robots, fresh_seconds: int) -> None:
    now = [1000.0]
    hosts = Hosts(lambda: now[0])
    assert hosts.robots(KEY) is None
    hosts.keep_robots(KEY, robots)
    now[0] += fresh_seconds - 1
    assert (hosts.robots(KEY), hosts.robots(("http://a.localhost", True))) == (robots, None)
    now[0] += 2
    assert hosts.robots(KEY) is None


def test_another_process_begins_with_an_empty_memory() -> None:
    hosts = Hosts()
    hosts.keep_robots(KEY, Robots("nightdesk"))
    assert pickle.loads(pickle.dumps(hosts)).robots(KEY) is None
