"""Nothing that a page, a feed, a redirect or a name server says leads a request inside.

Every attempt is a real one: the guard alone stands before the socket, and what is connected to is written down.
"""

import asyncio
import itertools
import socket
from collections.abc import Iterator
from typing import Any

import aiohttp.connector
import pytest

from sources import addresses
from sources.records import Answer
from transforms.records import Reason

# Hosts that spell an inside address, or lead to one.
HOSTS = [
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7F.0x0.0x0.0x1",
    "0177.0.0.1",
    "017700000001",
    "0000177.0.0.01",
    "0",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.1",
    "0xc0a80001",
    "3232235521",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "168.63.129.16",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:53aa:64c::1]",
    "[2606:4700::5efe:7f00:1]",
    "[2606:4700::200:5efe:10.0.0.1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[::1%25lo]",
    "[::1%lo]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[100::1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "anything.localhost",
    "any.thing.localhost.",
    "127.0.0.1.",
    "2130706433.",
    # Hosts that one parser of URLs may read as another than the next one does.
    "public.example\\@127.0.0.1",
    "public.example@127.0.0.1",
    "public.example:80@10.0.0.1:80",
    "public.example%40127.0.0.1",
    "127.0.0.1#@public.example",
    "127.0.0.1%00.public.example",
    "127\u30020\u30020\u30021",
    "\u2460\u2461\u2466.0.0.1",
    "\u24dbocalhost",
    "%31%32%37.0.0.1",
]

# What a name server may answer of one name: single, among public ones, in disguise.
DNS_ANSWERS = [
    ["10.0.0.1"],
    ["127.0.0.1"],
    ["93.184.216.34", "127.0.0.1"],
    ["127.0.0.1", "93.184.216.34"],
    ["::1"],
    ["2606:2800:220:1::1", "::ffff:192.168.0.1"],
    ["2606:2800:220:1::1", "fe80::1%1"],
    ["64:ff9b::a9fe:a9fe"],
    ["2002:7f00:1::1"],
    ["169.254.169.254"],
    ["0.0.0.0"],
]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The (address, port) of every connection that is made, in order."""
    made: list[tuple[str, int]] = []
    start = aiohttp.connector.aiohappyeyeballs.start_connection

    async def noting(addr_infos: Any, **options: Any) -> Any:
        made.extend((info[4][0], info[4][1]) for info in addr_infos)
        return await start(addr_infos, **options)

    monkeypatch.setattr(aiohttp.connector.aiohappyeyeballs, "start_connection", noting)
    return made


def attempts() -> Iterator[Any]:
    for host, way in itertools.product(HOSTS, ("asked", "redirected", "refreshed", "redirected-twice")):
        yield pytest.param(host, way, [], id=f"{way}-{host.encode('unicode_escape').decode()}")
    for answers, way in itertools.product(DNS_ANSWERS, ("asked", "redirected", "refreshed")):
        yield pytest.param("inner.example", way, answers, id=f"{way}-dns-{'-'.join(answers)}")


@pytest.mark.parametrize(("host", "way", "answers"), list(attempts()))
def test_no_request_leaves_for_the_inside(
    kit: Any, monkeypatch: pytest.MonkeyPatch, connected: list[tuple[str, int]], host: str, way: str, answers: list[str]
) -> None:
    if answers:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in answers]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
    target = f"http://{host}/latest/meta-data/"
    refresh = f'<html><head><meta http-equiv="refresh" content="0; url={target}"></head><body>Go on</body></html>'

    async def ask() -> tuple[Answer, int, list[str]]:
        replies = {
            "public.example/redirected": (302, {"Location": target}, ""),
            "public.example/refreshed": refresh,
            "public.example/redirected-twice": (301, {"Location": "http://public.example/redirected"}, ""),
        }
        async with kit.serving(replies) as site, kit.client(None, site, kit.local(allow_private=False)) as http:
            # The only host that there is a way to: what the operator says is not judged.
            http._guarded.connector._resolver._connect_to = {"public.example": ("127.0.0.1", site.port)}
            answer = await http.get(target if way == "asked" else f"http://public.example/{way}", source="s")
            return answer, site.port, site.asked

    answer, port, asked = asyncio.run(ask())
    assert answer.reason in (Reason.PRIVATE_ADDRESS, Reason.DNS_ERROR)
    assert (answer.body, answer.status) == (b"", None)
    assert set(connected) <= {("127.0.0.1", port)}
    assert not any("meta-data" in path for path in asked)


def test_a_name_that_moves_inside_between_two_looks_is_refused_at_the_second(
    kit: Any, monkeypatch: pytest.MonkeyPatch, connected: list[tuple[str, int]]
) -> None:
    """127.0.0.9 stands for a public address here, so that the first look can be answered by a real server."""
    look_ups: list[str] = []
    special = addresses._is_special

    def answers(host: str, *_: object) -> list[Any]:
        look_ups.append(host)
        moved = "127.0.0.9" if len(look_ups) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (moved, port))]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async def ask() -> list[Answer]:
        nonlocal port
        server = await asyncio.start_server(serve, "127.0.0.9", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, kit.client(None, None, kit.local(allow_private=False)) as http:
            first = await http.get(f"http://rebound.example:{port}/1", source="s")
            known = await http.get(f"http://rebound.example:{port}/2", source="s")  # from the cache of checked addresses
            http._guarded.connector.clear_dns_cache()
            return [first, known, await http.get(f"http://rebound.example:{port}/3", source="s")]

    port = 0
    monkeypatch.setattr(socket, "getaddrinfo", answers)
    monkeypatch.setattr(addresses, "_is_special", lambda found: str(found) != "127.0.0.9" and special(found))
    reasons = [answer.reason for answer in asyncio.run(ask())]
    assert reasons == [Reason.NOT_FOUND, Reason.NOT_FOUND, Reason.PRIVATE_ADDRESS]
    assert look_ups == ["rebound.example", "rebound.example"]
    assert set(connected) == {("127.0.0.9", port)}
