"""The web that fetchers are measured on: many hosts of invented pages on one port of 127.0.0.1, served by a process of its own.

    python benchmarks/fetch_site.py --pages 20000 --hosts 200      # prints its port; serves until its stdin is closed

Belongs here: the pages, their sizes, and a server that costs little: fetchers are to be the slow side. Does not belong here:
fetching. Every body is made before the first request, and gzipped once; a request is answered by two look-ups.
"""

import argparse
import asyncio
import gzip
import hashlib
import json
import random
import re
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import escape

from sources.newsroom.content import load_newsroom
from sources.newsroom.edition import edition

DAY = date(2026, 3, 2)
DOMAIN = "fetch.localhost"
_BODIES = 256  # distinct ones; pages of other addresses repeat them
_SEED = 20260302

# What news pages weigh decoded, by tenths of them: measured over 207 of them, scaled to two thirds.
_SIZE_TENTHS = (20_000, 41_000, 52_000, 77_000, 92_000, 122_000, 148_000, 182_000, 248_000, 329_000, 400_000)

_LAST_MODIFIED = "Mon, 02 Mar 2026 06:00:00 GMT"
_ROBOTS = b"User-agent: *\nDisallow: /intern/\nDisallow: /suche\nAllow: /\n"


def page_urls(pages: int, hosts: int, port: int) -> list[str]:
    """The addresses of the first `pages` pages, host by host in turn, as a night over many feeds finds them."""
    return [f"http://h{number % hosts}.{DOMAIN}:{port}/baca/{number // hosts}/{_slug(number)}" for number in range(pages)]


def _slug(number: int) -> str:
    return f"laporan-{hashlib.blake2b(str(number).encode(), digest_size=6).hexdigest()}"


def bodies() -> list[bytes]:
    """Pages of the bundled newsroom, filled up with the furniture of real ones: scripts, styles, menus, teasers."""
    dice = random.Random(_SEED)
    stories = [answer.body for key, answer in sorted(edition(DAY).items()) if _is_story(answer.content_type, answer.body)]
    return [_furnished(stories[number % len(stories)], _size(dice), dice) for number in range(_BODIES)]


def _is_story(content_type: str | None, body: bytes) -> bool:
    return content_type == "text/html; charset=utf-8" and b"<article" in body and b"</body>" in body and len(body) < 20_000


def _size(dice: random.Random) -> int:
    tenth = dice.randrange(len(_SIZE_TENTHS) - 1)
    return dice.randint(_SIZE_TENTHS[tenth], _SIZE_TENTHS[tenth + 1])


def _furnished(story: bytes, size: int, dice: random.Random) -> bytes:
    head, body = [], []
    missing = size - len(story)
    while missing > 0:
        piece = dice.choice((_state, _style, _teaser, _teaser, _menu))(dice).encode()
        (head if piece.startswith((b"<script", b"<style")) else body).append(piece)
        missing -= len(piece)
    filled = story.replace(b"</head>", b"\n".join(head) + b"</head>", 1)
    return filled.replace(b"</body>", b"\n".join(body) + b"</body>", 1)


def _words(dice: random.Random, count: int) -> str:
    return " ".join(dice.choice(_vocabulary()) for _ in range(count))


_VOCABULARY: list[str] = []


def _vocabulary() -> list[str]:
    if not _VOCABULARY:
        text = " ".join(block.plain for story in load_newsroom().stories for block in story.content)
        _VOCABULARY.extend(sorted(set(re.findall(r"\w{3,}", text))))
    return _VOCABULARY


def _state(dice: random.Random) -> str:
    items = [{"id": f"{dice.getrandbits(64):016x}", "t": _words(dice, 7), "w": dice.randrange(2000)} for _ in range(12)]
    return f"<script>window.__state=(window.__state||[]).concat({json.dumps(items)})</script>"


def _style(dice: random.Random) -> str:
    rules = (
        f".c-{dice.getrandbits(24):06x}>.row{{margin:{dice.randrange(40)}px;color:#{dice.getrandbits(24):06x}}}"
        for _ in range(20)
    )
    return f"<style>{''.join(rules)}</style>"


def _teaser(dice: random.Random) -> str:
    place = f"/baca/{dice.randrange(10**6)}/{dice.getrandbits(48):012x}"
    image = f'<img src="/img/{dice.getrandbits(64):016x}.jpg" width="320" height="180" loading="lazy" alt="">'
    words = escape(_words(dice, 25))
    return f'<div class="teaser"><a href="{place}">{image}<h3>{escape(_words(dice, 8))}</h3></a><p class="lead">{words}</p></div>'


def _menu(dice: random.Random) -> str:
    entries = (
        f'<li class="menu__item"><a class="menu__link" href="/{word}/">{word}</a></li>' for word in _words(dice, 15).split()
    )
    return f'<ul class="menu">{"".join(entries)}</ul>'


@dataclass(frozen=True, slots=True)
class Reply:
    """The answers to one path: whole plain, whole gzipped, and 304 for its validator."""

    etag: bytes
    plain: bytes
    packed: bytes
    unchanged: bytes


def sitemap_urls(pages: int, hosts: int, port: int) -> list[str]:
    """The sitemap of each host; each names all its pages."""
    return [f"http://h{host}.{DOMAIN}:{port}/peta-{host}.xml" for host in range(min(hosts, pages))]


