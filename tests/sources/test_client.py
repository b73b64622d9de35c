"""One URL at a time: what every kind of answer ends as."""

import asyncio
import contextlib
import gzip
import zlib
from pathlib import Path
from typing import Any

import brotli
import pytest

from sources.config import Source
from sources.inflate import zstd
from sources.records import Answer
from sources.warc import WarcWriter, read_page
from sources.web import without_secrets
from transforms.errors import ConfigError
from transforms.records import Candidate, Reason

PAGE = "<html><body><p>Kopi</p></body></html>"


def get(kit: Any, replies: dict[str, Any], url: str, **options: Any) -> tuple[Answer, Any]:
    """GET one URL of a small web; the answer and the web with its log."""
    settings = options.pop("settings", None)
    sources = options.pop("sources", ())

    async def ask() -> tuple[Answer, Any]:
        async with kit.serving(replies) as site, kit.client(settings, site, *sources) as http:
            return await http.get(url, source="s", **options), site

    return asyncio.run(ask())


def ending(answer: Answer) -> tuple[Reason | None, int | None, bytes]:
    return answer.reason, answer.status, answer.body


def test_a_page_comes_back_whole_with_its_headers(kit: Any) -> None:
    answer, site = get(kit, {"a.localhost/x?id=1&b=%2F": PAGE}, "http://a.localhost/x?id=1&b=%2F#top")
    assert ending(answer) == (None, 200, PAGE.encode())
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert (answer.url, answer.final_url) == ("http://a.localhost/x?id=1&b=%2F#top", "http://a.localhost/x?id=1&b=%2F")
    assert site.asked == ["a.localhost/x?id=1&b=%2F"]


def test_the_user_agent_says_who_asks_and_where_to_complain(kit: Any) -> None:
    _, site = get(kit, {"a.localhost/x": PAGE}, "http://a.localhost/x", settings=kit.quick(user_agent="nightdesk/9"))
    assert {headers["User-Agent"] for headers in site.headers} == {"nightdesk/9 (+ops@example.org)"}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, Reason.HTTP_CLIENT_ERROR),
        (403, Reason.HTTP_CLIENT_ERROR),
        (404, Reason.NOT_FOUND),
        (410, Reason.GONE),
        (429, Reason.TOO_MANY_REQUESTS),
        (451, Reason.HTTP_CLIENT_ERROR),
        (500, Reason.HTTP_SERVER_ERROR),
        (501, Reason.HTTP_SERVER_ERROR),
        (503, Reason.HTTP_SERVER_ERROR),
        (304, Reason.NOT_MODIFIED),
        (300, Reason.BAD_REDIRECT),
        (302, Reason.BAD_REDIRECT),
    ],
)
def test_each_status_has_its_reason(kit: Any, status: int, reason: Reason) -> None:
    answer, _ = get(kit, {"a.localhost/x": (status, {}, "")}, "http://a.localhost/x")
    assert ending(answer) == (reason, status, b"")


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (403, {"CF-Mitigated": "challenge"}, Reason.BOT_CHALLENGE),
        (200, {"cf-mitigated": "challenge"}, Reason.BOT_CHALLENGE),
        (202, {"x-amzn-waf-action": "challenge"}, Reason.BOT_CHALLENGE),
        (405, {"x-amzn-waf-action": "captcha"}, Reason.BOT_CHALLENGE),
        (403, {"X-DataDome": "protected"}, Reason.BOT_CHALLENGE),
        (200, {"X-DataDome": "protected"}, None),
        (200, {"cf-mitigated": "none"}, None),
        (403, {}, Reason.HTTP_CLIENT_ERROR),
    ],
)
def test_a_challenge_is_told_by_its_headers(kit: Any, status: int, headers: dict[str, str], reason: Reason | None) -> None:
    answer, site = get(kit, {"a.localhost/x": (status, headers, PAGE)}, "http://a.localhost/x")
    assert ending(answer) == (reason, status, PAGE.encode() if reason is None else b"")
    assert site.asked == ["a.localhost/x"]


@pytest.mark.parametrize(("status", "requests"), [(500, 3), (503, 3), (501, 1), (404, 1), (403, 1)])
def test_only_what_may_pass_is_tried_again(kit: Any, status: int, requests: int) -> None:
    _, site = get(kit, {"a.localhost/x": (status, {}, "")}, "http://a.localhost/x", settings=kit.quick(retries=2))
    assert site.asked == ["a.localhost/x"] * requests


def test_a_server_that_recovers_gives_its_page(kit: Any) -> None:
    calls: list[int] = []

    def once_broken(request: Any) -> Any:
        from aiohttp import web

        calls.append(1)
        return web.Response(status=500 if len(calls) == 1 else 200, text=PAGE, content_type="text/html")

    answer, _ = get(kit, {"a.localhost/x": once_broken}, "http://a.localhost/x")
    assert (ending(answer), len(calls)) == ((None, 200, PAGE.encode()), 2)


