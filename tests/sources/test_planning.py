"""What is asked for tonight, and what is settled without asking."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources import planning
from sources.planning import Planned, keep_latest_captures, make_plan
from sources.records import Fetched, FetchRequest
from sources.revisits import Revisits
from transforms.records import Candidate, Hints, Reason, WarcPointer

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Seen:
    etag: str | None
    last_modified: str | None
    first_seen_at: datetime
    last_fetched_at: datetime
    article_id: str | None


def candidate(url: str) -> Candidate:
    return Candidate(url=url, source="kabar", discovered_via="feed", discovered_at=NOW)


def plan(*urls: str, known: dict[str, Seen] | None = None) -> planning.Plan:
    return make_plan([candidate(url) for url in urls], known or {}, revisits=lambda _: Revisits((), 7), now=NOW)


def test_another_spelling_of_a_url_is_a_duplicate_that_names_the_first() -> None:
    made = plan("https://kabar.example/a?utm_source=rss", "https://kabar.example/a", "https://kabar.example/b")
    assert [item.request.candidate.url for item in made.planned] == [
        "https://kabar.example/a?utm_source=rss",
        "https://kabar.example/b",
    ]
    assert made.settled == (
        Fetched(
            candidate=candidate("https://kabar.example/a"),
            reason=Reason.SAME_URL,
            detail="as https://kabar.example/a?utm_source=rss",
        ),
    )


def test_a_known_page_is_asked_for_with_its_validators_until_its_revisits_end() -> None:
    young = Seen('"v1"', "Mon, 02 Mar 2026 00:00:00 GMT", NOW - timedelta(days=6), NOW - timedelta(days=1), "a1")
    old = Seen('"v2"', None, NOW - timedelta(days=8), NOW - timedelta(days=1), "a2")
    made = plan("https://kabar.example/young", "https://kabar.example/old", known={
        "https://kabar.example/young": young, "https://kabar.example/old": old,
    })  # fmt: skip
    request = FetchRequest(candidate("https://kabar.example/young"), '"v1"', "Mon, 02 Mar 2026 00:00:00 GMT")
    assert made.planned == (Planned(request, batch=1, article_id="a1"),)
    assert made.settled == (
        Fetched(
            candidate=candidate("https://kabar.example/old"),
            reason=Reason.NOT_DUE,
            detail="first seen 2026-02-22, longer ago than revisit_days = 7",
        ),
    )
    assert made.article_ids == {"https://kabar.example/young": "a1", "https://kabar.example/old": "a2"}


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        (timedelta(hours=-1), True),
        (timedelta(days=-3), False),
        (timedelta(hours=20), True),  # the end of today, for a sitemap that gives days
        (timedelta(days=400), False),
        (None, False),
    ],
)
def test_a_page_that_is_said_to_have_changed_is_looked_at_out_of_turn(changed: timedelta | None, asked: bool) -> None:
    seen = Seen('"v1"', None, NOW - timedelta(days=90), NOW - timedelta(days=2), "a1")
    hints = Hints(modified_at=None if changed is None else NOW + changed)
    page = replace(candidate("https://kabar.example/a"), hints=hints)
    made = make_plan([page], {page.url: seen}, revisits=lambda _: Revisits((6, 24), 7), now=NOW)
    assert [item.request for item in made.planned] == ([FetchRequest(page, '"v1"')] if asked else [])
    assert [item.reason for item in made.settled] == ([] if asked else [Reason.NOT_DUE])


def test_all_hosts_of_a_site_share_a_batch_and_batches_are_bounded() -> None:
    urls = [f"https://{host}.site{n}.example/{page}" for n in range(3) for page in range(800) for host in ("www", "m")]
    made = plan(*urls)
    batch_of = {item.request.candidate.url: item.batch for item in made.planned}
    assert {batch_of[f"https://{host}.site{n}.example/0"] for n in range(3) for host in ("www", "m")} == {1, 2, 3}
    assert all(batch_of[f"https://www.site{n}.example/1"] == batch_of[f"https://m.site{n}.example/1"] for n in range(3))


@given(st.lists(st.sampled_from([f"https://kabar.example/{path}{query}" for path in "abc" for query in ("", "?utm_medium=x")])))
def test_every_candidate_is_planned_or_settled_exactly_once(urls: list[str]) -> None:
    made = plan(*urls)
    ended = [item.request.candidate.url for item in made.planned] + [item.candidate.url for item in made.settled]
    assert sorted(ended) == sorted(urls)


def test_of_several_captures_in_an_archive_the_last_counts() -> None:
    pages = [
        Fetched(candidate("https://kabar.example/a"), warc=WarcPointer("x.warc.gz", 0)),
        Fetched(candidate("https://kabar.example/b"), reason=Reason.EMPTY_PAGE, detail="0 bytes"),
        Fetched(candidate("https://kabar.example/a"), warc=WarcPointer("x.warc.gz", 99)),
    ]
    kept = keep_latest_captures(pages)
    assert [item.reason for item in kept] == [Reason.SAME_URL, Reason.EMPTY_PAGE, None]
    assert kept[2] is pages[2]