def article_of_its_own(body: bytes, url: str, number: int) -> bytes:
    """A page as that of another article: with its own address, headline and text, of the same words and the same weight."""
    dice, text = random.Random(number), body.decode()
    for pattern, own in ((_CANONICAL, url), (_HEADLINE, None)):
        if found := pattern.search(text):
            text = text.replace(found[1], own or f"{found[1]} {number}")
    return _PARAGRAPH.sub(lambda found: f"<p>{_shuffled(dice, found[1])}</p>", text).encode()


_CANONICAL = re.compile(r'<link rel="canonical" href="([^"]+)"')
_HEADLINE = re.compile(r'<meta property="og:title" content="([^"]{8,})"')
_PARAGRAPH = re.compile(r"<p>([^<>&]+)</p>")


def _shuffled(dice: random.Random, text: str) -> str:
    words = text.split()
    dice.shuffle(words)
    return " ".join(words)


def replies(pages: int, hosts: int, port: int, *, articles: bool = False) -> dict[bytes, Reply]:
    """Every answer by "path" as it stands in a request. Hosts differ in their pages, so a path is of one host.

    `articles`: each page is an article of its own; else pages share bodies, which is all the same to a fetcher.
    """
    made = [(body, gzip.compress(body, 6, mtime=0)) for body in bodies()]
    found = {}
    urls = page_urls(pages, hosts, port)
    for host, url in enumerate(sitemap_urls(pages, hosts, port)):
        body = ("<urlset>" + "".join(f"<url><loc>{page}</loc></url>" for page in urls[host::hosts]) + "</urlset>").encode()
        etag = f'"s{host:x}"'
        whole = _whole(body, etag, packed=False, media="application/xml")
        packed = _whole(gzip.compress(body, 6, mtime=0), etag, packed=True, media="application/xml")
        found[("/" + url.split("/", 3)[3]).encode()] = Reply(etag.encode(), whole, packed, _same(etag))
    for number, url in enumerate(urls):
        path = "/" + url.split("/", 3)[3]
        body, packed = made[number % len(made)]
        if articles:
            body = article_of_its_own(body, url, number)
            packed = gzip.compress(body, 1, mtime=0)
        etag = f'"{number:x}-{len(body):x}"'
        found[path.encode()] = Reply(
            etag.encode(),
            # So many different bodies do not fit twice: whoever does not ask for gzip is given it, too.
            _whole(packed, etag, packed=True) if articles else _whole(body, etag, packed=False),
            _whole(packed, etag, packed=True),
            _same(etag),
        )
    return found


def _whole(body: bytes, etag: str, *, packed: bool, media: str = "text/html; charset=utf-8") -> bytes:
    encoding = "Content-Encoding: gzip\r\n" if packed else ""
    return (
        f"HTTP/1.1 200 OK\r\nDate: Mon, 02 Mar 2026 07:00:00 GMT\r\nServer: bench\r\n"
        f"Content-Type: {media}\r\n{encoding}"
        f"Vary: Accept-Encoding\r\nCache-Control: max-age=60\r\nETag: {etag}\r\nLast-Modified: {_LAST_MODIFIED}\r\n"
        f"X-Frame-Options: SAMEORIGIN\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def _same(etag: str) -> bytes:
    return f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\nLast-Modified: {_LAST_MODIFIED}\r\n\r\n".encode()


def _text(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class _Connection(asyncio.Protocol):
    """One keep-alive connection: GETs without bodies, one after the other or in one go."""

    def __init__(self, found: dict[bytes, Reply], tally: Counter[str]) -> None:
        self._found, self._tally = found, tally
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while (end := self._rest.find(b"\r\n\r\n")) >= 0:
            head, self._rest = self._rest[:end], self._rest[end + 4 :]
            kind, reply = self._answer(head)
            self._tally[kind] += 1
            self._tally["bytes"] += len(reply)
            self._transport.write(reply)
            if b"\r\nconnection: close" in head.lower():
                self._transport.close()

    def _answer(self, head: bytes) -> tuple[str, bytes]:
        path = head.split(b" ", 2)[1]
        reply = self._found.get(path)
        if reply is None:
            return ("robots", _text(_ROBOTS)) if path == b"/robots.txt" else ("missing", _text(b"not here", "404 Not Found"))
        if reply.etag in head and b"if-none-match" in head.lower():
            return "unchanged", reply.unchanged
        return ("pages", reply.packed) if b"gzip" in head else ("pages", reply.plain)


async def _serve(pages: int, hosts: int, *, articles: bool) -> None:
    tally: Counter[str] = Counter()
    listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
    port = listening.getsockname()[1]
    found = replies(pages, hosts, port, articles=articles)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(found, tally), sock=listening)
    print(port, flush=True)
    # Each line from the parent asks for what was served since the last one.
    for _ in iter(lambda: None, 1):
        if not await loop.run_in_executor(None, sys.stdin.readline):
            break
        print(json.dumps(tally), flush=True)
        tally.clear()
    server.close()


def _sizes() -> Iterator[str]:
    made = bodies()
    packed = [len(gzip.compress(body, 6, mtime=0)) for body in made]
    yield f"{len(made)} bodies, mean {sum(map(len, made)) / len(made):,.0f} bytes, gzipped {sum(packed) / len(packed):,.0f}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--articles", action="store_true", help="each page is an article of its own")
    parser.add_argument("--sizes", action="store_true", help="say how large the bodies are, and serve nothing")
    args = parser.parse_args()
    if args.sizes:
        print("\n".join(_sizes()))
    else:
        asyncio.run(_serve(args.pages, args.hosts, articles=args.articles))