def test_redirects_are_followed_over_hosts_and_the_last_url_is_kept(kit: Any) -> None:
    replies = {
        "a.localhost/1": (301, {"Location": "/2"}, ""),
        "a.localhost/2": (302, {"Location": "http://user:secret@b.localhost/3#part"}, ""),
        "b.localhost/3": PAGE,
    }
    answer, site = get(kit, replies, "http://a.localhost/1")
    assert (answer.url, answer.final_url, answer.reason) == ("http://a.localhost/1", "http://b.localhost/3", None)
    assert site.asked == ["a.localhost/1", "a.localhost/2", "b.localhost/3"]
    assert not any("Authorization" in headers for headers in site.headers)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("ftp://b.localhost/", Reason.BAD_REDIRECT),
        ("file:///etc/passwd", Reason.BAD_REDIRECT),
        ("javascript:alert(1)", Reason.BAD_REDIRECT),
        ("http://[::1/", Reason.BAD_REDIRECT),
        ("http://b.localhost:99999/", Reason.BAD_REDIRECT),
        ("/x", Reason.TOO_MANY_REDIRECTS),
    ],
)
def test_a_redirect_that_leads_nowhere_is_a_reason(kit: Any, location: str, reason: Reason) -> None:
    answer, _ = get(kit, {"a.localhost/x": (302, {"Location": location}, "")}, "http://a.localhost/x")
    assert answer.reason is reason


REFRESH = '<html><head><meta http-equiv="refresh" content="0; url={}"></head><body>Go on</body></html>'


@pytest.mark.parametrize(
    ("target", "ends"),
    [
        ("/2", (None, "http://a.localhost/2")),
        ("http://b.localhost/3", (None, "http://b.localhost/3")),
        ("http://me:hush@b.localhost/3#part", (None, "http://b.localhost/3")),
        ("/loop", (Reason.TOO_MANY_REDIRECTS, "http://a.localhost/loop")),
        ("/closed", (Reason.ROBOTS_DISALLOWED, "http://a.localhost/closed")),
        ("/none", (Reason.NOT_FOUND, "http://a.localhost/none")),
        ("javascript:alert(1)", (Reason.BAD_REDIRECT, "http://a.localhost/1")),
        ("http://b.localhost:99999/", (Reason.BAD_REDIRECT, "http://a.localhost/1")),
    ],
)
def test_a_page_that_sends_its_reader_on_is_followed_like_a_redirect(kit: Any, target: str, ends: tuple[Any, str]) -> None:
    replies = {
        "a.localhost/robots.txt": "User-agent: *\nDisallow: /closed",
        "a.localhost/1": REFRESH.format(target),
        "a.localhost/2": PAGE,
        "b.localhost/3": PAGE,
        "a.localhost/loop": REFRESH.format("/1"),
        "a.localhost/closed": PAGE,
    }
    answer, _ = get(kit, replies, "http://a.localhost/1")
    assert (answer.reason, answer.final_url) == ends
    assert (answer.url, answer.body) == ("http://a.localhost/1", PAGE.encode() if answer.reason is None else b"")
    assert "hush" not in repr(answer)


def test_a_feed_sends_nobody_on(kit: Any) -> None:
    answer, site = get(kit, {"a.localhost/1": REFRESH.format("/2")}, "http://a.localhost/1", html_only=False)
    assert (answer.reason, answer.body, site.asked) == (None, REFRESH.format("/2").encode(), ["a.localhost/1"])


def test_more_redirects_than_allowed_end_the_page(kit: Any) -> None:
    replies: dict[str, Any] = {f"a.localhost/{n}": (302, {"Location": f"/{n + 1}"}, "") for n in range(9)}
    answer, site = get(kit, replies, "http://a.localhost/0", settings=kit.quick(max_redirects=3))
    assert (answer.reason, len(site.asked)) == (Reason.TOO_MANY_REDIRECTS, 4)


