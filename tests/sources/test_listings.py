"""A listing that has not changed is not sent again, and one that never changes is not always asked for."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sources.listings import Listings, ListingStore
from sources.records import Answer
from transforms.records import Reason

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
URL = "http://a.localhost/rss"


def feed(*paths: str, built: str = "Mon") -> str:
    items = "".join(f"<item><link>http://a.localhost/{path}</link></item>" for path in paths)
    return f"<rss><channel><lastBuildDate>{built}</lastBuildDate>{items}</channel></rss>"


def visits(
    kit: Any, folder: Path | None, replies: Sequence[Any], hours: Sequence[float], rest_hours: float = 72, limit: int = 10_000
) -> tuple[list[Answer], list[dict[str, str]]]:
    """Ask for the feed at these hours after START, the n-th time being answered by the n-th reply; the requests' headers."""
    moment = [START]

    async def ask() -> tuple[list[Answer], list[dict[str, str]]]:
        answers = []
        async with kit.serving({}) as site, kit.client(None, site) as http:
            store = ListingStore(folder) if folder else None
            listings = Listings(http, lambda: moment[0], store, timedelta(hours=rest_hours))
            for reply, hour in zip(replies, hours, strict=True):
                site.replies["a.localhost/rss"] = reply
                moment[0] = START + timedelta(hours=hour)
                answers.append(await listings.get(URL, source="s", limit=limit, patience=1.0))
            asked = [headers for (_, path, _), headers in zip(site.log, site.headers, strict=True) if path == "/rss"]
        return answers, asked

    return asyncio.run(ask())


def validators(headers: dict[str, str]) -> tuple[str | None, str | None]:
    return headers.get("If-None-Match"), headers.get("If-Modified-Since")


OLD = (200, {"ETag": '"1"', "Last-Modified": "Mon, 02 Mar 2026 00:00:00 GMT", "Content-Type": "application/rss+xml"}, feed("1"))
SAME = (304, {}, "")


def test_a_feed_that_has_not_changed_comes_from_the_store_and_looks_the_same(kit: Any, tmp_path: Path) -> None:
    (first, second), asked = visits(kit, tmp_path, [OLD, SAME], [0, 1])
    assert [validators(headers) for headers in asked] == [(None, None), ('"1"', "Mon, 02 Mar 2026 00:00:00 GMT")]
    for answer in (first, second):
        assert (answer.reason, answer.status, answer.body, answer.final_url) == (None, 200, feed("1").encode(), URL)
        assert answer.header("Content-Type") == "application/rss+xml"


def test_what_changed_replaces_what_was_kept(kit: Any, tmp_path: Path) -> None:
    new = (200, {"ETag": '"2"'}, feed("1", "2"))
    answers, asked = visits(kit, tmp_path, [OLD, new, SAME], [0, 1, 2])
    assert [answer.body for answer in answers] == [feed("1").encode(), feed("1", "2").encode(), feed("1", "2").encode()]
    assert [validators(headers)[0] for headers in asked] == [None, '"1"', '"2"']


@pytest.mark.parametrize("reply", [(500, {}, ""), (404, {}, ""), (403, {}, "")])
def test_a_feed_that_fails_is_a_failure_and_what_was_kept_stays(kit: Any, tmp_path: Path, reply: Any) -> None:
    answers, asked = visits(kit, tmp_path, [OLD, reply, SAME], [0, 1, 2])
    assert [answer.reason for answer in answers] == [None, answers[1].reason, None]
    assert answers[1].reason in (Reason.HTTP_SERVER_ERROR, Reason.NOT_FOUND, Reason.HTTP_CLIENT_ERROR)
    assert answers[2].body == feed("1").encode()
    assert validators(asked[-1])[0] == '"1"'


def nights(count: int) -> list[float]:
    return [24 * night for night in range(count)]


def test_a_feed_that_never_changes_is_asked_for_ever_more_rarely_within_the_bound(kit: Any, tmp_path: Path) -> None:
    """Served anew each time, without validators, and with another time of building: its links are what counts."""
    replies = [feed("1", "2", built=str(night)) for night in range(61)]
    answers, asked = visits(kit, tmp_path, replies, nights(61))
    assert {answer.reason for answer in answers} == {None}
    resting = visits(kit, None, replies, nights(61))[1]
    assert (len(asked), len(resting)) == (30, 61)
    last = [answer.body.decode() for answer in answers[-4:]]
    assert len(set(last)) == 2  # every third night by then


def test_a_feed_that_changes_every_night_is_asked_for_every_night(kit: Any, tmp_path: Path) -> None:
    _, asked = visits(kit, tmp_path, [feed(str(night)) for night in range(20)], nights(20))
    assert len(asked) == 20


def test_without_a_rest_every_feed_is_asked_for_every_night(kit: Any, tmp_path: Path) -> None:
    _, asked = visits(kit, tmp_path, [feed("1")] * 40, nights(40), rest_hours=0)
    assert len(asked) == 40


def test_a_listing_larger_than_allowed_now_is_asked_for_anew(kit: Any, tmp_path: Path) -> None:
    visits(kit, tmp_path, [OLD], [0])
    answers, asked = visits(kit, tmp_path, [OLD], [1], limit=10)
    assert (answers[0].reason, validators(asked[0])) == (Reason.TOO_LARGE, (None, None))


@pytest.mark.parametrize("damage", [b"", b"no gzip", b"\x1f\x8b\x08\x00", None])
def test_a_damaged_store_costs_one_request(kit: Any, tmp_path: Path, damage: bytes | None) -> None:
    visits(kit, tmp_path, [OLD], [0])
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-20] if damage is None else damage)
    answers, asked = visits(kit, tmp_path, [OLD], [1])
    assert (answers[0].body, validators(asked[0])) == (feed("1").encode(), (None, None))


def test_what_was_not_asked_for_in_two_months_is_forgotten(kit: Any, tmp_path: Path) -> None:
    visits(kit, tmp_path, [OLD], [0])
    store = ListingStore(tmp_path)
    store.forget_old(datetime.now(UTC))
    assert store.load(URL) is not None
    store.forget_old(datetime.now(UTC) + timedelta(days=61))
    assert (store.load(URL), list(tmp_path.iterdir())) == (None, [])
    ListingStore(tmp_path / "none").forget_old(START)


def test_no_credentials_are_kept(kit: Any, tmp_path: Path) -> None:
    async def ask() -> None:
        async with kit.serving({"a.localhost/rss": OLD}) as site, kit.client(None, site) as http:
            listings = Listings(http, lambda: START, ListingStore(tmp_path))
            await listings.get("http://me:hush@a.localhost/rss", source="s", limit=9999, patience=1.0)

    asyncio.run(ask())
    kept = ListingStore(tmp_path).load(URL)
    assert kept is not None
    assert "hush" not in repr(kept)
