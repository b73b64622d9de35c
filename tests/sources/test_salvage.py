"""A fetch that was killed is taken up where it was: what it had archived is not asked for again."""

import asyncio
import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sources.fetch import FetchRequest, fetch_pages
from sources.records import Answer, Fetched
from sources.salvage import close_segments, fetched_before
from sources.warc import WarcWriter, free_segment, read_page
from transforms.paging import next_page_url
from transforms.records import Candidate, Hints, WarcPointer

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
PAGE = "<html><head><title>{0}</title></head><body><p>{0}</p></body></html>"
REQUESTS = [FetchRequest(Candidate(f"http://a.localhost/{n}", "s", "feed", NOW, hints=Hints(f"Page {n}"))) for n in range(8)]
REPLIES: dict[str, Any] = {f"a.localhost/{n}": (200, {"ETag": f'"{n}"'}, PAGE.format(n)) for n in range(8)}
REPLIES["a.localhost/3"] = (302, {"Location": "/three"}, "")
REPLIES["a.localhost/three"] = PAGE.format("three")
REPLIES["a.localhost/5"] = (404, {}, "")


class KilledError(Exception):
    """Stands for kill -9: nothing after it runs, and the segment stays as it is."""


def fetch(
    kit: Any,
    folder: Path,
    requests: Sequence[FetchRequest],
    *,
    dies_after: int | None = None,
    done: list[Fetched] | None = None,
    **options: Any,
) -> Any:
    """Fetch into the next free segment; the outcomes (in `done` too, as they come) and the web."""
    done = [] if done is None else done

    async def run() -> Any:
        async with kit.serving(REPLIES) as site, kit.client(None, site) as http:
            path = free_segment(folder / "1.warc.gz")

            def on_done(item: Fetched) -> None:
                done.append(item)
                if len(done) == dies_after:
                    raise KilledError

            with WarcWriter(path, name=f"run/{path.name}", **options) as archive:
                try:
                    await fetch_pages(requests, http=http, archive=archive, next_page_url=next_page_url, on_done=on_done)
                except* KilledError:
                    raise KilledError from None
            return done, site

    return asyncio.run(run())


def salvaged(folder: Path, requests: Sequence[FetchRequest] = REQUESTS) -> dict[str, Fetched]:
    segments = close_segments(folder, "1")
    return fetched_before(segments, requests, name=lambda path: f"run/{path.name}", next_page_url=next_page_url, now=lambda: NOW)


@pytest.mark.parametrize("segment_bytes", [1_000_000, 1])
@pytest.mark.parametrize("torn", [0, 30, 600])
def test_what_was_archived_is_not_asked_for_again(kit: Any, tmp_path: Path, torn: int, segment_bytes: int) -> None:
    undisturbed, _ = fetch(kit, tmp_path / "undisturbed", REQUESTS)
    done: list[Fetched] = []
    with pytest.raises(KilledError):
        fetch(kit, tmp_path, REQUESTS, dies_after=5, done=done, segment_bytes=segment_bytes)
    (left,) = tmp_path.glob("*.open")
    left.write_bytes(left.read_bytes()[: -torn or None])
    had = salvaged(tmp_path)
    assert list(tmp_path.glob("*.open")) == []
    # A torn tail costs the last page only when it reaches into its response. On a slow machine an outcome may be a failure.
    archived = [item for item in done if item.warc is not None]
    assert len(done) == 5
    assert len(had) >= len(archived) - 1
    rest, site = fetch(kit, tmp_path, [request for request in REQUESTS if request.candidate.url not in had])
    assert not {f"http://{path}" for path in site.asked} & had.keys()
    together = had | {item.candidate.url: item for item in rest}
    assert [facts(together[item.candidate.url], tmp_path) for item in undisturbed] == [
        facts(item, tmp_path / "undisturbed") for item in undisturbed
    ]


def facts(item: Fetched, folder: Path) -> Any:
    body = read_page(folder / Path(item.warc.file).name, item.warc.offset).body if item.warc else None
    return item.candidate, item.reason, item.final_url, item.http_status, item.bytes, item.etag, item.content_type, body


def test_a_segment_that_was_left_open_is_cut_after_its_last_whole_record(tmp_path: Path) -> None:
    members = [gzip.compress(b"WARC/1.1\r\n" + bytes([n]) * 3000, mtime=0) for n in range(5)]
    whole = b"".join(members[:4])
    for name, data in {
        "1.warc.gz.open": whole + members[4][:-1],
        "1-2.warc.gz.open": whole,
        "1-3.warc.gz.open": members[0][:20],
        "1-4.warc.gz.open": b"",
        "1-5.warc.gz.open": whole + b"\0" * 5000,  # what a file system may leave after a power cut
        "10.warc.gz.open": whole,
        "1-6.warc.gz": whole,
    }.items():
        (tmp_path / name).write_bytes(data)
    assert [path.name for path in close_segments(tmp_path, "1")] == ["1-2.warc.gz", "1-5.warc.gz", "1-6.warc.gz", "1.warc.gz"]
    assert {path.name: path.read_bytes() == whole for path in tmp_path.iterdir()} == dict.fromkeys(
        ["1.warc.gz", "1-2.warc.gz", "1-5.warc.gz", "1-6.warc.gz", "10.warc.gz.open"], True
    )
    assert close_segments(tmp_path / "none", "1") == []


def test_an_article_of_several_pages_is_fetched_again(tmp_path: Path) -> None:
    several = "http://a.localhost/berita/jembatan-gantung-ditutup"
    link = f'<link rel="next" href="{several}?page=2">'
    with WarcWriter(tmp_path / "1.warc.gz") as archive:
        for url, more in ((several, link), ("http://a.localhost/1", "")):
            body, headers = PAGE.format("x").replace("</head>", f"{more}</head>").encode(), (("Content-Type", "text/html"),)
            answer = Answer(url=url, final_url=url, fetched_at=NOW, status=200, headers=headers, body=body)
            pointer = archive.write(answer, Candidate(url, "s", "feed", NOW))
    had = salvaged(tmp_path, [*REQUESTS, FetchRequest(Candidate(several, "s", "feed", NOW))])
    assert {url: (item.reason, item.warc) for url, item in had.items()} == {
        "http://a.localhost/1": (None, WarcPointer("run/1.warc.gz", pointer.offset))
    }
