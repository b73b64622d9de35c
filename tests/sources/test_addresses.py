"""The guard: nothing that a page, feed or name server says leads into a private network."""

import asyncio
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.addresses import GuardedResolver, PrivateAddressError, is_local_host, is_private, literal_address
from sources.records import Answer
from transforms.records import Reason

# Hosts that spell, or lead to, an address inside.
FORBIDDEN_HOSTS = [
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
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "168.63.129.16",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::127.0.0.1]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:53aa:64c::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[100::1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "anything.localhost",
    "127.0.0.1.",
    # Hosts that one parser of URLs may read as another than the next one does.
    "a.example\\@127.0.0.1",
    "a.example@127.0.0.1",
    "a.example:80@10.0.0.1:80",
    "127.0.0.1#@a.example",
    "127.0.0.1%00.a.example",
    "127\u30020\u30020\u30021",
    "\u2460\u2461\u2466.0.0.1",
    "\u24dbocalhost",
    "%31%32%37.0.0.1",
    "[::1%25lo]",
]


@pytest.mark.parametrize("host", FORBIDDEN_HOSTS)
@pytest.mark.parametrize("way", ["asked", "redirected"])
def test_no_spelling_of_an_inside_address_is_asked(kit: Any, monkeypatch: pytest.MonkeyPatch, host: str, way: str) -> None:
    """Names are resolved by the machine itself; only the guard stands between."""
    target = f"http://{host}/latest/meta-data/"
    first = target if way == "asked" else "http://public.localhost/go"

    async def ask() -> tuple[Answer, list[str]]:
        replies = {"public.localhost/go": (302, {"Location": target}, "")}
        source = kit.local(allow_private=False)
        async with kit.serving(replies) as site, kit.client(None, site, source) as http:
            http._guarded.connector._resolver._connect_to = {"public.localhost": ("127.0.0.1", site.port)}
            return await http.get(first, source="s"), site.asked

    answer, asked = asyncio.run(ask())
    assert answer.reason in (Reason.PRIVATE_ADDRESS, Reason.DNS_ERROR)
    assert asked == ([] if way == "asked" else ["public.localhost/go"])


@pytest.mark.parametrize(
    "answers",
    [
        ["10.0.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["::1"],
        ["2606:2800:220:1::1", "::ffff:192.168.0.1"],
        ["169.254.169.254"],
    ],
)
def test_a_name_that_resolves_to_an_inside_address_is_refused(
    kit: Any, monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 80)) for a in answers])

    async def ask() -> Answer:
        async with kit.client(None, None, kit.local(allow_private=False)) as http:
            answer: Answer = await http.get("http://rebound.example/x", source="s")
            return answer

    answer = asyncio.run(ask())
    assert answer.reason is Reason.PRIVATE_ADDRESS


def test_a_name_that_does_not_resolve_is_a_dns_error(kit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fails)

    async def ask() -> Answer:
        async with kit.client() as http:
            answer: Answer = await http.get("http://nowhere.example/x", source="s")
            return answer

    answer = asyncio.run(ask())
    assert (answer.reason, answer.detail) == (Reason.DNS_ERROR, "nowhere.example: Name or service not known")


def test_a_name_whose_answer_changes_is_judged_each_time_it_is_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["93.184.216.34", "127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [(socket.AF_INET, 1, 6, "", (next(answers), 80))])

    async def ask() -> list[str]:
        resolver = GuardedResolver(allow_private=False, connect_to={})
        first = [found["host"] for found in await resolver.resolve("rebound.example", 80)]
        with pytest.raises(PrivateAddressError, match=r"127\.0\.0\.1"):
            await resolver.resolve("rebound.example", 80)
        await resolver.close()
        return first

    assert asyncio.run(ask()) == ["93.184.216.34"]


def test_one_sources_refusal_is_not_another_sources(kit: Any) -> None:
    async def ask() -> list[Reason | None]:
        async with kit.raw_serving(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") as port:
            sources = (kit.local("strict", allow_private=False), kit.local("trusting"))
            async with kit.client(None, None, *sources) as http:
                url = f"http://x.localhost:{port}/1"
                return [(await http.get(url, source=name)).reason for name in ("strict", "trusting")]

    assert asyncio.run(ask()) == [Reason.PRIVATE_ADDRESS, Reason.NOT_FOUND]


def test_allow_private_holds_for_the_sources_own_hosts_only(kit: Any) -> None:
    async def ask() -> list[Reason | None]:
        replies = {
            "own.localhost/x": "<html>x</html>",
            "own.localhost/go": (302, {"Location": "http://169.254.169.254/latest"}, ""),
        }
        async with kit.serving(replies) as site:
            source = kit.local(hosts=("own.localhost",))
            async with kit.client(None, site, source) as http:
                paths = ("own.localhost/x", "own.localhost/go")
                return [(await http.get(f"http://{path}", source="s")).reason for path in paths]

    assert asyncio.run(ask()) == [None, Reason.PRIVATE_ADDRESS]


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "2002:808:808::1", "64:ff9b::808:808"]
)
def test_public_addresses_are_let_through(address: str) -> None:
    assert is_private(address) is False


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("news.example", None),
        ("1.2.3.4.5", None),
        ("0xnews", None),
        ("999.1.1.1", None),
        ("", None),
    ],
)
def test_literal_addresses_in_every_spelling(host: str, address: str | None) -> None:
    assert literal_address(host) == address


@pytest.mark.parametrize(
    ("host", "local"),
    [("a.localhost", True), ("localhost.", True), ("10.1.2.3", True), ("news.example", False), ("notlocalhost", False)],
)
def test_a_local_host_is_known_by_its_spelling(host: str, local: bool) -> None:
    assert is_local_host(host) is local


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="fc00::/7") | st.ip_addresses(network="127.0.0.0/8"))
def test_every_private_address_is_private_in_any_clothing(address: Any) -> None:
    clothes = [str(address)]
    if address.version == 4:
        clothes += [f"::ffff:{address}", f"64:ff9b::{address}"]
    assert [is_private(text) for text in clothes] == [True] * len(clothes)