def test_the_validators_are_sent_and_a_304_is_not_modified(kit: Any) -> None:
    answer, site = get(
        kit, {"a.localhost/x": (304, {"ETag": '"v2"'}, "")}, "http://a.localhost/x", etag='"v1"', last_modified="Mon"
    )
    assert (answer.reason, answer.header("etag")) == (Reason.NOT_MODIFIED, '"v2"')
    assert (site.headers[-1]["If-None-Match"], site.headers[-1]["If-Modified-Since"]) == ('"v1"', "Mon")


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("gzip", lambda data: gzip.compress(data[:5]) + gzip.compress(data[5:])),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
        ("br", brotli.compress),
        ("zstd", zstd.compress),
        ("identity", bytes),
    ],
)
def test_encoded_bodies_are_decoded(kit: Any, encoding: str, pack: Any) -> None:
    reply = (200, {"Content-Encoding": encoding}, pack(PAGE.encode()))
    answer, _ = get(kit, {"a.localhost/x": reply}, "http://a.localhost/x")
    assert ending(answer) == (None, 200, PAGE.encode())


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        ({"Content-Encoding": "gzip"}, b"this is not gzip", Reason.BAD_ENCODING),
        ({"Content-Encoding": "br"}, b"this is not br", Reason.BAD_ENCODING),
        ({"Content-Encoding": "zstd"}, b"this is not zstd", Reason.BAD_ENCODING),
        ({"Content-Encoding": "compress"}, b"\x1f\x9d", Reason.BAD_ENCODING),
        ({"Content-Encoding": "br"}, brotli.compress(b"\0" * 50_000_000), Reason.TOO_LARGE),
        ({"Content-Encoding": "zstd"}, zstd.compress(b"\0" * 50_000_000), Reason.TOO_LARGE),
        ({"Content-Encoding": "gzip, gzip"}, b"x", Reason.BAD_ENCODING),
        ({"Content-Encoding": "gzip"}, gzip.compress(PAGE.encode())[:-12], Reason.TRUNCATED),
        ({}, b"x" * 5001, Reason.TOO_LARGE),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"\0" * 50_000_000), Reason.TOO_LARGE),
        ({"Content-Type": "application/pdf"}, b"%PDF", Reason.NOT_HTML),
        ({"Content-Type": "image/png"}, b"\x89PNG", Reason.NOT_HTML),
    ],
)
def test_a_body_that_is_no_page_is_a_reason(kit: Any, headers: dict[str, str], body: bytes, reason: Reason) -> None:
    settings = kit.quick(max_page_bytes=5000)
    answer, _ = get(kit, {"a.localhost/x": (200, headers, body)}, "http://a.localhost/x", settings=settings)
    assert ending(answer) == (reason, 200, b"")


@pytest.mark.parametrize(
    ("reply", "options", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", {}, Reason.TRUNCATED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", {}, Reason.TRUNCATED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", {}, Reason.CONNECTION_ERROR),
        (b"", {}, Reason.CONNECTION_ERROR),
        (b"", {"reset": True}, Reason.CONNECTION_ERROR),
        (b"SSH-2.0-OpenSSH_9.6\r\n", {}, Reason.CONNECTION_ERROR),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nslow", {"hang": True}, Reason.FETCH_TIMEOUT),
        (b"", {"hang": True}, Reason.FETCH_TIMEOUT),
    ],
)
def test_what_a_broken_server_does_is_a_reason(
    kit: Any, monkeypatch: pytest.MonkeyPatch, reply: bytes, options: dict[str, bool], reason: Reason
) -> None:
    async def ask() -> Answer:
        async with kit.raw_serving(reply, **options) as port, kit.client(kit.quick(timeout_seconds=0.3)) as http:

            async def allowed(*_: object, **__: object) -> None:
                return None

            monkeypatch.setattr(http, "_host_refusal", allowed)
            answer: Answer = await http.get(f"http://127.0.0.1:{port}/x", source="s")
            return answer

    assert asyncio.run(ask()).reason is reason


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("retries", [0, 2])
def test_a_broken_connection_is_tried_again_by_the_settings_alone(kit: Any, reset: bool, retries: int) -> None:
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().split(" ")[1])
        if asked[-1] != "/x":
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        elif reset:
            writer.transport.abort()
        writer.close()

    async def ask() -> Answer:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, kit.client(kit.quick(retries=retries)) as http:
            got: Answer = await http.get(f"http://127.0.0.1:{port}/x", source="s")
            return got

    assert asyncio.run(ask()).reason is Reason.CONNECTION_ERROR
    assert asked.count("/x") == 1 + retries


def test_a_status_line_that_is_not_ascii_can_be_archived(kit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reply = (
        b"HTTP/1.1 200 G\xfct gemacht, f\xc3\xbcr dich\r\nContent-Type: text/html\r\nX-A: \xfc\r\nConnection: close\r\n\r\n"
        + PAGE.encode()
    )

    async def ask() -> Answer:
        async with kit.raw_serving(reply) as port, kit.client() as http:

            async def allowed(*_: object, **__: object) -> None:
                return None

            monkeypatch.setattr(http, "_host_refusal", allowed)
            answer: Answer = await http.get(f"http://127.0.0.1:{port}/x", source="s")
            return answer

    answer = asyncio.run(ask())
    path = tmp_path / "x.warc.gz"
    with WarcWriter(path) as archive:
        pointer = archive.write(answer, Candidate(answer.url, "s", "feed", kit.now()))
    assert read_page(path, pointer.offset) == answer.page()


def test_a_server_without_tls_at_an_https_url_is_a_tls_error(kit: Any) -> None:
    async def ask() -> Answer:
        async with kit.raw_serving(b"220 hello\r\n", at_once=True) as port, kit.client(kit.quick(retries=0)) as http:
            answer: Answer = await http.get(f"https://127.0.0.1:{port}/x", source="s")
            return answer

    assert asyncio.run(ask()).reason is Reason.TLS_ERROR


def test_a_body_that_trickles_for_ever_is_a_timeout(kit: Any) -> None:
    async def trickle(request: Any) -> Any:
        from aiohttp import web

        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b"x")
                await asyncio.sleep(0.02)
        return response

    answer, _ = get(kit, {"a.localhost/x": trickle}, "http://a.localhost/x", settings=kit.quick(timeout_seconds=0.3))
    assert (answer.reason, answer.elapsed_ms < 2000) == (Reason.FETCH_TIMEOUT, True)


