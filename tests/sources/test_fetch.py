"""Many pages: each request ends once, in the archive or with a reason."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sources.backlog import Backlog
from sources.fetch import Fetched, FetchRequest, fetch_pages
from sources.warc import WarcWriter, read_page, scan
from transforms.records import Candidate, Hints, RawPage, Reason

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
HINTS = Hints("Judul", NOW, "id")


def request(path: str, **validators: str) -> FetchRequest:
    return FetchRequest(Candidate(f"http://{path}", "s", "feed", NOW, hints=HINTS), **validators)


def fetched(
    kit: Any, tmp_path: Path, replies: dict[str, Any], requests: Sequence[FetchRequest], **options: Any
) -> tuple[list[Fetched], list[Fetched], Any]:
    """The outcomes, those that on_done saw, and the web."""
    seen: list[Fetched] = []
    settings = kit.quick(**options.pop("settings", {}))
    next_page_url = options.pop("next_page_url", lambda pages: None)

    async def ask() -> tuple[list[Fetched], Any]:
        async with kit.serving(replies) as site, kit.client(settings, site) as http:
            with WarcWriter(tmp_path / "1.warc.gz") as archive:
                found = await fetch_pages(requests, http=http, archive=archive, next_page_url=next_page_url, on_done=seen.append)
            return found, site

    done, site = asyncio.run(ask())
    return done, seen, site


def test_every_request_ends_exactly_once_in_its_place(kit: Any, tmp_path: Path) -> None:
    replies = {
        "a.localhost/ok": (200, {"ETag": '"1"', "Last-Modified": "Mon, 02 Mar 2026 00:00:00 GMT"}, "<html>ok</html>"),
        "a.localhost/empty": "   \n",
        "a.localhost/pdf": (200, {"Content-Type": "application/pdf"}, "%PDF"),
        "a.localhost/words": (200, {"Content-Type": "text/plain"}, "just words"),
        "a.localhost/vague": (200, {"Content-Type": "text/plain"}, "\ufeff <!doctype html><p>x"),
        "a.localhost/same": (304, {}, ""),
        "b.localhost/500": (500, {}, ""),
        "b.localhost/huge": "x" * 9000,
        "c.localhost/robots.txt": "User-agent: *\nDisallow: /private",
    }
    requests = [
        request("a.localhost/ok"),
        request("a.localhost/empty"),
        request("a.localhost/pdf"),
        request("a.localhost/words"),
        request("a.localhost/vague"),
        request("a.localhost/same", etag='"7"', last_modified="Sun"),
        request("a.localhost/missing"),
        request("b.localhost/500"),
        request("b.localhost/huge"),
        request("c.localhost/private/1"),
    ]
    done, seen, _ = fetched(kit, tmp_path, replies, requests, settings={"max_page_bytes": 5000, "retries": 0})
    assert [item.reason for item in done] == [
        None,
        Reason.EMPTY_PAGE,
        Reason.NOT_HTML,
        Reason.NOT_HTML,
        None,
        Reason.NOT_MODIFIED,
        Reason.NOT_FOUND,
        Reason.HTTP_SERVER_ERROR,
        Reason.TOO_LARGE,
        Reason.ROBOTS_DISALLOWED,
    ]
    assert [item.candidate for item in done] == [item.candidate for item in requests]
    assert sorted(seen, key=repr) == sorted(done, key=repr)
    ok = done[0]
    assert (ok.http_status, ok.bytes, ok.etag, ok.last_modified, ok.content_type, ok.fetched_at, ok.final_url, ok.parts) == (
        200,
        15,
        '"1"',
        "Mon, 02 Mar 2026 00:00:00 GMT",
        "text/html; charset=utf-8",
        NOW,
        None,
        (),
    )
    assert (done[5].etag, done[5].last_modified) == ('"7"', "Sun")
    archived = [item.candidate.url for item in scan(tmp_path / "1.warc.gz", source="s", now=lambda: NOW)]
    assert archived == ["http://a.localhost/ok", "http://a.localhost/vague"]


def test_the_archive_gives_the_page_back_with_its_hints(kit: Any, tmp_path: Path) -> None:
    replies = {"a.localhost/1": (301, {"Location": "http://b.localhost/2"}, ""), "b.localhost/2": "<html>é</html>"}
    (done,), _, _ = fetched(kit, tmp_path, replies, [request("a.localhost/1")])
    assert done.warc is not None
    assert done.final_url == "http://b.localhost/2"
    assert read_page(Path(done.warc.file), done.warc.offset) == RawPage(
        "http://a.localhost/1", "<html>é</html>".encode(), "http://b.localhost/2", "text/html; charset=utf-8", NOW, 200, HINTS
    )


def numbered(pages: Sequence[RawPage]) -> str | None:
    """Pages /n?p=1 ... /n?p=9 follow each other."""
    url = pages[-1].url
    head, _, number = url.partition("?p=")
    return f"{head}?p={int(number or 1) + 1}"


@pytest.mark.parametrize(
    ("available", "max_parts", "parts"),
    [(1, 20, []), (3, 20, [2, 3]), (9, 4, [2, 3, 4, 5]), (9, 0, [])],
)
def test_further_pages_are_fetched_as_long_as_there_are_any(
    kit: Any, tmp_path: Path, available: int, max_parts: int, parts: list[int]
) -> None:
    replies: dict[str, Any] = {f"a.localhost/n?p={n}": f"<html>{n}</html>" for n in range(1, available + 1)}
    settings = {"max_parts": max_parts}
    (done,), _, _ = fetched(kit, tmp_path, replies, [request("a.localhost/n?p=1")], next_page_url=numbered, settings=settings)
    pages = [read_page(Path(pointer.file), pointer.offset) for pointer in done.parts]
    assert [page.body.decode() for page in pages] == [f"<html>{n}</html>" for n in parts]
    assert (done.reason, done.bytes) == (None, 14)


@pytest.mark.parametrize(
    "next_page_url",
    [lambda pages: pages[0].url, lambda pages: "http://elsewhere.example/2", lambda pages: 1 / 0, lambda pages: "no url"],
)
def test_a_further_page_that_leads_astray_ends_the_article(kit: Any, tmp_path: Path, next_page_url: Any) -> None:
    (done,), _, site = fetched(
        kit, tmp_path, {"a.localhost/1": "<html>1</html>"}, [request("a.localhost/1")], next_page_url=next_page_url
    )
    assert (done.reason, done.parts, site.asked) == (None, (), ["a.localhost/1"])


def test_what_waits_for_the_archive_is_bounded(kit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow disk: 60 hosts offer a page of 1 MB each at once, and 4 MB may wait."""
    held = most = 0
    write = WarcWriter.write

    def slowly(self: WarcWriter, *rest: Any) -> Any:
        time.sleep(0.02)
        return write(self, *rest)

    class Counting(Backlog):
        def _hold(self, size: int) -> None:
            nonlocal held, most
            held += size
            most = max(most, held)
            super()._hold(size)

    monkeypatch.setattr(WarcWriter, "write", slowly)
    monkeypatch.setattr("sources.client.Backlog", lambda: Counting(4_000_000))
    monkeypatch.setattr("sources.client._MAX_OPEN", 4)
    replies: dict[str, Any] = {f"h{n}.localhost/1": "<html>" + "x" * 1_000_000 for n in range(60)}
    done, _, _ = fetched(kit, tmp_path, replies, [request(path) for path in replies])
    assert [item.reason for item in done] == [None] * 60
    assert (held, most <= 9_000_000) == (0, True)


def test_a_hanging_host_does_not_hold_up_the_others(kit: Any, tmp_path: Path) -> None:
    async def hang(_: Any) -> Any:
        await asyncio.sleep(30)

    replies: dict[str, Any] = {"slow.localhost/1": hang, "slow.localhost/2": "<html>2</html>"}
    replies |= {f"h{n}.localhost/1": "<html>1</html>" for n in range(200)}
    order: list[str] = []
    settings = {"timeout_seconds": 4}
    done, seen, _ = fetched(kit, tmp_path, replies, [request(path) for path in replies], settings=settings)
    order = [item.candidate.url for item in seen]
    assert [item.reason for item in done] == [Reason.FETCH_TIMEOUT] + [None] * 201
    assert order[-2:] == ["http://slow.localhost/1", "http://slow.localhost/2"]
