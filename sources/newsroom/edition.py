"""Every address of the newsroom on a day, and the answer that it gets.

Belongs here: status, headers, body and manner of each answer. Does not belong here: sockets (server.py), markup (pages.py),
what a night should make of an answer (truth.py).
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal

from sources.newsroom import pages
from sources.newsroom.content import load_newsroom
from sources.newsroom.listings import Entry, discoverable
from sources.newsroom.model import Feed, Newsroom, Oddity, Outlet, Story

HUGE_BYTES = 3_000_000
"""Size of the page that never seems to end: beyond max_page_bytes of examples/newsroom/sources.toml."""
DEPTH = 20_000
"""Elements nested in the deeply nested page."""

_HTML = "text/html; charset=utf-8"
_XML = {"rss": "application/rss+xml", "rdf": "application/rdf+xml", "atom": "application/atom+xml"}
# Signature, header chunk and end chunk of a 1 x 1 PNG: what a misconfigured server sends as text/html.
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)

Manner = Literal["whole", "hangs", "streams", "cut_short", "drops"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to a GET. `first` is said once, to the first request, in place of this."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = _HTML
    headers: tuple[tuple[str, str], ...] = ()
    etag: str | None = None
    last_modified: datetime | None = None
    gzips: bool = False
    manner: Manner = "whole"
    first: "Answer | None" = None


Edition = dict[str, Answer]
"""Answers by host, path and, if the address has one, page parameter: karangsenja.localhost/baca/kabar?page=2."""


def edition(day: date) -> Edition:
    """All answers of the newsroom on `day`."""
    newsroom = load_newsroom()
    answers: Edition = {}
    for outlet in newsroom.outlets:
        answers |= {outlet.host + path: answer for path, answer in _fixtures(newsroom, outlet, day)}
        for _, entry in discoverable(newsroom, outlet, day):
            if entry.oddity and entry.oddity.path:
                answers[entry.plain_url.removeprefix("http://")] = _odd(entry, entry.oddity, outlet)
        for story in newsroom.on(day):
            if story.outlet.name == outlet.name:
                answers |= {outlet.host + path: answer for path, answer in _of_story(story, day)}
    return answers


def _fixtures(newsroom: Newsroom, outlet: Outlet, day: date) -> Iterator[tuple[str, Answer]]:
    yield "/", Answer(body=pages.home_html(newsroom, outlet, day))
    yield "/robots.txt", Answer(body=pages.robots_text(outlet), content_type="text/plain; charset=utf-8")
    for feed in outlet.feeds:
        yield feed.path, _feed(newsroom, outlet, feed, day)


def _feed(newsroom: Newsroom, outlet: Outlet, feed: Feed, day: date) -> Answer:
    if feed.kind == "broken_gzip":
        broken = gzip.compress(b"<urlset>" * 50, mtime=0)[:30]
        return Answer(body=broken, content_type="application/gzip", etag=_etag(broken))
    body = pages.feed_text(newsroom, outlet, feed, day)
    etag = _etag(body)
    if feed.gzipped:
        return Answer(body=gzip.compress(body, mtime=0), content_type="application/gzip", etag=etag)
    if feed.kind in ("html", "list"):
        return Answer(body=body, content_type=_HTML if feed.kind == "html" else "text/plain; charset=utf-8", etag=etag)
    return Answer(body=body, content_type=f"{_XML.get(feed.kind, 'application/xml')}; charset=utf-8", etag=etag)


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:20]}"'


def _of_story(story: Story, day: date) -> Iterator[tuple[str, Answer]]:
    if story.gone_day and story.gone_day <= day:
        yield story.path, _plain_error(story.gone_status)
        return
    first = None
    if story.first_answer:
        retry = (("Retry-After", "1"),) if story.first_answer == 429 else ()
        first = replace(_plain_error(story.first_answer), headers=retry)
    yield story.path, replace(_page(story, pages.story_html(story)), first=first)
    for number in range(2, len(story.pages) + 1):
        path = story.page_url(number).removeprefix(story.outlet.root)
        lost = number == story.lost_page
        yield path, _plain_error(404) if lost else _page(story, pages.story_html(story, number))
    if story.paging == "all":
        yield story.page_url("all").removeprefix(story.outlet.root), _page(story, pages.all_pages_html(story))
    for alias in story.aliases:
        if alias.kind == "amp":
            yield alias.path, _page(story, pages.amp_html(story))
        else:
            yield alias.path, Answer(301, headers=(("Location", story.path),))


def _page(story: Story, body: bytes) -> Answer:
    charset = f"; charset={story.header_charset}" if story.header_charset else ""
    answer = Answer(body=body, content_type=f"text/html{charset}", gzips=story.outlet.gzips)
    if not story.has_validators:
        return replace(answer, headers=(("Cache-Control", "no-store"),))
    return replace(answer, etag=_etag(body), last_modified=(story.modified or story.published).astimezone(UTC))


def _plain_error(status: int) -> Answer:
    return Answer(status, body=f"<!doctype html><title>{status}</title><h1>{status}</h1>".encode())


def _odd(entry: Entry, oddity: Oddity, outlet: Outlet) -> Answer:
    simple: dict[str, Answer] = {
        "not_found": _plain_error(404),
        "gone": _plain_error(410),
        "forbidden": _plain_error(403),
        "server_error": _plain_error(500),
        "too_many_requests": replace(_plain_error(429), headers=(("Retry-After", "3600"),)),
        "hangs": Answer(manner="hangs"),
        "huge": Answer(manner="streams", body=b"<p>" + b"The tide tables, continued. " * 1170 + b"</p>\n"),
        "empty": Answer(),
        "image": Answer(body=_PNG),
        "pdf": Answer(body=_PDF, content_type="application/pdf"),
        "loop": Answer(302, headers=(("Location", f"{entry.path}?again=1"),)),
        "bad_redirect": Answer(302, headers=(("Location", "mailto:desk@northmoor.localhost"),)),
        "drops": Answer(manner="drops"),
    }
    if oddity.kind in simple:
        return simple[oddity.kind]
    page = pages.video_html(entry, outlet)
    if oddity.kind == "deep":
        return Answer(body=pages.deep_html(outlet, DEPTH))
    if oddity.kind == "cut_short":
        return Answer(body=page, manner="cut_short")
    if oddity.kind == "bad_gzip":
        return Answer(body=b"\x1f\x8b\x08" + zlib.compress(page), headers=(("Content-Encoding", "gzip"),))
    return Answer(body=page)  # disallowed, excluded, off-site: would be a page, if anybody asked