def test_a_server_that_falls_silent_is_given_up_before_one_that_is_slow(kit: Any) -> None:
    async def pause(request: Any) -> Any:
        from aiohttp import web

        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            for piece in (b"<html>", b"<p>Kopi"):
                await response.write(piece)
                await asyncio.sleep(float(request.query["pause"]))
        return response

    replies = {f"a.localhost/x?pause={seconds}": pause for seconds in ("0.2", "3")}
    settings = kit.quick(timeout_seconds=20.0, read_timeout_seconds=1.0)
    slow, _ = get(kit, replies, "http://a.localhost/x?pause=0.2", settings=settings)
    silent, _ = get(kit, replies, "http://a.localhost/x?pause=3", settings=settings)
    assert (slow.reason, slow.body) == (None, b"<html><p>Kopi")
    assert (silent.reason, silent.detail) == (Reason.FETCH_TIMEOUT, "not a byte for 1 s")


def test_no_credentials_reach_a_url_a_detail_or_the_log(kit: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    replies = {
        "a.localhost/1": (302, {"Location": "http://me:hush@a.localhost/2"}, ""),
        "a.localhost/2": (302, {"Location": "ftp://me:hush@b.localhost/3"}, ""),
    }
    answer, _ = get(kit, replies, "http://me:hush@a.localhost/1")
    assert answer.reason is Reason.BAD_REDIRECT
    assert "hush" not in f"{answer.url} {answer.final_url} {answer.detail} {caplog.text}"


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("http://me:hush@a.example/x?y=@", "http://a.example/x?y=@"),
        ("http://me@a.example", "http://a.example"),
        ("http://a:b@c:d@a.example/", "http://a.example/"),
        ("http://me:hush@[::1/", "http://[::1/"),
        ("//me:hush@a.example/", "//a.example/"),
        ("http://a.example/@home", "http://a.example/@home"),
        ("http://a.example?m=x@y", "http://a.example?m=x@y"),
    ],
)
def test_credentials_are_stripped_and_nothing_else(url: str, plain: str) -> None:
    assert without_secrets(url) == plain


def test_a_port_that_nobody_listens_at_is_robots_unavailable(kit: Any) -> None:
    async def ask() -> Answer:
        async with kit.raw_serving(b"") as port:
            pass
        async with kit.client() as http:
            answer: Answer = await http.get(f"http://127.0.0.1:{port}/x", source="s")
            return answer

    assert asyncio.run(ask()).reason is Reason.ROBOTS_UNAVAILABLE


@pytest.mark.parametrize("url", ["ftp://a.localhost/x", "http://", "http://[::1", "http://a.localhost:x/", "http://a b/"])
def test_what_is_no_url_to_ask_for_is_a_reason_and_nothing_is_sent(kit: Any, url: str) -> None:
    answer, site = get(kit, {}, url)
    assert (answer.reason in (Reason.BAD_REDIRECT, Reason.DNS_ERROR), site.log) == (True, [])


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        ("http://[bad/", "Invalid IPv6 URL"),
        ("http://[bad]/", "'bad' does not appear to be an IPv4 or IPv6 address"),
    ],
)
def test_a_url_without_a_host_as_its_own_source_is_a_reason_even_without_a_contact(kit: Any, url: str, detail: str) -> None:
    answer, site = get(kit, {}, url, settings=kit.quick(contact=None), sources=(Source("s", lists=(url,)),))
    expected = Answer(
        url=url,
        final_url=url,
        fetched_at=kit.now(),
        reason=Reason.DNS_ERROR,
        detail=f"the URL cannot be asked for: {detail}",
    )
    assert (answer, site.log) == (expected, [])


def test_a_contact_is_needed_for_sources_that_are_not_local(kit: Any) -> None:
    far = kit.local(feeds=("https://news.example.org/rss",), hosts=())
    with pytest.raises(ConfigError, match="contact"):
        kit.client(kit.quick(contact=None), None, far)
    kit.client(kit.quick(contact=None), None, kit.local())
