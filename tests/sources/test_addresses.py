"""The guard: nothing that a page, feed or name server says leads into a private network."""

import asyncio
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.addresses import is_local_host, is_private, literal_address
from sources.config import Source
from sources.records import Answer
from transforms.records import Reason


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


def test_metadata_is_refused_to_a_source_that_allows_private_addresses_too(kit: Any) -> None:
    async def ask() -> list[tuple[Reason | None, str | None]]:
        async with kit.client(None, None, Source("s", lists=("/urls.txt",), allow_private=True)) as http:
            answers = [
                await http.get(f"http://{host}/", source="s") for host in ("169.254.169.254", "[fd00:ec2::254]", "0xa9fea9fe")
            ]
            return [(answer.reason, answer.detail) for answer in answers]

    detail = "{} is {}, which is a cloud's metadata address"
    assert asyncio.run(ask()) == [
        (Reason.PRIVATE_ADDRESS, detail.format("169.254.169.254", "169.254.169.254")),
        (Reason.PRIVATE_ADDRESS, detail.format("fd00:ec2::254", "fd00:ec2::254")),
        (Reason.PRIVATE_ADDRESS, detail.format("0xa9fea9fe", "169.254.169.254")),
    ]


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.216.34",
        "1.1.1.1",
        "2606:4700:4700::1111",
        "2002:808:808::1",
        "64:ff9b::808:808",
        "2606:4700::5efe:808:808",
        "2606:4700::7f00:1",
    ],
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
        clothes += [f"::ffff:{address}", f"64:ff9b::{address}", f"2606:4700::5efe:{address}", f"::ffff:0:{address}"]
    assert [is_private(text) for text in clothes] == [True] * len(clothes)
