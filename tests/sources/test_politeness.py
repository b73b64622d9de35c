"""How often a host is asked, and when it is left alone."""

import asyncio
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from sources.politeness import retry_after_seconds
from sources.records import Answer
from transforms.records import Reason

PAGE = "<html><body>x</body></html>"


def get_all(kit: Any, replies: dict[str, Any], paths: list[str], settings: Any = None, *sources: Any) -> tuple[list[Answer], Any]:
    async def ask() -> tuple[list[Answer], Any]:
        async with kit.serving(replies) as site, kit.client(settings, site, *sources) as http:
            asked = [http.get(f"http://{path}", source=sources[0].name if sources else "s") for path in paths]
            return list(await asyncio.gather(*asked)), site

    return asyncio.run(ask())


def gaps(site: Any, host: str) -> list[float]:
    times = [at for name, _, at in site.log if name == host]
    return [later - earlier for earlier, later in pairwise(times)]


def test_no_host_is_asked_sooner_than_its_gap_and_hosts_do_not_wait_for_each_other(kit: Any) -> None:
    replies = {f"{host}.localhost/{n}": PAGE for host in "abcdefgh" for n in range(3)}
    answers, site = get_all(kit, replies, list(replies), kit.quick(delay_seconds=0.2))
    assert [answer.reason for answer in answers] == [None] * 24
    assert min(gap for host in "abcdefgh" for gap in gaps(site, f"{host}.localhost")) >= 0.2
    # One after another the 32 requests would take 6.4 s.
    assert site.log[-1][2] - site.log[0][2] < 2.5


def test_a_crawl_delay_widens_the_gap(kit: Any) -> None:
    replies = {"a.localhost/robots.txt": "User-agent: *\nCrawl-delay: 0.3", "a.localhost/1": PAGE, "a.localhost/2": PAGE}
    _, site = get_all(kit, replies, ["a.localhost/1", "a.localhost/2"])
    assert min(gaps(site, "a.localhost")) >= 0.3


def test_one_connection_a_host_by_default(kit: Any) -> None:
    open_now, most = 0, 0

    async def slow(request: web.Request) -> web.Response:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.05)
        open_now -= 1
        return web.Response(text=PAGE, content_type="text/html")

    replies = {f"a.localhost/{n}": slow for n in range(4)}
    get_all(kit, replies, list(replies))
    assert most == 1
    get_all(kit, replies, list(replies), kit.quick(connections_per_host=2))
    assert most == 2


def test_retry_after_is_waited_for_and_the_page_then_had(kit: Any) -> None:
    calls: list[int] = []

    def busy_once(request: web.Request) -> web.Response:
        calls.append(1)
        if len(calls) == 1:
            return web.Response(status=429, headers={"Retry-After": "1"})
        return web.Response(text=PAGE, content_type="text/html")

    answers, site = get_all(kit, {"a.localhost/x": busy_once}, ["a.localhost/x"])
    assert (answers[0].reason, gaps(site, "a.localhost")[-1] >= 1.0) == (None, True)


@pytest.mark.parametrize(("status", "asked"), [(503, 1), (429, 2)])
def test_a_host_that_asks_for_longer_than_tonight_is_left_alone(kit: Any, status: int, asked: int) -> None:
    """A 429 may mean one resource only, so a second one has to say it too."""
    replies: dict[str, Any] = {f"a.localhost/{n}": (status, {"Retry-After": "86400"}, "") for n in range(5)}
    answers, site = get_all(kit, replies, list(replies))
    assert [answer.reason for answer in answers] == [Reason.TOO_MANY_REQUESTS] * 5
    assert len(site.asked) == asked
    assert "Retry-After 86400 s" in str(answers[0].detail)


def test_a_host_that_is_down_is_given_up(kit: Any) -> None:
    replies: dict[str, Any] = {f"a.localhost/{n}": (500, {}, "") for n in range(30)}
    answers, site = get_all(kit, replies, list(replies), kit.quick(retries=0))
    assert {answer.reason for answer in answers} == {Reason.HTTP_SERVER_ERROR}
    assert len(site.asked) == 8


def test_a_host_that_challenges_every_page_is_left_alone(kit: Any) -> None:
    replies: dict[str, Any] = {f"a.localhost/{n}": (403, {"cf-mitigated": "challenge"}, "") for n in range(30)}
    answers, site = get_all(kit, replies, list(replies))
    assert {answer.reason for answer in answers} == {Reason.BOT_CHALLENGE}
    assert len(site.asked) == 8


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Mon, 02 Mar 2026 06:01:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 05:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("9" * 400, 999999999.0),
        ("Wed, 21 Oct 2015 07:28:00 +9999999999999", None),
        ("Wed, 21 Oct 99999999999999999999 07:28:00 GMT", None),
    ],
)
def test_retry_after_in_seconds_and_as_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, datetime(2026, 3, 2, 6, 0, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("robots", "reason", "asked"),
    [
        ("User-agent: *\nDisallow: /x", Reason.ROBOTS_DISALLOWED, 0),
        ("User-agent: nightdesk\nDisallow: /\n\nUser-agent: *\nDisallow:", Reason.ROBOTS_DISALLOWED, 0),
        ("User-agent: *\nDisallow: /\n\nUser-agent: nightdesk\nAllow: /", None, 1),
        ("User-agent: *\nDisallow: /\nAllow: /x$", None, 1),
        ("\ufeffUser-agent: *\nDisallow: /x", Reason.ROBOTS_DISALLOWED, 0),
        ("<html>not robots</html>", None, 1),
        ("User-agent: *\nCrawl-delay: 90000", Reason.ROBOTS_DISALLOWED, 0),
        ((404, {}, ""), None, 1),
        ((403, {}, ""), None, 1),
        ((429, {}, ""), Reason.ROBOTS_UNAVAILABLE, 0),
        ((500, {}, ""), Reason.ROBOTS_UNAVAILABLE, 0),
        ((301, {"Location": "/r"}, ""), Reason.ROBOTS_DISALLOWED, 0),
        ((301, {"Location": "/robots.txt"}, ""), None, 1),
        ("#" + "x" * 600_000 + "\nUser-agent: *\nDisallow: /x", None, 1),
        ("User-agent: *\nDisallow: /x\n#" + "x" * 600_000, Reason.ROBOTS_DISALLOWED, 0),
    ],
)
def test_robots_txt_is_obeyed_as_the_standard_has_it(kit: Any, robots: Any, reason: Reason | None, asked: int) -> None:
    replies = {
        "a.localhost/robots.txt": robots,
        "a.localhost/r": "User-agent: *\nDisallow: /x",
        "a.localhost/x": PAGE,
    }
    answers, site = get_all(kit, replies, ["a.localhost/x", "a.localhost/x"])
    assert [answer.reason for answer in answers] == [reason] * 2
    assert site.asked.count("a.localhost/x") == 2 * asked


def test_robots_txt_is_asked_for_once_a_host(kit: Any) -> None:
    replies = {f"a.localhost/{n}": PAGE for n in range(5)}
    _, site = get_all(kit, replies, list(replies))
    assert [path for _, path, _ in site.log].count("/robots.txt") == 1
